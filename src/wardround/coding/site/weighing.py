"""What speaks for each code that a note may have, as a few numbers with names.

A candidate is a code that the embedded coder offers, one that a sign of the note speaks for, or both; the three kinds
are weighed apart. Shares of charts are given as log-odds, so that a weight says how far each is believed.

The numbers come in groups whose names are always the same; the same groups are fitted by their names and scored by
their places, for a note has some dozens of candidates with some dozens of numbers each. What depends on the code alone
is counted once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import mul
from typing import Literal, NamedTuple, TypeAlias

from wardround.coding.site.habits import KNEES, Habits, Shown, Strongest, bent, family, logit, shrunk
from wardround.coding.site.reading import Offer, Place, Reading
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10 import CodeSet

__all__ = ["KINDS", "Candidate", "Kind", "Scale", "Weighing", "Wording"]

Kind: TypeAlias = Literal["agreed", "offered", "doubted", "shown"]
KINDS: tuple[Kind, ...] = ("agreed", "offered", "doubted", "shown")
"""Offered by the embedded coder and shown by signs of the note; offered only; turned down by it; shown only."""

_LEAST_SHOWN = 0.3  # share of a sign's charts that must have a code that nothing else offers
_NONE = -4.0  # log-odds where nothing speaks for a code
_LINKS_READ = 5  # of a code's links, the strongest first, those whose words are compared with its title

_Numbers: TypeAlias = tuple[float, ...]


def _bending(name: str) -> tuple[str, ...]:
    """The names of log-odds that may count otherwise from some value on, as `bent` gives them."""
    return (name, *(f"{name} above {knee:g}" for knee in KNEES))


_OF_CODE = (
    "prior",
    "never given",
    "category never given",
    "prior of the category",
    "share of the category",
    "unspecified",
)
_IN_NOTE = ("length of note", "another of its category offered", *_bending("sign of the category"))
_OF_OFFERED = (
    "chapter borne out",
    "category borne out",
    *_bending("code borne out"),
    "times offered",
    "offered but never given",
    "seventh character",
)
_OF_OFFER = (
    "word by word",
    "mentions",
    "title said",
    "beyond the title",
    "place in the note",
    "codes of its words",
    "chosen below a header",
    "rival of the offer",
    "coder's confidence",
    "words of the term",
    "words between",
    *_bending("term borne out"),
)
_OF_LINKS = (
    "charts of best sign",
    "third sign",
    "best words",
    "signs",
    "words of its title",
    "times shown",
    "words of best sign",
    "ahead of rival",
    *_bending("best sign"),
    *_bending("second sign"),
    *_bending("rival"),
)
_NAMES = {
    (offered, linked): (
        *_OF_CODE,
        *_IN_NOTE,
        *(_OF_OFFERED + _OF_OFFER if offered else ()),
        *(_OF_LINKS if linked else ()),
    )
    for offered in (False, True)
    for linked in (False, True)
}  # of the numbers of a candidate, by whether it has an offer and links


class Candidate(NamedTuple):
    """A code that the note may have.

    Attributes:
        code: of the release.
        kind: how it came to be one.
        offer: of the embedded coder.
        links: the signs of the note that speak for it, the strongest first.
        numbers: what speaks for it; which they are depends on whether it has an offer and links.
        marks: names of what else is so.
    """

    code: str
    kind: Kind
    offer: Offer | None
    links: Sequence[Shown]
    numbers: _Numbers
    marks: tuple[str, ...]

    def facts(self) -> dict[str, float]:
        """The numbers by their names."""
        named = dict(zip(_NAMES[self.offer is not None, bool(self.links)], self.numbers, strict=True))
        return named | dict.fromkeys(self.marks, 1.0)


class Scale:
    """The weights of one kind of candidates, laid out as their numbers are.

    Args:
        weights: by name; ``""`` is the constant. Log-odds.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._constant = weights.get("", 0.0)
        self._rows = {of: tuple(weights.get(name, 0.0) for name in names) for of, names in _NAMES.items()}
        self._weights = weights

    def score(self, candidate: Candidate) -> float:
        """How much speaks for a candidate, 0 to 1."""
        row = self._rows[candidate.offer is not None, bool(candidate.links)]
        total = self._constant + sum(map(mul, row, candidate.numbers))
        for mark in candidate.marks:
            total += self._weights.get(mark, 0.0)
        return 1 / (1 + math.exp(-total)) if total > -30 else 0.0


class Wording:
    """What the titles of a release say. Safe to share between threads: what it remembers never changes."""

    def __init__(self, codes: CodeSet, vocabulary: Vocabulary) -> None:
        self.codes = codes
        self._vocabulary = vocabulary
        self._known: dict[str, tuple[frozenset[str], bool]] = {}

    def of(self, code: str) -> tuple[frozenset[str], bool]:
        """The canonical words of a title, and whether it says that detail is missing."""
        known = self._known.get(code)
        if known is None:
            title = self.codes.title(code)
            words = frozenset(self._vocabulary.canonical_words(title))
            known = self._known[code] = (words, "unspecified" in title.lower())
        return known


class _Known(NamedTuple):
    """What is known of a code before a note is read."""

    title: frozenset[str]
    numbers: _Numbers  # of _OF_CODE
    offered: _Numbers  # of _OF_OFFERED


class _Term(NamedTuple):
    """What is known of a term as an offer of a code."""

    said: int  # words of the code's title that it has
    beyond: int  # words of its own
    length: int
    share: float  # how often people give the code that it leads to


