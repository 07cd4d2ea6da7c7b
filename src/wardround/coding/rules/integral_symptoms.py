"""Symptoms integral to a stated diagnosis are not coded beside it (Guidelines I.B.5; others are, I.B.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from wardround.coding import lexicon
from wardround.coding.draft import Draft
from wardround.coding.result import Finding, Severity
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import sides_of
from wardround.icd10 import CodeSet

__all__ = ["IntegralSymptoms", "is_integral", "symptoms_of"]


@cache
def _table() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    return tuple(
        (tuple(columns[0].split("|")), tuple(columns[1].split("|"))) for _, columns in lexicon.rows("integral.tsv")
    )


@cache
def _rows_of() -> Mapping[str, tuple[int, ...]]:
    """Rows of the table, counted from 0, by the category of a diagnosis (or the letter, for a whole chapter)."""
    found: defaultdict[str, tuple[int, ...]] = defaultdict(tuple)
    for number, (diagnoses, _) in enumerate(_table()):
        for category in {diagnosis[:3] for diagnosis in diagnoses}:
            found[category] += (number,)
    return found


@cache
def symptoms_of(code: str) -> tuple[str, ...]:
    """Prefixes of the codes for symptoms routinely associated with the condition of ``code``; none of a sequela."""
    if code[0] in "ST" and len(code) == 8 and code[-1] == "S":
        return ()  # what an injury has left is coded (I.B.10)
    numbers = sorted({number for size in (1, 2, 3) for number in _rows_of().get(code[:size], ())})
    rows = [_table()[number] for number in numbers]
    return tuple(symptom for diagnoses, symptoms in rows if code.startswith(diagnoses) for symptom in symptoms)


def is_integral(codes: CodeSet, symptom: str, diagnosis: str) -> bool:
    """Whether ``symptom`` belongs to ``diagnosis``: not if one is on the right and the other on the left."""
    prefixes = symptoms_of(diagnosis)
    if not prefixes or not symptom.startswith(prefixes):
        return False
    here, there = (sides_of(codes.title(code)) & {"right", "left"} for code in (symptom, diagnosis))
    return not (here and there and here.isdisjoint(there))


def _may_belong(code: str) -> bool:
    """Whether there is a disease at all that ``code`` may be integral to."""
    return code.startswith(_symptoms_in().get(code[:3], ()))


@cache
def _symptoms_in() -> Mapping[str, tuple[str, ...]]:
    """The starts of the codes for symptoms, by category."""
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for symptom in {symptom for _, symptoms in _table() for symptom in symptoms}:
        found[symptom[:3]] += (symptom,)
    return found


class IntegralSymptoms(Rule):
    """A sign or symptom that routinely goes with a disease is not coded beside it: cough with pneumonia, pain with the
    arthritis of the same knee. A symptom that is not routinely part of it is coded (I.B.6), and so is one on the other
    side of the body. A code of the symptom chapter is right where no diagnosis has been established (I.B.4).

    In a note such a symptom is turned down, with the diagnosis it belongs to. In a list it is for review if it is of
    chapter 18, and mentioned otherwise: pain of a knee may have a reason besides its arthritis.

    What belongs to what is a table of ours (``lexicon/integral.tsv``); the classification prints no such list.
    """

    name = "integral-symptoms"
    section = "I.B.5"
    title = "symptoms integral to a stated diagnosis are not coded beside it"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        stated = [p for p in draft.alive() if p.code[0] != "Z"]
        for proposal in draft.alive():
            for diagnosis in stated if _may_belong(proposal.code) else ():
                if diagnosis is proposal or not diagnosis.alive:
                    continue
                if is_integral(draft.codes, proposal.code, diagnosis.code):
                    proposal.reject(self.name, self.section, f"integral to {diagnosis.code}")
                    break

    def concerns(self, category: str) -> bool:
        return category in _symptoms_in()

    def check(self, listed: CodeList) -> Iterator[Finding]:
        codes = list(dict.fromkeys(listed.valid))
        for symptom in filter(_may_belong, codes):
            for diagnosis in codes:
                if diagnosis != symptom and is_integral(listed.codes, symptom, diagnosis):
                    pair = sorted((symptom, diagnosis), key=codes.index)
                    severity: Severity = "review" if symptom[0] == "R" else "info"
                    yield self.finding(severity, pair, f"{symptom} is integral to {diagnosis}")
                    break
