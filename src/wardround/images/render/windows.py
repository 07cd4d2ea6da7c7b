"""Values to the 256 levels of each channel of a picture: the windows of CT, and least to greatest for all else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CT_WINDOWS", "Range", "ct_to_rgb", "span", "to_grey"]

CT_WINDOWS = ((-1024, 1024), (-135, 215), (0, 80))
"""Hounsfield units from the lowest to the highest level of red (everything), green (soft tissue) and blue (brain).

Source: the CT notebook of MedGemma 1.5. The code of its server has 135 for the lower end of green, which lost its
minus sign.
"""


class Range(NamedTuple):
    """The values that become black and white."""

    low: float
    high: float


def ct_to_rgb(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Hounsfield units (rows, columns) as RGB (rows, columns, 3), by `CT_WINDOWS`.

    Values are cut off at the ends, scaled linearly and rounded to the nearest level, a half to the even one, in single
    precision as upstream does. What is not a number is taken for air.
    """
    if np.issubdtype(values.dtype, np.integer):  # a table of 2,049 entries instead of arithmetic on every pixel
        low, high = CT_WINDOWS[0]
        table = _windowed(np.arange(low, high + 1))
        index = values.astype(np.int64) - low
        return np.stack([np.take(table[:, channel], index, mode="clip") for channel in range(3)], axis=-1)
    return _windowed(np.nan_to_num(values.astype(np.float32), nan=-1024, posinf=3071, neginf=-1024))


def _windowed(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    rgb = np.empty((*values.shape, len(CT_WINDOWS)), np.uint8)
    for channel, (low, high) in enumerate(CT_WINDOWS):
        level = np.clip(values, low, high).astype(np.float32)
        level -= low
        level /= high - low
        level *= 255
        rgb[..., channel] = np.round(level)
    return rgb


def span(values: NDArray[np.generic]) -> Range | None:
    """The least and the greatest of ``values``; None if none of them is a finite number."""
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    return Range(float(values.min()), float(values.max())) if values.size else None


def to_grey(values: NDArray[np.generic], ends: Range | None) -> NDArray[np.uint8]:
    """``values`` scaled linearly from ``ends`` to 0…255 and rounded; what is beyond them is cut off.

    Where both ends are the same, everything is 255, as upstream has it. What is not a number is black.
    """
    if ends is None:
        return np.zeros(values.shape, np.uint8)
    low, high = ends
    if low == high:
        return np.full(values.shape, 255, np.uint8)
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2 and values.size > _MANY:
        limits = np.iinfo(values.dtype.str)
        table = _scaled(np.arange(limits.min, limits.max + 1), low, high)
        return np.take(table, values.astype(np.int64) - limits.min)
    return _scaled(values, low, high)


_MANY = 1 << 17  # values from which a table of 65,536 pays


def _scaled(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    level = values.astype(np.float64)
    level -= low
    level *= 255
    level /= high - low
    level = np.nan_to_num(level, copy=False, nan=0, posinf=255, neginf=0)
    return np.round(np.clip(level, 0, 255, out=level)).astype(np.uint8)
