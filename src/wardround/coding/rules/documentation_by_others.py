"""Body mass index may come from other clinicians, its diagnosis from the provider only (Guidelines I.B.14)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus, SectionKind
from wardround.spans import Span

__all__ = ["DocumentationByOthers"]

# Diagnoses of weight and nutrition: what a body mass index is reported beside.
_WEIGHT = tuple("E40 E41 E43 E44 E45 E46 E66 E88.A F50 R62.51 R62.7 R63.0 R63.4 R63.5 R63.6 R64".split())
_OBESITY = ("E66.0", "E66.1", "E66.2", "E66.8", "E66.9")
_CLASSES = {"E66.811": (30, 35), "E66.812": (35, 40), "E66.813": (40, 1000)}
_PREGNANCY = ("O", "Z33.1", "Z34", "Z3A")
_ADULT_FROM, _PEDIATRIC_FROM = 20, 2  # years; the note at Z68
_SEVERE = (18.5, 40.0)  # below, or from: worth a question where no diagnosis of weight is stated
_OPTIONS = {True: ("Obesity (please give the class)",), False: ("Underweight",)}

_NUMBER = r"\d{2}(?:[.,]\d{1,2})?"
_NAME = r"(?:\bBMI|\bbody mass index)"
_INDEX = re.compile(
    rf"{_NAME}(?:\s*\((?:BMI|kg/m2|kg/m²)\))?"
    r"(?:[\s:=~,]|\b(?:adult|at|calculated|currently|is|now|of|today|was)\b)*"
    rf"(?P<low>{_NUMBER})(?![\d.,]*\d)(?:\s*(?:-|–|to)\s*(?P<high>{_NUMBER}))?"
    r"(?!\s*(?:th\b|st\b|nd\b|rd\b|%|[-–/]|or (?:above|greater|higher|more)))",
    re.IGNORECASE,
)
_PERCENTILE = re.compile(
    rf"{_NAME}\b[^\n]{{0,40}}?(?P<percentile>\d{{1,2}}(?:\.\d+)?)\s*(?:st|nd|rd|th)?\s*(?:percentile|%ile)",
    re.IGNORECASE,
)
_OF_95TH = re.compile(r"\b(?P<percent>1\d\d)\s*% of (?:the )?95th", re.IGNORECASE)
_WISHED = re.compile(r"\b(?:goal|ideal|target|normal)\s*$", re.IGNORECASE)
_TODAY = frozenset(
    {
        SectionKind.VITALS,
        SectionKind.PHYSICAL_EXAM,
        SectionKind.ASSESSMENT,
        SectionKind.ASSESSMENT_AND_PLAN,
        SectionKind.DIAGNOSIS,
    }
)


class _Measured(NamedTuple):
    """A body mass index in the note: the code for it, its value in kg/m² or percentile, and its words."""

    code: str
    value: float
    span: Span


class DocumentationByOthers(Rule):
    """What nurses and dietitians measure may be coded, if the provider states the diagnosis it belongs to.

    Body mass index (Z68) is coded only beside a diagnosis such as overweight, obesity, malnutrition or weight loss, and
    not in pregnancy (I.C.21.c.3). In a note that states such a diagnosis the coder reads the index wherever it is
    written and adds its code: of the number from 20 years on, of the percentile from 2 to 19. Without the diagnosis
    nothing is added; an index below 18.5 or from 40 on drafts a question on what it means. In a list an index without
    a diagnosis of weight, beside a pregnancy, or one that contradicts the obesity or its class asks for review.
    Stages of pressure ulcers, stroke and coma scores, blood alcohol and social determinants may come from others too;
    that they are never first is said by another rule, and who wrote them a list does not tell.
    """

    name = "documentation-by-others"
    section = "I.B.14"
    title = "a body mass index is coded beside the diagnosis it belongs to"
    severity = "review"
    prefixes = ("Z68",)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        weight = draft.first(*_WEIGHT)
        if draft.first("Z68") or draft.first(*_PREGNANCY):
            return
        measured = _measured(draft, weight)
        if not measured:
            return
        if weight is None:
            self._ask(draft, measured)
            return
        heavy = weight.code.startswith("E66")
        chosen = max(measured, key=lambda each: each.value if heavy else -each.value)
        message = f"the index to {weight.code}, which the note states"
        added = draft.add(chosen.code, [chosen.span], self.name, self.section, message, confidence=weight.confidence)
        if any(each.code != chosen.code for each in measured):
            added.doubt(self.name, self.section, "the note gives several values: this one is the farthest from normal")
        if chosen.code == "Z68.54" and chosen.value >= 99 and weight.code not in _CLASSES:
            added.doubt(self.name, self.section, "so far above the 95th percentile it may be 120 % of it or more")

    def _ask(self, draft: Draft, measured: Sequence[_Measured]) -> None:
        severe = [each for each in measured if each.code < "Z68.5" and not _SEVERE[0] <= each.value < _SEVERE[1]]
        if severe:
            draft.ask(
                "body mass index: clinical significance",
                "Please clarify the clinical significance, if any, of the documented body mass index.",
                (*_OPTIONS[severe[0].value >= _SEVERE[1]], "No clinical significance"),
                [each.span for each in severe],
                rule=self.name,
                section=self.section,
                codes=[severe[0].code],
            )

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for index in dict.fromkeys(listed.starting("Z68")):
            pregnant = next(iter(listed.starting(*_PREGNANCY)), None)
            weight = listed.starting(*_WEIGHT)
            if pregnant is not None:
                message = f"no body mass index in pregnancy: {index} beside {pregnant}"
                yield self.finding("review", listed.in_sequence(index, pregnant), message, section="I.C.21.c.3")
            elif not weight:
                message = f"{index} needs a diagnosis of weight or nutrition by the provider"
                yield self.finding("review", [index], message)
            else:
                yield from self._contradictions(listed, index, weight)

    def _contradictions(self, listed: CodeList, index: str, weight: Sequence[str]) -> Iterator[Finding]:
        low, high = _adult_range(index)
        for code in weight:
            from_, below = _CLASSES.get(code, (25, 1000) if code.startswith(_OBESITY) else (0, 1000))
            if high <= from_ or low >= below:
                message = f"the body mass index {index} does not fit {code}"
                yield self.finding("review", listed.in_sequence(index, code), message)


def _adult_range(code: str) -> tuple[float, float]:
    """The body mass index in kg/m², from and below, that an adult code stands for; anything for a pediatric one."""
    if code == "Z68.1":
        return 0, 20
    ranges = {"Z68.41": (40, 45), "Z68.42": (45, 50), "Z68.43": (50, 60), "Z68.44": (60, 70), "Z68.45": (70, 1000)}
    if code in ranges:
        return ranges[code]
    if code.startswith("Z68.5"):
        return 0, 1000
    return int(code[-2:]), int(code[-2:]) + 1  # Z68.36 is 36.0 to 36.9


def _adult(value: float) -> str:
    """The code for an adult's body mass index in kg/m²."""
    if value < 20:
        return "Z68.1"
    if value < 40:
        return f"Z68.{int(value)}"
    severe = ((45, "Z68.41"), (50, "Z68.42"), (60, "Z68.43"), (70, "Z68.44"))
    return next((code for below, code in severe if value < below), "Z68.45")


