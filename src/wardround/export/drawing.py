"""The quotes of a result on the pages that the note was read from, each with its codes in a margin that is added."""

from __future__ import annotations

import io
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from wardround.coding import CodingResult

__all__ = ["draw_pages"]

_COLOURS = {"accepted": (0, 120, 60), "review": (200, 90, 0)}
_LETTER = 0.012  # height of a code's letters, by the height of the page
_MARGIN = 11  # widths of a letter, that the margin has

_Box = tuple[float, float, float, float]


def draw_pages(result: CodingResult, source: Path | bytes) -> Iterator[tuple[int, bytes]]:
    """The number and the picture (PNG) of every page that holds a quote of a proposed code.

    Args:
        result: of a note with pages.
        source: the file that it was read from.

    Raises:
        NoteError: the file cannot be opened any more, or has no pages.
    """
    from wardround.documents.pages import page_images

    marks: defaultdict[int, defaultdict[_Box, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for suggestion in result.codes:
        for evidence in suggestion.evidence:
            for place in evidence.places or ():
                marks[place.page][place.box][suggestion.code] = suggestion.status
    sizes = {page.number: page.width for page in result.pages or ()}
    for number, image in page_images(source, sorted(marks)):
        kept = io.BytesIO()
        _marked(image, marks[number], image.width / sizes[number]).save(kept, "PNG")
        yield number, kept.getvalue()


def _marked(page: Image, marks: dict[_Box, dict[str, str]], scale: float) -> Image:
    """The page with boxes, and beside it their codes; ``scale`` is pixels by unit of the page."""
    from PIL import Image, ImageDraw, ImageFont

    size = max(10, round(page.height * _LETTER))
    font = ImageFont.load_default(size)
    image = Image.new("RGB", (page.width + _MARGIN * size, page.height), "white")
    image.paste(page, (0, 0))
    draw = ImageDraw.Draw(image)
    free = 0.0  # where the margin is free from
    for box, codes in sorted(marks.items(), key=lambda mark: (mark[0][1], mark[0][0])):
        left, top, right, bottom = (side * scale for side in box)
        colour = _COLOURS["accepted" if "accepted" in codes.values() else "review"]
        draw.rectangle((left - 2, top - 2, right + 2, bottom + 2), outline=colour, width=max(2, size // 8))
        at = min(max(free, (top + bottom - size) / 2), page.height - size - 2.0)
        free = at + size * 1.2
        below = bottom + 2  # a line through the text would strike it out
        draw.line((right + 2, below, page.width - 2, below, page.width + 4, at + size / 2), fill=colour, width=1)
        draw.text((page.width + 6, at), ", ".join(codes), fill=colour, font=font)
    return image
