"""Where a note names something that may be coded: its terms, each with the exact words it stands on.

A term is found as a phrase (its words in order, side by side) or as a bag: in any order, side by side but for "right"
and "left", and with one other word between them if there are more than two. Where finds share words the longer one
wins, so "left knee pain" is not also "pain". Words for body sites may serve two finds: "pain and swelling of the right
knee" names two things at one knee; and a condition may have several sites: "pain of the right hip and the left knee".
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from wardround.coding.sites import LOCATED, SITES
from wardround.coding.terms import Term
from wardround.coding.titles import DENYING, SIDES
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Note, Problem
from wardround.spans import Span
from wardround.words import Match

__all__ = ["Bags", "Found", "Patient", "Stream", "find"]

_NEARBY = 150  # words; a sentence or problem may be as long as the note
_CUES = frozenset("encounter family history need personal post prior screening status".split())
_WIDEST = 12  # words from the first to the last of a bag
# What may stand between two sites of one condition, and behind the second.
_AND = re.compile(r"\s*(?:,(?:\s*and)?|and|&|/)\s*(?:(?:of|in|the|his|her)\s+)*", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:$|[.,;:)\n]|(?:and|or|but|for|since|with|after|on|due)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is known of the patient, as far as a term's conditions ask for it. Age in years."""

    age: float | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One find.

    ``positions``: indices of its words in the stream, ascending; ``span``: from the first to the last character of
    its words in the note; ``sentence``: index of the note's sentence; ``phrase``: found in order and side by side;
    ``sure``: how sure it is that these words mean the term, below 1 where a model has said so.
    """

    term: Term
    positions: tuple[int, ...]
    span: Span
    sentence: int
    phrase: bool
    sure: float = 1.0


class Bags(NamedTuple):
    """The terms whose words all stand in one sentence, in whatever order.

    ``places``: of each word of the sentence; ``said``: of each term its two rarest words, the others, and its group.
    """

    places: dict[str, list[int]]
    said: list[tuple[str, str, frozenset[str], int]]


class Stream:
    """A note as canonical content words, with the way back to its characters.

    Attributes:
        words: the canonical words.
        first_words, last_words: the first and the last of the note's words that each stands for.
        sentence_of: the number of the sentence that each stands in.
        sentence_ranges: the canonical words of each sentence.
    """

    def __init__(self, note: Note, vocabulary: Vocabulary, patient: Patient) -> None:
        self.note = note
        self.patient = patient
        self.vocabulary = vocabulary
        self._sentence_starts = [sentence.start for sentence in note.sentences]
        words = note.words
        folded = list(words.folded)
        for line in note.lines:
            if line.content > line.start:  # "1. CKD" is the first problem, not stage 1
                for i in range(bisect_left(words.starts, line.start), bisect_left(words.starts, line.content)):
                    folded[i] = ""
        canonical = vocabulary.canonical(folded, self._allowed_words)
        self.words = canonical.words
        self.first_words = canonical.first
        self.last_words = canonical.last
        self._position_starts = list(map(words.starts.__getitem__, canonical.first))
        self._position_ends = list(map(words.ends.__getitem__, canonical.last))
        bounds = [bisect_left(self._position_starts, start) for start in self._sentence_starts]
        self.sentence_ranges = [range(*pair) for pair in pairwise([*bounds, len(self.words)])]
        self.sentence_of: list[int] = []
        for number, own in enumerate(self.sentence_ranges):
            self.sentence_of += [number] * len(own)

    @cached_property
    def phrases(self) -> list[Match]:
        """Every run of words of one sentence that is a term, with its group."""
        at = self.sentence_of
        return [found for found in self.vocabulary.phrases(self.words) if at[found[0]] == at[found[1] - 1]]

    @cached_property
    def bags(self) -> dict[int, Bags]:
        """For each sentence that has the words of such terms, these terms."""
        found = {}
        for sentence, positions in enumerate(self.sentence_ranges):
            said = self._bags_among(set(self.words[positions.start : positions.stop]))
            if said:
                places: dict[str, list[int]] = {}
                for position in positions:
                    places.setdefault(self.words[position], []).append(position)
                found[sentence] = Bags(places, said)
        return found

    def _bags_among(self, present: set[str]) -> list[tuple[str, str, frozenset[str], int]]:
        return [
            (key, second, rest, group)
            for key in present & self.vocabulary.bag_keys
            for bags in (self.vocabulary.bags[key],)
            for second in present & bags.seconds
            for rest, group in bags.of[second]
            if rest <= present
        ]

    def span(self, positions: Sequence[int]) -> Span:
        """The characters from the first to the last of these words; ``positions`` ascend."""
        return Span(self._position_starts[positions[0]], self._position_ends[positions[-1]])

    def within(self, span: Span) -> range:
        """The positions of the words inside ``span``."""
        return range(bisect_left(self._position_starts, span.start), bisect_left(self._position_starts, span.end))

    def sentence_at(self, offset: int) -> int:
        """The index of the note's sentence that holds the character at ``offset``."""
        return max(0, bisect_right(self._sentence_starts, offset) - 1)

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
                    sentence = self.sentence_at(span.start)
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


