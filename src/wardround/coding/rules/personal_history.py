"""A disease that is past becomes a history code (Guidelines I.C.21.c.4); a chronic one "in the history" is still there.

"History of breast cancer" is Z85.3; "history of diabetes" is diabetes. What turns into what stands in
``lexicon/history.tsv``; a row without a code names conditions that do not end.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from wardround.coding import lexicon
from wardround.coding.draft import Basis, Draft, Proposal
from wardround.coding.rules.base import Rule
from wardround.documents import Assertion, AssertionStatus

__all__ = ["PersonalHistory", "is_lasting"]


@cache
def _table() -> tuple[tuple[str, str], ...]:
    rows = ((prefix, columns[1]) for _, columns in lexicon.rows("history.tsv") for prefix in columns[0].split("|"))
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


@cache
def _becomes(code: str) -> str | None:
    """The history code for a past condition, ``""`` when it does not end, ``None`` when neither is known."""
    return next((target for prefix, target in _table() if code.startswith(prefix)), None)


def is_lasting(code: str) -> bool:
    """Whether the condition of ``code`` does not end: in a history it is still there."""
    return _becomes(code) == ""


class PersonalHistory(Rule):
    """Replaces the code of a past disease by its history code, or takes the disease as present when it is chronic."""

    name = "personal-history"
    section = "I.C.21.c.4"
    title = "a disease that is past becomes a history code"
    severity = "info"

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive()):
            if any(mention.status != AssertionStatus.HISTORICAL for mention in proposal.mentions):
                continue
            resolved_here = _resolved_during_stay(draft, proposal)
            target = "" if resolved_here else _becomes(proposal.code)
            if target is None:
                continue
            proposal.mentions = [
                replace(mention, assertion=Assertion(AssertionStatus.PRESENT, None)) for mention in proposal.mentions
            ]
            if target:
                draft.recode(proposal, target, self.name, self.section, "said as past: coded as personal history")
            elif resolved_here:
                proposal.remark(self.name, "III", "resolved during the stay: it was treated, so it is coded")
            else:
                proposal.remark(self.name, self.section, 'chronic: "history of" it does not mean that it is gone')


def _resolved_during_stay(draft: Draft, proposal: Proposal) -> bool:
    """Whether an inpatient's diagnosis is past only because it "resolved" before discharge (III)."""
    if draft.encounter.setting != "inpatient" or proposal.basis is not Basis.PROBLEM:
        return False
    text = draft.stream.note.text
    cues = [mention.assertion.cue for mention in proposal.mentions]
    return all(cue is not None and cue.quote(text).lower().startswith("resolv") for cue in cues)
