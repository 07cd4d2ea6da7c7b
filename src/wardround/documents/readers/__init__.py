"""Readers of notes, one family of formats per module."""

from __future__ import annotations

from wardround.documents.readers.base import Reader
from wardround.documents.readers.text import TextReader

__all__ = ["READERS", "Reader"]

READERS: tuple[Reader, ...] = (TextReader(),)
"""Asked in this order; the last one accepts everything and says what it cannot read."""
