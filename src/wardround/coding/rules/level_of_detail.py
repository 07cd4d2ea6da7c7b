"""One condition, one code, at the detail the note gives (Guidelines I.A.9.b, I.B.2, I.B.12).

"Osteoarthritis" beside "osteoarthritis of the right knee", or "pneumonia" beside "lobar pneumonia": the unspecified
code says nothing that the other does not.
"""

from __future__ import annotations

from typing import ClassVar

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules.base import Rule

__all__ = ["LevelOfDetail"]


class LevelOfDetail(Rule):
    """Turns down the unspecified code of a category when a specified one of that category stands."""

    name = "level-of-detail"
    section: ClassVar[str] = "I.A.9.b"

    def apply(self, draft: Draft) -> None:
        for proposal in draft.alive("R69"):
            other = next((p for p in draft.alive() if p.code != "R69"), None)
            if other:
                proposal.reject(self.name, self.section, f"{other.code} says what the illness is")
        for proposal in draft.alive():
            if not self._unspecified(draft, proposal):
                continue
            for other in draft.alive(proposal.code[:3]):
                if other is not proposal and not self._unspecified(draft, other):
                    proposal.reject(self.name, self.section, f"{other.code} says the same with more detail")
                    break

    @staticmethod
    def _unspecified(draft: Draft, proposal: Proposal) -> bool:
        return "unspecified" in draft.codes.title(proposal.code).lower()
