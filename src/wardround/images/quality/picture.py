"""What the checks look at: one frame of a series as a picture of 256 levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wardround.images.render.windows import ct_to_rgb, span, to_grey
from wardround.images.study import Series

__all__ = ["Picture", "picture_of"]

_LUMA = np.array([0.299, 0.587, 0.114])
_SIDE = 128  # of the small picture


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The middle frame of a series.

    Attributes:
        series: it comes from.
        levels: uint8, (rows, columns) or (rows, columns, 3). Of CT the widest window; other values that are not made
            for display are scaled from the least to the greatest.
    """

    series: Series
    levels: NDArray[np.uint8]

    @property
    def unmarked(self) -> bool:
        """Whether nothing is known of what it shows, as of a PNG file."""
        return self.series.kind in ("other", "photograph") and self.series.units == "display"

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """(rows, columns)."""
        return self.levels if self.levels.ndim == 2 else np.round(self.levels @ _LUMA).astype(np.uint8)

    @cached_property
    def small(self) -> NDArray[np.float64]:
        """Colour, (128, 128, 3), each pixel the mean of those it stands for."""
        from PIL import Image

        image = Image.fromarray(self.levels).convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
        return np.asarray(image).astype(np.float64)

    @cached_property
    def chroma(self) -> NDArray[np.float64]:
        """Greatest minus least channel of `small`; 0 where it is grey."""
        chroma: NDArray[np.float64] = self.small.max(axis=-1) - self.small.min(axis=-1)
        return chroma


def picture_of(series: Series) -> Picture:
    """The middle frame of ``series``.

    Raises:
        ImageError: it cannot be decoded.
    """
    values = series.frames[len(series.frames) // 2].pixels()
    if values.dtype == np.uint8:
        return Picture(series=series, levels=values.view(np.uint8))
    if series.kind == "ct" and series.units == "HU":
        return Picture(series=series, levels=ct_to_rgb(values)[..., 0])
    return Picture(series=series, levels=to_grey(values, span(values)))
