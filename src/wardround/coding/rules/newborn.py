"""The newborn's own record (Guidelines I.C.16, I.C.15.a.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["Newborn"]

_BORN, _BORN_NOS, _OUTCOME, _STILLBIRTH = "Z38", "Z38.2", "Z37", "P95"
_BY_WEIGHT, _BY_AGE = ("P07.0", "P07.1"), ("P07.2", "P07.3")
_MOTHERS = ("O", "Z37", "Z3A")
_ADULT = 9  # years; from then on a code of pregnancy may be the patient's own
# The outcome of a delivery, on the mother's record, and the birth, on the child's.
_BIRTHS = {
    "Z37.0": "Z38.2",
    "Z37.2": "Z38.5",
    "Z37.50": "Z38.8",
    "Z37.51": "Z38.8",
    "Z37.52": "Z38.8",
    "Z37.9": "Z38.2",
}
# Born in a hospital vaginally, there by cesarean, outside, and without a place.
_SINGLE = ("Z38.00", "Z38.01", "Z38.1", "Z38.2")
_TWIN = ("Z38.30", "Z38.31", "Z38.4", "Z38.5")
_TWINS = re.compile(r"\btwin\b", re.IGNORECASE)
_CESAREAN = re.compile(r"\bc(?:a?esarean|[- ]section)\b|\bLTCS\b|\bCS delivery\b", re.IGNORECASE)
_VAGINAL = re.compile(r"\bvaginal(?:ly)?\b|\bNSVD\b|\bSVD\b|\bVAVD\b|\bforceps\b", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"\b(?:home birth|born at home|born outside|outside (?:of )?(?:the |a )?hospital|en route|in the ambulance)\b",
    re.IGNORECASE,
)
_GRAMS = re.compile(
    r"(?<![\d.])(?P<grams>\d{3,4})\s*(?:g|gm|grams?)\b|(?<![\d.])(?P<kilos>\d\.\d{1,3})\s*kg\b", re.IGNORECASE
)
_AGE = re.compile(
    r"\b(?P<weeks>[23]\d)\s*(?:\+\s*\d|\d/7)?[\s-]*(?:w|wks?|weeks?)(?:\d|\b)(?!\s*(?:old|of age|ago))"
    r"|\b(?:GA|EGA|gestational age)\b\D{0,10}(?P<ga>[23]\d)\b",
    re.IGNORECASE,
)
_BORN_AT = re.compile(
    r"\b(?:gestation\w*|E?GA|born|pre-?term|premature|prematurity|newborn|infant|delivered)\b", re.IGNORECASE
)
_WEIGHT = re.compile(r"\b(?:birth ?weight|BW|born weighing)\b[^.;\n]{0,20}$", re.IGNORECASE)
# The birth weight in grams below which each code is meant.
_BELOW = (
    (500, "P07.01"),
    (750, "P07.02"),
    (1000, "P07.03"),
    (1250, "P07.14"),
    (1500, "P07.15"),
    (1750, "P07.16"),
    (2000, "P07.17"),
    (2500, "P07.18"),
)


class Newborn(Rule):
    """A child is coded on its own record: the birth (Z38) once, at birth and first of all, then what is wrong with it
    (P and Q). Codes of chapter 15 and the outcome of delivery (Z37) are the mother's and never the child's, codes of
    chapter 16 never the mother's. Prematurity is coded only where the provider says it; then birth weight and
    gestational age are two codes of P07, the weight first. A stillbirth (P95) has no other code. Malformations (Q) have
    no age limit.

    In a note of an infant the outcome of delivery becomes the birth, with the place and kind of delivery that are said,
    codes of pregnancy are turned down, and weight and weeks that are recorded choose the codes of a stated prematurity.
    On the record of a woman who delivers the birth and the child's conditions are turned down.

    In a list it finds codes of mother and child together, the order of P07, and a stillbirth with other codes. Whether
    a perinatal condition is still there after the first month is for the provider to say.
    """

    name = "newborn"
    section = "I.C.16"
    title = "mother and child have records of their own; the birth is coded once"
    severity = "reject"
    prefixes = ("P", _BORN)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first("P", _BORN, _OUTCOME) is None:
            return
        age = draft.encounter.age
        if age is not None and age < 1:
            self._childs_record(draft)
        elif draft.first("O", _OUTCOME) is not None and (age is None or age >= _ADULT):
            for proposal in draft.alive(_BORN, "P"):
                proposal.reject(self.name, "I.C.16.a.1", "the child's, not for the mother's record")

    def _childs_record(self, draft: Draft) -> None:
        for proposal in list(draft.alive(_OUTCOME)):
            born = _BIRTHS.get(proposal.code)
            if born:
                message = f"{proposal.code} is the mother's; on the child's record it is the birth"
                draft.recode(proposal, born, self.name, "I.C.21.c.12", message)
        for proposal in draft.alive(*_MOTHERS):
            proposal.reject(self.name, "I.C.15.a.2", "the mother's, not for the child's record")
        birth = draft.first(_BORN)
        if birth is not None and birth.code in (_BORN_NOS, "Z38.5"):
            self._settle_birth(draft, birth)
        self._settle_prematurity(draft)

    def _settle_birth(self, draft: Draft, birth: Proposal) -> None:
        note = draft.stream.note
        around = " ".join(span.quote(note.text) for span in draft.around(birth))
        hospital, cesarean, outside, _ = _TWIN if birth.code == "Z38.5" or _TWINS.search(around) else _SINGLE
        if _OUTSIDE.search(around):
            code = outside
        elif _CESAREAN.search(around):
            code = cesarean
        elif _VAGINAL.search(around):
            code = hospital
        else:
            code = _TWIN[3] if _TWINS.search(around) else birth.code
        if code != birth.code:
            draft.recode(birth, code, self.name, "I.C.16.a.2", "by the place and kind of delivery that are said")

    def _settle_prematurity(self, draft: Draft) -> None:
        preterm = draft.first(*_BY_WEIGHT, *_BY_AGE)
        if preterm is None:
            return
        weight, weeks = _said_weight(draft), _said_weeks(draft)
        by_weight, by_age = draft.first(*_BY_WEIGHT), draft.first(*_BY_AGE)
        message = "by the birth weight and gestational age on record"
        if weeks is not None and by_age is not None and by_age.code in ("P07.20", "P07.30"):
            by_age = draft.recode(by_age, weeks[0], self.name, "I.C.16.d", message)
        if weight is not None:
            if by_weight is None:
                by_weight = draft.add(weight[0], [weight[1]], self.name, "I.C.16.d", message, confidence=0.75)
            elif by_weight.code in ("P07.00", "P07.10"):
                by_weight = draft.recode(by_weight, weight[0], self.name, "I.C.16.d", message)
        if by_weight is not None and by_age is not None:
            draft.move_before(by_weight, by_age)

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        childs = listed.starting("P", _BORN)
        mothers = listed.starting(*_MOTHERS)
        if mothers:
            codes = sorted((childs[0], mothers[0]), key=listed.valid.index)
            message = f"{mothers[0]} is the mother's and {childs[0]} the child's: two records"
            yield self.finding("reject", codes, message, section="I.C.16.a.1")
        if "P07" in listed.categories:
            weights, ages = listed.starting(*_BY_WEIGHT), listed.starting(*_BY_AGE)
            if weights and ages and listed.valid.index(ages[0]) < listed.valid.index(weights[0]):
                message = "the birth weight comes before the gestational age"
                yield self.finding("review", [ages[0], weights[0]], message, section="I.C.16.d")
            for same in (weights, ages):
                if len(set(same)) > 1:
                    yield self.finding("review", dict.fromkeys(same), "one child, one of these", section="I.C.16.d")
        if _STILLBIRTH in listed.valid and len(set(listed.valid)) > 1:
            yield self.finding(
                "review", [_STILLBIRTH], f"no other code stands beside {_STILLBIRTH}", section="I.C.16.g"
            )


def _said_weight(draft: Draft) -> tuple[str, Span] | None:
    """The code for the birth weight on record, and its words; None without one, or from 2500 g on."""
    text = draft.stream.note.text
    for found in _GRAMS.finditer(text):
        grams = int(found["grams"]) if found["grams"] else round(float(found["kilos"]) * 1000)
        label = _WEIGHT.search(text, max(0, found.start() - 40), found.start())
        if label and grams >= 300:
            code = next((code for below, code in _BELOW if grams < below), None)
            return (code, Span(*found.span())) if code else None
    return None


def _said_weeks(draft: Draft) -> tuple[str, Span] | None:
    """The code for the gestational age on record, and its words; None without one, or from 37 weeks on."""
    for found in _AGE.finditer(draft.stream.note.text):
        span = Span(*found.span())
        weeks = int(found["weeks"] or found["ga"])
        born = _BORN_AT.search(draft.stream.note.sentence_of(span.start).quote(found.string))
        if born and weeks < 37 and draft.assertions.at(span).status is AssertionStatus.PRESENT:
            if weeks < 28:
                return f"P07.2{max(weeks, 22) - 21}", span
            return f"P07.3{weeks - 27}", span
    return None
