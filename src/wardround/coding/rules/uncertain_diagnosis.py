"""Uncertain diagnoses by setting (Guidelines IV.H outpatient, II.H and III.C inpatient)."""

from __future__ import annotations

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules.base import Rule
from wardround.documents import AssertionStatus

__all__ = ["UncertainDiagnosis"]

_ONLY_CONFIRMED = {
    "B20": "I.C.1.a.1",
    "Z21": "I.C.1.a.1",
    "O98.7": "I.C.1.a.1",
    "A92.5": "I.C.1.f.1",
    "U07.1": "I.C.1.g.1.a",
    "J12.82": "I.C.1.g.1.a",
}
"""What is coded of confirmed cases only, also for inpatients, and the section that says so."""

# Identified influenza that is only suspected → the same due to an unidentified virus.
_INFLUENZA = {
    "J09.X1": "J11.00",
    "J09.X2": "J11.1",
    "J09.X3": "J11.2",
    "J09.X9": "J11.89",
    "J10.00": "J11.00",
    "J10.01": "J11.00",
    "J10.08": "J11.08",
    "J10.1": "J11.1",
    "J10.2": "J11.2",
    "J10.81": "J11.81",
    "J10.82": "J11.82",
    "J10.83": "J11.83",
    "J10.89": "J11.89",
}


class UncertainDiagnosis(Rule):
    """A diagnosis that is only probable, suspected or likely is coded by the setting.

    For an outpatient it is not coded: the encounter is coded to what is certain, usually the symptoms (IV.H). At the
    end of an inpatient stay it is coded as if it were established (II.H, III.C), and shown to a person, because the
    word must be that of the discharge and not of an earlier day. HIV, Zika virus disease and COVID-19 are coded only
    when confirmed, in any setting; an influenza virus that is suspected but not identified gives J11 (I.C.10.c). A
    diagnosis that is also stated without doubt is certain. The words of uncertainty ("consistent with", "concern for",
    "cannot be ruled out" and some 270 more) stand in a table; "evidence of" is none of them. A bare list of codes does
    not tell what was uncertain.
    """

    name = "uncertain-diagnosis"
    section = "IV.H"
    title = "an uncertain diagnosis is coded by the setting"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive()):
            asserted = [m.status for m in proposal.mentions if m.status in ("present", "possible")]
            if not asserted or any(status != AssertionStatus.POSSIBLE for status in asserted):
                continue
            if draft.encounter.setting == "outpatient":
                proposal.reject(self.name, "IV.H", "uncertain; an outpatient encounter is coded to what is certain")
            else:
                self._at_discharge(draft, proposal)

    def _at_discharge(self, draft: Draft, proposal: Proposal) -> None:
        section = next((s for start, s in _ONLY_CONFIRMED.items() if proposal.code.startswith(start)), None)
        if section is not None:
            proposal.reject(self.name, section, "only confirmed cases are coded, also for inpatients")
            return
        if proposal.code in _INFLUENZA:
            message = "influenza whose virus is only suspected is coded as unidentified"
            proposal = draft.recode(proposal, _INFLUENZA[proposal.code], self.name, "I.C.10.c", message)
        proposal.doubt(self.name, "II.H", "uncertain; coded as if established if still so at discharge")
