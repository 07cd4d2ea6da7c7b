"""The window a picture is first shown with: the file's own, or one made of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wardround.images import Frame, Series

__all__ = ["ShownWindow", "window_of", "windows_of"]

_ENDS = (0.5, 99.5)  # percentiles: a few pixels of metal or collimator do not darken all the rest
_SOFT_TISSUE = (40.0, 400.0)
_LUT_ENDS = (13, 242)  # of 255: where a VOI LUT begins and ends to tell values apart


class ShownWindow(BaseModel):
    """A window in the sense of DICOM PS3.3 C.11.2.1.2.1 (LINEAR), of the values that frames are sent with.

    Attributes:
        source: the file, the file's VOI LUT, the values themselves, what is usual, or that nothing is to be done.
    """

    centre: float
    width: float
    name: str = ""
    source: Literal["file", "lut", "values", "usual", "display"]


def windows_of(frame: Frame) -> tuple[ShownWindow, ...]:
    """The windows that the file names for a frame."""
    return tuple(
        ShownWindow(centre=each.centre, width=each.width, name=each.explanation, source="file")
        for each in frame.windows
        if each.width >= 1
    )


def window_of(series: Series, frame: Frame, pixels: NDArray[np.generic]) -> ShownWindow:
    """The window that a frame of ``series``, with these ``pixels``, is first shown with."""
    import numpy as np

    if series.colour or pixels.ndim == 3 or (series.units == "display" and pixels.dtype == np.uint8):
        return ShownWindow(centre=128, width=256, source="display")
    if named := windows_of(frame):
        return named[0]
    if frame.voi is not None and (found := _of_lut(frame, pixels)) is not None:
        return found
    if series.units == "HU":
        return ShownWindow(centre=_SOFT_TISSUE[0], width=_SOFT_TISSUE[1], name="soft tissue", source="usual")
    values = pixels.astype(np.float64, copy=False)
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, _ENDS) if values.size else (0.0, 0.0)
    return _between(float(low), float(high), "values")


def _of_lut(frame: Frame, pixels: NDArray[np.generic]) -> ShownWindow | None:
    """The window that comes nearest to the file's VOI LUT; None where all values look alike through it."""
    import numpy as np

    assert frame.voi is not None
    values = np.unique(pixels)
    shown = frame.voi(values)
    told_apart = values[(shown > _LUT_ENDS[0]) & (shown < _LUT_ENDS[1])]
    if told_apart.size < 2:
        return None
    return _between(float(told_apart[0]), float(told_apart[-1]), "lut")


def _between(low: float, high: float, source: Literal["lut", "values"]) -> ShownWindow:
    """The LINEAR window for which ``low`` becomes 0 and ``high`` 255."""
    return ShownWindow(centre=(low + high) / 2 + 0.5, width=max(high - low, 1.0) + 1, source=source)
