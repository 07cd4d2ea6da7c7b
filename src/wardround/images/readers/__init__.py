"""Readers of image files: one family of formats each, and where files come from."""

from __future__ import annotations

from wardround.images.readers.base import File, Reader

__all__ = ["File", "Reader"]
