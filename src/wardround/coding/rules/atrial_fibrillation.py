"""Atrial fibrillation is one code, the most specific kind that is documented (Guidelines I.B.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["AtrialFibrillation"]

# Permanent, longstanding persistent, other persistent, paroxysmal, chronic, unspecified: the one before says more.
_KINDS = ("I48.21", "I48.11", "I48.19", "I48.0", "I48.20", "I48.91")
_VAGUE = ("I48.20", "I48.91")
_LONGSTANDING, _PERSISTENT = "I48.11", "I48.19"
_LONG = re.compile(r"\blong", re.IGNORECASE)


class AtrialFibrillation(Rule):
    """Paroxysmal, persistent and permanent are stages of one arrhythmia, so an encounter has one code of I48.0 to
    I48.2-, that of the most advanced kind documented; "chronic" and no kind at all say less than any of them. Chronic
    persistent fibrillation is other persistent (I48.19), not longstanding.

    In a note the others are turned down; where they name another kind a person looks, for the kind may have changed or
    the note may contradict itself. In a list two kinds together are for review. Flutter (I48.3, I48.4, I48.92) is
    another arrhythmia and is coded beside it.
    """

    name = "atrial-fibrillation"
    section = "I.B.2"
    title = "one code for the kind of atrial fibrillation"
    severity = "reject"
    prefixes = ("I48",)

    def apply(self, draft: Draft) -> None:
        if draft.first("I48") is None:
            return
        text = draft.stream.note.text
        for proposal in list(draft.alive(_LONGSTANDING)):
            if not any(_LONG.search(mention.span.quote(text)) for mention in proposal.mentions):
                draft.recode(proposal, _PERSISTENT, self.name, self.section, "chronic persistent is other persistent")
        stated = sorted(draft.alive(*_KINDS), key=lambda proposal: _KINDS.index(proposal.code))
        for other in stated[1:]:
            other.reject(self.name, self.section, f"{stated[0].code} says more")
            if other.code not in _VAGUE:
                stated[0].doubt(self.name, self.section, f"the note also says {draft.codes.title(other.code).lower()}")

    def check(self, listed: CodeList) -> Iterator[Finding]:
        stated = [code for code in dict.fromkeys(listed.valid) if code in _KINDS]
        if len(stated) > 1:
            best = min(stated, key=_KINDS.index)
            yield self.finding("review", stated, f"one kind of fibrillation: {best} says most")
