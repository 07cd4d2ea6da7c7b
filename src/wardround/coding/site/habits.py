"""What people at a site code, as counts of reviewed charts; nothing is in it that fewer than three charts have.

A *sign* is something a note may show: a phrase of up to four words, a term of the classification, a code that the
embedded coder offers. For each sign the number of charts that show it, and for each code that goes with it the number
of those charts to which people gave the code. A count below three is written as 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from wardround.coding.site.reading import Place, Reading
from wardround.words import Phrases

__all__ = [
    "FEWEST",
    "KNEES",
    "Habits",
    "Heard",
    "Link",
    "Shown",
    "Strongest",
    "bent",
    "chapter",
    "family",
    "logit",
    "shrunk",
]

FEWEST = 3
"""Charts that must show something before it is written down."""

Counts = tuple[int, int]
"""Of how many charts, and in how many of them people gave the code."""

_TOWARD_PRIOR = 2.0  # charts that the share of a sign's charts is drawn to the whole with


_CHAPTERS = str.maketrans("BTWXY", "ASVVV")  # the letters of a chapter that has several, but for C and D


def chapter(code: str) -> str:
    """The first letter of a code, the same for all of its chapter; D, which two chapters share, stands for itself."""
    return code[0].translate(_CHAPTERS)


def family(code: str) -> str:
    """The category of a code, written so that it is no code itself.

    >>> family("N28.89"), family("I10")
    ('N28.-', 'I10.-')
    """
    return f"{code[:3]}.-"


def shrunk(right: float, of: float, toward: float, weight: float) -> float:
    """A share drawn toward another, as if ``weight`` more charts had shown that one."""
    return (right + weight * toward) / (of + weight)


class Link(NamedTuple):
    """What a sign says for a code, the same in every note; links of one code sort by how much they say.

    ``share``: of the charts with the sign, shrunk, those that people gave the code; ``kind``: phrase, term or code;
    ``odds``: of the share, see `bent`.
    """

    share: float
    right: int
    of: int
    sign: str
    kind: str
    odds: tuple[float, ...]


Shown: TypeAlias = tuple[Link, tuple[Place, ...]]
"""A link, and the places of the note that show its sign."""


class Strongest:
    """For each word of a note how strongly signs that stand on it speak for a code, and for any other code."""

    def __init__(self, words: int) -> None:
        self._share = [0.0] * words
        self._code = [""] * words
        self._second = [0.0] * words

    def add(self, places: Iterable[Place], said: Sequence[tuple[float, str]]) -> None:
        """A sign with its places, and the shares of the codes that it speaks for most."""
        shares, codes, seconds = self._share, self._code, self._second
        for first, past in places:
            for place in range(first, past):
                for share, code in said:
                    if share > seconds[place]:
                        best = shares[place]
                        if code == codes[place]:
                            if share > best:
                                shares[place] = share
                        elif share > best:
                            shares[place], codes[place], seconds[place] = share, code, best
                        else:
                            seconds[place] = share

    def rival(self, places: Iterable[Place], code: str) -> float:
        """The strongest share of a code other than ``code`` on these words; 0 if there is none."""
        best = 0.0
        for first, past in places:
            for place in range(first, past):
                share = self._second[place] if code == self._code[place] else self._share[place]
                if share > best:
                    best = share
        return best


@dataclass(frozen=True, slots=True)
class Heard:
    """What the signs of a note speak for.

    Attributes:
        links: of each code, in no order.
        categories: for the three characters of a category the strongest share of any sign for it or a code of it.
        strongest: which codes are most spoken for where.
    """

    links: dict[str, list[Shown]]
    categories: dict[str, float]
    strongest: Strongest


@dataclass(frozen=True, slots=True)
class _Sign:
    """What one sign speaks for: codes, categories with the strongest share in each, and its two strongest codes."""

    links: tuple[tuple[str, Link], ...]
    categories: tuple[tuple[str, float], ...]
    strongest: tuple[tuple[float, str], ...]


class Habits(BaseModel):
    """The counts. Immutable.

    Attributes:
        charts: how many there were.
        codes: charts to which people gave a code, or, as ``N28.-``, any code of a category.
        phrases: sign → charts that show it, and for each code those that people gave it.
        terms: the same for the words of terms that the embedded coder found.
        offered: the same for the codes that it offered.
        offers: how many codes it offered in all charts, and how many of them people gave.
        chapters: the same by `chapter`.
        offered_categories: the same by category.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    charts: int
    codes: dict[str, int]
    offers: Counts
    chapters: dict[str, Counts]
    offered_categories: dict[str, Counts]
    offered: dict[str, tuple[int, dict[str, int]]]
    terms: dict[str, tuple[int, dict[str, int]]]
    phrases: dict[str, tuple[int, dict[str, int]]]

    @property
    def given(self) -> dict[str, int]:
        """The codes alone, without categories."""
        return {code: charts for code, charts in self.codes.items() if not code.endswith("-")}

    def prior(self, code: str) -> float:
        """The share of charts that have a code."""
        return (self.codes.get(code, 0) + 0.3) / (self.charts + 1)

    def share(self, right: int, of: int, code: str) -> float:
        """The share of a sign's charts that have a code, drawn toward that of all charts."""
        return shrunk(right, of, self.prior(code), _TOWARD_PRIOR)

    def heard(self, reading: Reading) -> Heard:
        """What the signs of a note speak for."""
        heard = Heard({}, {}, Strongest(len(reading.words)))
        links, categories, add = heard.links, heard.categories, heard.strongest.add
        for sign, places in self._signs(reading):
            for code, link in sign.links:
                if code in links:
                    links[code].append((link, places))
                else:
                    links[code] = [(link, places)]
            for category, share in sign.categories:
                if share > categories.get(category, 0.0):
                    categories[category] = share
            add(places, sign.strongest)
        return heard

    def _signs(self, reading: Reading) -> Iterator[tuple[_Sign, tuple[Place, ...]]]:
        """The signs of a note that speak for anything, each once, with their places."""
        signs, automaton = self._automaton
        known = self._known["phrase"]
        sentence_of, stated = reading.sentence_of, reading.stated
        places: dict[str, list[Place]] = {}
        for first, past, number in automaton.find(reading.words):
            if sentence_of[first] == sentence_of[past - 1] and (stated is None or stated[first]):
                sign = signs[number]
                if sign in places:
                    places[sign].append((first, past))
                else:
                    places[sign] = [(first, past)]
        for sign, own in places.items():
            yield known[sign] or self._sign("phrase", sign), tuple(own)
        terms: dict[str, tuple[Place, ...]] = {}
        for offer in reading.offers:
            if not offer.alive:
                continue
            yield self._sign("code", offer.code), offer.places
            for term in offer.terms:
                terms[term] = (*terms.get(term, ()), *offer.places)
        for term, at in terms.items():
            yield self._sign("term", term), at

    def _sign(self, kind: str, sign: str) -> _Sign:
        known = self._known[kind].get(sign, _SILENT)
        if known is None:
            known = self._known[kind][sign] = self._read(kind, sign)
        return known

    def _read(self, kind: str, sign: str) -> _Sign:
        of, given = self._tables[kind][sign]
        every = [(code, self._link(right, of, code, sign, kind)) for code, right in given.items() if right]
        links = tuple((code, link) for code, link in every if not code.endswith("-"))
        categories: dict[str, float] = {}
        for code, link in every:
            categories[code[:3]] = max(categories.get(code[:3], 0.0), link.share)
        strongest = sorted(((link.share, code) for code, link in links), reverse=True)[:2]
        return _Sign(links, tuple(categories.items()), tuple(strongest))

    def _link(self, right: int, of: int, code: str, sign: str, kind: str) -> Link:
        share = self.share(right, of, code)
        return Link(share, right, of, sign, kind, bent(logit(share)))

    @property
    def _tables(self) -> dict[str, dict[str, tuple[int, dict[str, int]]]]:
        return {"phrase": self.phrases, "term": self.terms, "code": self.offered}

    @cached_property
    def _known(self) -> dict[str, dict[str, _Sign | None]]:
        """The signs as they are heard, None for those that no note has had yet."""
        return {kind: dict.fromkeys(table) for kind, table in self._tables.items()}

    @cached_property
    def _automaton(self) -> tuple[list[str], Phrases]:
        signs = list(self.phrases)
        return signs, Phrases((sign, number) for number, sign in enumerate(signs))

    # -- how far what the embedded coder offers is borne out -----------------------------------------------------

    def borne_out(self, code: str) -> tuple[float, float, float]:
        """How often people give what is offered: in its chapter, in its category, and of the code itself."""
        overall = shrunk(self.offers[1], self.offers[0], 0.5, 1)
        of, right = self.chapters.get(chapter(code), (0, 0))
        of_chapter = shrunk(right, of, overall, 5)
        of, right = self.offered_categories.get(code[:3], (0, 0))
        category = shrunk(right, of, of_chapter, 3)
        of, given = self.offered.get(code, (0, {}))
        return of_chapter, category, shrunk(given.get(code, 0), of, category, 2)

    def term_borne_out(self, code: str, term: str) -> float:
        """How often people give a code that is offered for a term."""
        of, given = self.terms.get(term, (0, {}))
        return shrunk(given.get(code, 0), of, self.borne_out(code)[2], 1.5)

    def times_offered(self, code: str) -> int:
        """Charts in which the embedded coder offered a code."""
        return self.offered.get(code, (0, {}))[0]


def logit(share: float) -> float:
    """Log-odds of a share, kept within what counts of charts can tell."""
    share = min(max(share, 0.005), 0.98)
    return math.log(share / (1 - share))


KNEES = (-1.0, 0.0, 1.5)
"""Log-odds from which on more of them counts otherwise."""


def bent(odds: float) -> tuple[float, ...]:
    """Log-odds, and how far they are above each knee."""
    return (odds, *(max(0.0, odds - knee) for knee in KNEES))


_SILENT = _Sign((), (), ())  # a sign that speaks for nothing
