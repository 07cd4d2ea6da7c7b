"""Which programs are there, and how a test says that one is not."""

from __future__ import annotations

import pytest

from wardround.documents.ocr import open_ocr
from wardround.errors import EngineMissing

__all__ = ["RAPIDOCR", "TESSERACT"]


def _needs(name: str) -> pytest.MarkDecorator:
    try:
        open_ocr(name)
    except EngineMissing as error:
        return pytest.mark.skipif(True, reason=f"{error.what}: {error.hint}")
    return pytest.mark.skipif(False, reason="")


TESSERACT, RAPIDOCR = _needs("tesseract"), _needs("rapidocr")
