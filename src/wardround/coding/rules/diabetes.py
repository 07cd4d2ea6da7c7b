"""Diabetes "with" its complications is presumed (Guidelines I.A.15 and I.C.4.a).

The Index lists chronic kidney disease, neuropathy, foot ulcer and others under "diabetes, with": the link is assumed
even where the note does not state it, unless the note denies it. As many combination codes are given as there are
complications, and "without complications" goes.
"""

from __future__ import annotations

import re

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules.base import Rule

__all__ = ["DiabetesWith"]

# The complication, what is appended to the category of diabetes, and whether that code says all and replaces its own.
_WITH: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (("N18",), ".22", False),
    (("G62.9", "G63"), ".42", True),
    (("L97.4", "L97.5"), ".621", False),
    (("K31.84",), ".43", False),
    (("H35.00",), ".319", True),
    (("E16.2",), ".649", True),
    (("R73.9",), ".65", True),
)


_TYPE_2 = re.compile(r"2|II", re.IGNORECASE)


class DiabetesWith(Rule):
    """Links diabetes with the complications among the other diagnoses."""

    name = "diabetes"
    section = "I.A.15"
    title = "diabetes is coded with the complications it is presumed to have caused"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        self._settle_type(draft)
        stated = sorted(draft.alive("E08", "E09", "E10", "E11", "E13"), key=lambda p: not p.code.endswith(".9"))
        if not stated:
            return
        diabetes, category = stated[0], stated[0].code[:3]
        for prefixes, suffix, says_all in _WITH:
            complication = next(draft.alive(*prefixes), None)
            if complication is None or draft.denies_link(complication, "diabetes", "diabetic"):
                continue
            code = category + suffix
            said = next(draft.alive(code, f"{code[:-1]}0"), None)  # E11.40 has the neuropathy, its kind unspecified
            if said is None:
                self._link(draft, diabetes, complication, code)
            if says_all:
                complication.reject(self.name, self.section, f"contained in {said.code if said else code}")
        self._drop_uncomplicated(draft, category)

    def _settle_type(self, draft: Draft) -> None:
        """A complication of "diabetes" without a type is one of the type that the note states elsewhere."""
        if next(draft.alive("E10"), None) is None:
            return
        text = draft.stream.note.text
        for proposal in list(draft.alive("E11")):
            code = "E10" + proposal.code[3:]
            says_type_2 = any(_TYPE_2.search(m.found.span.quote(text)) for m in proposal.mentions)
            if not proposal.code.endswith(".9") and draft.codes.get(code) and not says_type_2:
                draft.recode(proposal, code, self.name, "I.C.4.a.1", "the note states type 1")

    def _drop_uncomplicated(self, draft: Draft, category: str) -> None:
        plain = next(draft.alive(f"{category}.9"), None)
        complicated = next((p for p in draft.alive(category) if p is not plain), None)
        if plain and complicated:
            plain.reject(self.name, "I.C.4.a", f"{complicated.code} names the complication")

    def _link(self, draft: Draft, diabetes: Proposal, complication: Proposal, code: str) -> None:
        message = f"diabetes is presumed to be linked with {complication.code}"
        if diabetes.code.endswith(".9"):
            linked = draft.recode(diabetes, code, self.name, self.section, message)
        else:
            route = (*diabetes.route, f"{self.section} → {code}")
            linked = Proposal(code, list(diabetes.mentions), diabetes.basis, diabetes.confidence, route)
            linked.remark(self.name, self.section, message)
            draft.proposals.insert(draft.proposals.index(diabetes) + 1, linked)
        draft.move_before(linked, complication)
