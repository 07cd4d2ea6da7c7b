"""Whether confidence is a probability: of codes said to be right with 0.8, are four in five?

Codes are sorted by confidence and cut into at most ten bins of equal mass; codes of the same confidence stay together,
in the tenth that their middle falls in, so that nothing hangs on their order. With ``n`` codes in all, ``n_b`` in a
bin, of mean confidence ``c_b`` and of which the share ``p_b`` is right:

- **expected calibration error**: ``Σ n_b / n · |p_b − c_b|``;
- **Brier score**: the mean of ``(confidence − right)²`` over single codes, where right is 0 or 1.

Even a perfect coder has an expected calibration error above 0 on few codes, since no bin meets its mean exactly.

Source: Naeini et al. 2015 and Guo et al. 2017 (expected calibration error), Nguyen and O'Connor 2015 (bins of equal
mass), Brier 1950.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from wardround.coding.evaluation.scores import Figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["BINS", "Bin", "Reliability", "reliability"]

BINS = 10


class Bin(Figures):
    """Codes of similar confidence.

    Attributes:
        low, high: the least and the greatest confidence among them.
        codes: how many there are.
        confidence: their mean confidence.
        precision: the share of them that is right.
    """

    low: float
    high: float
    codes: int
    confidence: float
    precision: float


class Reliability(Figures):
    """The calibration of one system's confidences; see the module for the definitions."""

    ece: float
    brier: float
    bins: tuple[Bin, ...]


def reliability(judged: Iterable[tuple[float, bool]]) -> Reliability | None:
    """The calibration of ``(confidence, right)`` of single codes; None of no codes.

    >>> found = reliability([(0.8, True)] * 4 + [(0.8, False)])
    >>> round(found.ece, 9), round(found.brier, 9), len(found.bins)
    (0.0, 0.16, 1)
    """
    codes = sorted(judged)
    if not codes:
        return None
    bins = tuple(_bin(part) for part in _parts(codes))
    return Reliability(
        ece=sum(each.codes * abs(each.precision - each.confidence) for each in bins) / len(codes),
        brier=sum((confidence - right) ** 2 for confidence, right in codes) / len(codes),
        bins=bins,
    )


def _parts(codes: Sequence[tuple[float, bool]]) -> Iterator[Sequence[tuple[float, bool]]]:
    """``codes`` by the tenth of the whole that they fall in."""
    tenths: list[int] = []
    for _, group in groupby(codes, key=lambda code: code[0]):
        size = len(list(group))
        tenths += [(2 * len(tenths) + size) * BINS // (2 * len(codes))] * size
    for _, places in groupby(range(len(codes)), key=tenths.__getitem__):
        part = list(places)
        yield codes[part[0] : part[-1] + 1]


def _bin(codes: Sequence[tuple[float, bool]]) -> Bin:
    return Bin(
        low=codes[0][0],
        high=codes[-1][0],
        codes=len(codes),
        confidence=sum(confidence for confidence, _ in codes) / len(codes),
        precision=sum(right for _, right in codes) / len(codes),
    )
