"""Which side of the patient is at which edge of a picture, and where slices lie along their normal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wardround.images import Geometry

__all__ = ["Edges", "edges", "normal", "place"]

_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))  # towards higher and lower values of the axes of LPS
_OPPOSITE = {"L": "R", "R": "L", "P": "A", "A": "P", "H": "F", "F": "H"}
_NOTICEABLE = 0.35  # of a unit vector: an axis that a direction leans to by more than 20 degrees is named
_SIGNS = frozenset(_OPPOSITE)


class Edges(NamedTuple):
    """Letters of DICOM PS3.3 C.7.6.1.1.1 at the edges of a picture, ``"R"``, ``"AL"``; empty where not known."""

    left: str = ""
    top: str = ""
    right: str = ""
    bottom: str = ""


def edges(geometry: Geometry) -> Edges:
    """The sides of the patient at the edges of a frame.

    >>> from wardround.images import Geometry
    >>> edges(Geometry(row_direction=(1, 0, 0), column_direction=(0, 1, 0)))
    Edges(left='R', top='A', right='L', bottom='P')
    """
    row, column = geometry.row_direction, geometry.column_direction
    if row is not None and column is not None:
        right, bottom = _letters(row), _letters(column)
    elif geometry.patient_orientation is not None:
        right, bottom = geometry.patient_orientation
        if not (set(right) <= _SIGNS and set(bottom) <= _SIGNS):
            return Edges()
    else:
        return Edges()
    return Edges(_turned(right), _turned(bottom), right, bottom)


def normal(geometry: Geometry) -> tuple[float, float, float] | None:
    """Unit vector of the slice normal, row x column direction; None where they are not known (PS3.3 C.7.6.2.1.1)."""
    row, column = geometry.row_direction, geometry.column_direction
    if row is None or column is None:
        return None
    return (
        row[1] * column[2] - row[2] * column[1],
        row[2] * column[0] - row[0] * column[2],
        row[0] * column[1] - row[1] * column[0],
    )


def place(geometry: Geometry) -> float | None:
    """Where a slice lies along its normal, in mm; None where that is not known."""
    along = normal(geometry)
    if along is None or geometry.position is None:
        return None
    return sum(a * b for a, b in zip(along, geometry.position, strict=True))


def _letters(direction: tuple[float, float, float]) -> str:
    axes = sorted(range(3), key=lambda axis: -abs(direction[axis]))
    named = [axis for axis in axes if abs(direction[axis]) > _NOTICEABLE]
    return "".join(_LETTERS[axis][direction[axis] < 0] for axis in named)


def _turned(letters: str) -> str:
    return "".join(_OPPOSITE[letter] for letter in letters)
