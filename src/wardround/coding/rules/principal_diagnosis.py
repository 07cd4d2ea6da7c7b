"""Which diagnosis comes first (Guidelines II and IV.G)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft, Mention, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.integral_symptoms import is_integral
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.personal_history import is_lasting
from wardround.coding.rules.unacceptable_principal import may_be_principal
from wardround.documents import AssertionStatus, SectionKind
from wardround.spans import Span

__all__ = ["PrincipalDiagnosis"]

_PRINCIPAL = re.compile(r"\b(?:principal|principle|primary|main|chief)\b", re.IGNORECASE)
_BEFORE_STUDY = re.compile(r"\b(?:admission|admitting|admit|on arrival|pre-?\s?op(?:erative)?)\b", re.IGNORECASE)
_BEFORE_SURGERY = re.compile(r"\bpre-?\s?op", re.IGNORECASE)
_SAME = re.compile(r"\bpost-?\s?op(?:erative)? (?:diagnos[ei]s|dx)[\s:]*same\b", re.IGNORECASE)
_ADMITTED_FOR = re.compile(r"\badmitted\b[^.\n]{0,40}?\b(?:for|with|because of|due to)\b", re.IGNORECASE)
_REACH = 60  # characters between "admitted for" and the diagnosis
_FINAL = frozenset({SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_AND_PLAN, SectionKind.DIAGNOSIS})


class PrincipalDiagnosis(Rule):
    """The principal diagnosis is what, after study, chiefly caused the admission; first-listed, what the visit was for.

    The coder keeps the order in which the note names what was assessed, because clinicians name the reason first, and
    changes it only where the note or the guidelines do. What stands under "principal diagnosis" is first. Diagnoses of
    the admission come behind those of the discharge, and are shown where the discharge does not confirm them; one made
    before an outpatient's surgery only is turned down for that made after it (IV.N). What an inpatient was admitted for
    comes before a lasting disease. Symptoms come behind the diagnoses that may explain them (II.A, IV.D), status and
    history behind those, manifestations behind their disease, external causes last; codes of pregnancy (I.C.15.a.1) and
    Z codes that may only be first come before all others. The first code says why it is first. In a list a symptom that
    stands before a diagnosis it is integral to asks for review. Which of two conditions that equally meet the
    definition is first is free (II.C); a complication (II.G), a plan not carried out (II.F) and an observation (II.I)
    are for a person to say.
    """

    name = "principal-diagnosis"
    section = "II"
    title = "the diagnosis that the encounter was chiefly for comes first"
    severity = "reject"
    prefixes = ("R",)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first() is None:
            return
        self._after_study(draft)
        if draft.encounter.setting == "inpatient":
            self._admitted_for(draft)
        named = next((p for p in draft.alive() if any(_heading(draft, m, _PRINCIPAL) for m in p.mentions)), None)
        if named is not None and may_be_principal(named.code):
            _put_first(draft, named)
            named.remark(self.name, self.section, "named as the principal diagnosis")

    def _after_study(self, draft: Draft) -> None:
        """What was thought before admission or surgery gives way to what was found."""
        early = {p: [m for m in p.mentions if _heading(draft, m, _BEFORE_STUDY)] for p in draft.alive()}
        final = {p: [m for m in p.mentions if m.section in _FINAL and m not in early[p]] for p in early}
        if not any(early.values()) or not any(final.values()) or _SAME.search(draft.stream.note.text):
            return
        for proposal, own in early.items():
            if not own:
                continue
            confirmed = [mention.span.start for mention in final[proposal]]
            draft.proposals.remove(proposal)
            behind = (i for i, p in enumerate(draft.proposals) if confirmed and p.alive and p.place > confirmed[0])
            draft.proposals.insert(next(behind, len(draft.proposals)), proposal)
            if confirmed:
                continue
            if draft.encounter.setting == "outpatient" and all(_heading(draft, m, _BEFORE_SURGERY) for m in own):
                proposal.reject(self.name, "IV.N", "of before the surgery only; the diagnosis after it is coded")
            else:
                proposal.doubt(self.name, self.section, "of the admission only: was it established after study?")

    def _admitted_for(self, draft: Draft) -> None:
        """Put what the note says the patient was admitted for before a lasting disease."""
        first = draft.first()
        if first is None or not is_lasting(first.code):
            return
        for match in _ADMITTED_FOR.finditer(draft.stream.note.text):
            reach = Span(match.end(), match.end() + _REACH)
            told = {m.found.term.target[:3] for m in draft.mentions if reach.start <= m.span.start < reach.end}
            for proposal in list(draft.alive()):
                code = proposal.code
                if code[:3] in told and code[0] not in "RZVWXY" and not is_lasting(code) and may_be_principal(code):
                    _put_first(draft, proposal)
                    proposal.remark(self.name, self.section, "the note says that the patient was admitted for it")
                    return

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        first = listed.first
        if not first.startswith("R") or not may_be_principal(first):
            return
        diagnosis = next((code for code in listed.valid[1:] if is_integral(listed.codes, first, code)), None)
        if diagnosis is not None:
            section = "II.A" if listed.encounter.setting == "inpatient" else "IV.D"
            message = f"{first} is a symptom of {diagnosis}, which is the diagnosis to put first"
            yield self.finding("review", [first, diagnosis], message, section=section)


def _heading(draft: Draft, mention: Mention, wanted: re.Pattern[str]) -> bool:
    """Whether a mention is stated under a heading of this kind."""
    if mention.status is not AssertionStatus.PRESENT or mention.section is not SectionKind.DIAGNOSIS:
        return False
    heading = draft.stream.note.section_of(mention.span.start).heading
    return heading is not None and wanted.search(heading.quote(draft.stream.note.text)) is not None


def _put_first(draft: Draft, proposal: Proposal) -> None:
    draft.proposals.remove(proposal)
    draft.proposals.insert(0, proposal)
