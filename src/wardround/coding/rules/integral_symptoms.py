"""Symptoms integral to a stated diagnosis are not coded beside it (Guidelines I.B.5; others are, I.B.6).

What belongs to what stands in ``lexicon/integral.tsv``.
"""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from wardround.coding import lexicon
from wardround.coding.draft import Draft
from wardround.coding.rules.base import Rule

__all__ = ["IntegralSymptoms", "symptoms_of"]


@cache
def _table() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    return tuple(
        (tuple(columns[0].split("|")), tuple(columns[1].split("|"))) for _, columns in lexicon.rows("integral.tsv")
    )


@cache
def symptoms_of(code: str) -> tuple[str, ...]:
    """Prefixes of the codes for symptoms routinely associated with the condition of ``code``."""
    found: list[str] = []
    for diagnoses, symptoms in _table():
        if code.startswith(diagnoses):
            found.extend(symptoms)
    return tuple(found)


class IntegralSymptoms(Rule):
    """Turns down a symptom that belongs to a diagnosis which is coded."""

    name = "integral-symptom"
    section: ClassVar[str] = "I.B.5"

    def apply(self, draft: Draft) -> None:
        stated = [p for p in draft.alive() if not p.code.startswith(("R", "Z"))]
        for proposal in draft.alive():
            for diagnosis in stated:
                if diagnosis is proposal or not diagnosis.alive:
                    continue
                if proposal.code.startswith(symptoms_of(diagnosis.code) or ("-",)):
                    proposal.reject(self.name, self.section, f"integral to {diagnosis.code}")
                    break
