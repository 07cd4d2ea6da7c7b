"""A picture padded to a square, and boxes to and from the scale that models give them in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.boxes import Box

__all__ = ["SCALE", "Square"]

SCALE = 1000
"""Boxes of a model count thousandths of the padded square's side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Where a picture lies in the black square that a model sees, and in the frame it was taken from.

    A picture of a radiograph or a slice is the whole frame. A patch of a slide is a part of it, made smaller.

    Attributes:
        columns: width of the picture, in pixels of the square.
        rows: its height.
        x: column of the frame's stored pixels at which the picture's left side lies.
        y: row of the frame's stored pixels at which its upper side lies.
        scale: stored pixels per pixel of the picture.
    """

    columns: int
    rows: int
    x: float = 0
    y: float = 0
    scale: float = 1

    @property
    def side(self) -> int:
        """Pixels along each side."""
        return max(self.columns, self.rows)

    @property
    def left(self) -> int:
        """Columns of padding before the picture; what is left of an odd number comes after it."""
        return (self.side - self.columns) // 2

    @property
    def top(self) -> int:
        """Rows of padding above the picture."""
        return (self.side - self.rows) // 2

    def pad(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """``picture``, (rows, columns) or (rows, columns, 3), amid black: (side, side, 3).

        Grey values are repeated in the three channels; no value changes, and nothing is resized.
        """
        if picture.shape[:2] != (self.rows, self.columns):
            raise ValueError(f"a picture of {self.rows} rows and {self.columns} columns is needed")
        padded = np.zeros((self.side, self.side, 3), np.uint8)
        inside = padded[self.top : self.top + self.rows, self.left : self.left + self.columns]
        inside[...] = picture if picture.ndim == 3 else picture[..., None]
        return padded

    def original(self, box: tuple[float, float, float, float]) -> Box:
        """The stored pixels of the frame that a model means by ``box``.

        Corners that are swapped are put in order, and what lies in the padding or outside is cut off: a box that shows
        nothing of the picture comes back without width or height.

        Args:
            box: (y0, x0, y1, x1), each from 0 to 1000 of the padded square, the first two the upper left corner.

        Raises:
            ValueError: a number is not finite.
        """
        if not all(map(math.isfinite, box)):
            raise ValueError("the corners of a box are finite numbers")
        y0, x0, y1, x1 = box
        left, right = sorted(self._stored(x, self.left, self.columns, self.x) for x in (x0, x1))
        top, bottom = sorted(self._stored(y, self.top, self.rows, self.y) for y in (y0, y1))
        return Box(left, top, right, bottom)

    def scaled(self, box: Box) -> tuple[float, float, float, float]:
        """``box``, in stored pixels of the frame, as (y0, x0, y1, x1), from 0 to 1000 of the padded square."""
        return (
            self._thousandths(box.top, self.top, self.y),
            self._thousandths(box.left, self.left, self.x),
            self._thousandths(box.bottom, self.top, self.y),
            self._thousandths(box.right, self.left, self.x),
        )

    def _stored(self, value: float, padding: int, size: int, origin: float) -> float:
        pixel = value / SCALE * self.side - padding
        return origin + min(max(pixel, 0.0), float(size)) * self.scale

    def _thousandths(self, pixel: float, padding: int, origin: float) -> float:
        value = ((pixel - origin) / self.scale + padding) / self.side * SCALE
        return min(max(value, 0.0), float(SCALE))
