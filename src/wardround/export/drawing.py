"""The quotes of a result on the pages that the note was read from, each with its codes."""

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
_LETTER = 0.014  # height of a label's letters, by the height of the page

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
        _mark(image, marks[number], image.width / sizes[number])
        kept = io.BytesIO()
        image.save(kept, "PNG")
        yield number, kept.getvalue()


def _mark(image: Image, marks: dict[_Box, dict[str, str]], scale: float) -> None:
    """Draw boxes, and above each its codes; ``scale`` is pixels by unit of the page."""
    from PIL import ImageDraw, ImageFont

    size = max(10, round(image.height * _LETTER))
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(image)
    taken: list[_Box] = []
    for box, codes in sorted(marks.items(), key=lambda mark: (mark[0][1], mark[0][0])):
        left, top, right, bottom = (side * scale for side in box)
        colour = _COLOURS["accepted" if "accepted" in codes.values() else "review"]
        draw.rectangle((left - 2, top - 2, right + 2, bottom + 2), outline=colour, width=max(2, size // 8))
        said = ", ".join(codes)
        width = draw.textlength(said, font=font)
        at = min(max(0.0, left - 2), max(0.0, image.width - width - 6))
        label = at, top - size - 6, at + width + 6, top - 2
        if label[1] < 0 or any(_overlap(label, other) for other in taken):
            label = label[0], bottom + 2, label[2], bottom + size + 6
        taken.append(label)
        draw.rectangle(label, fill=colour)
        draw.text((label[0] + 3, label[1] + 1), said, fill="white", font=font)


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
