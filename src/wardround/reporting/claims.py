"""What a sentence claims: which of the things that a protocol knows it says are there, or not, and on which side.

Whether a thing is denied, doubted or past is judged as in a note, by `wardround.documents.assertion`; the further words
of reports stand in ``data/words.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from wardround.documents import AssertionStatus, Note, assertions
from wardround.reporting.protocol import Protocol, load, names
from wardround.spans import Span
from wardround.words import Phrases, Words, cut

__all__ = ["Claim", "Polarity", "Sentence", "Target", "Vocabulary", "sides_in"]

Polarity = Literal["affirmed", "negated", "possible", "past", "unjudged"]
Kind = Literal["observation", "hidden", "condition", "foreign", "structure", "study"]
Target = tuple[Kind, str]
"""What is claimed, and its id: a structure and the study are claimed to be normal, all others to be there."""

_POLARITY: dict[AssertionStatus, Polarity] = {
    AssertionStatus.PRESENT: "affirmed",
    AssertionStatus.NEGATED: "negated",
    AssertionStatus.POSSIBLE: "possible",
    AssertionStatus.HYPOTHETICAL: "possible",
    AssertionStatus.HISTORICAL: "past",
    AssertionStatus.FAMILY: "past",
}
_SIDES = ("left", "right", "bilateral", "midline")
_CLAUSE = re.compile(r"[;,:]|\b(?:but|however|although|and)\b", re.IGNORECASE)
_TURN = re.compile(r"[;]|\b(?:but|however|although|with)\b", re.IGNORECASE)
_VERB = re.compile(r"\b(?:is|are|was|were|shows?|has|have|there|seen|present)\b", re.IGNORECASE)
_DIRECTION = "direction "
_UNSPECIFIC = "general"  # asks about lesions and masses of any kind
_NEAR = 2  # words between "normal" and what is
_MOST_WORDS = 120  # of a sentence; what is longer is none


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a sentence says.

    Attributes:
        kind, id: what it is about.
        polarity: what is said of it.
        sides: the sides that are named with it.
        span: its words in the sentence.
    """

    kind: Kind
    id: str
    polarity: Polarity
    sides: frozenset[str]
    span: Span


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one sentence says.

    Attributes:
        text: as it is.
        claims: in order.
        sides: all sides that it names, places that are on one side only left out.
        compares: whether it speaks of an earlier study.
        directions: how it says that things have changed since.
        unjudged: whether it says that something could not be judged.
        addressing: whether it speaks to a program that reads it.
        dismissing: whether it says that nothing need be done.
    """

    text: str
    claims: tuple[Claim, ...]
    sides: frozenset[str]
    compares: bool
    directions: frozenset[str]
    unjudged: bool
    addressing: bool = False
    dismissing: bool = False


class Vocabulary:
    """The words of one protocol, ready to read sentences with. Built once per report."""

    def __init__(self, protocol: Protocol) -> None:
        self._targets: list[Target] = []
        phrases: dict[str, int] = {}
        for target, phrase in self._known(protocol):
            key = " ".join(cut(phrase).folded)
            if key and key not in phrases:
                phrases[key] = len(self._targets)
                self._targets.append(target)
        self._phrases = Phrases(phrases)

    @staticmethod
    def _known(protocol: Protocol) -> Iterator[tuple[Target, str]]:
        """Every phrase with its meaning; of two that are alike the first one counts."""
        for observation in protocol.observations:
            yield from ((("observation", observation.id), phrase) for phrase in (observation.name, *observation.words))
        for hidden in protocol.cannot_show:
            yield from ((("hidden", hidden.id), phrase) for phrase in (hidden.name, *hidden.words))
        for condition in protocol.differential:
            for phrase in (condition.condition, *condition.words):
                yield ("condition", condition.condition), phrase
        for phrase in _words()["normal_study"]:
            yield ("study", "study"), phrase
        for structure in protocol.structures:
            yield from ((("structure", structure.id), phrase) for phrase in (structure.name, *structure.words))
        for phrase in _elsewhere():
            yield ("foreign", phrase), phrase

    def read(self, text: str) -> Sentence:
        """What ``text``, one sentence, says."""
        words = cut(text)
        if not words.folded or len(words.folded) > _MOST_WORDS:
            return Sentence(text, (), frozenset(), False, frozenset(), False)
        cues = _cues()
        marks = cues.longest(words)
        matches = self._phrases.longest(words.folded)
        inside = {place for first, past, _ in matches for place in range(first, past)}
        sides = [mark for mark in marks if mark.name in _SIDES and mark.first not in inside]
        directions = frozenset(
            mark.name.removeprefix(_DIRECTION)
            for mark in marks
            if mark.name.startswith(_DIRECTION) and mark.first not in inside  # "new vessels" are no change
        )
        names_with = _tied(sides, [(first, past) for first, past, _ in matches], words, text)
        said = assertions(Note(text))
        unjudged = [mark for mark in marks if mark.name == "unjudged"]
        normal = [mark for mark in marks if mark.name == "normal"]
        claims = []
        for number, (first, past, value) in enumerate(matches):
            kind, id = self._targets[value]
            span = Span(words.starts[first], words.ends[past - 1])
            polarity = _POLARITY[said.at(span).status]
            if any(_same_clause(text, words, mark, first, past) for mark in unjudged):
                polarity = "unjudged"
            if kind == "structure":
                if not any(_same_clause(text, words, mark, first, past) for mark in normal):
                    continue
                polarity = "affirmed" if polarity != "unjudged" else polarity
            elif kind == "study":
                polarity = "affirmed"
            claims.append(Claim(kind, id, polarity, frozenset(names_with.get(number, ())), span))
        return Sentence(
            text,
            tuple(claims),
            frozenset(mark.name for mark in sides),
            bool(directions) or any(mark.name == "comparing" for mark in marks),
            directions,
            bool(unjudged),
            any(mark.name == "addressing" for mark in marks),
            any(mark.name == "dismissing" for mark in marks),
        )


def sides_in(text: str) -> frozenset[str]:
    """The sides that a few words name, by places that are on one side only too.

    >>> sorted(sides_in("lingula")), sorted(sides_in("both bases"))
    (['left'], ['bilateral'])
    """
    names = {mark.name.removeprefix("placed ") for mark in _cues().longest(cut(text))}
    return frozenset(names & set(_SIDES))


@dataclass(frozen=True, slots=True)
class _Mark:
    name: str
    first: int
    past: int


class _Cues:
    def __init__(self, lists: dict[str, Sequence[str]]) -> None:
        self._names = list(lists)
        phrases = [(phrase, number) for number, own in enumerate(lists.values()) for phrase in own]
        self._phrases = Phrases(phrases)

    def longest(self, words: Words) -> list[_Mark]:
        return [_Mark(self._names[value], first, past) for first, past, value in self._phrases.longest(words.folded)]


def _tied(sides: Sequence[_Mark], matches: Sequence[tuple[int, int]], words: Words, text: str) -> dict[int, set[str]]:
    """The sides that belong to each match: before it, "left effusion", or placed behind it, "effusion on the left"."""
    tied: dict[int, set[str]] = {}
    placing = _cues_placing()
    for mark in sides:
        after = next((n for n, (first, _) in enumerate(matches) if first >= mark.past), None)
        before = next((n for n in range(len(matches) - 1, -1, -1) if matches[n][1] <= mark.first), None)
        placed = mark.first > 0 and words.folded[mark.first - 1] in placing
        if (
            before is not None
            and placed
            and not _CLAUSE.search(text, words.ends[matches[before][1] - 1], words.starts[mark.first])
        ):
            chosen = before
        elif after is not None and ";" not in text[words.ends[mark.past - 1] : words.starts[matches[after][0]]]:
            chosen = after
        elif before is not None:
            chosen = before
        else:
            continue
        tied.setdefault(chosen, set()).add(mark.name)
    return _shared(tied, matches, words, text)


def _shared(
    tied: dict[int, set[str]], matches: Sequence[tuple[int, int]], words: Words, text: str
) -> dict[int, set[str]]:
    """A side before the first of a list is the side of all: "right effusion and atelectasis"."""
    for number in range(1, len(matches)):
        between = text[words.ends[matches[number - 1][1] - 1] : words.starts[matches[number][0]]].strip().lower()
        if number not in tied and number - 1 in tied and between in ("and", "with", ",", ", and", "or", "/"):
            tied[number] = set(tied[number - 1])
    return tied


def _same_clause(text: str, words: Words, mark: _Mark, first: int, past: int) -> bool:
    """Whether a mark is said of a match: "the ribs and spine are intact", "normal heart size", "not assessed: ribs"."""
    if mark.first >= past:
        between = text[words.ends[past - 1] : words.starts[mark.first]]
        listed, comma, _ = between.rpartition(",")
        return not _TURN.search(between) and not (comma and _VERB.search(listed))
    between = text[words.ends[mark.past - 1] : words.starts[first]]
    near = mark.name == "unjudged" or (first - mark.past <= _NEAR and "," not in between)
    return mark.past <= first and near and not _TURN.search(between)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "data" / "words.toml").read_text(encoding="utf-8"))


@cache
def _cues() -> _Cues:
    names = ("normal", "comparing", "unjudged", "addressing", "dismissing", *_SIDES)
    lists: dict[str, Sequence[str]] = {name: _words()[name] for name in names}
    lists |= {f"{_DIRECTION}{name}": phrases for name, phrases in _words()["direction"].items()}
    lists |= {f"placed {side}": phrases for side, phrases in _words()["placed"].items()}
    return _Cues(lists)


@cache
def _cues_placing() -> frozenset[str]:
    return frozenset(_words()["placing"])


@cache
def _elsewhere() -> tuple[str, ...]:
    """What the built-in protocols know, as names of things that another one never asked about."""
    known: dict[str, None] = {}
    for name in names():
        if name == _UNSPECIFIC:
            continue
        protocol = load(name)
        for observation in protocol.observations:
            known |= dict.fromkeys((observation.name, *observation.words))
        for hidden in protocol.cannot_show:
            known |= dict.fromkeys((hidden.name, *hidden.words))
        for condition in protocol.differential:
            known |= dict.fromkeys((condition.condition, *condition.words))
    return tuple(known)
