"""A frontal film of a chest: whether it looks like one, upright and with its grey levels the right way round.

The picture, cut to what is not black and made 32 x 32, is compared with a drawing: two dark lungs; a bright
mediastinum, heart and upper abdomen. Grey levels are replaced by their rank, so contrast does not matter, and each side
must fit by itself, so that nothing passes on the strength of one dark spot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardround.images.quality.picture import Picture
from wardround.images.study import Notice

__all__ = ["Fit", "check", "fit", "is_frontal_chest"]

_SIDE = 32
_BLACK = 10  # levels up to this are border
_CHEST = ("CHEST", "THORAX")
_LATERAL = ("LATERAL", "LL", "RL", "LLD", "RLD", "LAT")
_LOOKS = 0.45  # of an unmarked picture that is taken for a chest
_BETTER = 0.4  # than upright


class Fit(NamedTuple):
    """How well a picture fits the drawing.

    Attributes:
        worse: correlation of the side that fits less, from -1, an inverted chest, to 1.
        better: of the other side.
        least: how much brighter the mediastinum is than the lung it differs less from, in ranks from 0 to 1.
        most: than the other lung.
    """

    worse: float
    better: float
    least: float
    most: float

    def reaches(self, correlation: float) -> bool:
        """Whether both sides fit as well as that, and the mediastinum is brighter than both lungs."""
        return self.worse >= correlation and self.least >= _CONTRAST

    @property
    def inverted(self) -> Fit:
        """Of the same picture with dark and bright exchanged."""
        return Fit(-self.better, -self.worse, -self.most, -self.least)


_CONTRAST = 0.1


def _drawing() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What is bright (1) and dark (-1), and which pixels count."""
    y, x = (np.mgrid[0:_SIDE, 0:_SIDE] + 0.5) / _SIDE

    def ellipse(centre_x: float, centre_y: float, half_width: float, half_height: float) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = ((x - centre_x) / half_width) ** 2 + ((y - centre_y) / half_height) ** 2 <= 1
        return inside

    dark = ellipse(0.27, 0.43, 0.15, 0.30) | ellipse(0.73, 0.43, 0.15, 0.30)
    mediastinum = (abs(x - 0.5) < 0.07) & (y > 0.05) & (y < 0.8)
    bright = mediastinum | ellipse(0.56, 0.66, 0.12, 0.13) | (y > 0.86)
    return np.where(bright, 1.0, np.where(dark, -1.0, 0.0)), bright | dark


_LEVELS, _COUNTS = _drawing()
_SIDES = (slice(0, 18), slice(14, 32))
_ROWS, _MIDDLE, _LUNGS = slice(8, 20), slice(14, 18), (slice(5, 12), slice(20, 27))


def check(picture: Picture) -> Iterator[Notice]:
    """Inverted, rotated, of a strange shape, or no frontal film of a chest."""
    series = picture.series
    marked = series.kind == "radiograph" and series.body_part in _CHEST
    if not marked and not picture.unmarked:
        return
    if series.view in _LATERAL or picture.chroma.mean() > 16:
        return
    upright = fit(picture.grey)
    rotated = {degrees: fit(np.rot90(picture.grey, degrees // 90)) for degrees in (90, 180, 270)}
    degrees = max(rotated, key=lambda each: rotated[each].worse)
    if upright.inverted.reaches(0.4 if marked else 0.5):
        yield Notice("inverted", "the grey levels may be inverted: what should be dark lung is bright")
    elif rotated[degrees].reaches(0.45 if marked else 0.6) and rotated[degrees].worse > upright.worse + _BETTER:
        yield Notice("rotated", f"the film may be rotated: turned by {degrees}° against the clock it looks upright")
    elif marked and upright.worse < 0.1:
        yield Notice(
            "unlike-chest",
            "this may not be a frontal film of a human chest, though the file says chest: a lateral film, another part "
            "of the body, or an animal",
        )
    rows, columns = picture.grey.shape
    if (marked or upright.reaches(_LOOKS)) and max(rows, columns) > 1.6 * min(rows, columns):
        yield Notice("cropped", "the film may be cropped: it is far from the shape of a chest film")


def is_frontal_chest(picture: Picture) -> bool:
    """Whether it is marked as a radiograph of the chest, or unmarked and looks like one."""
    if picture.series.kind == "radiograph":
        return picture.series.body_part in _CHEST
    return picture.unmarked and fit(picture.grey).reaches(_LOOKS)


def fit(grey: NDArray[np.uint8]) -> Fit:
    """How well ``grey`` fits the drawing."""
    from PIL import Image

    inside = Image.fromarray(_without_border(grey)).resize((_SIDE, _SIDE), Image.Resampling.BOX)
    ranks = _ranks(np.asarray(inside))
    sides = sorted(_correlation(ranks[:, side], _LEVELS[:, side], _COUNTS[:, side]) for side in _SIDES)
    lungs = sorted(float(ranks[_ROWS, _MIDDLE].mean() - ranks[_ROWS, lung].mean()) for lung in _LUNGS)
    return Fit(sides[0], sides[1], lungs[0], lungs[1])


def _without_border(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    from PIL import Image

    small = np.asarray(Image.fromarray(grey).resize((128, 128), Image.Resampling.BOX)).astype(np.float32)
    seen = small > _BLACK
    rows, columns = (np.flatnonzero(seen.mean(axis=axis) > 0.1) for axis in (1, 0))
    if len(rows) < 64 or len(columns) < 64:
        return small
    return small[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _ranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """The place of each value among all, from 0 to 1; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    mean = np.cumsum(count) - (count - 1) / 2
    ranks: NDArray[np.float64] = mean[place].reshape(values.shape) / values.size
    return ranks


def _correlation(values: NDArray[np.float64], levels: NDArray[np.float64], counts: NDArray[np.bool_]) -> float:
    one, other = values[counts], levels[counts]
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / norm if norm else 0.0
