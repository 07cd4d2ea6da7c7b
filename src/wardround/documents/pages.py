"""The pages of a file as they look, upright, in colour: to show a person what a note was read from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.documents.readers import load
from wardround.documents.readers.pdf import PDFIUM, PdfReader, flat, opened, scale_of
from wardround.documents.readers.picture import PictureReader, pictures, upright
from wardround.errors import NoteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

__all__ = ["page_images"]

_DPI = 150


def page_images(source: Path | bytes, numbers: Sequence[int]) -> Iterator[tuple[int, Image]]:
    """Pages of a PDF or of a picture, by their numbers from 1, one at a time.

    Raises:
        NoteError: the file has no pages, or fewer than that, or cannot be opened.
    """
    data, where = (source, "") if isinstance(source, bytes) else (load(source), source.name)
    if PdfReader().accepts(data):
        with opened(data, where) as document:
            for number in numbers:
                yield number, _pdf_page(document, number, where)
    elif PictureReader().accepts(data):
        with pictures(data, where) as picture:
            for number in numbers:
                yield number, upright(picture, number - 1, where).convert("RGB")
    else:
        raise NoteError("this has no pages to draw on", where=where, hint="give a PDF or a picture of a page")


def _pdf_page(document: Any, number: int, where: str) -> Image:
    import pypdfium2

    with PDFIUM:
        try:
            page = flat(document, number - 1)
        except (pypdfium2.PdfiumError, IndexError):
            raise NoteError(f"page {number} cannot be opened", where=where) from None
        try:
            image: Image = page.render(scale=scale_of(page, _DPI)).to_pil().convert("RGB")
        finally:
            page.close()
    return image
