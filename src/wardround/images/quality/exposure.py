"""Grey levels: nothing in the picture, too little contrast, or large parts at the end of the scale."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wardround.images.quality.chest import is_frontal_chest
from wardround.images.quality.picture import Picture
from wardround.images.study import Notice

__all__ = ["check"]

_SAME = 0.98  # of all pixels
_CONTRAST = 70  # levels between the darkest and the brightest twentieth
_WHITE = 0.3  # of all pixels of a radiograph


def check(picture: Picture) -> Iterator[Notice]:
    """Flat, of low contrast, or overexposed."""
    levels = np.bincount(picture.grey.ravel(), minlength=256) / picture.grey.size
    if levels.max() > _SAME:
        yield Notice("flat", "the picture is almost empty: nearly all of it has one grey level")
        return
    radiograph = picture.series.kind == "radiograph"
    if not radiograph and not is_frontal_chest(picture):
        return
    low, high = np.percentile(picture.grey, (5, 95))
    if high - low < _CONTRAST:
        yield Notice(
            "low-contrast",
            f"the contrast is low: nine tenths of the film lie within {high - low:.0f} of 256 grey levels; it may be "
            "badly exposed, or exported without its window",
        )
    if radiograph and levels[255] > _WHITE:
        yield Notice(
            "saturated",
            f"{levels[255]:.0%} of the film are pure white: overexposed there, or outside the beam",
        )
