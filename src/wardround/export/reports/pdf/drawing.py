"""What is drawn on the pages of a PDF: pictures with their areas, and the frame that says DRAFT on every page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from wardround.export.reports.picture import short
from wardround.reporting.report import DISCLAIMER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.export.reports.pdf.letters import Letters
    from wardround.export.reports.picture import Mark, Picture

__all__ = ["ACROSS", "Drawing", "numbered_canvas"]

ACROSS = "DRAFT – not a diagnosis"
"""Stands across every page of a report."""

_AREA = HexColor("#ffd400")
_DRAFT = HexColor("#7a1116")


class Drawing(Flowable):
    """A picture with its areas, as large as fits into ``width`` by ``height`` points."""

    def __init__(self, picture: Picture, areas: Sequence[Mark], width: float, height: float, letters: Letters) -> None:
        super().__init__()
        self.picture, self.areas, self.letters = picture, areas, letters
        self.scale = min(width / picture.width, height / picture.height)
        self.width, self.height = picture.width * self.scale, picture.height * self.scale

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height + 3

    def draw(self) -> None:
        canvas = self.canv
        image = ImageReader(io.BytesIO(self.picture.png))
        canvas.drawImage(image, 0, 3, self.width, self.height)
        for mark in self.areas:
            left, width = mark.box.left * self.scale, mark.box.width * self.scale
            top = self.height + 3 - mark.box.top * self.scale
            canvas.setStrokeColor(_AREA)
            canvas.setLineWidth(1)
            canvas.rect(left, top - mark.box.height * self.scale, width, mark.box.height * self.scale)
            label, _ = self.letters.shown(short(mark.finding))
            wide = canvas.stringWidth(label, self.letters.bold, 6.5) + 4
            start = min(left, max(self.width - wide, 0))
            canvas.setFillColor(_AREA)
            canvas.rect(start, top - 8.5, wide, 8.5, stroke=0, fill=1)
            canvas.setFillColor(Color(0, 0, 0))
            canvas.setFont(self.letters.bold, 6.5)
            canvas.drawString(start + 2, top - 6.6, label)


def numbered_canvas(letters: Letters, said: str = DISCLAIMER, across: str = ACROSS) -> type[Canvas]:
    """A canvas that knows how many pages there are, and writes on each what it is.

    Args:
        letters: the font.
        said: the line above and below.
        across: what is written across the page in large, pale letters; nothing if empty.
    """

    class Numbered(Canvas):
        def __init__(self, *values: Any, **named: Any) -> None:
            super().__init__(*values, **named)
            self.pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802, ReportLab's name
            self.pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]  # missing in the stubs

        def save(self) -> None:
            for number, page in enumerate(self.pages, 1):
                self.__dict__.update(page)
                _page_frame(self, letters, (number, len(self.pages)), said, across)
                super().showPage()
            super().save()

    return Numbered


def _page_frame(canvas: Canvas, letters: Letters, page: tuple[int, int], said: str, across: str) -> None:
    width, height = LETTER
    number, count = page
    canvas.saveState()
    canvas.setFillColor(HexColor("#fbe9ea"))
    canvas.rect(0, height - 30, width, 30, stroke=0, fill=1)
    canvas.setFillColor(_DRAFT)
    canvas.setFont(letters.bold, 8.5)
    canvas.drawCentredString(width / 2, height - 19, said)
    canvas.setFont(letters.regular, 7)
    canvas.drawString(46, 26, said)
    canvas.drawRightString(width - 46, 26, f"Page {number} of {count}")
    canvas.translate(width / 2, height / 2)
    canvas.rotate(52)
    canvas.setFillColor(_DRAFT)
    canvas.setFillAlpha(0.07)
    canvas.setFont(letters.bold, 54)
    canvas.drawCentredString(0, -18, across)
    canvas.restoreState()
