"""Image and history → draft report: every statement says whether it comes from the image or the history."""
