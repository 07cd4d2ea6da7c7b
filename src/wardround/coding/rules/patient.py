"""A code that does not fit the patient's sex or age is looked at by a person (Medicare Code Editor, edits 4 and 5)."""

from __future__ import annotations

from wardround.coding.draft import Draft
from wardround.coding.rules.base import Rule

__all__ = ["PatientConflict"]

_FEMALE = tuple(
    "O C51 C52 C53 C54 C55 C56 C57 C58 D25 D26 D27 N70 N71 N72 N73 N75 N76 N80 N81 N83 N84 N85 N86 N87 N88 N89 N90 "
    "N91 N92 N93 N94 N95 N96 N97 Z32 Z33 Z34 Z36 Z37 Z3A R87 Z90.71 Z90.72".split()
)
_MALE = tuple("C60 C61 C62 C63 D29 D40 N40 N41 N42 N43 N44 N45 N46 N47 N48 N49 N50 N51 N52 N53 R97.2 Z90.79".split())


class PatientConflict(Rule):
    """Asks for review where the code and the patient's sex or age contradict each other."""

    name = "patient-conflict"
    section = ""
    title = "the code fits the patient's sex and age"
    severity = "review"

    def apply(self, draft: Draft) -> None:
        sex, age = draft.encounter.sex, draft.encounter.age
        for proposal in draft.alive():
            code = proposal.code
            if sex == "male" and code.startswith(_FEMALE):
                proposal.doubt(self.name, self.section, "a code for female patients; the encounter's sex is male")
            elif sex == "female" and code.startswith(_MALE):
                proposal.doubt(self.name, self.section, "a code for male patients; the encounter's sex is female")
            elif age is not None and age >= 1 and code.startswith("P") and not code.startswith("P9"):
                proposal.doubt(self.name, "I.C.16", "a perinatal code; the patient is no newborn")
            elif age is not None and code.startswith("O") and not 9 <= age <= 64:
                proposal.doubt(self.name, "I.C.15", "a maternity code; the patient's age is outside 9 to 64")