# A run or bag of words that is a term's: minus its length, 0 if its words stand side by side or else 1, their
# positions, the group. Candidates sort by preference.
_Candidate: TypeAlias = tuple[int, int, tuple[int, ...], int]


def find(stream: Stream, vocabulary: Vocabulary) -> list[Found]:
    """Every find of the note in order, the longest kept where two share words; blocking terms are gone."""
    candidates: list[list[_Candidate]] = [[] for _ in stream.sentence_ranges]
    for first, last, group in stream.phrases:
        candidates[stream.sentence_of[first]].append((first - last, 0, tuple(range(first, last)), group))
    kept: list[Found] = []
    for sentence, own in enumerate(candidates):
        if sentence in stream.bags:
            _add_bags(own, stream.words, stream.bags[sentence])
        if own:
            own.sort()
            kept.extend(_resolve(stream, vocabulary, sentence, own))
    return kept


def _add_bags(candidates: list[_Candidate], words: Sequence[str], bags: Bags) -> None:
    """Add the terms whose words stand in one sentence in another order, or with little between them."""
    for key, second, rest, group in bags.said:
        for anchor in bags.places[key]:
            near = _nearest(anchor, (second, *rest), bags.places)
            apart = near[-1] - near[0] >= len(near)
            if apart and (near[-1] - near[0] > _WIDEST or not _close(words, near)):
                continue
            if _cues_lead(words, near):
                candidates.append((-len(near), int(apart), near, group))


def _close(words: Sequence[str], near: tuple[int, ...]) -> bool:
    """Whether what stands between the words of a bag leaves them one thing: sides, and one word if there are many."""
    between = [words[p] for p in range(near[0], near[-1]) if p not in near and words[p] not in SIDES]
    return len(between) <= (len(near) > 2) and DENYING.isdisjoint(between)


def _cues_lead(words: Sequence[str], near: tuple[int, ...]) -> bool:
    """Whether no cue stands behind what it would speak of: "pneumonia, prior stroke" is no prior pneumonia."""
    leading = True
    for position in near:
        if words[position] not in _CUES:
            leading = False
        elif not leading:
            return False
    return True


def _nearest(anchor: int, others: Iterable[str], places: dict[str, list[int]]) -> tuple[int, ...]:
    near = [anchor]
    for word in others:
        found = places[word]
        if len(found) == 1:
            near.append(found[0])
        else:
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
        for term in vocabulary.terms(group):
            if not term.when or stream.holds(term.when, span, sentence):
                taken.update(positions)
                kept.append(Found(term, positions, span, sentence, not apart))
                break
    for found in list(kept):
        if len(found.positions) > 1:
            kept.extend(_at_other_sites(stream, vocabulary, found, taken))
    return sorted((found for found in kept if found.term.target != "-"), key=attrgetter("positions"))


def _at_other_sites(stream: Stream, vocabulary: Vocabulary, found: Found, taken: set[int]) -> Iterator[Found]:
    """The same condition at the sites that are joined to its own: "pain of the hip, the knee and the ankle".

    ``found`` has at least two words: the site and the condition.
    """
    words, text = stream.words, stream.note.text
    own = stream.sentence_ranges[found.sentence]
    at = [p for p in found.positions if words[p] in LOCATED]
    if len(at) != 1:
        return
    condition = [p for p in found.positions if p != at[0] and words[p] not in SIDES]
    step = 1 if at[0] > condition[-1] else -1 if at[0] < condition[0] else 0
    site = at[0]
    while step:
        other = site + step
        while other in own and words[other] in SIDES:
            other += step
        if other not in own or words[other] not in LOCATED or other in taken:
            return
        first, second = sorted((site, other))
        begins = second - 1 if words[second - 1] in SIDES else second
        between = text[stream.span((first,)).end : stream.span((begins,)).start]
        if not _AND.fullmatch(between) or (step > 0 and not _ENDS.match(text, stream.span((other,)).end)):
            return
        term = vocabulary.term_of(frozenset(words[p] for p in (*condition, other)))
        if term is None:
            return
        taken.add(other)
        positions = tuple(sorted((*condition, other)))
        yield Found(term, positions, stream.span(positions), found.sentence, False)
        site = other
