"""Studies made by hand, for tests that need no file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.images.study import Frame, Geometry, Series, Study


def frame_of(pixels: NDArray[Any], **more: Any) -> Frame:
    rows, columns = pixels.shape[:2]
    return Frame(rows=rows, columns=columns, load=lambda: pixels, **more)


def study_of(*pictures: NDArray[Any], spacing: tuple[float, float] | None = (1, 1), **more: Any) -> Study:
    """One series of ``pictures``; units and colour are taken from the first."""
    first = pictures[0]
    told: dict[str, Any] = {
        "modality": "",
        "kind": "other",
        "units": "display" if first.dtype == np.uint8 else "stored",
        "colour": first.ndim == 3,
        "bits": 8 * first.dtype.itemsize,
    }
    frames = [frame_of(pixels, geometry=Geometry(spacing=spacing)) for pixels in pictures]
    return studied([Series(uid="1", frames=tuple(frames), **{**told, **more})])


def studied(series: Sequence[Series], form: str = "DICOM") -> Study:
    return Study(format=form, series=tuple(series), digest="0" * 64)
