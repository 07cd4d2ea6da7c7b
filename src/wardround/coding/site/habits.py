"""What people at a site code, as counts of reviewed charts; nothing is in it that fewer than three charts have.

A *sign* is something a note may show: a phrase of up to four words, a term of the classification, a code that the
embedded coder offers. For each sign the number of charts that show it, and for each code that goes with it the number
of those charts to which people gave the code. A count below three is written as 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from wardround.coding.site.reading import Place, Reading
from wardround.words import Phrases

__all__ = ["FEWEST", "Habits", "Link", "chapter", "family", "logit", "shrunk"]

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
    """A sign of the note that speaks for a code.

    ``share``: of the charts with the sign, shrunk, those that people gave the code; ``kind``: phrase, term or code.
    """

    share: float
    right: int
    of: int
    sign: str
    kind: str
    places: tuple[Place, ...]


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

    def links(self, reading: Reading) -> dict[str, list[Link]]:
        """For each code the signs of a note that speak for it, the strongest first."""
        found: dict[str, list[Link]] = {}
        for sign, kind, places in self._signs(reading):
            for code, share, right, of in self._shares(kind).get(sign, ()):
                found.setdefault(code, []).append(Link(share, right, of, sign, kind, places))
        for links in found.values():
            links.sort(reverse=True)
        return found

    def _signs(self, reading: Reading) -> Iterator[tuple[str, str, tuple[Place, ...]]]:
        signs, automaton = self._automaton
        places: dict[int, list[Place]] = {}
        for first, past, number in automaton.find(reading.words):
            if reading.allows((first, past)):
                places.setdefault(number, []).append((first, past))
        for number, own in places.items():
            yield signs[number], "phrase", tuple(own)
        terms: dict[str, tuple[Place, ...]] = {}
        for offer in reading.offers:
            if not offer.alive:
                continue
            yield offer.code, "code", offer.places
            for term in offer.terms:
                terms[term] = (*terms.get(term, ()), *offer.places)
        for term, at in terms.items():
            yield term, "term", at

    def _shares(self, kind: str) -> Mapping[str, tuple[tuple[str, float, int, int], ...]]:
        return self._compiled[kind]

    @cached_property
    def _compiled(self) -> dict[str, dict[str, tuple[tuple[str, float, int, int], ...]]]:
        tables = {"phrase": self.phrases, "term": self.terms, "code": self.offered}
        return {
            kind: {
                sign: tuple((code, self.share(right, of, code), right, of) for code, right in given.items() if right)
                for sign, (of, given) in table.items()
            }
            for kind, table in tables.items()
        }

    @cached_property
    def _automaton(self) -> tuple[list[str], Phrases]:
        signs = list(self.phrases)
        return signs, Phrases((sign, number) for number, sign in enumerate(signs))

    # -- how far what the embedded coder offers is borne out -----------------------------------------------------

    def borne_out(self, code: str, terms: tuple[str, ...]) -> tuple[float, float, float, float]:
        """How often people give what is offered: in its chapter, its category, of its code, and of its surest term."""
        overall = shrunk(self.offers[1], self.offers[0], 0.5, 1)
        of, right = self.chapters.get(chapter(code), (0, 0))
        of_chapter = shrunk(right, of, overall, 5)
        of, right = self.offered_categories.get(code[:3], (0, 0))
        category = shrunk(right, of, of_chapter, 3)
        of, given = self.offered.get(code, (0, {}))
        own = shrunk(given.get(code, 0), of, category, 2)
        best = 0.0
        for term in terms:
            of, given = self.terms.get(term, (0, {}))
            best = max(best, shrunk(given.get(code, 0), of, own, 1.5))
        return of_chapter, category, own, best if terms else own

    def times_offered(self, code: str) -> int:
        """Charts in which the embedded coder offered a code."""
        return self.offered.get(code, (0, {}))[0]


def logit(share: float) -> float:
    """Log-odds of a share, kept within what counts of charts can tell."""
    share = min(max(share, 0.005), 0.98)
    return math.log(share / (1 - share))