class Weighing:
    """Weighs what notes may have by the habits of a site.

    Safe to share between threads: what it remembers never changes.
    """

    def __init__(self, habits: Habits, wording: Wording) -> None:
        self._habits = habits
        self._wording = wording
        self._codes: dict[str, _Known] = {}
        self._billable: dict[str, bool] = {}
        self._terms: dict[tuple[str, str], _Term] = {}
        self._shared: dict[tuple[str, str], int] = {}

    def candidates(self, reading: Reading) -> list[Candidate]:
        """The codes that a note may have, those of the embedded coder first, in order; all billable in the release."""
        heard = self._habits.heard(reading)
        offers = {offer.code: offer for offer in reading.offers}
        last_of = {code[:3]: code for code in offers}
        sharing = Counter(offer.places[:1] for offer in reading.offers)
        length = math.log((len(reading.words) + 20) / 400)
        for links in heard.links.values():
            links.sort(reverse=True)
        shown = sorted(
            code
            for code, links in heard.links.items()
            if links[0][0].share >= _LEAST_SHOWN and code not in offers and self._is_billable(code)
        )
        found = []
        for code in (*offers, *shown):
            offer, own = offers.get(code), heard.links.get(code, ())
            known, category = self._code(code), code[:3]
            share = heard.categories.get(category)
            in_note = (length, 1.0 if last_of.get(category, code) != code else 0.0)
            numbers = known.numbers + in_note + (_BENT_NONE if share is None else _odds(share))
            kind: Kind = "shown"
            marks: tuple[str, ...] = ()
            if offer is not None:
                kind = "doubted" if not offer.alive else "agreed" if own else "offered"
                numbers += known.offered + self._of_offer(offer, known, heard.strongest, len(reading.words), sharing)
                marks = _marks(offer)
            if own:
                numbers += self._of_links(code, own, known, heard.strongest)
            found.append(Candidate(code, kind, offer, own, numbers, marks))
        return found

    def _is_billable(self, code: str) -> bool:
        known = self._billable.get(code)
        if known is None:
            known = self._billable[code] = self._wording.codes.billable(code)
        return known

    def _code(self, code: str) -> _Known:
        known = self._codes.get(code)
        if known is None:
            known = self._codes[code] = self._read(code)
        return known

    def _read(self, code: str) -> _Known:
        habits = self._habits
        title, unspecified = self._wording.of(code)
        numbers = (
            logit(habits.prior(code)),
            float(code not in habits.codes),
            float(family(code) not in habits.codes),
            logit(habits.prior(family(code))),
            logit(shrunk(habits.codes.get(code, 0), habits.codes.get(family(code), 0), 0.2, 3.0)),
            float(unspecified),
        )
        chapter, category, own = habits.borne_out(code)
        times = habits.times_offered(code)
        offered = (
            logit(chapter),
            logit(category),
            *bent(logit(own)),
            math.log1p(times),
            float(code not in habits.codes) * min(math.log1p(times), 2.0),
            float(len(code) == 8),
        )
        return _Known(title, numbers, offered)

    def _term(self, code: str, term: str, title: frozenset[str]) -> _Term:
        known = self._terms.get((code, term))
        if known is None:
            words = term.split(" ")
            share = self._habits.term_borne_out(code, term)
            known = _Term(len(title.intersection(words)), len(set(words) - title), len(words), share)
            self._terms[code, term] = known
        return known

    def _of_offer(
        self,
        offer: Offer,
        known: _Known,
        strongest: Strongest,
        words: int,
        sharing: Mapping[tuple[Place, ...], int],
    ) -> _Numbers:
        said, beyond, lengths, shares = zip(
            *[self._term(offer.code, term, known.title) for term in offer.terms], strict=True
        )
        return (
            float(offer.phrase),
            math.log(offer.mentions),
            max(said) / max(1, len(known.title)),
            min(beyond) / 3,
            offer.places[0][0] / (words + 1) if offer.places else 0.5,
            math.log(max(1, sharing.get(offer.places[:1], 1))),
            float(offer.chosen),
            _rival(strongest, offer.places, offer.code)[0],
            logit(offer.sure),
            math.log(max(lengths)),
            math.log1p(offer.between),
            *_odds(max(shares)),
        )

    def _of_links(self, code: str, links: Sequence[Shown], known: _Known, strongest: Strongest) -> _Numbers:
        best, places = links[0]
        first = best.odds
        rival = _rival(strongest, places, code)
        said = next((link for link, _ in links if link.kind != "code"), None)
        shared = self._words_shared(code, links[:_LINKS_READ], known.title)
        numbers = (
            math.log(best.right),
            links[2][0].odds[0] if len(links) > 2 else _NONE,
            _NONE if said is None else said.odds[0],
            math.log(len(links)),
            shared / max(1, min(len(known.title), 3)),
            math.log(max([len(places) for _, places in links[:3]]) or 1),
            float(best.sign.count(" ") + 1),
            first[0] - rival[0],
        )
        return numbers + first + (links[1][0].odds if len(links) > 1 else _BENT_NONE) + rival

    def _words_shared(self, code: str, links: Sequence[Shown], title: frozenset[str]) -> int:
        """How many words of a code's title the sign has that has most of them."""
        most = 0
        for link, _ in links:
            known = self._shared.get((code, link.sign))
            if known is None:
                known = self._shared[code, link.sign] = len(title.intersection(link.sign.split(" ")))
            if known > most:
                most = known
        return most


def _marks(offer: Offer) -> tuple[str, ...]:
    marks = (f"from {offer.source}", f"said as {offer.said}", f"basis {offer.basis}")
    return (*marks, f"turned down: {offer.why}") if offer.why else marks


def _rival(strongest: Strongest, places: Iterable[Place], code: str) -> _Numbers:
    """The strongest other code on the same words."""
    best = strongest.rival(places, code)
    return _odds(best) if best else _BENT_NONE


_BENT_NONE = bent(_NONE)


@lru_cache(maxsize=65536)
def _odds(share: float) -> _Numbers:
    return bent(logit(share))
