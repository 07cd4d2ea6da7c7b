"""Uncertain diagnoses by setting (Guidelines IV.H outpatient, II.H and III.C inpatient).

An outpatient diagnosis that is only "suspected", "probable", "likely" is not coded; the encounter is coded to what is
certain, usually its symptoms. At the end of an inpatient stay it is coded as if it were established.
"""

from __future__ import annotations

from wardround.coding.draft import Draft
from wardround.coding.rules.base import Rule
from wardround.documents import AssertionStatus

__all__ = ["UncertainDiagnosis"]


class UncertainDiagnosis(Rule):
    """Turns down or keeps a code all of whose mentions are uncertain."""

    name = "uncertain-diagnosis"
    section = "IV.H"
    title = "an uncertain diagnosis is coded by the setting"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        for proposal in draft.alive():
            asserted = [m.status for m in proposal.mentions if m.status in ("present", "possible")]
            if not asserted or any(status != AssertionStatus.POSSIBLE for status in asserted):
                continue
            if draft.encounter.setting == "outpatient":
                proposal.reject(self.name, "IV.H", "uncertain; an outpatient encounter is coded to what is certain")
            elif proposal.code.startswith(("B20", "U07.1", "J09", "J10", "A92.5")):
                proposal.reject(self.name, "I.C.1", "only confirmed cases are coded, also for inpatients")
            else:
                proposal.doubt(self.name, "II.H", "uncertain; coded as if established if still so at discharge")
