"""A reviewed chart: a note with the codes that people gave it."""

from __future__ import annotations

from dataclasses import dataclass, field

from wardround.coding import Encounter

__all__ = ["Chart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One reviewed note.

    Attributes:
        id: its name; says nothing of the patient, and is kept nowhere.
        text: the note.
        codes: the codes that people gave it, as `wardround.coding.evaluation.normal` writes them.
        encounter: what is known of the visit.
    """

    id: str
    text: str
    codes: frozenset[str]
    encounter: Encounter = field(default_factory=Encounter)
