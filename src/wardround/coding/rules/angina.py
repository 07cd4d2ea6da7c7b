"""Angina is presumed to come from the coronary atherosclerosis beside it (Guidelines I.C.9.b)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["Angina"]

# The vessel, without angina and with it; what is appended says which angina it is.
_WITH_ANGINA = {"I25.10": "I25.11", "I25.810": "I25.70", "I25.811": "I25.75", "I25.812": "I25.76"}
# The angina, and its last character in the combination. I20.81 is missing: it comes from the small vessels.
_FORMS = {"I20.0": "0", "I20.1": "1", "I20.2": "2", "I20.89": "8", "I20.9": "9"}
_CORONARY = re.compile(r"\b(?:coronary|CAD|ASHD|ischemic heart|atheroscl)", re.IGNORECASE)


class Angina(Rule):
    """A patient with coronary atherosclerosis and angina pectoris has one condition, not two: the combination I25.11-
    for native vessels, I25.7- for bypass grafts and transplanted hearts. The link is presumed unless the provider says
    that the angina comes from something else.

    In a note two codes become the combination, with the words of both; angina that is said to be due to something else
    (such as anemia) stays apart. An acute myocardial infarction comes before the coronary disease.

    In a list it finds the angina apart from the atherosclerosis, the vessel both with and without angina, and, for an
    inpatient, coronary disease before the infarction. It cannot tell native vessels from grafts where the words do not.
    """

    name = "angina"
    section = "I.C.9.b"
    title = "coronary atherosclerosis with angina is one combination code"
    severity = "reject"
    prefixes = ("I25",)

    def apply(self, draft: Draft) -> None:
        coronary = draft.first("I25.1", "I25.8")
        if coronary is None:
            return
        if coronary.code in _WITH_ANGINA:
            for angina in [p for p in draft.alive("I20") if p.code in _FORMS]:
                if _has_another_cause(draft, angina):
                    draft.unrelated.add(frozenset((coronary.code, angina.code)))
                else:
                    coronary = self._combine(draft, coronary, angina)
        for infarction in list(draft.alive("I21", "I22")):
            draft.move_before(infarction, coronary)

    def _combine(self, draft: Draft, coronary: Proposal, angina: Proposal) -> Proposal:
        code = _combination(coronary.code, angina.code)
        if code is None:  # a second, vaguer angina: the combination has said it
            angina.reject(self.name, self.section, f"contained in {coronary.code}")
            return coronary
        message = f"{coronary.code} and {angina.code} are presumed to be one condition"
        draft.move_before(coronary, angina)
        combined = draft.recode(coronary, code, self.name, self.section, message)
        draft.recode(angina, code, self.name, self.section, message)
        return combined

    def check(self, listed: CodeList) -> Iterator[Finding]:
        coronary = listed.starting("I25.1", "I25.7", "I25.8")
        if not coronary:
            return
        if "I20" in listed.categories:
            for angina in listed.starting("I20"):
                code = next((found for c in coronary if (found := _combination(c, angina))), None)
                vessel = next((c for c in coronary if c in _WITH_ANGINA), None)
                if code and vessel and frozenset((vessel, angina)) not in listed.unrelated:
                    codes = sorted((vessel, angina), key=listed.valid.index)
                    yield self.finding("review", codes, f"{code} says both, unless the angina has another cause")
        for vessel, with_angina in _WITH_ANGINA.items():
            if vessel in coronary:
                for other in coronary:
                    if other.startswith(with_angina):
                        codes = sorted((vessel, other), key=listed.valid.index)
                        yield self.finding("review", codes, f"{other} says the vessel already, and with angina")
        infarction = listed.starting("I21", "I22")
        if infarction and listed.encounter.setting == "inpatient" and listed.valid[0] in coronary:
            message = f"admitted for the infarction, {infarction[0]} comes first"
            yield self.finding("review", [listed.valid[0], infarction[0]], message)


def _combination(coronary: str, angina: str) -> str | None:
    """The code for both; None if there is none."""
    vessel, form = _WITH_ANGINA.get(coronary), _FORMS.get(angina)
    return vessel + form if vessel and form else None


def _has_another_cause(draft: Draft, angina: Proposal) -> bool:
    """Whether the note gives the angina a cause that is not coronary, or says that it is unrelated."""
    if draft.denies_link(angina, "coronary", "cad", "atherosclerosis"):
        return True
    cause = draft.due_to(angina)
    return cause is not None and not _CORONARY.search(cause)
