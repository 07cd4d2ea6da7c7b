"""Terms of a note that lie inside longer ones, and terms whose words stand in one sentence but not together.

"Metastatic carcinoma of the lung" is one find, and names a carcinoma and the lung's; "calculi, seen in both … kidneys"
is none. The coder offers neither, for most mean nothing more; a site that has seen what they are worth may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from enum import StrEnum
from typing import TypeAlias

from wardround.coding.find import Found, Stream
from wardround.coding.vocabulary import Vocabulary

__all__ = ["Overlooked", "overlooked"]

_WIDEST = 25  # words from the first to the last of a term in pieces


class Overlooked(StrEnum):
    """Why a term is no find; also the name of the finding that says so."""

    INSIDE = "inside-a-term"
    APART = "words-apart"


def overlooked(stream: Stream, vocabulary: Vocabulary, finds: Iterable[Found]) -> dict[Overlooked, list[Found]]:
    """The terms of a note that are no finds of it, each list in the order of the note.

    Args:
        stream: the note.
        vocabulary: of the release.
        finds: its finds; none of them is found again.
    """
    kept: dict[int, set[frozenset[int]]] = {}
    for found in finds:
        kept.setdefault(found.sentence, set()).add(frozenset(found.positions))
    every: dict[Overlooked, list[Found]] = {why: [] for why in Overlooked}
    for found in (*_runs(stream, vocabulary, kept), *_pieces(stream, vocabulary, kept)):
        inside = found.phrase or any(other.issuperset(found.positions) for other in kept.get(found.sentence, ()))
        every[Overlooked.INSIDE if inside else Overlooked.APART].append(found)
    for founds in every.values():
        founds.sort(key=lambda found: (found.positions, found.term.words))
    return every


_Kept: TypeAlias = Mapping[int, Set[frozenset[int]]]
"""For each sentence the places of each of its finds."""


def _runs(stream: Stream, vocabulary: Vocabulary, kept: _Kept) -> Iterator[Found]:
    """The terms whose words stand in order and side by side."""
    for first, past, group in stream.phrases:
        sentence, places = stream.sentence_of[first], tuple(range(first, past))
        if frozenset(places) in kept.get(sentence, ()):
            continue
        span = stream.span(places)
        for term in vocabulary.terms(group):
            if stream.holds(term.when, span, sentence):
                if term.target != "-":
                    yield Found(term, places, span, sentence, True)
                break


def _pieces(stream: Stream, vocabulary: Vocabulary, kept: _Kept) -> Iterator[Found]:
    """The terms whose words stand in one sentence in any order, once a sentence."""
    for sentence, bags in stream.bags.items():
        for key, second, rest, group in bags.said:
            places = _closest([bags.places[key], bags.places[second], *map(bags.places.__getitem__, rest)])
            if not len(places) <= places[-1] - places[0] < _WIDEST or frozenset(places) in kept.get(sentence, ()):
                continue
            for term in vocabulary.terms(group):
                if not term.when and term.target != "-":
                    yield Found(term, places, stream.span(places), sentence, False)
                    break


def _closest(places: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The narrowest run that has a place of each word; the first of several.

    Args:
        places: of each word, ascending.
    """
    if all(len(own) == 1 for own in places):
        return tuple(sorted([place for own in places for place in own]))
    last: dict[int, int] = {}
    best: tuple[int, ...] = ()
    for place, word in sorted([(place, word) for word, own in enumerate(places) for place in own]):
        last[word] = place
        if len(last) == len(places):
            run = tuple(sorted(last.values()))
            if not best or run[-1] - run[0] < best[-1] - best[0]:
                best = run
    return best
