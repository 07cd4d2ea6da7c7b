"""Hypertension is presumed to be linked with heart failure and chronic kidney disease (Guidelines I.C.9.a).

I10 becomes I11.0 with heart failure (I50), I12 with chronic kidney disease (N18), I13 with both, unless the note says
that they are unrelated. The combination code comes first, the heart failure and the stage stay beside it.
"""

from __future__ import annotations

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules.base import Rule

__all__ = ["HypertensionWith"]


class HypertensionWith(Rule):
    """Replaces I10 by the combination code the other diagnoses of the encounter demand."""

    name = "hypertension"
    section = "I.C.9.a"
    title = "hypertension with heart failure or chronic kidney disease is one combination code"
    severity = "info"

    def apply(self, draft: Draft) -> None:
        hypertension = next(draft.alive("I10"), None)
        if hypertension is None:
            return
        failure = self._linked(draft, "I50")
        kidney = self._linked(draft, "N18")
        late = kidney is not None and kidney.code in ("N18.5", "N18.6")
        if failure and kidney:
            code = "I13.2" if late else "I13.0"
        elif kidney:
            code = "I12.0" if late else "I12.9"
        elif failure:
            code = "I11.0"
        else:
            return
        partners = [p for p in (failure, kidney) if p]
        names = " and ".join(p.code for p in partners)
        message = f"hypertension is presumed to be linked with {names}"
        combined = draft.recode(hypertension, code, self.name, self.section, message)
        draft.move_before(combined, *partners)

    @staticmethod
    def _linked(draft: Draft, prefix: str) -> Proposal | None:
        return next((p for p in draft.alive(prefix) if not draft.denies_link(p, "hypertension", "hypertensive")), None)
