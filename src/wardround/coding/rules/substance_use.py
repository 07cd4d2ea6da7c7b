"""Use, abuse and dependence of one substance are one code (Guidelines I.C.5.b)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, permutations

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["SubstanceUse"]

_SUBSTANCES = tuple(f"F1{n}" for n in "012345689")
_TOBACCO = "F17"
_HEIGHT = {"9": 0, "1": 1, "2": 2}  # use, abuse, dependence: the fourth character
_UNCOMPLICATED, _REMISSION = "0", "1"


def _height(code: str) -> int:
    return _HEIGHT.get(code[4], -1)


def _state(code: str) -> tuple[str, str]:
    """Up to where two codes are about the same use, and the character behind: uncomplicated, in remission, a disorder.

    The codes of nicotine have the product in between.
    """
    end = 6 if code.startswith(_TOBACCO) else 5
    return code[:end], code[end : end + 1]


class SubstanceUse(Rule):
    """The use, abuse and dependence of one substance are a hierarchy, and only its highest is coded.

    In a note wardround keeps dependence before abuse and abuse before use of the same substance, and drops
    "uncomplicated" beside an intoxication, a withdrawal or another disorder by it, and tobacco use beside nicotine
    dependence. It keeps both codes where the higher one is in remission and the lower one is not, because only the
    provider can say whether the remission ended. In a list it names the code that goes, and asks for review where one
    use is both in remission and not. Use alone (F1-.90) is only coded where the provider relates it to a disorder or a
    condition, of which wardround reminds: whether the record does, a list cannot tell.
    """

    name = "substance-use"
    section = "I.C.5.b.2"
    title = "use, abuse and dependence of one substance are one code, the highest"
    severity = "reject"
    prefixes = (*_SUBSTANCES, _TOBACCO)

    def apply(self, draft: Draft) -> None:
        if draft.first("F1") is None:
            return
        for lower, higher in list(_lower(p.code for p in draft.alive(*_SUBSTANCES))):
            proposal = draft.first(lower)
            raised = lower[:4] + higher[4] + lower[5:]
            if proposal is None:
                continue
            if _state(lower)[1] not in (_UNCOMPLICATED, _REMISSION) and draft.codes.billable(raised):
                draft.recode(proposal, raised, self.name, self.section, f"at the height of {higher}")
            else:
                proposal.reject(self.name, self.section, f"{higher} is the higher of the two")
        for plain, disorder in list(_uncomplicated(p.code for p in draft.alive(*_SUBSTANCES, _TOBACCO))):
            for proposal in draft.alive(plain):
                proposal.reject(self.name, self.section, f"{disorder} names what complicates it")
        dependence = draft.first("F17.2")
        for proposal in draft.alive("Z72.0"):
            if dependence:
                proposal.reject(self.name, self.section, f"{dependence.code} is dependence, and says more")

    def check(self, listed: CodeList) -> Iterator[Finding]:
        given = listed.starting(*_SUBSTANCES, _TOBACCO)
        for lower, higher in _lower(given):
            message = f"only the higher of the two is coded: {higher}, not {lower}"
            yield self.finding("reject", listed.in_sequence(lower, higher), message)
        for plain, disorder in _uncomplicated(given):
            message = f"{plain} is uncomplicated, and {disorder} names what complicates it"
            yield self.finding("review", listed.in_sequence(plain, disorder), message)
        for past, current in permutations(dict.fromkeys(given), 2):
            (what, state), (same, now) = _state(past), _state(current)
            if what == same and state == _REMISSION and now != _REMISSION:
                message = f"{past} is in remission, and {current} is not"
                yield self.finding("review", listed.in_sequence(past, current), message, section="I.C.5.b.1")
        for use in given:
            if use.endswith(".90"):
                message = f"{use} only where the provider relates the use to a disorder or condition"
                yield self.finding("info", (use,), message, section="I.C.5.b.3")


def _lower(codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """``(lower, higher)`` of the codes about one substance; none where the higher one alone is in remission."""
    by_substance = groupby(sorted(c for c in dict.fromkeys(codes) if not c.startswith(_TOBACCO)), lambda c: c[:3])
    for _, group in by_substance:
        same = list(group)
        highest = max(same, key=lambda code: (_height(code), _state(code)[1] != _REMISSION))
        ended = _state(highest)[1] == _REMISSION
        for code in same:
            if 0 <= _height(code) < _height(highest) and (not ended or _state(code)[1] == _REMISSION):
                yield code, highest


def _uncomplicated(codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """``(uncomplicated, with a disorder)`` of codes about the same use, each of the former once."""
    given = list(dict.fromkeys(codes))
    for plain in given:
        what, state = _state(plain)
        if state == _UNCOMPLICATED:
            others = (code for code in given if _state(code)[0] == what)
            disorder = next((code for code in others if _state(code)[1] not in (_UNCOMPLICATED, _REMISSION)), None)
            if disorder:
                yield plain, disorder
