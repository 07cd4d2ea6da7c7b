"""Abuse, neglect and other maltreatment: first, and confirmed or suspected (Guidelines I.C.19.f)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus, SectionKind
from wardround.spans import Span

__all__ = ["Abuse"]

_CONFIRMED, _SUSPECTED = "T74", "T76"
_IN_PREGNANCY = ("O9A.3", "O9A.4", "O9A.5")
_PERPETRATOR = "Y07"
_ASSAULT = ("X92", "X93", "X94", "X95", "X96", "X97", "X98", "X99", "Y00", "Y01", "Y02", "Y03", "Y04", "Y08", "Y09")
# The character for the kind of maltreatment, and what notes call it.
_KINDS = {
    "1": ("physical abuse", "physically abused", "non accidental trauma", "nonaccidental trauma", "battered"),
    "2": ("sexual abuse", "sexually abused"),
    "3": ("emotional abuse", "psychological abuse", "emotionally abused"),
    "0": ("child neglect", "elder neglect", "neglect of child", "neglect of elder", "abandonment"),
    "A": ("financial abuse", "financially exploited"),
    "9": ("child abuse", "elder abuse", "domestic violence", "intimate partner violence", "maltreatment"),
}
_CHILD = frozenset("baby boy child childhood girl infant pediatric toddler".split())
_ADULT = frozenset("boyfriend domestic elder elderly girlfriend husband intimate marital partner spouse wife".split())
_ADULT_FROM = 18  # years
# An encounter for what turned out not to be: the kind of maltreatment and the patient.
_RULED_OUT = {"11": "Z04.71", "12": "Z04.72", "21": "Z04.41", "22": "Z04.42"}
_ASSESSED = frozenset({SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_AND_PLAN, SectionKind.DIAGNOSIS})
_NOT_PAST = frozenset({AssertionStatus.PRESENT, AssertionStatus.POSSIBLE, AssertionStatus.NEGATED})


class Abuse(Rule):
    """Maltreatment that is documented is coded as confirmed (T74), if it is documented as suspected as suspected
    (T76), also for an outpatient. It comes before the injuries and mental disorders that it has caused. A perpetrator
    (Y07) and an assault as external cause are for confirmed maltreatment only. What was suspected and ruled out during
    the encounter is an examination after an allegation (Z04.4-, Z04.7-).

    In a note wardround finds maltreatment in the assessment, tells a child from an adult by age or by the words
    around, and adds the code for review, before the injuries; a past one is a history code. In a list it turns back a
    perpetrator without confirmed maltreatment and asks for review of an assault beside a suspected one, of a code that
    does not fit the age, and of maltreatment behind its injuries.
    """

    name = "abuse"
    section = "I.C.19.f"
    title = "maltreatment comes first, confirmed or suspected as it is documented"
    severity = "reject"
    prefixes = (_CONFIRMED, _SUSPECTED, _PERPETRATOR)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for kind, phrases in _KINDS.items():
            for words in draft.each_said(*phrases, sections=_ASSESSED, statuses=_NOT_PAST):
                self._code(draft, kind, words)
        for abuse in list(draft.alive(_CONFIRMED, _SUSPECTED)):
            caused = [p for p in draft.alive("S", "T", "F") if not p.code.startswith((_CONFIRMED, _SUSPECTED))]
            if caused:
                draft.move_before(abuse, *caused)

    def _code(self, draft: Draft, kind: str, words: Span) -> None:
        if kind == "9" and draft.first(_CONFIRMED, _SUSPECTED, *_RULED_OUT.values()) is not None:
            return  # the kind is said elsewhere
        patient = _patient(draft, words)
        assertion = draft.assertions.at(words)
        if patient is None:
            return
        if assertion.status is AssertionStatus.NEGATED:
            cue = assertion.cue.quote(draft.stream.note.text).lower() if assertion.cue else ""
            code = _RULED_OUT.get(kind + patient, "") if "ruled out" in cue else ""
            message = "suspected, and ruled out at this encounter"
        else:
            suspected = assertion.status is AssertionStatus.POSSIBLE or draft.said(
                "suspected", "alleged", "possible", within=[draft.stream.note.sentence_of(words.start)]
            )
            code = f"{_SUSPECTED if suspected else _CONFIRMED}.{kind}{patient}XA"
            message = "documented as suspected" if suspected else "documented, so confirmed"
        if draft.codes.billable(code):
            draft.add(code, [words], self.name, self.section, message)

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        confirmed = listed.starting(_CONFIRMED, *_IN_PREGNANCY)
        suspected = listed.starting(_SUSPECTED)
        if not confirmed:
            for code in listed.starting(_PERPETRATOR):
                yield self.finding("reject", [code], f"{code} is for confirmed maltreatment (T74) only")
            for code in listed.starting(*_ASSAULT) if suspected else ():
                codes = sorted((suspected[0], code), key=listed.valid.index)
                message = f"{suspected[0]} is only suspected: no assault is coded as its cause ({code})"
                yield self.finding("review", codes, message)
        for code in listed.starting(_CONFIRMED, _SUSPECTED):
            yield from self._fits_age(listed, code)
            before = listed.valid[: listed.valid.index(code)]
            caused = next((c for c in before if c[0] in "STF" and not c.startswith((_CONFIRMED, _SUSPECTED))), None)
            if caused is not None and code[-1] != "S":
                yield self.finding("review", [caused, code], f"{code} comes before {caused}")

    def _fits_age(self, listed: CodeList, code: str) -> Iterator[Finding]:
        age, patient = listed.encounter.age, code[5]
        if age is not None and patient in "12" and (patient == "1") != (age >= _ADULT_FROM):
            who = "an adult" if patient == "1" else "a child"
            yield self.finding("review", [code], f"{code} is for {who}, the patient has {age:g} years")


def _patient(draft: Draft, words: Span) -> str | None:
    """The character for an adult, 1, or a child, 2; None where neither age nor words tell."""
    age = draft.encounter.age
    if age is not None:
        return "1" if age >= _ADULT_FROM else "2"
    said = frozenset(draft.words_in(draft.stream.note.sentence_of(words.start)))
    if said.isdisjoint(_CHILD) == said.isdisjoint(_ADULT):
        return None
    return "1" if said.isdisjoint(_CHILD) else "2"
