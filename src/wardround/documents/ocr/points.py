"""Decimal points that were seen as ink and not read: 1.1 as 11, the worst that can happen to a value."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from wardround.documents.ocr.base import OcrLine, OcrWord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["doubt_lost_points"]

_NO_BETTER = 0.5  # the confidence that is left to a number with a point in its ink and none in its characters
_WHOLE = re.compile(r"\W?\d{2,}[^\d.,:;]*")
_SMALL = 0.32  # of the height of the digits, which a point has at most
_LOW = 0.6  # of the height of the digits, below which it begins


def doubt_lost_points(lines: Iterable[OcrLine], picture: NDArray[np.uint8]) -> tuple[OcrLine, ...]:
    """The lines, with little confidence in whole numbers between whose digits a point is seen in the picture."""
    return tuple(OcrLine(words=tuple(_judged(word, picture) for word in line.words)) for line in lines)


def _judged(word: OcrWord, picture: NDArray[np.uint8]) -> OcrWord:
    if word.confidence <= _NO_BETTER or not _WHOLE.fullmatch(word.text) or not _has_point(word, picture):
        return word
    return replace(word, confidence=_NO_BETTER)


def _has_point(word: OcrWord, picture: NDArray[np.uint8]) -> bool:
    left, top, right, bottom = (max(0, round(side)) for side in word.box)
    crop = np.ascontiguousarray(picture[top:bottom, left:right])
    if min(crop.shape, default=0) < 8:
        return False
    _, ink = cv2.threshold(crop, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    count, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(ink, np.uint8), connectivity=8)
    across, down, width, height, area = stats[1:count].T
    digits = height > 0.5 * crop.shape[0]
    if digits.sum() < 2:
        return False
    tall = float(np.median(height[digits]))
    foot = float(np.median((down + height)[digits]))
    begin, end = float(across[digits].min()), float((across + width)[digits].max())
    point = (height <= _SMALL * tall) & (width <= _SMALL * tall) & (area >= max(4.0, 0.004 * tall * tall))
    point &= (down > foot - (1 - _LOW) * tall) & (across > begin) & (across + width < end)
    # Beside the digits, not a break in one of them.
    middle = across + width / 2
    alone = ~np.any(
        digits[None, :] & (across[None, :] < middle[:, None]) & (middle[:, None] < (across + width)[None, :]), axis=1
    )
    return bool(np.any(point & alone))
