"""The pages where people decide: rendered here, with small scripts of our own and no build step."""
