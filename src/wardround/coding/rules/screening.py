"""Screening is the reason for an encounter of a patient without signs (Guidelines I.C.21.c.5)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.data import row_of
from wardround.coding.rules.listed import CodeList

__all__ = ["Screening"]

_SCREENINGS = ("Z11", "Z12", "Z13")


@cache
def _found_and_signs(code: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Prefixes of what a screening may find, and of the signs that make it a diagnostic test."""
    row = row_of("screening", code)
    if row is None:
        return (), ()
    found, signs = (tuple(filter(None, row[name].split("|"))) for name in ("finding_codes", "sign_codes"))
    return found, signs


class Screening(Rule):
    """A screening stays the first-listed code when it finds something; a test because of a sign is no screening.

    When the reason for the visit is a screening (Z11-Z13), its code comes first and what it finds second. In a note the
    coder puts it before what it found; in a list that begins with the typical finding of a screening that stands
    behind it, both ask for review. A list with a screening and the sign it looks into, such as rectal bleeding with
    screening of the colon, asks for review as well: that test is diagnostic, and the sign is coded. Which findings and
    signs belong to which screening stands in a table; other findings pass. A screening in a later place beside an
    unrelated visit is right, and nothing is said.
    """

    name = "screening"
    section = "I.C.21.c.5"
    title = "a screening comes before what it finds, and is none where a sign is examined"
    severity = "review"
    prefixes = _SCREENINGS

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive(*_SCREENINGS)):
            found, _ = _found_and_signs(proposal.code)
            findings = list(draft.alive(*found)) if found else []
            if findings:
                draft.move_before(proposal, *findings)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for code in dict.fromkeys(listed.starting(*_SCREENINGS)):
            found, signs = _found_and_signs(code)
            if found and listed.valid[0].startswith(found):
                message = f"{code} comes first if the visit was for the screening that found {listed.valid[0]}"
                yield self.finding("review", [listed.valid[0], code], message)
            sign = next(iter(listed.starting(*signs)), None) if signs else None
            if sign is not None:
                message = f"a test because of {sign} is diagnostic: {code} is for patients without signs"
                yield self.finding("review", listed.in_sequence(code, sign), message)
