"""The words around a mention that may add detail to it: site, side, acuity, "with …".

Looked for from the nearest outward: the mention's own sentence or problem heading, the text below the heading, and
for site and side also the complaint, the history, the examination and the results.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Set
from functools import cached_property

from wardround.coding.draft import Basis, Mention
from wardround.coding.find import Stream
from wardround.coding.sites import LOCATED
from wardround.coding.titles import SIDES
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Assertions, AssertionStatus, SectionKind
from wardround.spans import Span

__all__ = ["Context"]

_TELLING = {
    SectionKind.CHIEF_COMPLAINT: 3,
    SectionKind.HISTORY_PRESENT_ILLNESS: 2,
    SectionKind.PHYSICAL_EXAM: 1,
    SectionKind.RESULTS: 1,
    SectionKind.OTHER: 1,
    SectionKind.ASSESSMENT: 1,
    SectionKind.ASSESSMENT_AND_PLAN: 1,
    SectionKind.PLAN: 1,
}
_LONGEST_LABEL = 40  # characters
_NEARBY = 100  # words; a sentence may be as long as the note
_REACH = 4  # words between a side and what it belongs to
_SAID_SIDES = frozenset({"right", "left", "bilateral"})


class Context:
    """The detail a note gives around its mentions. Belongs to one note."""

    def __init__(self, stream: Stream, vocabulary: Vocabulary, assertions: Assertions) -> None:
        self._stream = stream
        self._vocabulary = vocabulary
        self._assertions = assertions

    # -- words ------------------------------------------------------------------------------------------------

    def words_around(self, mention: Mention, with_context: bool) -> tuple[set[str], list[set[str]], Set[str]]:
        """The words of the mention, the words near it (nearest first), and the sides said of it."""
        stream = self._stream
        said = {stream.words[p] for p in mention.found.positions}
        own = self._own_words(mention)
        near = [{stream.words[p] for p in own} - SIDES]
        if stream.patient.sex:
            near[0].add(stream.patient.sex)
        sides = self._sides_near(mention.found.positions, own)
        problem = mention.problem
        if with_context and problem is not None:
            if problem.body.end > problem.body.start:
                near.append({stream.words[p] for p in self._details(problem.body)} - SIDES)
            if not sides:
                sides = self._sides_of_sites(said, mention)
        return said - SIDES, near, sides

    def _details(self, body: Span) -> list[int]:
        """The words of a problem's body without the labels of its lines: "Medical treatment:" says nothing of it."""
        stream, text = self._stream, self._stream.note.text
        kept: list[int] = []
        lines = stream.note.lines
        for number in range(self._line_at(body.start), len(lines)):
            line = lines[number]
            if line.begin >= body.end:
                break
            label = text.find(":", line.content, min(line.content + _LONGEST_LABEL, line.end))
            start = max(body.start, line.content if label < 0 else label)
            if start < body.end:
                kept.extend(stream.within(Span(start, min(line.end, body.end))))
        return kept

    def _line_at(self, offset: int) -> int:
        return max(0, bisect_right(self._line_begins, offset) - 1)

    @cached_property
    def _line_begins(self) -> list[int]:
        return [line.begin for line in self._stream.note.lines]

    def denies(self, word: str, mention: Mention) -> bool:
        """Whether the mention's context holds ``word``, but never says that it is so."""
        stream = self._stream
        places = list(self._own_words(mention))
        if mention.problem is not None:
            places.extend(stream.within(mention.problem.body))
        places = [p for p in places if stream.words[p] == word]
        return bool(places) and not any(
            self._assertions.at(stream.span((p,))).status is AssertionStatus.PRESENT for p in places
        )

    def _own_words(self, mention: Mention) -> range:
        problem = mention.problem
        if problem is not None and mention.basis is Basis.PROBLEM:
            own = self._stream.within(problem.heading)
        else:
            own = self._stream.sentence_ranges[mention.found.sentence]
        here = mention.found.positions
        return range(max(own.start, here[0] - _NEARBY), min(own.stop, here[-1] + _NEARBY))

    def _sides_near(self, positions: tuple[int, ...], own: range) -> Set[str]:
        words = self._stream.words
        if positions[-1] - positions[0] >= len(positions):  # other words between: another site may be among them
            beside = {side for p in positions if words[p] in LOCATED for side in self._sides_before(p, own)}
            if beside:
                return beside
        inside = _SAID_SIDES.intersection(words[positions[0] : positions[-1] + 1])
        if inside:
            return inside
        low, high = max(own.start, positions[0] - _REACH), min(own.stop, positions[-1] + 1 + _REACH)
        before = [p for p in range(low, positions[0]) if words[p] in _SAID_SIDES]
        if before:
            nearest = before[-1]
            and_other = len(before) > 1 and nearest - before[-2] == 1  # "right and left"
            return {words[p] for p in (before[-2:] if and_other else [nearest])}
        return {word for word in words[positions[-1] + 1 : high] if word in _SAID_SIDES}

    def _sides_before(self, position: int, own: range) -> set[str]:
        """The sides right before a word: both of "right and left knees"."""
        first = position
        while first - 1 in own and self._stream.words[first - 1] in _SAID_SIDES:
            first -= 1
        return set(self._stream.words[first:position])

    # -- sides and sites from the rest of the note ------------------------------------------------------------

    @cached_property
    def _section_of_sentence(self) -> list[SectionKind]:
        note = self._stream.note
        starts = [section.span.start for section in note.sections]
        return [note.sections[max(0, bisect_right(starts, s.start) - 1)].kind for s in note.sentences]

    @cached_property
    def _located(self) -> dict[str, int]:
        """How much the parts of the note that tell what is wrong speak of each site."""
        weights: Counter[str] = Counter()
        for _, word, weight in self._sites:
            weights[word] += weight
        return weights

    @cached_property
    def _sided(self) -> dict[str, Counter[str]]:
        """The sides that these parts say of each site."""
        stream = self._stream
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for position, word, weight in self._sites:
            first = stream.sentence_ranges[stream.sentence_of[position]].start
            for p in range(max(first, position - 2), position):
                if stream.words[p] in _SAID_SIDES:
                    votes[word][stream.words[p]] += weight
        return votes

    @cached_property
    def _sites(self) -> list[tuple[int, str, int]]:
        """``(position, site word, weight)`` of the sites named where the note tells what is wrong."""
        stream, sections = self._stream, self._section_of_sentence
        named = [(position, word) for position, word in enumerate(stream.words) if word in LOCATED]
        weighed = [(p, word, _TELLING.get(sections[stream.sentence_of[p]], 0)) for p, word in named]
        return [site for site in weighed if site[2]]

    def _sides_of_sites(self, said: Iterable[str], mention: Mention) -> set[str]:
        """The sides said of the mention's site elsewhere; empty if they disagree without one prevailing."""
        votes: Counter[str] = Counter()
        for site in set(said) & LOCATED or self.with_site(mention)[1]:
            votes.update(self._sided.get(site, {}))
        if not votes:
            return set()
        if votes["bilateral"] and votes["bilateral"] >= max(votes["left"], votes["right"]) / 2:
            return {"bilateral"}
        ranked = votes.most_common(2)
        if len(ranked) == 2 and ranked[0][1] < 2 * ranked[1][1]:
            return set()
        return {ranked[0][0]}

    def with_site(self, mention: Mention) -> tuple[str, tuple[str, ...]]:
        """The mention's target, or the one it has together with a body site named in its context.

        "Arthritis." as a heading, with painful knees in the history, is arthritis of the knee. Only when the mention
        names no site itself, and a term with exactly the mention's words and that site exists.
        """
        term = mention.found.term
        words = frozenset(term.words)
        if words & LOCATED or mention.basis is not Basis.PROBLEM or "+" in term.target:
            return term.target, ()
        votes: Counter[str] = Counter()
        if mention.problem is not None:
            for position in self._stream.within(mention.problem.heading):
                if self._stream.words[position] in LOCATED:
                    votes[self._stream.words[position]] += 100
            for position in self._stream.within(mention.problem.body):
                if self._stream.words[position] in LOCATED:
                    votes[self._stream.words[position]] += 4
        if not votes:
            return term.target, ()
        for word in votes:
            votes[word] += self._located.get(word, 0)
        for site, _ in votes.most_common():
            sited = self._vocabulary.term_of(words | {site})
            if sited is not None:
                return sited.target, (site,)
        return term.target, ()
