"""Diabetes "with" its complications is presumed (Guidelines I.A.15 and I.C.4.a).

The Index lists chronic kidney disease, neuropathy, foot ulcer and others under "diabetes, with": the link is assumed
even where the note does not state it, so E11.9 gives way to the combination code.
"""

from __future__ import annotations

from typing import ClassVar

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules.base import Rule

__all__ = ["DiabetesWith"]

# complication → what is appended to the category of diabetes, and whether that code says all and replaces its own
_WITH: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (("N18",), ".22", False),
    (("G62.9", "G63"), ".42", True),
    (("L97.4", "L97.5"), ".621", False),
    (("K31.84",), ".43", False),
    (("H35.00",), ".319", True),
    (("E16.2",), ".649", True),
    (("R73.9",), ".65", True),
)


class DiabetesWith(Rule):
    """Replaces "without complications" by the combination code the other diagnoses demand."""

    name = "diabetes-with"
    section: ClassVar[str] = "I.A.15"

    def apply(self, draft: Draft) -> None:
        for diabetes in list(draft.alive("E08.9", "E09.9", "E10.9", "E11.9", "E13.9")):
            category = diabetes.code[:3]
            for prefixes, suffix, says_all in _WITH:
                complication = next(draft.alive(*prefixes), None)
                if complication is None or draft.codes.get(category + suffix) is None:
                    continue
                self._link(draft, diabetes, complication, category + suffix)
                if says_all:
                    complication.reject(self.name, self.section, f"contained in {category}{suffix}")
                break

    def _link(self, draft: Draft, diabetes: Proposal, complication: Proposal, code: str) -> None:
        draft.recode(
            diabetes, code, self.name, self.section, f"diabetes is presumed to be linked with {complication.code}"
        )
        here, there = draft.proposals.index(diabetes), draft.proposals.index(complication)
        if there < here:
            draft.proposals.insert(there, draft.proposals.pop(here))
