"""What speaks for each code that a note may have, as a few numbers with names.

A candidate is a code that the embedded coder offers, one that a sign of the note speaks for, or both; the three kinds
are weighed apart. Shares of charts are given as log-odds, so that a weight says how far each is believed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from wardround.coding.site.habits import Habits, Link, family, logit, shrunk
from wardround.coding.site.reading import Offer, Place, Reading
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10 import CodeSet

__all__ = ["KINDS", "Candidate", "Kind", "Wording", "candidates"]

Kind: TypeAlias = Literal["agreed", "offered", "doubted", "shown"]
KINDS: tuple[Kind, ...] = ("agreed", "offered", "doubted", "shown")
"""Offered by the embedded coder and shown by signs of the note; offered only; turned down by it; shown only."""

_LEAST_SHOWN = 0.3  # share of a sign's charts that must have a code that nothing else offers
_BENT = ("best sign", "second sign", "term borne out", "code borne out", "sign of the category", "rival")
_KNEES = (-1.0, 0.0, 1.5)  # log-odds from which on more of them counts otherwise
_NONE = -4.0  # log-odds where nothing speaks for a code


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code that the note may have: its offer and its links, strongest first, and what speaks for it in numbers."""

    code: str
    kind: Kind
    offer: Offer | None
    links: Sequence[Link]
    facts: dict[str, float]


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


def candidates(reading: Reading, habits: Habits, wording: Wording) -> list[Candidate]:
    """The codes that a note may have, those of the embedded coder first, in order; all billable in the release."""
    links = habits.links(reading)
    offers = {offer.code: offer for offer in reading.offers}
    strongest = _strongest(links)
    categories = {code[:3]: code for code in offers}
    length = math.log((len(reading.words) + 20) / 400)
    found = []
    families = _families(links)
    sharing = Counter(offer.places[:1] for offer in reading.offers)
    for code in (*offers, *sorted(links.keys() - offers.keys())):
        if code.endswith("-"):
            continue
        offer, own = offers.get(code), links.get(code, [])
        if offer is None and (own[0].share < _LEAST_SHOWN or not wording.codes.billable(code)):
            continue
        kind: Kind
        if offer is None:
            kind = "shown"
        elif not offer.alive:
            kind = "doubted"
        else:
            kind = "agreed" if own else "offered"
        facts = {
            "length of note": length,
            "prior": logit(habits.prior(code)),
            "never given": float(code not in habits.codes),
            "category never given": float(family(code) not in habits.codes),
            "prior of the category": logit(habits.prior(family(code))),
            "share of the category": logit(
                shrunk(habits.codes.get(code, 0), habits.codes.get(family(code), 0), 0.2, 3.0)
            ),
            "sign of the category": logit(families[code[:3]]) if code[:3] in families else _NONE,
            "another of its category offered": float(categories.get(code[:3], code) != code),
        }
        words, unspecified = wording.of(code)
        facts["unspecified"] = float(unspecified)
        if offer is not None:
            _weigh_offer(facts, offer, habits, strongest, words, len(reading.words), sharing)
        if own:
            _weigh_links(facts, own, words, strongest, code)
        for name in _BENT:
            if name in facts:
                for knee in _KNEES:
                    facts[f"{name} above {knee:g}"] = max(0.0, facts[name] - knee)
        found.append(Candidate(code, kind, offer, own, facts))
    return found


def _families(links: dict[str, list[Link]]) -> dict[str, float]:
    """For each category the strongest share of a sign that speaks for it or for a code of it."""
    best: dict[str, float] = {}
    for code, own in links.items():
        best[code[:3]] = max(best.get(code[:3], 0.0), own[0].share)
    return best


def _strongest(links: dict[str, list[Link]]) -> dict[int, list[tuple[float, str]]]:
    """For each word of the note that a sign stands on the two codes that are most spoken for there."""
    at: dict[int, dict[str, float]] = {}
    for code, own in links.items():
        if code.endswith("-"):
            continue
        for link in own:
            for first, past in link.places:
                for place in range(first, past):
                    here = at.setdefault(place, {})
                    if link.share > here.get(code, 0.0):
                        here[code] = link.share
    return {
        place: sorted(((share, code) for code, share in here.items()), reverse=True)[:2] for place, here in at.items()
    }


def _rival(strongest: dict[int, list[tuple[float, str]]], places: Sequence[tuple[int, int]], code: str) -> float:
    """Log-odds of the strongest other code on the same words."""
    best = 0.0
    for first, past in places:
        for place in range(first, past):
            for share, other in strongest.get(place, ()):
                if other != code:
                    best = max(best, share)
                    break
    return logit(best) if best else _NONE


def _weigh_offer(
    facts: dict[str, float],
    offer: Offer,
    habits: Habits,
    strongest: dict[int, list[tuple[float, str]]],
    title: frozenset[str],
    words: int,
    sharing: Mapping[tuple[Place, ...], int],
) -> None:
    chapter, category, own, term = habits.borne_out(offer.code, offer.terms)
    times = habits.times_offered(offer.code)
    facts |= {
        "chapter borne out": logit(chapter),
        "category borne out": logit(category),
        "code borne out": logit(own),
        "term borne out": logit(term),
        "times offered": math.log1p(times),
        "offered but never given": float(offer.code not in habits.codes) * min(math.log1p(times), 2.0),
        "word by word": float(offer.phrase),
        "mentions": math.log(offer.mentions),
        f"from {offer.source}": 1.0,
        f"said as {offer.said}": 1.0,
        "title said": max(len(title.intersection(term.split(" "))) for term in offer.terms) / max(1, len(title)),
        "beyond the title": min(len(set(term.split(" ")) - title) for term in offer.terms) / 3,
        "place in the note": offer.places[0][0] / (words + 1) if offer.places else 0.5,
        "codes of its words": math.log(max(1, sharing.get(offer.places[:1], 1))),
        "seventh character": float(len(offer.code) == 8),
        "chosen below a header": float(offer.chosen),
        "rival of the offer": _rival(strongest, offer.places, offer.code),
        "coder's confidence": logit(offer.sure),
        "words of the term": math.log(max(term.count(" ") + 1 for term in offer.terms)),
        "words between": math.log1p(offer.between),
        f"basis {offer.basis}": 1.0,
    }
    if offer.why:
        facts[f"turned down: {offer.why}"] = 1.0


def _weigh_links(
    facts: dict[str, float],
    links: Sequence[Link],
    title: frozenset[str],
    strongest: dict[int, list[tuple[float, str]]],
    code: str,
) -> None:
    best = links[0]
    said = [link for link in links if link.kind != "code"]
    first = logit(best.share)
    rival = _rival(strongest, best.places, code)
    shared = max(len(title & set(link.sign.split(" "))) for link in links[:5])
    facts |= {
        "best sign": first,
        "charts of best sign": math.log(best.right),
        "second sign": logit(links[1].share) if len(links) > 1 else _NONE,
        "third sign": logit(links[2].share) if len(links) > 2 else _NONE,
        "best words": logit(said[0].share) if said else _NONE,
        "signs": math.log(len(links)),
        "words of its title": shared / max(1, min(len(title), 3)),
        "times shown": math.log(max(len(link.places) for link in links[:3]) or 1),
        "words of best sign": float(best.sign.count(" ") + 1),
        "rival": rival,
        "ahead of rival": first - rival,
    }
