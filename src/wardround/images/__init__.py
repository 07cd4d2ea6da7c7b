"""An image as pixels and geometry: reading it, rendering it for a model, and taking the patient out of it."""
