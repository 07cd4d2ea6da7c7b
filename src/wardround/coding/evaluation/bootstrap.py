"""How far figures would move with other notes like these: the paired bootstrap over notes.

Notes are drawn with replacement, as many as there are, a thousand times; each time every figure is computed anew. The
middle 95 % of its values are its interval. Two systems are compared on the *same* draws, so that what makes a note hard
for both does not blur their difference. The draws follow from a fixed seed: the same notes give the same intervals.

A draw that leaves a ratio without a denominator is left out of its interval. Intervals of a few notes, or of notes that
are not like those to come, promise more than they hold.

Source: Efron 1979; Koehn 2004 and Berg-Kirkpatrick et al. 2012 (paired, for systems that are compared).
"""

from __future__ import annotations

import math
import random
import sys
from array import array
from collections import defaultdict
from dataclasses import dataclass
from operator import add, truediv
from typing import TYPE_CHECKING

from wardround.coding.evaluation.scores import Figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wardround.coding.evaluation.gold import GoldNote

__all__ = ["RESAMPLES", "SEED", "Difference", "Interval", "Resampled", "difference", "interval", "resampled"]

RESAMPLES = 1000
SEED = 20260401
_MIDDLE = 0.95
_LANE = "I"  # an unsigned whole number of 32 bits


class Interval(Figures):
    """The middle 95 % of the values over the draws."""

    low: float
    high: float


class Difference(Figures):
    """The difference of a figure to that of another system.

    Attributes:
        value: on the notes as they are.
        low, high: its interval.
        otherwise: the share of draws in which it is nought or on the other side, the smaller the surer; 1 where
            ``value`` is nought.
    """

    value: float
    low: float
    high: float
    otherwise: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """The figures of one system for each draw, in the order of the draws; None where one has no denominator."""

    precision: Sequence[float | None]
    recall: Sequence[float | None]
    f1: Sequence[float | None]
    macro_f1: Sequence[float | None]


def resampled(
    systems: Sequence[Sequence[GoldNote]], *, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[Resampled, ...]:
    """The figures of each system on the same draws.

    Args:
        systems: of each system all notes with its results; the notes are the same and in the same order.
        resamples: how many draws.
        seed: of the draws.
    """
    if not systems or not systems[0]:
        return tuple(Resampled(precision=(), recall=(), f1=(), macro_f1=()) for _ in systems)
    draws = _Draws(len(systems[0]), resamples, seed)
    return tuple(_figures(notes, draws) for notes in systems)


def interval(values: Iterable[float | None]) -> Interval | None:
    """The middle 95 % of ``values``; None if there are none.

    >>> interval(number / 1000 for number in range(1000))
    Interval(low=0.024, high=0.974)
    """
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    outside = (1 - _MIDDLE) / 2
    low, high = (max(math.ceil(share * len(known)) - 1, 0) for share in (outside, 1 - outside))
    return Interval(low=known[low], high=known[high])


def difference(
    value: float | None, other: float | None, values: Iterable[float | None], others: Iterable[float | None]
) -> Difference | None:
    """How ``value`` differs from ``other``; None where one of them is.

    Args:
        value: of the system.
        other: of the system that it is compared with.
        values: its values for each draw.
        others: those of the other one, for the same draws.
    """
    if value is None or other is None:
        return None
    drawn = [one - two for one, two in zip(values, others, strict=True) if one is not None and two is not None]
    between = interval(drawn)
    if between is None:
        return None
    told = value - other
    beyond = sum(each * told <= 0 for each in drawn)
    return Difference(value=told, low=between.low, high=between.high, otherwise=beyond / len(drawn))


class _Draws:
    """How often each note was drawn.

    The counts of all draws stand side by side in one long whole number per note, 32 bits each, so that one addition
    adds those of all draws.
    """

    def __init__(self, notes: int, resamples: int, seed: int) -> None:
        self.resamples = resamples
        generator = random.Random(seed)
        counts = [array(_LANE, bytes(4 * resamples)) for _ in range(notes)]
        every = range(notes)
        for draw in range(resamples):
            for note in generator.choices(every, k=notes):
                counts[note][draw] += 1
        self._side_by_side = [int.from_bytes(each.tobytes(), sys.byteorder) for each in counts]

    def sums(self, values: Iterable[tuple[int, int]]) -> Sequence[int]:
        """Of ``(note, value)`` the sum for each draw: every value as often as its note was drawn."""
        total = sum(self._side_by_side[note] * value for note, value in values)
        return array(_LANE, total.to_bytes(4 * self.resamples, sys.byteorder))


def _figures(notes: Sequence[GoldNote], draws: _Draws) -> Resampled:
    right = draws.sums((number, len(note.gold & note.suggested)) for number, note in enumerate(notes))
    suggested = draws.sums((number, len(note.suggested)) for number, note in enumerate(notes))
    gold = draws.sums((number, len(note.gold)) for number, note in enumerate(notes))
    return Resampled(
        precision=_ratios(right, suggested),
        recall=_ratios(right, gold),
        f1=_ratios([2 * count for count in right], list(map(add, suggested, gold))),
        macro_f1=_macro(notes, draws),
    )


def _macro(notes: Sequence[GoldNote], draws: _Draws) -> Sequence[float | None]:
    gold, suggested = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    right = defaultdict[str, list[int]](list)
    for number, note in enumerate(notes):
        for counted, codes in ((gold, note.gold), (suggested, note.suggested), (right, note.gold & note.suggested)):
            for code in codes:
                counted[code].append(number)
    total, occurring = [0.0] * draws.resamples, [0] * draws.resamples
    for code, where in gold.items():
        there = draws.sums((note, 1) for note in where)
        occurring = list(map(add, occurring, map(bool, there)))
        if right[code]:
            both = draws.sums((note, 2) for note in right[code])
            either = map(add, draws.sums((note, 1) for note in suggested[code]), there)
            total = list(map(add, total, map(truediv, both, (count or 1 for count in either))))
    return _ratios(total, occurring)


def _ratios(parts: Sequence[float], wholes: Sequence[int]) -> Sequence[float | None]:
    return [part / whole if whole else None for part, whole in zip(parts, wholes, strict=True)]
