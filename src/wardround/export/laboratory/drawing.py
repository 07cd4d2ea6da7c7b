"""The cells of laboratory results on the pages they were read from, by colour what each of them is."""

from __future__ import annotations

import io
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.reporting.laboratory.report import CELLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from wardround.reporting.laboratory import LaboratoryCell, LaboratoryReport

__all__ = ["draw_cells"]

_COLOURS = {
    "section": (110, 110, 110),
    "test": (0, 80, 170),
    "value": (0, 120, 60),
    "unit": (0, 130, 140),
    "reference_range": (120, 70, 160),
    "flag": (190, 30, 30),
    "method": (110, 110, 110),
    "previous_result": (130, 110, 40),
    "comment": (110, 110, 110),
}
_DOUBTFUL = (230, 120, 0)
_LETTER = 0.012  # height of the letters of the legend, by the height of the page


def draw_cells(report: LaboratoryReport, source: Path | bytes) -> Iterator[tuple[int, bytes]]:
    """The number and the picture (PNG) of every page with a cell: a box around each, orange if it is doubtful.

    Args:
        report: of a file with pages.
        source: the file that it was read from.

    Raises:
        NoteError: the file cannot be opened any more, or has no pages.
    """
    from wardround.documents.pages import page_images

    cells: defaultdict[int, list[tuple[str, LaboratoryCell]]] = defaultdict(list)
    for row in report.rows:
        for name in CELLS:
            cell: LaboratoryCell | None = getattr(row, name)
            if cell is not None and cell.page is not None:
                cells[cell.page].append((name, cell))
    sizes = {page.number: page.width for page in report.pages}
    for number, image in page_images(source, sorted(cells)):
        kept = io.BytesIO()
        _marked(image, cells[number], image.width / sizes[number], report.disclaimer).save(kept, "PNG")
        yield number, kept.getvalue()


def _marked(page: Image, cells: list[tuple[str, LaboratoryCell]], scale: float, disclaimer: str) -> Image:
    """The page with boxes, and a strip below that says what they mean; ``scale`` is pixels by unit of the page."""
    from PIL import Image, ImageDraw, ImageFont

    size = max(10, round(page.height * _LETTER))
    font = ImageFont.load_default(size)
    image = Image.new("RGB", (page.width, page.height + 4 * size), "white")
    image.paste(page, (0, 0))
    draw = ImageDraw.Draw(image)
    for name, cell in cells:
        if cell.area is not None:
            left, top, right, bottom = (
                side * scale for side in (cell.area.left, cell.area.top, cell.area.right, cell.area.bottom)
            )
            colour = _DOUBTFUL if cell.doubtful else _COLOURS[name]
            draw.rectangle((left - 2, top - 2, right + 2, bottom + 2), outline=colour, width=max(2, size // 8))
    legend = {name: _COLOURS[name] for name in dict.fromkeys(name for name, _ in cells)} | {"doubtful": _DOUBTFUL}
    across = float(size)
    for name, colour in legend.items():
        told = name.replace("_", " ")
        draw.text((across, page.height + size // 2), told, fill=colour, font=font)
        across += draw.textlength(told, font=font) + size
    draw.text((size, page.height + 2 * size), disclaimer, fill="black", font=font)
    return image
