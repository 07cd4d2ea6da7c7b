"""Where a note names something that may be coded: its terms, each with the exact words it stands on.

A term is found as a phrase (its words in order, side by side) or as a bag: in any order, side by side but for "right"
and "left", and with one other word between them if there are more than two. Where finds share words the longer one
wins, so "left knee pain" is not also "pain". Words for body sites may serve two finds: "pain and swelling of the right
knee" names two things at one knee.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from wardround.coding.sites import SITES
from wardround.coding.terms import Term
from wardround.coding.titles import DENYING, SIDES
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Note, Problem
from wardround.spans import Span

__all__ = ["Found", "Patient", "Stream", "find"]

_NEARBY = 150  # words; a sentence or problem may be as long as the note
_CUES = frozenset("encounter family history need personal post prior screening status".split())
_WIDEST = 12  # words from the first to the last of a bag


@dataclass(frozen=True, slots=True)
class Patient:
    """What is known of the patient, as far as a term's conditions ask for it. Age in years."""

    age: float | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One find.

    ``positions``: indices of its words in the stream, ascending; ``span``: from the first to the last character of
    its words in the note; ``sentence``: index of the note's sentence; ``phrase``: found in order and side by side.
    """

    term: Term
    positions: tuple[int, ...]
    span: Span
    sentence: int
    phrase: bool


class Stream:
    """A note as canonical content words, with the way back to its characters."""

    def __init__(self, note: Note, vocabulary: Vocabulary, patient: Patient) -> None:
        self.note = note
        self.patient = patient
        self._vocabulary = vocabulary
        self._sentence_starts = [sentence.start for sentence in note.sentences]
        words = note.words
        folded = list(words.folded)
        for line in note.lines:
            if line.content > line.start:  # "1. CKD" is the first problem, not stage 1
                for i in range(bisect_left(words.starts, line.start), bisect_left(words.starts, line.content)):
                    folded[i] = ""
        canonical = vocabulary.canonical(folded, self._allowed_words)
        self.words = canonical.words
        self._first = canonical.first
        self._last = canonical.last
        starts = self._sentence_starts
        self.sentence_of = [max(0, bisect_right(starts, words.starts[i]) - 1) for i in canonical.first]

    def span(self, positions: tuple[int, ...] | range) -> Span:
        """The characters from the first to the last of these words."""
        words = self.note.words
        return Span(
            words.starts[min(self._first[p] for p in positions)], words.ends[max(self._last[p] for p in positions) - 1]
        )

    @cached_property
    def _position_starts(self) -> list[int]:
        return [self.note.words.starts[first] for first in self._first]

    def within(self, span: Span) -> range:
        """The positions of the words inside ``span``."""
        return range(bisect_left(self._position_starts, span.start), bisect_left(self._position_starts, span.end))

    @cached_property
    def sentence_ranges(self) -> list[range]:
        """For each sentence of the note the positions of its words."""
        ranges: list[range] = []
        start = 0
        for sentence in range(len(self.note.sentences)):
            end = bisect_right(self.sentence_of, sentence, lo=start)
            ranges.append(range(start, end))
            start = end
        return ranges

    def problem_at(self, offset: int) -> Problem | None:
        """The problem whose heading or body holds the character at ``offset``."""
        number = bisect_right(self._problem_starts, offset) - 1
        if number < 0:
            return None
        problem = self.note.problems[number]
        return problem if offset < max(problem.heading.end, problem.body.end) else None

    @cached_property
    def _problem_starts(self) -> list[int]:
        return [problem.heading.start for problem in self.note.problems]

    def _allowed_words(self, when: str, first: int, last: int) -> bool:
        words = self.note.words
        return self._holds(when, Span(words.starts[first], words.ends[last - 1]), None)

    def holds(self, when: str, span: Span, sentence: int) -> bool:
        """Whether a term's conditions hold for a find at ``span``."""
        return not when or self._holds(when, span, sentence)

    def _holds(self, when: str, span: Span, sentence: int | None) -> bool:
        for condition in when.split(","):
            name, _, value = condition.partition(":")
            if name == "CAPS":
                if not span.quote(self.note.text).isupper():
                    return False
            elif name == "problem":
                if not self._is_item(span):
                    return False
            elif name == "near":
                if sentence is None:
                    sentence = max(0, bisect_right(self._sentence_starts, span.start) - 1)
                if not self._near(value.split("|"), span, sentence):
                    return False
            elif name in ("female", "male"):
                if self.patient.sex not in (None, name):
                    return False
            elif name == "child":
                if self.patient.age is not None and self.patient.age >= 18:
                    return False
            elif name == "adult" and self.patient.age is not None and self.patient.age < 18:
                return False
        return True

    def _near(self, wanted: list[str], span: Span, sentence: int) -> bool:
        words = self.note.words
        bounds = self.note.sentences[sentence] if sentence < len(self.note.sentences) else span
        problem = self.problem_at(span.start)
        if problem is not None:
            bounds = Span(
                min(bounds.start, problem.heading.start), max(bounds.end, problem.body.end, problem.heading.end)
            )
        here = bisect_left(words.starts, span.start)
        low = max(bisect_left(words.starts, bounds.start), here - _NEARBY)
        high = min(bisect_left(words.starts, bounds.end), here + _NEARBY)
        nearby = words.folded[low:high]
        return any(word in nearby for word in wanted)

    def _is_item(self, span: Span) -> bool:
        problem = self.problem_at(span.start)
        if problem is not None and problem.heading.covers(span) and problem.listed:
            return True
        kind = self.note.section_of(span.start).kind
        return kind in ("past_medical_history", "chief_complaint", "diagnosis", "past_surgical_history")


