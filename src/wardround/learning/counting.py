"""Counts what reviewed charts show and what people gave them, for all charts or for all but some.

What may be written into a site model is decided here. A phrase is up to four words of one sentence in the Tabular's
vocabulary. It is counted only if three charts or more have it and each of its words is harmless: known to the
classification or the lexicon, or written in small letters in five charts or more, which names are not; not a number of
three digits or more; and no word of it is a title or a form of address, which names follow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_matrix

from wardround.coding.site.habits import FEWEST, Habits, chapter, family
from wardround.coding.site.reading import Reading
from wardround.coding.vocabulary import Vocabulary

__all__ = ["Counting", "Shown", "small_words"]

_LONGEST = 4  # words of a phrase
_COMMON = 5  # charts in which a word that the classification does not know is written in small letters
_DIGITS = re.compile(r"\d{3}|\d[.,]\d")
_ADDRESS = frozenset(
    "doctor dr father judge lady lord madam master miss mister mr mrs ms mx nurse prof professor rev sir sister".split()
)
_LEAST_SHARE = 0.25  # of a phrase's charts that must have the code
_LEAST_LIFT = 2.0  # times as often as all charts


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart as it is counted: what its note shows, and the codes that people gave it.

    ``small``: the folded words that it writes in small letters.
    """

    reading: Reading
    small: frozenset[str]
    codes: frozenset[str]


def small_words(text: str, words: Iterable[tuple[str, int]]) -> frozenset[str]:
    """The folded ones of ``(word, start)`` that ``text`` begins with a small letter."""
    return frozenset(word for word, start in words if text[start].islower())


class Counting:
    """The charts, ready to be counted again and again with some left out.

    Args:
        charts: those that are learned from.
        vocabulary: of the release they were read with.
    """

    def __init__(self, charts: Sequence[Shown], vocabulary: Vocabulary) -> None:
        self._charts = charts
        harmless = self._harmless(vocabulary)
        self._phrases = _Signs.of([set(_phrases(chart.reading, harmless)) for chart in charts])
        self._terms = _Signs.of([set(_terms(chart.reading)) for chart in charts])
        self._offers = _Signs.of([{offer.code for offer in chart.reading.offers if offer.alive} for chart in charts])
        self._codes = _Signs.of([chart.codes | {family(code) for code in chart.codes} for chart in charts])

    def _harmless(self, vocabulary: Vocabulary) -> frozenset[str]:
        """The words that may stand in a phrase."""
        small = Counter(word for chart in self._charts for word in chart.small)
        known = vocabulary.known_words() | {word for word, charts in small.items() if charts >= _COMMON}
        return frozenset(word for word in known if not _DIGITS.search(word) and word not in _ADDRESS)

    def habits(self, among: Sequence[int]) -> Habits:
        """The counts of the charts with these numbers."""
        charts = [self._charts[number] for number in among]
        offers: Counter[str] = Counter()
        borne_out: Counter[str] = Counter()
        for chart in charts:
            for offer in chart.reading.offers:
                if offer.alive:
                    for of in ("", chapter(offer.code), offer.code[:3]):
                        offers[of] += 1
                        borne_out[of] += offer.code in chart.codes
        pairs = {of: (count, _told(borne_out[of])) for of, count in sorted(offers.items()) if count >= FEWEST}
        codes = self._codes.among(among)
        return Habits(
            charts=len(charts),
            codes=dict(zip(codes.names, codes.counts(), strict=True)),
            offers=pairs.get("", (0, 0)),
            chapters={of: counts for of, counts in pairs.items() if len(of) == 1},
            offered_categories={of: counts for of, counts in pairs.items() if len(of) == 3},
            offered=_table(self._offers.among(among), codes, {code: {code} for code in self._offers.names}),
            terms=_table(self._terms.among(among), codes, _led_to(charts)),
            phrases=_without_echoes(_table(self._phrases.among(among), codes, {})),
        )


