"""A disease that is past becomes a history code (Guidelines I.C.21.c.4); a chronic one "in the history" is still there.

What turns into what stands in ``lexicon/history.tsv``; a row without a code names conditions that do not end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from wardround.coding import lexicon
from wardround.coding.draft import Basis, Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import Assertion, AssertionStatus

__all__ = ["PersonalHistory", "history_of", "is_lasting"]

_OF_NO_SITE = "Z85.9"


@cache
def _table() -> tuple[tuple[str, str], ...]:
    rows = ((prefix, columns[1]) for _, columns in lexicon.rows("history.tsv") for prefix in columns[0].split("|"))
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


@cache
def history_of(code: str) -> str | None:
    """The history code for a past condition, ``""`` when it does not end, ``None`` when neither is known."""
    return next((target for prefix, target in _table() if code.startswith(prefix)), None)


def is_lasting(code: str) -> bool:
    """Whether the condition of ``code`` does not end: in a history it is still there."""
    return history_of(code) == ""


class PersonalHistory(Rule):
    """A disease that is gone is coded as history, and one that does not end as present, whatever the note calls it.

    "History of breast cancer" is Z85.3, "history of stroke" Z86.73; "history of diabetes" is diabetes, because
    clinicians write so of diseases that last. In a note every mention must say that it is past; what neither has a
    history code nor lasts is then not coded at all. An inpatient's diagnosis that "resolved" before discharge was
    treated, so it is coded (III). In a list a history of cancer beside a current cancer of the same organ asks for
    review: until its treatment ends a cancer is not past (I.C.2.m), unless there was another one before.
    """

    name = "personal-history"
    section = "I.C.21.c.4"
    title = "a disease that is past becomes a history code"
    severity = "review"
    prefixes = ("Z85",)

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive()):
            if any(mention.status != AssertionStatus.HISTORICAL for mention in proposal.mentions):
                continue
            resolved_here = _resolved_during_stay(draft, proposal)
            target = "" if resolved_here else history_of(proposal.code)
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

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for history in dict.fromkeys(listed.starting("Z85")):
            current = next((code for code in listed.starting("C") if history_of(code) == history != _OF_NO_SITE), None)
            if current is not None:
                message = f"{current} is still there: {history} only for another one that is gone"
                yield self.finding("review", listed.in_sequence(history, current), message, section="I.C.2.m")


def _resolved_during_stay(draft: Draft, proposal: Proposal) -> bool:
    """Whether an inpatient's diagnosis is past only because it "resolved" before discharge (III)."""
    if draft.encounter.setting != "inpatient" or proposal.basis is not Basis.PROBLEM:
        return False
    text = draft.stream.note.text
    cues = [mention.assertion.cue for mention in proposal.mentions]
    return all(cue is not None and cue.quote(text).lower().startswith("resolv") for cue in cues)
