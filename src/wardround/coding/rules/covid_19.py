"""COVID-19: confirmed, feared, or past with what it has left (Guidelines I.C.1.g.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["Covid19"]

_ACTIVE, _POST, _EXPOSURE, _HISTORY = "U07.1", "U09.9", "Z20.822", "Z86.16"
_PNEUMONIA = "J12.82"
_OTHER_PNEUMONIA = ("J12.9", "J18.9")
_RESPIRATORY = ("J80", "J96.0", "J96.2")
_COVID = re.compile(r"covid|sars-?cov|coronavirus", re.IGNORECASE)
_PAST = re.compile(r"\b(?:after|post|following|since|from|prior|previous|recent|old)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
_AGAIN = ("reinfection", "re infection", "reinfected", "re infected")
_NEARBY = 40  # characters before a mention


class Covid19(Rule):
    """Only confirmed COVID-19 is U07.1, and it comes before what it causes; what is left of it later is U09.9.

    In a note wardround puts U07.1 before the pneumonia and the respiratory failure and drops an exposure (Z20.822) once
    the infection is confirmed. A post-COVID-19 condition stands behind the symptom or disease that is left; beside it
    the infection that is past gives no U07.1 and no history (Z86.16), unless the patient has it again. A pneumonia that
    is not said to be due to COVID-19 is asked about. In a list, wardround says where U07.1 stands with an exposure, and
    asks for review where it stands with U09.9, with a pneumonia of unknown cause, behind respiratory failure, or in a
    pregnancy without O98.5-. Obstetric codes, sepsis and complications of transplants may come before it.
    """

    name = "covid-19"
    section = "I.C.1.g.1"
    title = "confirmed COVID-19 is U07.1, before what it causes; what it leaves is coded before U09.9"
    severity = "reject"
    prefixes = (_ACTIVE,)

    def apply(self, draft: Draft) -> None:
        pneumonia = draft.first(_PNEUMONIA)
        post = draft.first(_POST)
        if post:
            self._settle_past(draft, post)
        active = draft.first(_ACTIVE)
        if active is None:
            return
        for exposure in draft.alive(_EXPOSURE):
            exposure.reject(self.name, "I.C.1.g.1.e", f"confirmed: {_ACTIVE} says more than an exposure")
        caused = [
            proposal
            for proposal in draft.alive(_PNEUMONIA, *_RESPIRATORY)
            if _COVID.search(draft.due_to(proposal) or "COVID")
        ]
        if caused:
            draft.move_before(active, *caused)
        other = draft.first(*_OTHER_PNEUMONIA)
        if other and pneumonia is None:
            self._ask_pneumonia(draft, active, other)

    def _settle_past(self, draft: Draft, post: Proposal) -> None:
        """A post-COVID-19 condition: what is left before it, and the infection that caused it is over."""
        text = draft.stream.note.text
        for proposal in list(draft.alive(_ACTIVE, _HISTORY)):
            before = [text[max(0, m.span.start - _NEARBY) : m.span.start] for m in proposal.mentions]
            if proposal.code == _HISTORY or (all(map(_PAST.search, before)) and not draft.said(*_AGAIN)):
                proposal.reject(self.name, "I.C.1.g.1.m", f"{_POST} says that the infection is past")
        sentences = {mention.found.sentence for mention in post.mentions}
        for proposal in list(draft.alive()):
            beside = proposal.code[0] == "R" and any(m.found.sentence in sentences for m in proposal.mentions)
            if beside or _COVID.search(draft.due_to(proposal) or ""):
                draft.move_before(proposal, post)

    def _ask_pneumonia(self, draft: Draft, active: Proposal, pneumonia: Proposal) -> None:
        draft.ask(
            "pneumonia: cause",
            "Please clarify the cause of the patient's pneumonia, if it is known.",
            ("Pneumonia due to COVID-19", "Pneumonia due to another organism or cause"),
            [active.mentions[0].span, pneumonia.mentions[0].span],
            rule=self.name,
            section="I.C.1.g.1.c",
            codes=(pneumonia.code,),
        )

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if _ACTIVE not in listed.valid:
            return
        if _EXPOSURE in listed.valid:
            message = f"{_EXPOSURE} is for an exposure that is not, or not yet, a confirmed infection"
            yield self.finding("reject", listed.in_sequence(_ACTIVE, _EXPOSURE), message, section="I.C.1.g.1.e")
        if _POST in listed.valid:
            message = f"{_POST} only beside {_ACTIVE} if the patient has COVID-19 again"
            yield self.finding("review", listed.in_sequence(_ACTIVE, _POST), message, section="I.C.1.g.1.m")
        other = listed.starting(*_OTHER_PNEUMONIA)
        if other and _PNEUMONIA not in listed.valid:
            message = f"if the pneumonia is due to COVID-19, it is {_PNEUMONIA}"
            yield self.finding("review", listed.in_sequence(_ACTIVE, other[0]), message, section="I.C.1.g.1.c")
        if listed.valid[0].startswith(_RESPIRATORY):
            message = f"{_ACTIVE} comes before the respiratory failure that it causes"
            yield self.finding("review", (listed.valid[0], _ACTIVE), message, section="I.C.1.g.1.b")
        maternal = listed.starting("O")
        if maternal and not listed.starting("O98.5", "O94"):
            message = f"in pregnancy, childbirth and the puerperium O98.5- comes before {_ACTIVE}"
            yield self.finding("review", listed.in_sequence(maternal[0], _ACTIVE), message, section="I.C.15.s")
