"""Which patches of a whole slide a model is shown."""

from __future__ import annotations

import math
import random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardround.errors import ImageError
from wardround.images.study import Series, Slide

__all__ = ["AT_MOST", "PATCH", "Patch", "level_of", "patches"]

PATCH = 896
"""Pixels along each side of a patch, and from one to the next: what the model takes, without overlap."""

AT_MOST = 125
"""Patches of a slide that a model is shown."""

_MPP = 1.0  # micrometres per pixel at 10x
_UNKNOWN = 0.25  # taken for level 0 where the file does not say: 40x, as scanners mostly do
_SATURATION = 0.07  # of the greatest channel; glass is less, whatever the stain
_DARK = 40  # the greatest channel of ink, the slide's edge and shadows is less
_TISSUE = 0.5  # of a patch
_SEED = 0


class Patch(NamedTuple):
    """A square of a level, by the pixel at its upper left corner."""

    y: int
    x: int


def level_of(slide: Slide) -> int:
    """Index of the level nearest to 10x."""
    mpp = slide.mpp or _UNKNOWN
    return min(range(len(slide.levels)), key=lambda index: abs(math.log(mpp * slide.levels[index].downsample / _MPP)))


def patches(series: Series, at_most: int = AT_MOST) -> tuple[Patch, ...]:
    """Where there is tissue at 10x: squares of a grid without overlap, from above, then from the left.

    Of more than ``at_most`` some are drawn by lot, the same ones every time.

    Source: the pathology notebook of MedGemma 1.5; it draws without a seed and leaves them in the order drawn.

    Raises:
        ImageError: no tissue is found.
    """
    if series.slide is None:
        raise ValueError("the series is no whole slide")
    level = series.slide.levels[level_of(series.slide)]
    tissue = _tissue(series.frames[0].pixels())
    shares = {
        Patch(y, x): _share(tissue, y, x, level.width, level.height)
        for y in range(0, max(level.height - PATCH, 0) + 1, PATCH)
        for x in range(0, max(level.width - PATCH, 0) + 1, PATCH)
    }
    found = [patch for patch, share in shares.items() if share >= _TISSUE]
    if not found:  # a small piece: where most of it is
        best = max(shares, key=lambda patch: shares[patch])
        if not shares[best]:
            raise ImageError("no tissue is found on the slide")
        found = [best]
    if len(found) > at_most:
        found = sorted(random.Random(_SEED).sample(found, at_most))
    return tuple(found)


def _tissue(overview: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Where the overview has a colour."""
    brightest = overview.max(axis=-1).astype(np.int16)
    coloured: NDArray[np.bool_] = brightest - overview.min(axis=-1) > _SATURATION * brightest
    coloured &= brightest > _DARK
    return coloured


def _share(tissue: NDArray[np.bool_], y: int, x: int, width: int, height: int) -> float:
    """How much of the patch is tissue, from the overview's pixels that lie in it."""
    rows, columns = tissue.shape
    top, bottom = (_between(place * rows / height, rows) for place in (y, y + PATCH))
    left, right = (_between(place * columns / width, columns) for place in (x, x + PATCH))
    return float(tissue[top : max(bottom, top + 1), left : max(right, left + 1)].mean())


def _between(place: float, size: int) -> int:
    return min(round(place), size - 1) if place < size else size