def _pediatric(percentile: float, obesity: str, text: str) -> str:
    """The code for a child's body mass index: its percentile for age, above the 95th by the class of the obesity."""
    if percentile < 95:
        return "Z68.51" if percentile < 5 else "Z68.52" if percentile < 85 else "Z68.53"
    stated = _OF_95TH.search(text)
    percent = int(stated["percent"]) if stated else {"E66.812": 120, "E66.813": 140}.get(obesity, 100)
    return "Z68.54" if percent < 120 else "Z68.55" if percent < 140 else "Z68.56"


def _measured(draft: Draft, weight: Proposal | None) -> list[_Measured]:
    """What the note says of the patient's body mass index, today's if it tells several."""
    note, age = draft.stream.note, draft.encounter.age
    text = note.text
    lower = text.lower()
    if ("bmi" not in lower and "body mass" not in lower) or (age is not None and age < _PEDIATRIC_FROM):
        return []
    found = []
    if age is None or age < _ADULT_FROM:
        for match in _PERCENTILE.finditer(text):
            value = float(match["percentile"])
            code = _pediatric(value, weight.code if weight else "", text)
            found.append(_Measured(code, value, Span(match.start(), match.end())))
    if (age is None and not found) or (age is not None and age >= _ADULT_FROM):
        for match in _INDEX.finditer(text):
            low = float(match["low"].replace(",", "."))
            high = float((match["high"] or match["low"]).replace(",", "."))
            if 10 <= low <= high < 75 and _adult(low) == _adult(high):
                found.append(_Measured(_adult(low), low, Span(match.start(), match.end())))
    stated = [
        each
        for each in found
        if draft.assertions.at(each.span).status is AssertionStatus.PRESENT
        and not _WISHED.search(text, max(0, each.span.start - 12), each.span.start)
    ]
    today = [each for each in stated if note.section_of(each.span.start).kind in _TODAY]
    return today or stated