@dataclass(frozen=True, slots=True)
class _Signs:
    """Which charts have which signs: ``has[chart, sign]`` is 1 or 0; the signs by name, sorted."""

    names: list[str]
    has: csr_matrix

    @staticmethod
    def of(charts: Sequence[Set[str]]) -> _Signs:
        """The signs that enough charts have."""
        counted = Counter(sign for signs in charts for sign in signs)
        names = sorted(sign for sign, count in counted.items() if count >= FEWEST)
        numbers = {sign: number for number, sign in enumerate(names)}
        columns = [sorted(numbers[sign] for sign in signs if sign in numbers) for signs in charts]
        starts = np.cumsum([0, *map(len, columns)])
        flat = np.fromiter(chain.from_iterable(columns), dtype=np.int64, count=int(starts[-1]))
        ones = np.ones(len(flat), dtype=np.int32)
        return _Signs(names, csr_matrix((ones, flat, starts), shape=(len(charts), len(names))))

    def among(self, charts: Sequence[int]) -> _Signs:
        """The same for some of the charts."""
        has = self.has[np.asarray(charts, dtype=np.int64)]
        enough = np.flatnonzero(has.sum(axis=0).A1 >= FEWEST)
        return _Signs([self.names[number] for number in enough], has[:, enough])

    def counts(self) -> list[int]:
        """How many charts have each."""
        return [int(count) for count in np.asarray(self.has.sum(axis=0)).ravel()]


def _phrases(reading: Reading, harmless: Set[str]) -> Iterator[str]:
    words = reading.words
    for first in range(len(words)):
        for past in range(first + 1, min(first + _LONGEST, len(words)) + 1):
            if words[past - 1] not in harmless or not reading.allows((first, past)):
                break
            yield " ".join(words[first:past])


def _terms(reading: Reading) -> Iterator[str]:
    """The terms that led to an offer, of as many words as a phrase may have."""
    for offer in reading.offers:
        for term in offer.terms if offer.alive else ():
            if term.count(" ") < _LONGEST and not _DIGITS.search(term):
                yield term


def _led_to(charts: Sequence[Shown]) -> dict[str, set[str]]:
    """The codes that each term led to."""
    led: dict[str, set[str]] = {}
    for chart in charts:
        for offer in chart.reading.offers:
            for term in offer.terms if offer.alive else ():
                led.setdefault(term, set()).add(offer.code)
    return led


def _told(count: int) -> int:
    """A count as it may be told."""
    return count if count >= FEWEST else 0


_Table: TypeAlias = dict[str, tuple[int, dict[str, int]]]


def _table(signs: _Signs, codes: _Signs, own: Mapping[str, Set[str]]) -> _Table:
    """For each sign the charts that have it, and the codes that go with it more often than by chance.

    Args:
        signs: of the charts.
        codes: that people gave the same charts.
        own: for a sign the codes that are written down however rarely people gave them.
    """
    together = (signs.has.T @ codes.has).tocoo()
    of, given = np.asarray(signs.counts()), np.asarray(codes.counts())
    prior = (given + 0.3) / (signs.has.shape[0] + 1)
    share = (together.data + 2.0 * prior[together.col]) / (of[together.row] + 2.0)
    more = (share >= _LEAST_SHARE) & (share >= _LEAST_LIFT * prior[together.col])
    kept = (together.data >= FEWEST) & more
    found: dict[str, dict[str, int]] = {}
    for sign, code, right in zip(together.row[kept], together.col[kept], together.data[kept], strict=True):
        found.setdefault(signs.names[sign], {})[codes.names[code]] = int(right)
    if own:
        told = {
            (signs.names[sign], codes.names[code]): _told(int(right))
            for sign, code, right in zip(together.row, together.col, together.data, strict=True)
        }
        for sign in signs.names:
            for code in own.get(sign, ()):
                found.setdefault(sign, {}).setdefault(code, told.get((sign, code), 0))
    counts = dict(zip(signs.names, signs.counts(), strict=True))
    return {sign: (counts[sign], dict(sorted(found[sign].items()))) for sign in sorted(found)}


def _without_echoes(table: _Table) -> _Table:
    """The table without what a shorter phrase says as well: a phrase in the same charts, with the same codes."""
    kept: _Table = {}
    for phrase, (of, given) in table.items():
        words = phrase.split(" ")
        shorter = {" ".join(words[1:]), " ".join(words[:-1])} - {""}
        heard = [table[each][1] for each in shorter if each in table and table[each][0] == of]
        fresh = {code: right for code, right in given.items() if all(other.get(code) != right for other in heard)}
        if fresh:
            kept[phrase] = (of, fresh)
    return kept
