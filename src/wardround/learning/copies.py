"""Notes that are copies of each other, so that one patient's note counts once however often it is there.

Two notes are copies if they are the same but for numbers, case and punctuation, or if at least `ALIKE` of the runs of
five words that are in either are in both. Candidates are found by locality-sensitive hashing of the runs and then
compared run by run.

Source: Broder AZ (1997), On the resemblance and containment of documents; Li P, Owen A, Zhang CH (2012), One
permutation hashing.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ALIKE", "Copies"]

ALIKE = 0.8
"""The share of runs that two copies have in common."""

_RUN = 5  # words
_WORD = re.compile(r"[^\W\d_]+")
_BANDS, _ROWS = (
    8,
    4,
)  # two notes that share 0.8 of their runs meet in a band with a probability of 0.98, at 0.9 of 0.9998
_COMPARED = 50  # newest notes of a band; a template that all notes have would make it long


class Copies:
    """Knows the notes that were added to it."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._whole: dict[tuple[str, ...], int] = {}
        self._bands: defaultdict[tuple[int, ...], deque[int]] = defaultdict(lambda: deque(maxlen=_COMPARED))

    def add(self, text: str) -> bool:
        """Add a note; False if it is a copy of one that is there, and was not added."""
        words = tuple(_WORD.findall(text.casefold()))
        if words in self._whole:
            return False
        runs = _runs(words)
        bands = list(_bands_of(runs))
        near = {number for band in bands for number in self._bands.get(band, ())}
        if any(_alike(runs, _runs(_WORD.findall(self._texts[number].casefold()))) for number in sorted(near)):
            return False
        number = len(self._texts)
        self._texts.append(text)
        self._whole[words] = number
        for band in bands:
            self._bands[band].append(number)
        return True


def _runs(words: tuple[str, ...] | list[str]) -> frozenset[int]:
    return frozenset(crc32(" ".join(words[at : at + _RUN]).encode()) for at in range(max(1, len(words) - _RUN + 1)))


def _alike(runs: frozenset[int], others: frozenset[int]) -> bool:
    return len(runs & others) >= ALIKE * len(runs | others)


def _bands_of(runs: frozenset[int]) -> Iterator[tuple[int, ...]]:
    """The least run of each of 32 shares of all possible runs, in bands of four, each with its number."""
    least: dict[int, int] = {}
    for run in runs:
        share = run % (_BANDS * _ROWS)
        least[share] = min(run, least.get(share, run))
    for band in range(_BANDS):
        values = tuple(least.get(share, -1) for share in range(band * _ROWS, (band + 1) * _ROWS))
        if any(value >= 0 for value in values):
            yield (band, *values)
