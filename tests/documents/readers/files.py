"""Makes the files that the readers' tests read; every word in them is made up."""

from __future__ import annotations

import io
import shutil
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.lib import pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OCR = pytest.mark.skipif(
    shutil.which("tesseract") is None and find_spec("rapidocr") is None, reason="no OCR program is installed"
)
PROSE = (
    "Assessment: acute appendicitis without peritonitis.",
    "The patient denies chest pain and shortness of breath.",
    "Plan: appendectomy this evening, nothing by mouth.",
)


def pdf(*draw: Callable[[canvas.Canvas], None], encrypt: str | None = None, javascript: str = "") -> bytes:
    """A PDF with one page for each of ``draw``."""
    kept = io.BytesIO()
    lock = None if encrypt is None else pdfencrypt.StandardEncryption(encrypt, strength=128)
    made = canvas.Canvas(kept, pagesize=A4, invariant=1, encrypt=lock)
    if javascript:
        made._doc.Catalog.OpenAction = _action(javascript)
    for page in draw:
        made.setFont("Helvetica", 10)
        page(made)
        made.showPage()
    made.save()
    return kept.getvalue()


def _action(script: str) -> Any:
    from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFString

    return PDFDictionary({"S": PDFName("JavaScript"), "JS": PDFString(script)})


def lines(*text: str, x: float = 60, y: float = 780, leading: float = 14) -> Callable[[canvas.Canvas], None]:
    """Draws lines of text below each other."""

    def draw(page: canvas.Canvas) -> None:
        for number, line in enumerate(text):
            page.drawString(x, y - number * leading, line)

    return draw


def together(*draw: Callable[[canvas.Canvas], None]) -> Callable[[canvas.Canvas], None]:
    """Draws several things on one page."""

    def all_of_them(page: canvas.Canvas) -> None:
        for each in draw:
            each(page)

    return all_of_them


def picture(data: bytes, *, page: int = 0, dpi: int = 200) -> Image.Image:
    """A page of a PDF as a grey picture."""
    document = pypdfium2.PdfDocument(data)
    image = document[page].render(scale=dpi / 72, grayscale=True).to_pil()
    document.close()
    return image


def slip(*text: str) -> Image.Image:
    """A small picture of printed lines, quick to read."""
    return picture(pdf(lines(*text, x=20, y=820, leading=18))).crop((0, 0, 1100, 40 + 50 * len(text)))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """A picture as a file."""
    kept = io.BytesIO()
    image.save(kept, kind, **options)
    return kept.getvalue()


def noise(rows: int = 500, columns: int = 400) -> Image.Image:
    """Blurred patches as in a photograph of fur."""
    random = np.random.default_rng(7)
    small = random.integers(40, 200, (rows // 20, columns // 20), dtype=np.uint8)
    return Image.fromarray(small).resize((columns, rows), Image.Resampling.BICUBIC)


def archive(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP archive."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return kept.getvalue()
