"""The paper under the print: its light, its noise, and how print and paper are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["even", "ink", "is_even", "noise", "smooth", "soften"]

_LIGHT_AT = 8  # light changes slowly: it is measured in a picture so many times smaller
_UNEVEN = 12  # levels between the darker and the brighter parts of the paper, beyond which it is made even
_WHITE, _BLACK = 245, 30
_FILTER = 0.7  # of the noise; more takes thin strokes away, and with them one number in fifty


def noise(grey: NDArray[np.uint8]) -> float:
    """The standard deviation of the noise in levels, 0 in a drawn picture (after Immerkær, 1996, with a median)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
    size = 1024
    rows, columns = (max(0, (side - size) // 2) for side in grey.shape)
    middle = grey[rows : rows + size, columns : columns + size].astype(np.float32)
    return float(np.median(np.abs(cv2.filter2D(middle, -1, kernel)))) / 0.6745 / 6


def _light(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How bright the paper is, at an eighth of the size: the brightest nearby, without what is printed on it."""
    rows, columns = (max(1, side // _LIGHT_AT) for side in grey.shape)
    small = cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA)
    brightest = cv2.dilate(small, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.medianBlur(brightest, 21), dtype=np.uint8)


def is_even(grey: NDArray[np.uint8]) -> bool:
    """Whether the paper is white and lit alike everywhere."""
    dark, bright = np.percentile(_light(grey), (2, 98))
    return bool(bright - dark < _UNEVEN and dark >= _WHITE - _UNEVEN)


def even(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The page as if lit alike everywhere on white paper: each pixel divided by the light around it."""
    rows, columns = grey.shape
    light = cv2.resize(_light(grey), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, light, scale=_WHITE), dtype=np.uint8)


def smooth(grey: NDArray[np.uint8], deviation: float) -> NDArray[np.uint8]:
    """The page without its noise of so many levels: white paper, black print.

    Non-local means; blurring leaves specks in the paper, which are then read as words.
    """
    quiet = cv2.fastNlMeansDenoising(grey, None, _FILTER * deviation, 5, 11).astype(np.float32)
    white = max(_WHITE - deviation, _BLACK + 1.0)
    return np.asarray(np.clip((quiet - _BLACK) * (255 / (white - _BLACK)), 0, 255), dtype=np.uint8)


def soften(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The page without the steps that letters have in black and white with half the rows."""
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.2), dtype=np.uint8)


def ink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where something is printed, 0 where there is paper; for a page that is lit evenly."""
    blurred = cv2.GaussianBlur(grey, (3, 3), 0)
    level, _ = cv2.threshold(blurred, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return np.asarray(blurred < min(level, 200), dtype=np.uint8)
