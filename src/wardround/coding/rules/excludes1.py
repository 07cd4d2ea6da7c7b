"""Codes that exclude each other (Guidelines I.A.12.a): kept, but a person must decide whether they are unrelated."""

from __future__ import annotations

from typing import ClassVar

from wardround.coding.draft import Draft
from wardround.coding.rules.base import Rule

__all__ = ["Excludes1"]


class Excludes1(Rule):
    """Marks both codes of a pair for review when a note at one of them, or above it, excludes the other."""

    name = "excludes1"
    section: ClassVar[str] = "I.A.12.a"

    def apply(self, draft: Draft) -> None:
        alive = list(draft.alive())
        if len(alive) < 2:
            return
        notes = {proposal.code: draft.codes.code(proposal.code).excludes1 for proposal in alive}
        for proposal in alive:
            for other in alive:
                if other is proposal:
                    continue
                for note in notes[proposal.code]:
                    if note.covers(other.code):
                        message = (
                            f"{proposal.code} excludes {other.code} (note at {note.source}); both only if unrelated"
                        )
                        proposal.doubt(self.name, self.section, message)
                        other.doubt(self.name, self.section, message)
                        break
