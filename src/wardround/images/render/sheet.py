"""All pictures of a rendering on one sheet, for people."""

from __future__ import annotations

from math import ceil, isqrt, sqrt
from typing import TYPE_CHECKING

from wardround.images.render.rendering import Rendering

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["sheet"]

_PIXELS = 25_000_000  # of all pictures of a sheet
_LABEL = 18  # pixels below each picture
_GAP = 4


def sheet(rendering: Rendering) -> tuple[Image, bool]:
    """The only picture as it is, or all of them row by row, and whether they had to be made smaller.

    Beneath each stands what the model reads after it, and the frame it shows.

    Raises:
        ImageError: a frame cannot be decoded.
    """
    from PIL import Image, ImageDraw

    views = rendering.views
    if len(views) == 1:
        return Image.fromarray(views[0].pixels), False
    largest = max(view.square.side for view in views)
    side = min(largest, isqrt(_PIXELS // len(views)))
    columns = ceil(sqrt(len(views)))
    rows = ceil(len(views) / columns)
    made = Image.new("RGB", (columns * (side + _GAP) + _GAP, rows * (side + _LABEL + _GAP) + _GAP), (64, 64, 64))
    draw = ImageDraw.Draw(made)
    for number, view in enumerate(views):
        picture = Image.fromarray(view.pixels)
        if picture.width > side:
            picture = picture.resize((side, side), Image.Resampling.LANCZOS)
        left = _GAP + number % columns * (side + _GAP)
        top = _GAP + number // columns * (side + _LABEL + _GAP)
        made.paste(picture, (left, top))
        told = f"SLICE {number + 1}  (frame {view.frame})" if rendering.labelled else f"frame {view.frame}"
        if rendering.series.slide is not None:
            told = f"patch {number + 1}"
        draw.text((left + 2, top + side + 2), told, fill=(255, 255, 255))
    return made, side < largest
