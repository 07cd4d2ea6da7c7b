"""The picture of a Secondary Capture: the areas drawn in, and bands above and below that say it is a draft."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from wardround.export.reports.picture import marks, short

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["BANNER", "Capture", "Layout", "capture", "layout"]

BANNER = "DRAFT - NOT FOR DIAGNOSIS"
_SMALLEST = 512
_YELLOW, _BLACK, _RED = (255, 212, 0), (0, 0, 0), (122, 17, 22)


class Layout(NamedTuple):
    """Where the picture lies in the capture: enlarged ``times``, below a band of ``band`` rows."""

    times: int
    band: int


class Capture(NamedTuple):
    """``pixels`` (rows, columns, 3) uint8, and how the picture lies in them."""

    pixels: NDArray[np.uint8]
    layout: Layout


def layout(picture: Picture) -> Layout:
    """How a picture lies in its capture."""
    times = max(1, -(-_SMALLEST // picture.width))
    return Layout(times, max(24, picture.width * times // 18))


def capture(picture: Picture, report: DraftReport) -> Capture:
    """A picture with everything burned in."""
    times, band = layout(picture)
    inner = Image.open(io.BytesIO(picture.png)).convert("RGB")
    inner = inner.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
    sheet = Image.new("RGB", (inner.width, inner.height + 2 * band), _BLACK)
    sheet.paste(inner, (0, band))
    draw = ImageDraw.Draw(sheet)
    size = max(12, inner.width // 40)
    font = ImageFont.load_default(size)
    for mark in marks(picture, report):
        left, top, right, bottom = (side * times for side in mark.box)
        box = [left, top + band, right, bottom + band]
        draw.rectangle(box, outline=_YELLOW, width=max(2, inner.width // 300))
        label = short(mark.label).encode("ascii", "backslashreplace").decode()
        wide = draw.textlength(label, font)
        left = min(left, max(inner.width - wide - 8, 0))
        top = box[1] - size - 8 if box[1] - size - 8 >= band else box[1]
        draw.rectangle([left, top, left + wide + 8, top + size + 6], fill=_YELLOW)
        draw.text((left + 4, top + 2), label, _BLACK, font)
    for top in (0, sheet.height - band):
        draw.rectangle([0, top, sheet.width - 1, top + band - 1], fill=_RED)
        heading = ImageFont.load_default(band * 0.55)
        draw.text((sheet.width / 2, top + band / 2), BANNER, (255, 255, 255), heading, anchor="mm")
    return Capture(np.asarray(sheet), Layout(times, band))
