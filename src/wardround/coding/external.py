"""How an injury came about: external cause, activity and place (Guidelines I.C.20).

Only beside the code of an injury that is being treated, from the complaint and the history of the present illness;
one cause, one activity and one place, each the one with most words of its own. Activity and place belong to the initial
encounter alone.
"""

from __future__ import annotations

from functools import cache

from wardround.coding import lexicon
from wardround.coding.draft import Basis, Draft, Mention, Proposal
from wardround.coding.find import Found, Stream
from wardround.coding.vocabulary import Term, Vocabulary
from wardround.documents import Assertion, AssertionStatus, SectionKind, assertions

__all__ = ["circumstances"]

_TOLD_IN = frozenset(
    {
        SectionKind.CHIEF_COMPLAINT,
        SectionKind.HISTORY_PRESENT_ILLNESS,
        SectionKind.OTHER,
        SectionKind.ASSESSMENT,
        SectionKind.ASSESSMENT_AND_PLAN,
    }
)
_CONFIDENCE = {"cause": 0.6, "activity": 0.55, "place": 0.45}


@cache
def _rows(vocabulary: Vocabulary) -> tuple[tuple[frozenset[str], tuple[str, ...], str, str], ...]:
    rows = []
    for _, columns in lexicon.rows("external.tsv"):
        term, code, kind = columns[:3]
        words = tuple(vocabulary.canonical_words(term))
        if words:
            rows.append((frozenset(words), words, code, kind))
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


def circumstances(draft: Draft, vocabulary: Vocabulary) -> None:
    """Add the codes for the circumstances of the injuries among the draft's proposals."""
    injuries = [p for p in draft.alive("S", "T") if p.code[:3] < "T36" and len(p.code) == 8]
    if not injuries:
        return
    phase = injuries[0].code[-1]
    character = phase if phase in "DS" else "A"
    stream = draft.stream
    best: dict[str, tuple[int, Found, str]] = {}
    said = assertions(stream.note)
    for sentence, positions in enumerate(stream.sentence_ranges):
        if not positions:
            continue
        kind_of_section = stream.note.section_of(stream.note.sentences[sentence].start).kind
        if kind_of_section not in _TOLD_IN:
            continue
        present = {stream.words[p] for p in positions}
        for different, words, code, kind in _rows(vocabulary):
            if different <= present and (kind not in best or len(different) > best[kind][0]):
                places = _places(stream, positions, different)
                if places[-1] - places[0] > 3 * len(different) + 3:
                    continue
                span = stream.span(places)
                if said.at(span).status in (AssertionStatus.NEGATED, AssertionStatus.HYPOTHETICAL, AssertionStatus.FAMILY):
                    continue
                term = Term(words, code, "", "lexicon")
                best[kind] = (len(different), Found(term, places, span, sentence, False), code)
    for kind, (_, found, code) in best.items():
        if kind != "cause" and character != "A":
            continue
        full = code if draft.codes.billable(code) else draft.codes.with_seventh(code, character)
        if not draft.codes.billable(full):
            continue
        mention = Mention(
            found,
            stream.note.section_of(found.span.start).kind,
            Assertion(AssertionStatus.PRESENT, None),
            Basis.NARRATIVE,
            None,
        )
        route = (f"circumstances: {' '.join(found.term.words)} → {full} ({kind})",)
        draft.proposals.append(Proposal(full, [mention], Basis.NARRATIVE, _CONFIDENCE[kind], route))


def _places(stream: Stream, positions: range, words: frozenset[str]) -> tuple[int, ...]:
    wanted = set(words)
    places = []
    for p in positions:
        if stream.words[p] in wanted:
            wanted.discard(stream.words[p])
            places.append(p)
    return tuple(places)

