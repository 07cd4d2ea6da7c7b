"""Dementia has one severity, the highest of the stay (Guidelines I.C.5.d)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["Dementia"]

_DEMENTIA = ("F01", "F02", "F03")
_SEVERITIES = "ABC"  # mild, moderate, severe; digits in this place are an unspecified severity


class Dementia(Rule):
    """Dementia of one cause is coded once, at the highest severity that was documented in the stay.

    Severity and disturbance are the provider's judgment; without one the severity is unspecified. In a note wardround
    keeps the highest severity of a dementia and turns the others down; where one of those had a disturbance, such as
    agitation, that the one kept has not, a person looks. In a list two severities of one dementia, or one severity with
    and without a disturbance, ask for review. Two dementias of different cause (F01, F02, F03) are left alone.
    """

    name = "dementia"
    section = "I.C.5.d"
    title = "dementia is coded once, at its highest severity"
    severity = "reject"
    prefixes = _DEMENTIA

    def apply(self, draft: Draft) -> None:
        proposals = {proposal.code: proposal for proposal in draft.alive(*_DEMENTIA)}
        for lower, higher in _milder(proposals):
            proposals[lower].reject(self.name, self.section, f"{higher} is the highest severity documented")
            if _disturbed(lower) and not _disturbed(higher):
                proposals[higher].doubt(self.name, self.section, f"{lower} was documented with a disturbance")

    def check(self, listed: CodeList) -> Iterator[Finding]:
        given = dict.fromkeys(listed.starting(*_DEMENTIA))
        for lower, higher in _milder(given):
            message = f"one code at the highest severity: {higher}"
            yield self.finding("review", listed.in_sequence(lower, higher), message)
        for plain, disturbed in permutations(given, 2):
            if plain[:5] == disturbed[:5] and _disturbed(disturbed) and not _disturbed(plain):
                message = f"{plain} is without a disturbance, and {disturbed} names one"
                yield self.finding("review", listed.in_sequence(plain, disturbed), message)


def _milder(codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """``(milder, most severe)`` of the codes of one dementia."""
    given = list(codes)
    for code in given:
        worst = max((other for other in given if other[:3] == code[:3]), key=_severity)
        if _severity(code) < _severity(worst):
            yield code, worst


def _severity(code: str) -> int:
    return _SEVERITIES.find(code[4])


def _disturbed(code: str) -> bool:
    return code[5:] != "0"
