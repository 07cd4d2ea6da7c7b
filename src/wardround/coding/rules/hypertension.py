"""Hypertension is presumed to be linked with heart disease and chronic kidney disease (Guidelines I.C.9.a)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["Hypertension"]

_PRIMARY = ("I10", "I11", "I12", "I13")
_TYPES = (*_PRIMARY, "I15")
_HEART = ("I50", "I51.4", "I51.5", "I51.7", "I51.89", "I51.9")
_SAID_BY_I11 = ("I51.5", "I51.7")  # excluded beside I11; the other heart diseases stay as additional codes
_LATE = ("N18.5", "N18.6")
_STROKE = ("I60", "I61", "I62", "I63")
_RETINOPATHY, _READING, _RESISTANT = "H35.03", "R03.0", "I1A.0"


class Hypertension(Rule):
    """The classification presumes that hypertension has caused a heart failure, some other heart diseases (I51.4,
    I51.5, I51.7, I51.89, I51.9) and a chronic kidney disease that stand beside it, unless the provider says that they
    are unrelated. I10 becomes I11, I12 or I13; the fifth character follows from heart failure and from stage 5 or
    end-stage disease. Acute kidney failure alone changes nothing.

    In a note the combination code replaces I10 and comes before its partners; what I11 says already (cardiomegaly) is
    turned down. Resistant hypertension (I1A.0) and hypertensive retinopathy get the hypertension they name beside
    them, and a single elevated reading (R03.0) goes once hypertension is diagnosed. A stroke comes before the
    hypertension.

    In a list it finds I10 beside such conditions, several of I10 to I13 together, a combination whose heart failure or
    kidney disease is missing or of another stage, and secondary hypertension without a cause. It cannot know from a
    list that the conditions are documented as unrelated, so that is a person's decision.
    """

    name = "hypertension"
    section = "I.C.9.a"
    title = "hypertension with heart disease or chronic kidney disease is one combination code"
    severity = "reject"
    prefixes = (*_TYPES, _RESISTANT, _RETINOPATHY)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first("I1", _RETINOPATHY) is None:
            return
        self._add_what_is_named(draft)
        self._combine(draft)
        hypertension = draft.first(*_TYPES)
        if hypertension is None:
            return
        for reading in draft.alive(_READING):
            reading.reject(self.name, "I.C.9.a.7", f"{hypertension.code}: hypertension is diagnosed")
        for stroke in list(draft.alive(*_STROKE)):
            draft.move_before(stroke, hypertension)

    def _add_what_is_named(self, draft: Draft) -> None:
        """Resistant hypertension is hypertension, and so is that of the retina; without a type it is I10."""
        for code, section in ((_RESISTANT, "I.C.9.a.12"), (_RETINOPATHY, "I.C.9.a.5")):
            named = draft.first(code)
            if named is None:
                continue
            known = draft.first(*_TYPES)
            if known is None:
                message = f"the hypertension that {named.code} names is coded too"
                known = draft.add("I10", named, self.name, section, message)
            if code == _RESISTANT:
                draft.move_before(known, named)

    def _combine(self, draft: Draft) -> None:
        stated = list(draft.alive(*_PRIMARY))
        if not stated:
            return
        conditions = list(draft.alive(*_HEART, "N18"))
        partners = [p for p in conditions if not draft.denies_link(p, "hypertension", "hypertensive")]
        code = _combination([proposal.code for proposal in (*stated, *partners)])
        names = " and ".join(dict.fromkeys(p.code for p in partners)) or "the other conditions"
        for proposal in stated:
            if proposal.code != code:
                message = f"hypertension is presumed to be linked with {names}"
                combined = draft.recode(proposal, code, self.name, self.section, message)
            else:
                combined = proposal
        for condition in conditions:
            if condition not in partners:
                draft.unrelated.add(frozenset((combined.code, condition.code)))
        if partners:
            draft.move_before(combined, *partners)
        for partner in partners:
            if partner.code.startswith(_SAID_BY_I11):
                partner.reject(self.name, "I.C.9.a.1", f"contained in {code}")

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        types = listed.starting(*_TYPES)
        stated = [code for code in types if not code.startswith("I15")]
        if stated:
            yield from self._combination_findings(listed, stated)
        if types == list(listed.valid):
            for code in types:
                if code.startswith("I15"):
                    yield self.finding("review", [code], f"{code} needs the code of its cause", section="I.C.9.a.6")
        yield from self._others(listed, types)

    def _combination_findings(self, listed: CodeList, stated: list[str]) -> Iterator[Finding]:
        hearts, kidneys = (
            [code for code in listed.starting(*prefixes) if frozenset((stated[0], code)) not in listed.unrelated]
            for prefixes in (_HEART, ("N18",))
        )
        expected = _combination([*stated, *hearts, *kidneys])
        different = list(dict.fromkeys(stated))
        if len(different) > 1:
            yield self.finding("reject", different, f"one code says all of it: {expected}")
        elif expected != different[0]:
            codes = _in_order(listed, {*different, *hearts, *kidneys})
            yield self.finding("review", codes, f"{expected} instead of {different[0]}, unless unrelated")
        code = expected if len(different) > 1 else different[0]
        if code in ("I11.0", "I13.0", "I13.2") and "I50" not in listed.categories:
            message = f"{code} needs the type of heart failure (I50)"
            yield self.finding("review", different, message, section="I.C.9.a.1")
        if code.startswith(("I12", "I13")):
            late = code in ("I12.0", "I13.11", "I13.2")
            if not kidneys:
                yield self.finding("review", different, f"{code} needs the stage (N18)", section="I.C.9.a.2")
            elif late and not any(kidney.startswith(_LATE) for kidney in kidneys):
                message = f"{code} says stage 5 or end-stage disease, {kidneys[0]} does not"
                yield self.finding("review", _in_order(listed, {code, *kidneys}), message, section="I.C.9.a.2")

    def _others(self, listed: CodeList, types: list[str]) -> Iterator[Finding]:
        categories = listed.categories
        if types and "R03" in categories and _READING in listed.valid:
            message = f"{_READING} is for a reading without the diagnosis of hypertension"
            yield self.finding("review", _in_order(listed, {types[0], _READING}), message, section="I.C.9.a.7")
        if types and not categories.isdisjoint(_STROKE):
            stroke = listed.starting(*_STROKE)[0]
            if listed.valid.index(types[0]) < listed.valid.index(stroke):
                message = f"{stroke} comes before the hypertension"
                yield self.finding("review", [types[0], stroke], message, section="I.C.9.a.4")
        if not types:
            if _RESISTANT in listed.valid:
                message = f"{_RESISTANT} is an additional code: the type of hypertension (I10, I15) comes first"
                yield self.finding("review", [_RESISTANT], message, section="I.C.9.a.12")
            for code in listed.starting(_RETINOPATHY):
                yield self.finding("review", [code], f"{code} needs the hypertension (I10 to I15)", section="I.C.9.a.5")


def _combination(codes: Collection[str]) -> str:
    """The one code for primary hypertension with all that ``codes`` say beside it, combination codes included."""
    failure = any(code.startswith("I50") or code in ("I11.0", "I13.0", "I13.2") for code in codes)
    heart = failure or any(code.startswith((*_HEART, "I11", "I13")) for code in codes)
    kidney = any(code.startswith(("N18", "I12", "I13")) for code in codes)
    late = any(code.startswith(_LATE) or code in ("I12.0", "I13.11", "I13.2") for code in codes)
    if heart and kidney:
        return ("I13.2" if late else "I13.0") if failure else ("I13.11" if late else "I13.10")
    if kidney:
        return "I12.0" if late else "I12.9"
    if heart:
        return "I11.0" if failure else "I11.9"
    return "I10"


def _in_order(listed: CodeList, codes: Collection[str]) -> list[str]:
    return [code for code in dict.fromkeys(listed.valid) if code in codes]
