"""Which diagnosis comes first (Guidelines II and IV.G)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.integral_symptoms import is_integral
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.unacceptable_principal import may_be_principal

__all__ = ["PrincipalDiagnosis"]


class PrincipalDiagnosis(Rule):
    """The principal diagnosis is what, after study, chiefly caused the admission; first-listed, what the visit was for.

    The coder keeps the order in which the note names what was assessed, because clinicians name the reason first, and
    changes it only where the guidelines do: symptoms come behind the diagnoses that may explain them (II.A, IV.D),
    status and history behind those, manifestations behind their disease, external causes last; codes of pregnancy
    (I.C.15.a.1) and Z codes that may only be first come before all others. The first code says why it is first. In a
    list a symptom that stands before a diagnosis it is integral to asks for review. Which of two conditions that
    equally meet the definition is first is free (II.C), and what the admission was for after study (II), a
    complication (II.G), a plan not carried out (II.F) or an observation (II.I) is for a person to say.
    """

    name = "principal-diagnosis"
    section = "II"
    title = "the diagnosis that the encounter was chiefly for comes first"
    severity = "review"
    prefixes = ("R",)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        first = listed.valid[0]
        if first[0] != "R" or not may_be_principal(first):
            return
        diagnosis = next((code for code in listed.valid[1:] if is_integral(listed.codes, first, code)), None)
        if diagnosis is not None:
            section = "II.A" if listed.encounter.setting == "inpatient" else "IV.D"
            message = f"{first} is a symptom of {diagnosis}, which is the diagnosis to put first"
            yield self.finding("review", [first, diagnosis], message, section=section)
