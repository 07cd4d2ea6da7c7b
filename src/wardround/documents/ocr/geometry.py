"""How a page lies in its picture: its corners, its turn, its skew, the size and shape of its letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Letters", "corners", "is_upside_down", "lacks_rows", "letters", "lines_run_down", "skew"]

_STEEPEST = 12.0  # degrees; a page that lies more askew was put there on purpose
_POINTS = 40_000  # of ink, by which angles are judged
_PAGE_AT = 700  # pixels of the longer side when the page's border is looked for
_LEAST_PAGE = 0.3  # of the picture
_SQUASHED = 1.02  # width by height of the middle letter; 0.7 to 0.95 with all rows, 1.1 to 1.5 with half of them
_DARKER = 20  # levels by which the ground around a page is darker than the page


def corners(grey: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """The corners (4, 2) of a bright page on something darker, as (column, row) from the upper left one clockwise.

    None if the page fills the picture, or no page is seen.
    """
    rows, columns = grey.shape
    scale = min(1.0, _PAGE_AT / max(rows, columns))
    small = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    # Print is wiped out, so that only page and ground are left, and an edge between them that no shadow hides.
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    bare = np.asarray(cv2.medianBlur(closed, 7), dtype=np.uint8)
    edges = cv2.dilate(cv2.Canny(bare, 15, 45), np.ones((3, 3), np.uint8))
    outlines, _ = cv2.findContours((edges == 0).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True):
        area = cv2.contourArea(outline)
        if area < _LEAST_PAGE * small.size:
            break
        four = _four_corners(outline)
        if four is not None and area > 0.93 * cv2.contourArea(four) and _is_brighter(bare, four):
            return np.asarray(_ordered((four.reshape(4, 2) + 0.5) / scale), dtype=np.float64)
    return None


def _is_brighter(bare: NDArray[np.uint8], four: NDArray[np.int32]) -> bool:
    """Whether what lies inside is brighter than what lies around it, on at least three sides."""
    rows, columns = bare.shape
    middle = four.reshape(4, 2).mean(axis=0)
    brighter = 0
    for i in range(4):
        side = (four.reshape(4, 2)[i] + four.reshape(4, 2)[(i + 1) % 4]) / 2
        outward = (side - middle) / np.linalg.norm(side - middle)
        levels = []
        for distance in (-8, 8):
            x, y = np.rint(side + distance * outward).astype(int)
            if 0 <= x < columns and 0 <= y < rows:
                levels.append(int(bare[y, x]))
        brighter += len(levels) == 2 and levels[0] - levels[1] > _DARKER
    return brighter >= 3


def _four_corners(outline: NDArray[np.int32]) -> NDArray[np.int32] | None:
    hull = cv2.convexHull(outline)
    around = cv2.arcLength(hull, True)
    for tolerance in (0.01, 0.02, 0.03, 0.05):
        four = cv2.approxPolyDP(hull, tolerance * around, True)
        if len(four) == 4:
            return np.asarray(four, dtype=np.int32)
    return None


def _ordered(four: NDArray[np.floating]) -> NDArray[np.floating]:
    sums, differences = four.sum(axis=1), four[:, 0] - four[:, 1]
    return four[[sums.argmin(), differences.argmax(), sums.argmax(), differences.argmin()]]


class Letters(NamedTuple):
    """What the single letters of a page are like.

    Attributes:
        number: how many were seen.
        height: pixels, of the middle one; about that of an x.
    """

    number: int
    height: float


def letters(ink: NDArray[np.uint8]) -> Letters:
    """Measures the connected pieces of ink that may be letters."""
    _, _, _, height = _pieces(ink)
    return Letters(len(height), float(np.median(height))) if len(height) else Letters(0, 0.0)


def lacks_rows(ink: NDArray[np.uint8]) -> bool:
    """Whether every other row is missing, as in a fax of standard resolution: letters are wider than high."""
    rows, columns = ink.shape
    if columns < 1.25 * rows:  # a whole page would be higher than wide
        return False
    _, _, width, height = _pieces(ink)
    if len(height) < 30:
        return False
    shape = width / height
    order = np.argsort(shape)
    covered = np.cumsum((width * height)[order])  # by area: faxing breaks thin strokes, and their bits tell nothing
    return bool(shape[order][np.searchsorted(covered, covered[-1] / 2)] > _SQUASHED)


def _pieces(ink: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Left, top, width and height (4, n) of connected pieces that may be letters."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    left, top, width, height, area = stats[1:count].astype(np.float64).T
    size = (height >= 5) & (height <= 150) & (width >= 3) & (width <= 4 * height)
    like = size & (area > np.maximum(12, 0.15 * width * height))
    return np.stack([left, top, width, height])[:, like]


def _points(ink: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Columns and rows of ink, not too many."""
    rows, columns = np.nonzero(ink)
    step = max(1, len(rows) // _POINTS)
    return columns[::step].astype(np.float64), rows[::step].astype(np.float64)


def _sharpness(across: NDArray[np.float64], down: NDArray[np.float64], degrees: float) -> float:
    """How sharply lines at this angle are set off from the paper between them."""
    height = down * np.cos(np.deg2rad(degrees)) - across * np.sin(np.deg2rad(degrees))
    profile = np.bincount(np.rint(height - height.min()).astype(np.int64))
    return float(np.square(np.diff(profile)).sum())


class _Angle(NamedTuple):
    degrees: float
    clearness: float  # how far the best angle's sharpness stands out from that of all angles


def _best_angle(across: NDArray[np.float64], down: NDArray[np.float64]) -> _Angle:
    angles = np.arange(-_STEEPEST, _STEEPEST + 0.01, 0.5)
    scores = [_sharpness(across, down, angle) for angle in angles]
    best = float(angles[int(np.argmax(scores))])
    for step in (0.1, 0.02):
        near = best + step * np.arange(-5, 6)
        best = float(near[int(np.argmax([_sharpness(across, down, angle) for angle in near]))])
    usual = float(np.median(scores)) or 1.0
    return _Angle(best, _sharpness(across, down, best) / usual)


def skew(ink: NDArray[np.uint8]) -> float:
    """Degrees by which lines run down to the right; 0 where no angle stands out."""
    across, down = _points(ink)
    if len(across) < 200:
        return 0.0
    found = _best_angle(across, down)
    return found.degrees if found.clearness > 1.3 and abs(found.degrees) < _STEEPEST else 0.0


def lines_run_down(ink: NDArray[np.uint8]) -> bool:
    """Whether the page lies on its side."""
    across, down = _points(ink)
    if len(across) < 200:
        return False
    return _best_angle(down, across).clearness > 1.15 * _best_angle(across, down).clearness


def is_upside_down(ink: NDArray[np.uint8]) -> bool:
    """Whether a straight page stands on its head: the letters of its lines end at one height above, and not below.

    In English, and more so with capitals and digits, letters stand on one line and rise to two. A page of capitals
    alone tells nothing.
    """
    _, top, _, height = _pieces(ink)
    bottom, centre = top + height, top + height / 2
    above = below = 0
    for start, end in _bands(ink.sum(axis=1, dtype=np.float64)):
        line = (centre >= start) & (centre < end)
        above += _level(top[line], end - start)
        below += _level(bottom[line], end - start)
    return above > 1.1 * below + 5


def _level(ends: NDArray[np.float64], height: int) -> int:
    """How many letters end at the height at which most do."""
    if not len(ends):
        return 0
    near = max(1.0, 0.04 * height)
    return int(max(np.count_nonzero(np.abs(ends - end) <= near) for end in np.unique(ends)))


def _bands(profile: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Rows ``[start, end)`` of each line of print, those of usual height."""
    if not profile.any():
        return []
    full = profile > 0.02 * profile.max()
    edges = np.flatnonzero(np.diff(np.concatenate(([0], full.astype(np.int8), [0]))))
    bands = [(int(start), int(end)) for start, end in edges.reshape(-1, 2) if end - start >= 8]
    usual = float(np.median([end - start for start, end in bands])) if bands else 0.0
    return [(start, end) for start, end in bands if 0.6 * usual <= end - start <= 1.7 * usual]
