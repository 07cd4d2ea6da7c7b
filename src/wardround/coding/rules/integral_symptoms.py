"""Symptoms integral to a stated diagnosis are not coded beside it (Guidelines I.B.5; others are, I.B.6).

What belongs to what stands in ``lexicon/integral.tsv``.
"""

from __future__ import annotations

from functools import cache

from wardround.coding import lexicon
from wardround.coding.draft import Draft
from wardround.coding.rules.base import Rule
from wardround.coding.titles import sides_of
from wardround.icd10 import CodeSet

__all__ = ["IntegralSymptoms", "is_integral", "symptoms_of"]


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


def is_integral(codes: CodeSet, symptom: str, diagnosis: str) -> bool:
    """Whether ``symptom`` belongs to ``diagnosis``: not if one is on the right and the other on the left."""
    prefixes = symptoms_of(diagnosis)
    if not prefixes or not symptom.startswith(prefixes):
        return False
    here, there = (sides_of(codes.title(code)) & {"right", "left"} for code in (symptom, diagnosis))
    return not (here and there and here.isdisjoint(there))


class IntegralSymptoms(Rule):
    """Turns down a symptom that belongs to a diagnosis which is coded."""

    name = "integral-symptoms"
    section = "I.B.5"
    title = "symptoms integral to a stated diagnosis are not coded beside it"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        stated = [p for p in draft.alive() if p.code[0] != "Z"]
        for proposal in draft.alive():
            for diagnosis in stated:
                if diagnosis is proposal or not diagnosis.alive:
                    continue
                if is_integral(draft.codes, proposal.code, diagnosis.code):
                    proposal.reject(self.name, self.section, f"integral to {diagnosis.code}")
                    break