class _Candidate(NamedTuple):
    """A run or bag of words that is a term's; sorts by preference. ``apart``: 0 in order and side by side, else 1."""

    shortness: int
    apart: int
    positions: tuple[int, ...]
    group: int


def find(stream: Stream, vocabulary: Vocabulary) -> list[Found]:
    """Every find of the note in order, the longest kept where two share words; blocking terms are gone."""
    by_sentence: dict[int, list[_Candidate]] = defaultdict(list)
    sentence_of = stream.sentence_of
    for first, last, group in vocabulary.phrases(stream.words):
        sentence = sentence_of[first]
        if sentence == sentence_of[last - 1]:
            by_sentence[sentence].append(_Candidate(first - last, 0, tuple(range(first, last)), group))
    for sentence, candidate in _bags(stream, vocabulary):
        by_sentence[sentence].append(candidate)
    kept: list[Found] = []
    for sentence in sorted(by_sentence):
        kept.extend(_resolve(stream, vocabulary, sentence, sorted(by_sentence[sentence])))
    return kept


def _bags(stream: Stream, vocabulary: Vocabulary) -> Iterator[tuple[int, _Candidate]]:
    keys = vocabulary.bag_keys
    words = stream.words
    for sentence, positions in enumerate(stream.sentence_ranges):
        if len(positions) < 2:
            continue
        present = set(words[positions.start : positions.stop])
        places: dict[str, list[int]] = {}
        for key in present & keys:
            for rest, group in vocabulary.bags(key):
                if rest <= present:
                    if not places:
                        places = defaultdict(list)
                        for position in positions:
                            places[words[position]].append(position)
                    for anchor in places[key]:
                        near = _nearest(anchor, rest, places)
                        if near[-1] - near[0] > _WIDEST:
                            continue
                        if not _cues_lead(words, near):
                            continue
                        between = [words[p] for p in range(near[0], near[-1]) if p not in near]
                        strange = [word for word in between if word not in SIDES]
                        if len(strange) <= (len(near) > 2) and DENYING.isdisjoint(strange):
                            yield sentence, _Candidate(-len(near), int(bool(between)), near, group)


def _cues_lead(words: Sequence[str], near: tuple[int, ...]) -> bool:
    """Whether no cue stands behind what it would speak of: "pneumonia, prior stroke" is no prior pneumonia."""
    leading = True
    for position in near:
        if words[position] not in _CUES:
            leading = False
        elif not leading:
            return False
    return True


def _nearest(anchor: int, rest: frozenset[str], places: dict[str, list[int]]) -> tuple[int, ...]:
    near = [anchor]
    for word in rest:
        found = places[word]
        after = bisect_left(found, anchor)
        near.append(min(found[max(0, after - 1) : after + 1], key=lambda place: abs(place - anchor)))
    near.sort()
    return tuple(near)


def _resolve(stream: Stream, vocabulary: Vocabulary, sentence: int, candidates: list[_Candidate]) -> list[Found]:
    """Keep the longest; a later one may share only words for body sites with those kept."""
    words = stream.words
    taken: set[int] = set()
    kept: list[Found] = []
    for _, apart, positions, group in candidates:
        shared = taken.intersection(positions)
        if shared and (len(shared) == len(positions) or any(words[p] not in SITES for p in shared)):
            continue
        span = stream.span(positions)
        term = next((term for term in vocabulary.terms(group) if stream.holds(term.when, span, sentence)), None)
        if term is not None:
            taken.update(positions)
            kept.append(Found(term, positions, span, sentence, not apart))
    return sorted((found for found in kept if found.term.target != "-"), key=lambda found: found.positions)
