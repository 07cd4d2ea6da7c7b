"""A manifestation never comes first (Guidelines I.A.13)."""

from __future__ import annotations

from wardround.coding.draft import Draft
from wardround.coding.rules.base import Rule

__all__ = ["ManifestationNotFirst", "is_manifestation"]


def is_manifestation(title: str) -> bool:
    """Whether a code's title says that its disease is classified elsewhere, so that another code must precede it."""
    return "in diseases classified elsewhere" in title.lower() or "in other diseases classified" in title.lower()


class ManifestationNotFirst(Rule):
    """Moves manifestation codes behind the others, and asks for the underlying disease when there is none."""

    name = "manifestation"
    section = "I.A.13"
    title = "a manifestation is never first, and never without its underlying disease"
    severity = "review"

    def apply(self, draft: Draft) -> None:
        manifestations = [p for p in draft.alive() if is_manifestation(draft.codes.title(p.code))]
        if not manifestations:
            return
        for proposal in manifestations:
            draft.proposals.remove(proposal)
            draft.proposals.append(proposal)
        if not any(p.alive and p not in manifestations for p in draft.proposals):
            for proposal in manifestations:
                proposal.doubt(self.name, self.section, "needs the code of the underlying disease before it")
