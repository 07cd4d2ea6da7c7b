"""How far figures would move with other notes like these: the paired bootstrap over notes.

Notes are drawn with replacement, as many as there are, a thousand times; each time every figure is computed anew. The
middle 95 % of its values, moved so that their mean is the figure itself, are its interval: a draw has fewer different
codes than the notes have, which leaves micro figures where they are and lifts macro F1. Two systems are compared on the
*same* draws, so that what makes a note hard for both does not blur their difference. The draws follow from a fixed
seed: the same notes give the same intervals.

A draw that leaves a ratio without a denominator is left out of its interval. Intervals of a few notes, or of notes that
are not like those to come, promise more than they hold.

Source: Efron 1979; Efron and Tibshirani 1993 (bias); Koehn 2004 and Berg-Kirkpatrick et al. 2012 (paired, for systems
that are compared).
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
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from wardround.coding.evaluation.gold import GoldNote

__all__ = ["RESAMPLES", "SEED", "Difference", "Interval", "Resampled", "difference", "interval", "resampled"]

RESAMPLES = 1000
SEED = 20260401
_OUTSIDE = 25  # of a thousand values on either side, which leaves 95 %
_LANE = "I"  # an unsigned whole number of 32 bits
_DIGITS = 12  # that count: the rest is what adding up has left


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
    gold = _by_code((note.gold for note in systems[0]), draws)
    occurring = [0] * resamples
    for there in gold.values():
        occurring = list(map(add, occurring, map(bool, there)))
    return tuple(_figures(notes, gold, occurring, draws) for notes in systems)


def interval(value: float | None, drawn: Iterable[float | None]) -> Interval | None:
    """The interval of a ratio.

    Args:
        value: on the notes as they are; None gives None.
        drawn: its values for each draw.

    >>> interval(0.5, (number / 1000 for number in range(1000)))
    Interval(low=0.0255, high=0.9745)
    """
    moved = _moved(value, drawn)
    return None if value is None or not moved else Interval(low=max(_low(moved), 0.0), high=min(_high(moved), 1.0))


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
    told = value - other
    pairs = zip(values, others, strict=True)
    moved = _moved(told, (one - two for one, two in pairs if one is not None and two is not None))
    if not moved:
        return None
    otherwise = sum(each * told <= 0 for each in moved) / len(moved)
    return Difference(value=told, low=_low(moved), high=_high(moved), otherwise=otherwise)


def _moved(value: float | None, drawn: Iterable[float | None]) -> list[float]:
    """What was drawn, in order, moved so that its mean is ``value``."""
    known = sorted(each for each in drawn if each is not None)
    if not known or value is None:
        return []
    by = value - math.fsum(known) / len(known)
    return [round(each + by, _DIGITS) for each in known]


def _low(values: Sequence[float]) -> float:
    return values[_OUTSIDE * len(values) // 1000]


def _high(values: Sequence[float]) -> float:
    return values[-1 - _OUTSIDE * len(values) // 1000]


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


def _by_code(codes: Iterable[Collection[str]], draws: _Draws) -> dict[str, Sequence[int]]:
    """How many of the drawn notes have each code, for each draw."""
    where = defaultdict[str, list[tuple[int, int]]](list)
    for note, those in enumerate(codes):
        for code in those:
            where[code].append((note, 1))
    return {code: draws.sums(notes) for code, notes in where.items()}


def _figures(
    notes: Sequence[GoldNote], gold: Mapping[str, Sequence[int]], occurring: Sequence[int], draws: _Draws
) -> Resampled:
    """The figures of one system, from how many of the drawn notes have each gold code, and how many of those occur."""
    suggested = [note.suggested for note in notes]
    right = [note.gold & those for note, those in zip(notes, suggested, strict=True)]

    def counted(codes: Iterable[Collection[str]]) -> Sequence[int]:
        return draws.sums((number, len(those)) for number, those in enumerate(codes))

    all_right, all_suggested, all_gold = counted(right), counted(suggested), counted(note.gold for note in notes)
    by_code = _by_code(right, draws)
    suggestions = _by_code(([code for code in those if code in by_code] for those in suggested), draws)
    total = [0.0] * draws.resamples
    for code, hits in by_code.items():  # the F1 of all others is 0
        either = map(add, suggestions[code], gold[code])
        total = list(map(add, total, map(truediv, hits, (count or 1 for count in either))))
    return Resampled(
        precision=_ratios(all_right, all_suggested),
        recall=_ratios(all_right, all_gold),
        f1=_ratios([2 * count for count in all_right], list(map(add, all_suggested, all_gold))),
        macro_f1=_ratios([2 * each for each in total], occurring),
    )


def _ratios(parts: Sequence[float], wholes: Sequence[int]) -> Sequence[float | None]:
    return [part / whole if whole else None for part, whole in zip(parts, wholes, strict=True)]
