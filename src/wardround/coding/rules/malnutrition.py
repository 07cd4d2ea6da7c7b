"""Malnutrition has one degree, and the provider names it (Guidelines I.A.19, I.B.2)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus

__all__ = ["Malnutrition"]

_MALNUTRITION = ("E40", "E41", "E42", "E43", "E44", "E45", "E46")
_DEGREES = {"E43": "Severe malnutrition", "E44.0": "Moderate malnutrition", "E44.1": "Mild malnutrition"}
_UNSPECIFIED = "E46"
_SIGNS = (
    ("weight loss", "lost weight", "unintentional weight loss"),
    ("muscle wasting", "temporal wasting", "muscle loss", "loss of muscle mass", "cachectic"),
    ("loss of subcutaneous fat", "fat loss", "subcutaneous fat loss"),
    ("poor oral intake", "poor po intake", "decreased oral intake", "poor appetite"),
)
_CARE = ("dietitian", "dietician", "nutrition consult", "nutritional supplement", "ensure", "tube feeding", "tpn")
_NAMED = ("malnutrition", "malnourished", "undernutrition")
_ANY_STATUS = frozenset(AssertionStatus)


class Malnutrition(Rule):
    """Malnutrition is coded once, by the degree that the provider documents.

    In a note wardround drops unspecified malnutrition (E46) beside a stated degree and asks which degree holds where
    two are stated, or where none is and the note has signs of one. Where the note has several signs and nutritional
    care but never names a nutritional diagnosis, it asks for the diagnosis, if any; a dietitian's finding alone is
    not coded (I.B.14). In a list two degrees ask for review. Whether the criteria of a degree are met, it does not say.
    """

    name = "malnutrition"
    section = "I.B.2"
    title = "malnutrition is coded once, by its documented degree"
    severity = "reject"
    prefixes = _MALNUTRITION

    def apply(self, draft: Draft) -> None:
        stated = list(draft.alive(*_MALNUTRITION))
        degrees = [proposal for proposal in stated if proposal.code in _DEGREES]
        for proposal in stated:
            if proposal.code == _UNSPECIFIED and degrees:
                proposal.reject(self.name, self.section, f"{degrees[0].code} names the degree")
        if not stated and not draft.words_among({"weight", "wasting", "cachectic"}):
            return
        signs = [span for phrases in _SIGNS if (span := draft.said(*phrases))]
        if len(degrees) > 1 or (stated and not degrees and signs):
            draft.ask(
                "malnutrition: degree",
                "Please clarify the degree of the patient's malnutrition.",
                [name for code, name in _DEGREES.items() if not degrees or draft.first(code)],
                [*(proposal.mentions[0].span for proposal in stated), *signs],
                rule=self.name,
                section=self.section,
                codes=tuple(proposal.code for proposal in stated),
            )
        care = draft.said(*_CARE)
        if not stated and care and len(signs) >= 2 and draft.said(*_NAMED, statuses=_ANY_STATUS) is None:
            draft.ask(
                "nutritional findings: diagnosis",
                "Please clarify the diagnosis, if any, that these findings represent.",
                ("Malnutrition (please give its degree)", "Weight loss without malnutrition"),
                [*signs, care],
                rule=self.name,
                section="III.B",
                codes=tuple(proposal.code for proposal in draft.alive("R63")),
            )

    def check(self, listed: CodeList) -> Iterator[Finding]:
        degrees = [code for code in dict.fromkeys(listed.valid) if code in _DEGREES]
        if len(degrees) > 1:
            worst = min(degrees)
            other = next(code for code in degrees if code != worst)
            message = f"one degree of malnutrition: {worst} or {other}"
            yield self.finding("review", listed.in_sequence(worst, other), message)
        elif degrees and _UNSPECIFIED in listed.valid:
            message = f"{degrees[0]} names the degree that {_UNSPECIFIED} leaves open"
            yield self.finding("review", listed.in_sequence(degrees[0], _UNSPECIFIED), message)
