"""Where the pixels of a straightened page lie in the picture that was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wardround.boxes import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Transform"]


class Transform:
    """A projection between a picture and a page, in homogeneous coordinates (column, row, 1) of corners of pixels.

    Args:
        matrix: (3, 3), from the picture to the page.
        shape: rows and columns of the picture.
        page: rows and columns of the page.
    """

    def __init__(self, matrix: NDArray[np.float64], shape: tuple[int, int], page: tuple[int, int]) -> None:
        self.matrix = matrix
        self.shape = shape
        self.page = page
        self._back = np.linalg.inv(matrix)

    @classmethod
    def none(cls, shape: tuple[int, int]) -> Transform:
        """The page is the picture."""
        return cls(np.eye(3), shape, shape)

    def then(self, matrix: NDArray[np.float64], page: tuple[int, int]) -> Transform:
        """This one, and after it ``matrix``, onto a page of so many rows and columns."""
        return Transform(matrix @ self.matrix, self.shape, page)

    def turned(self, quarters: int) -> Transform:
        """This one, and after it so many quarter turns clockwise."""
        turned = self
        for _ in range(quarters % 4):
            rows, columns = turned.page
            turned = turned.then(np.array([[0.0, -1, rows], [1, 0, 0], [0, 0, 1]]), (columns, rows))
        return turned

    def scaled(self, across: float, down: float) -> Transform:
        """This one, and after it a change of scale."""
        rows, columns = self.page
        return self.then(np.diag([across, down, 1.0]), (max(1, round(rows * down)), max(1, round(columns * across))))

    def rotated(self, degrees: float) -> Transform:
        """This one, and after it a rotation clockwise about the centre, onto a page that holds all of it."""
        rows, columns = self.page
        angle = np.deg2rad(degrees)
        cosine, sine = np.cos(angle), np.sin(angle)
        height = round(rows * abs(cosine) + columns * abs(sine))
        width = round(columns * abs(cosine) + rows * abs(sine))
        turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])
        to_centre, from_centre = np.eye(3), np.eye(3)
        to_centre[:2, 2] = -columns / 2, -rows / 2
        from_centre[:2, 2] = width / 2, height / 2
        return self.then(from_centre @ turn @ to_centre, (height, width))

    @property
    def changes_nothing(self) -> bool:
        """Whether page and picture are the same."""
        return self.page == self.shape and np.allclose(self.matrix, np.eye(3))

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The page, with white where it reaches beyond the picture."""
        import cv2

        if self.changes_nothing:
            return picture
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])  # OpenCV counts from the centres of pixels
        matrix = np.linalg.inv(half) @ self.matrix @ half
        rows, columns = self.page
        smaller = abs(np.linalg.det(matrix[:2, :2])) < 0.5
        how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        return np.asarray(
            cv2.warpPerspective(
                picture, matrix, (columns, rows), flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255)
            ),
            dtype=np.uint8,
        )

    def original(self, box: Box) -> Box:
        """The smallest upright box of the picture that holds ``box`` of the page, cut off at the picture's borders."""
        left, top, right, bottom = box
        corners = np.array([[left, right, right, left], [top, top, bottom, bottom], [1.0, 1, 1, 1]])
        across, down, weight = self._back @ corners
        across, down = across / weight, down / weight
        rows, columns = self.shape
        sides = (across.min(), down.min(), across.max(), down.max())
        limits = (columns, rows, columns, rows)
        return Box(*(float(min(max(side, 0.0), limit)) for side, limit in zip(sides, limits, strict=True)))
