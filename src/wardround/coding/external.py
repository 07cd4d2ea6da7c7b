"""How an injury came about: external cause, activity and place (Guidelines I.C.20).

Only beside the code of an injury that is being treated, from where the note tells its story; one cause, one activity
and one place. The cause is the row of ``lexicon/external.tsv`` with most words in one sentence; activity and place must
stand in that sentence or next to it, so that the sport somebody played at school does not become the accident. They
belong to the initial encounter alone. What befell another person is passed over.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from wardround.coding import lexicon
from wardround.coding.draft import Basis, Draft, Mention, Proposal
from wardround.coding.find import Found, Stream
from wardround.coding.rules.external_cause import phase_of
from wardround.coding.terms import Term
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Assertion, Assertions, AssertionStatus, SectionKind
from wardround.documents.cues import alike
from wardround.spans import Span

__all__ = ["circumstances"]

_TOLD_IN = frozenset(
    {
        SectionKind.CHIEF_COMPLAINT,
        SectionKind.HISTORY_PRESENT_ILLNESS,
        SectionKind.OTHER,
        SectionKind.ASSESSMENT,
        SectionKind.ASSESSMENT_AND_PLAN,
        SectionKind.DIAGNOSIS,
    }
)
_CONFIDENCE = {"cause": 0.6, "activity": 0.55, "place": 0.45}
_ACCIDENT = frozenset(
    "accident fell fall hit hurt injury injure injured landed pop popped slipped struck tripped twisted".split()
)
# Before the accident in its sentence: who had it. "His brother fell", but "playing with his brother he fell".
_PATIENT = frozenset("he i patient pt she they we who".split())
_OTHERS = frozenset("classmate colleague coworker friend kin neighbor teammate".split())
_BEFORE_OTHERS = frozenset("a an another her his my one our the their your".split())
_NOT_SUBJECT = frozenset("against at behind beside by for from in into near of off on onto over to with".split())
# "Mother reports a fall from the bed": another person says it of the patient.
_TELLS = frozenset(
    "bring brought call called describe described found note noted recall recalled relate report reported said saw say "
    "state stated tell thought told witness witnessed".split()
)


@dataclass(frozen=True, slots=True)
class _Row:
    words: tuple[str, ...]
    different: frozenset[str]
    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Told:
    """A row found in a sentence of the story."""

    row: _Row
    positions: tuple[int, ...]
    sentence: int


@lru_cache(maxsize=4)
def _rows(vocabulary: Vocabulary) -> dict[str, list[_Row]]:
    """The rows of the table by the rarest of their words."""
    rows = []
    for _, (term, code, kind, *_) in lexicon.rows("external.tsv"):
        words = tuple(vocabulary.canonical_words(term))
        if words:
            rows.append(_Row(words, frozenset(words), code, kind))
    frequency = Counter(word for row in rows for word in row.different)
    by_word: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        by_word[min(row.different, key=lambda word: (frequency[word], word))].append(row)
    return dict(by_word)


def circumstances(draft: Draft, vocabulary: Vocabulary) -> None:
    """Add the codes for the circumstances of the injuries among the draft's proposals."""
    injuries = [p for p in draft.alive("S", "T") if p.code < "T36" and len(p.code) == 8]
    if not injuries:
        return
    phase = phase_of(injuries[0].code[-1])
    told = [t for t in _story(draft.stream, vocabulary, draft.assertions) if t.row.code in draft.codes]
    cause = max((t for t in told if t.row.kind == "cause"), key=lambda t: len(t.row.different), default=None)
    chosen = [cause] if cause else []
    if phase == "A":
        around = _around(draft.stream, cause)
        for kind in ("activity", "place"):
            near = [t for t in told if t.row.kind == kind and t.sentence in around]
            chosen.extend(sorted(near, key=lambda t: -len(t.row.different))[:1])
    for item in chosen:
        _propose(draft, item, phase)


def _around(stream: Stream, cause: _Told | None) -> set[int]:
    """The sentences that tell of the accident."""
    if cause is not None:
        return {cause.sentence - 1, cause.sentence, cause.sentence + 1}
    return {
        sentence
        for sentence, positions in enumerate(stream.sentence_ranges)
        if not _ACCIDENT.isdisjoint(stream.words[positions.start : positions.stop])
    }


def _story(stream: Stream, vocabulary: Vocabulary, said: Assertions) -> Iterator[_Told]:
    by_word = _rows(vocabulary)
    for sentence, positions in enumerate(stream.sentence_ranges):
        start = stream.note.sentences[sentence].start
        if not positions or stream.note.section_of(start).kind not in _TOLD_IN:
            continue
        present = set(stream.words[positions.start : positions.stop])
        for word in sorted(present & by_word.keys()):
            for row in by_word[word]:
                if row.different <= present:
                    places = _places(stream, positions, row.different)
                    close = places[-1] - places[0] <= 3 * len(row.different) + 3
                    span = stream.span(places)
                    if close and said.at(span).status is AssertionStatus.PRESENT and not _of_another(stream, span):
                        yield _Told(row, places, sentence)


def _of_another(stream: Stream, span: Span) -> bool:
    """Whether the sentence tells it of another person: the last one named before is its subject, and no patient."""
    words = stream.note.words
    sentence = stream.note.sentences[stream.sentence_at(span.start)]
    before = alike(
        list(words.folded[bisect_left(words.starts, sentence.start) : bisect_left(words.starts, span.start)])
    )
    for place in reversed(range(len(before))):
        if before[place] in _PATIENT or before[place] in _TELLS:
            return False
        if before[place] in _OTHERS:
            leads = [word for word in before[:place] if word not in _BEFORE_OTHERS]
            return not leads or leads[-1] not in _NOT_SUBJECT
    return False


def _places(stream: Stream, positions: range, words: frozenset[str]) -> tuple[int, ...]:
    wanted = set(words)
    places = []
    for position in positions:
        if stream.words[position] in wanted:
            wanted.discard(stream.words[position])
            places.append(position)
    return tuple(places)


def _propose(draft: Draft, item: _Told, phase: str) -> None:
    codes, row = draft.codes, item.row
    code = row.code if codes.billable(row.code) else codes.with_seventh(row.code, phase)
    term = Term(row.words, row.code, "", "lexicon")
    span = draft.stream.span(item.positions)
    mention = Mention(
        Found(term, item.positions, span, item.sentence, False),
        draft.stream.note.section_of(span.start).kind,
        Assertion(AssertionStatus.PRESENT, None),
        Basis.NARRATIVE,
        None,
    )
    route = (f"circumstances ({row.kind}): {' '.join(row.words)} → {code}",)
    draft.proposals.append(Proposal(code, [mention], Basis.NARRATIVE, _CONFIDENCE[row.kind], route))
