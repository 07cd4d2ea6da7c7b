"""Admission only for chemotherapy, immunotherapy or radiation therapy (Guidelines I.C.2.e.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["EncounterForTreatment"]

_TREATMENTS = ("Z51.0", "Z51.1")
_NEOPLASMS = ("C", "D0", "D1", "D2", "D3", "D4")
_CODES = {"chemo": "Z51.11", "immuno": "Z51.12", "radi": "Z51.0"}
# "Here for cycle 3 of adjuvant chemotherapy"; not "for side effects of", "for discussion of", "for follow-up after".
_CAME_FOR = re.compile(
    r"\b(?:here|admitted|admission|encounter|visit|comes|came|presents|presenting|presented|returns|seen) (?:today )?"
    r"(?:for|to receive) (?:(?:a|an|the|her|his|their|of|day|cycle|dose|session|treatment|round|course|next|first"
    r"|second|third|fourth|fifth|sixth|final|last|scheduled|planned|ongoing|weekly|daily|adjuvant|neoadjuvant"
    r"|palliative|inpatient|maintenance|#?\d{1,2}) ){0,6}"
    r"(?P<what>chemo|chemotherapy|radiation|radiation therapy|radiotherapy|immunotherapy)\b(?! (?:planning|consult))",
    re.IGNORECASE,
)


class EncounterForTreatment(Rule):
    """An encounter only for treating a neoplasm is coded with the treatment first, then the neoplasm.

    Z51.0 (radiation), Z51.11 (chemotherapy) or Z51.12 (immunotherapy) comes first, several in any order, and the
    neoplasm under treatment second. In a note that says the patient came for such a treatment and that names a neoplasm
    the coder adds the code and puts it first. A list with the treatment but without a neoplasm asks for review; a
    personal history does not stand in for it, because a neoplasm that is still being treated is not past (I.C.2.m).
    Whether the encounter had another purpose as well, such as placing a port or treating a complication of the
    treatment (I.C.2.e.1, e.3), only the record can tell.
    """

    name = "encounter-for-treatment"
    section = "I.C.2.e.2"
    title = "an encounter only for treating a neoplasm has the treatment first and the neoplasm second"
    severity = "review"
    prefixes = _TREATMENTS

    def apply(self, draft: Draft) -> None:
        neoplasm = draft.first(*_NEOPLASMS)
        if neoplasm is None:
            return
        for match in _CAME_FOR.finditer(draft.stream.note.text):
            span = Span(match.start("what"), match.end())
            if draft.assertions.at(span).status is AssertionStatus.PRESENT:
                code = next(code for start, code in _CODES.items() if match["what"].lower().startswith(start))
                draft.add(code, [span], self.name, self.section, "the patient came for this treatment")
        for proposal in list(draft.alive(*_TREATMENTS)):
            draft.move_before(proposal, next(p for p in draft.alive() if not p.code.startswith(_TREATMENTS)))

    def check(self, listed: CodeList) -> Iterator[Finding]:
        treatments = listed.starting(*_TREATMENTS)
        if not treatments or listed.starting(*_NEOPLASMS):
            return
        history = listed.starting("Z85")
        message = f"{treatments[0]} needs the neoplasm that is treated"
        if history:
            message += f"; under treatment it is not yet the history {history[0]} (I.C.2.m)"
        yield self.finding(
            "review", [code for code in listed.valid if code in (*treatments[:1], *history[:1])], message
        )
