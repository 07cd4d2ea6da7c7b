"""Which of many frames a model is shown."""

from __future__ import annotations

__all__ = ["AT_MOST", "sampled"]

AT_MOST = 85
"""Slices of a volume, or frames of a clip, that a model is shown."""


def sampled(count: int, at_most: int) -> tuple[int, ...]:
    """The places, from 0, of those of ``count`` frames that are shown: all, or ``at_most`` evenly spread.

    The i-th of k is round(i / k · (count - 1)), i from 1 to k, a half rounded to the even place: never the first frame,
    always the last.

    Source: the CT notebook of MedGemma 1.5.

    >>> sampled(3, 85)
    (0, 1, 2)
    >>> sampled(10, 4)
    (2, 4, 7, 9)
    """
    if at_most < 1:
        raise ValueError("at least one frame is shown")
    if count <= at_most:
        return tuple(range(count))
    return tuple(round(i / at_most * (count - 1)) for i in range(1, at_most + 1))
