"""Taking the patient out of images: headers, and what is written in the pictures."""

from __future__ import annotations

from wardround.images.deidentify.batch import Decision, Found, deidentify, hold_back, is_image, redact_sure
from wardround.images.deidentify.identifiers import Identifiers, read_key
from wardround.images.deidentify.report import Deidentified, FileReport
from wardround.images.deidentify.text import SURE, TextBox, burned_in, clean_for_sending, draw, redact

__all__ = [
    "SURE",
    "Decision",
    "Deidentified",
    "FileReport",
    "Found",
    "Identifiers",
    "TextBox",
    "burned_in",
    "clean_for_sending",
    "deidentify",
    "draw",
    "hold_back",
    "is_image",
    "read_key",
    "redact",
    "redact_sure",
]
