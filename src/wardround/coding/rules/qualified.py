"""Words right beside a mention that make it less than the condition: "impending stroke", "hypertension, borderline"."""

from __future__ import annotations

import re

from wardround.coding.draft import Draft, Mention
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["qualifier", "qualifies"]

_REACH = 40  # characters between the word and the mention
# Between the word and its mention: nothing, one more word, or an alternative ("impending MI or stroke").
_BETWEEN = re.compile(r"[\s-]+(?:\w+[\s-]+)?(?:\w+\s+(?:or|/)\s+)?(?:an?\s+)?")
# Behind the mention: "hypertension, borderline." and "diabetes (borderline)".
_BEFORE_IT = re.compile(r"\s*(?:[,(–-])\s*|\s+(?:is|are|was|were)\s+")
_ITS_END = re.compile(r"\s*(?:$|[).,;\n])")
_ANY = frozenset(AssertionStatus)


def qualifies(draft: Draft, *words: str) -> bool:
    """Whether the note has one of the words at all: the quick question before `qualifier`."""
    return draft.said(*words, statuses=_ANY) is not None


def qualifier(draft: Draft, mention: Mention, *words: str, behind: bool = False) -> Span | None:
    """The one of ``words`` that qualifies a mention; None if there is none.

    Args:
        draft: of the note.
        mention: what is qualified.
        words: single words.
        behind: whether the word may also stand behind the mention, alone to the end of the item.
    """
    note = draft.stream.note
    sentence = note.sentences[mention.found.sentence]
    near = Span(max(0, min(sentence.start, mention.span.start), mention.span.start - _REACH), mention.span.end + _REACH)
    for span in draft.each_said(*words, statuses=_ANY, within=[near]):
        if span.end <= mention.span.start and _BETWEEN.fullmatch(note.text, span.end, mention.span.start):
            return span
        if behind and span.start >= mention.span.end:
            joined = _BEFORE_IT.fullmatch(note.text, mention.span.end, span.start)
            if joined is not None and _ITS_END.match(note.text, span.end):
                return span
    return None
