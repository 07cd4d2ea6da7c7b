"""Making a picture of a page fit for reading: straight, upright, evenly lit, clean, its letters of a usual size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from wardround.documents.ocr import geometry, paper
from wardround.documents.ocr.transform import Transform

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Prepared", "prepare"]

_LARGEST = 4000  # pixels of the longer side of the page that is read
_LOW, _HIGH, _USUAL = 13.0, 40.0, 20.0  # pixels, height of an x: scaled to the usual one below and above these
_ASKEW = 0.1  # degrees; less does no harm
_NOISY = 4.0  # levels
_FEW = 30  # letters, by which no size is judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A page made fit for reading.

    Attributes:
        picture: grey (rows, columns), dark on light.
        transform: where its pixels lie in the picture that was given.
        steps: what was done, in order: ``"perspective"``, ``"rows doubled"``, ``"turned 90"``, ``"deskewed"``,
            ``"scaled"``, ``"light evened"``, ``"noise removed"``. Empty for a page that was fit already.
        letters: how many letters were seen; 0 for a blank page.
        letter_height: pixels of ``picture``, of the middle one; about that of an x.
    """

    picture: NDArray[np.uint8]
    transform: Transform
    steps: tuple[str, ...]
    letters: int
    letter_height: float = 0.0


def prepare(picture: NDArray[np.uint8]) -> Prepared:
    """Make a page fit for reading; only what it needs is done.

    Args:
        picture: grey (rows, columns) or colour (rows, columns, 3), of 8 bits.
    """
    grey = _grey(picture)
    steps: list[str] = []
    place = Transform.none((grey.shape[0], grey.shape[1]))
    if min(grey.shape) < 16:
        return Prepared(picture=grey, transform=place, steps=(), letters=0)

    found = geometry.corners(grey)
    if found is not None:
        place = _flattened(place, found)
        steps.append("perspective")
    place = _at_most(place, _LARGEST)
    page = place.apply(grey)

    is_even = paper.is_even(page)
    ink = paper.ink(page if is_even else paper.even(page))
    on_its_side = geometry.lines_run_down(_small(ink))
    if not on_its_side and geometry.lacks_rows(ink):
        place = place.scaled(1, 2)
        ink = np.repeat(ink, 2, axis=0)
        steps.append("rows doubled")

    if on_its_side:
        place, ink = place.turned(1), np.ascontiguousarray(np.rot90(ink, -1))
        steps.append("turned 90")
    angle = geometry.skew(_small(ink))
    if abs(angle) >= _ASKEW:
        place = place.rotated(-angle)
        level = Transform.none((ink.shape[0], ink.shape[1])).rotated(-angle)
        ink = np.asarray(cv2.warpPerspective(ink, level.matrix, level.page[::-1], flags=cv2.INTER_NEAREST), np.uint8)
        steps.append("deskewed")
    if geometry.is_upside_down(ink):
        place = place.turned(2)
        steps.append("turned 180")

    seen = geometry.letters(ink)
    height = seen.height
    if seen.number > _FEW and not _LOW <= seen.height <= _HIGH:
        place = _at_most(place.scaled(_USUAL / seen.height, _USUAL / seen.height), _LARGEST)
        height = _USUAL
        steps.append("scaled")

    deviation = paper.noise(grey)
    page = place.apply(grey)
    if not is_even:
        page = paper.even(page)
        steps.append("light evened")
    if "rows doubled" in steps:
        page = paper.soften(page)
    if deviation > _NOISY:
        page = paper.smooth(page, deviation)
        steps.append("noise removed")
    return Prepared(picture=page, transform=place, steps=tuple(steps), letters=seen.number, letter_height=height)


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.ndim == 2:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.cvtColor(picture[..., :3], cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _at_most(place: Transform, side: int) -> Transform:
    factor = side / max(place.page)
    return place if factor >= 1 else place.scaled(factor, factor)


def _flattened(place: Transform, corners: NDArray[np.float64]) -> Transform:
    """The page between ``corners`` as a rectangle, its sides as long as the longer of the two they are seen as."""
    upper, right, lower, left = (np.linalg.norm(corners[i] - corners[(i + 1) % 4]) for i in range(4))
    width, height = round(max(upper, lower)), round(max(right, left))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    return place.then(np.asarray(matrix, dtype=np.float64), (height, width))


def _small(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ink at about half size, at which a page's angles are as plain and cost a quarter."""
    factor = 1200 / max(ink.shape)
    if factor >= 1:
        return ink
    small = cv2.resize(ink * 255, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small > 80, dtype=np.uint8)
