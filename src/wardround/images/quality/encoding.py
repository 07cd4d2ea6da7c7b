"""How the picture was stored: its size, its compression, its scale in millimetres and in Hounsfield units."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wardround.images.quality.picture import Picture
from wardround.images.study import Notice

__all__ = ["check"]

_SMALL = 256  # pixels of the longer side; the model sees 896
_VOLUMES = ("ct", "mr")
_MEASURED = ("radiograph", *_VOLUMES)
_BLOCKS = 2.0  # steps at the edges of JPEG's blocks, in steps elsewhere


def check(picture: Picture) -> Iterator[Notice]:
    """Low resolution, heavy compression, no spacing, shifted Hounsfield units."""
    series = picture.series
    rows, columns = picture.grey.shape
    if max(rows, columns) < _SMALL and series.kind not in _VOLUMES:
        yield Notice("low-resolution", f"the picture has only {columns} × {rows} pixels: small findings cannot be seen")
    if _blocks(picture) > _BLOCKS:
        yield Notice("heavy-compression", "the picture was compressed so much that the edges of JPEG's blocks show")
    if series.kind in _MEASURED and series.units != "display" and series.frames[0].geometry.spacing is None:
        yield Notice("no-spacing", "the file does not tell the size of a pixel: nothing can be measured")
    if series.kind == "ct" and series.units == "HU" and series.frames[len(series.frames) // 2].pixels().min() >= 0:
        yield Notice("uncalibrated", "no value is below 0 HU, not even of air: the Hounsfield units may be shifted")


def _blocks(picture: Picture) -> float:
    """Mean step between columns at every eighth, where JPEG's blocks meet, over the median of the other seven."""
    step = np.abs(np.diff(picture.grey.astype(np.int16), axis=1)).mean(axis=0)
    if len(step) < 64:
        return 0.0
    means = [float(step[place::8].mean()) for place in range(8)]
    usual = float(np.median(means[:7]))
    return means[7] / usual if usual else 0.0
