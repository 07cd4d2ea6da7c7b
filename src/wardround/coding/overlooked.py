"""Terms of a note that lie inside longer ones, and terms whose words stand in one sentence but not together.

"Metastatic carcinoma of the lung" is one find, and names a carcinoma and the lung's; "calculi, seen in both … kidneys"
is none. The coder offers neither, for most mean nothing more; a site that has seen what they are worth may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

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
    for found in (*_runs(stream, vocabulary), *_pieces(stream, vocabulary)):
        places, own = frozenset(found.positions), kept.setdefault(found.sentence, set())
        if places in own:
            continue
        inside = found.phrase or any(places < other for other in own)
        every[Overlooked.INSIDE if inside else Overlooked.APART].append(found)
    for founds in every.values():
        founds.sort(key=lambda found: (found.positions, found.term.words))
    return every


def _runs(stream: Stream, vocabulary: Vocabulary) -> Iterator[Found]:
    """The terms whose words stand in order and side by side."""
    for first, past, group in vocabulary.phrases(stream.words):
        sentence, places = stream.sentence_of[first], tuple(range(first, past))
        if sentence == stream.sentence_of[past - 1]:
            span = stream.span(places)
            for term in vocabulary.terms(group):
                if stream.holds(term.when, span, sentence):
                    if term.target != "-":
                        yield Found(term, places, span, sentence, True)
                    break


def _pieces(stream: Stream, vocabulary: Vocabulary) -> Iterator[Found]:
    """The terms whose words stand in one sentence in any order, once a sentence."""
    words = stream.words
    for sentence, positions in enumerate(stream.sentence_ranges):
        present = set(words[positions.start : positions.stop])
        for key in present & vocabulary.bag_keys:
            bags = vocabulary.bags[key]
            for second in present & bags.seconds:
                for rest, group in bags.of[second]:
                    if rest <= present:
                        term = next((t for t in vocabulary.terms(group) if not t.when and t.target != "-"), None)
                        places = _closest(words, positions, rest | {key, second})
                        side_by_side = places[-1] - places[0] < len(places)
                        if term is not None and places[-1] - places[0] < _WIDEST and not side_by_side:
                            yield Found(term, places, stream.span(places), sentence, False)


def _closest(words: list[str], positions: range, wanted: frozenset[str]) -> tuple[int, ...]:
    """The narrowest run of places that has all of ``wanted``, one place each; the first of several."""
    last: dict[str, int] = {}
    best: tuple[int, ...] = ()
    for place in positions:
        if words[place] in wanted:
            last[words[place]] = place
            if len(last) == len(wanted):
                places = tuple(sorted(last.values()))
                if not best or places[-1] - places[0] < best[-1] - best[0]:
                    best = places
    return best
