"""Whether something on a page looks written by hand: joined strokes where no word was made out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import cv2
import numpy as np

from wardround.documents.ocr.base import OcrLine

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["joined_strokes", "looks_written"]

_MADE_OUT = 0.6  # the confidence of a word whose strokes are taken for print
_LEAST = 3  # joined strokes; fewer may be a logo or a stain


def looks_written(picture: NDArray[np.uint8], lines: Iterable[OcrLine], letter: float) -> bool:
    """Whether at least three strokes look joined by hand. It misses block letters, and one signature alone.

    Args:
        picture: the prepared page, grey (rows, columns).
        lines: what was read on it, in its pixels.
        letter: height of an x in pixels.
    """
    return joined_strokes(picture, lines, letter) >= _LEAST


def joined_strokes(picture: NDArray[np.uint8], lines: Iterable[OcrLine], letter: float) -> int:
    """Connected pieces of ink that are thin, much wider than a letter, neither ruled nor part of a word made out."""
    _, found = cv2.threshold(picture, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    ink = np.asarray(found, dtype=np.uint8)
    for word in (word for line in lines for word in line.words if word.confidence >= _MADE_OUT):
        left, top, right, bottom = (max(0, round(side)) for side in word.box)
        ink[top:bottom, left:right] = 0
    long = max(3, round(4 * letter))
    for kernel in ((1, long), (long, 1)):  # rules of tables and forms
        ruled = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(kernel, np.uint8))
        ink[cv2.dilate(ruled, np.ones((3, 3), np.uint8)) > 0] = 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    joined = 0
    for number in range(1, count):
        left, top, width, height, area = stats[number]
        if not (width >= 3 * letter and letter <= height <= 8 * letter and area < 0.3 * width * height):
            continue
        piece = np.asarray(labels[top : top + height, left : left + width] == number, dtype=np.uint8)
        thickness = 2 * float(cv2.distanceTransform(np.pad(piece, 1), cv2.DIST_L2, 3).max())
        # A line drawn by hand bends: it is many times longer than thick, and crosses most columns more than once.
        crossings = np.count_nonzero(np.diff(np.pad(piece, ((1, 0), (0, 0))), axis=0) == 1, axis=0)
        joined += thickness < 0.6 * letter and float(crossings.mean()) > 1.3
    return joined
