"""Draft reports as DICOM objects: a Structured Report, and a Secondary Capture of the picture."""
