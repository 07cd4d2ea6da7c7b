"""The disease comes before its manifestation (Guidelines I.A.13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.notes import instructions
from wardround.icd10 import Brief

__all__ = ["ManifestationNotFirst", "is_disease", "is_manifestation"]

_ELSEWHERE = re.compile(r"\b(?:in|due to)\b[^,]*\bclassified elsewhere|\bin other diseases classified", re.IGNORECASE)


@lru_cache(maxsize=65536)
def is_manifestation(title: str) -> bool:
    """Whether a code's title says that its disease is classified elsewhere, so that another code must precede it."""
    return "lassified" in title and _ELSEWHERE.search(title) is not None


def is_disease(brief: Brief) -> bool:
    """Whether a code may stand for an underlying disease: no symptom, manifestation, circumstance or status."""
    return brief.code[0] not in "RVWXYZ" and not is_manifestation(brief.title)


class ManifestationNotFirst(Rule):
    """A code "in diseases classified elsewhere" is a manifestation: the underlying disease is coded first.

    In the codes of a note wardround puts manifestations behind the diseases. In any list a manifestation that stands
    first is rejected, as a payer would; one that stands before the disease its note names, or whose disease is not
    coded at all, is for a person to look at. Which disease underlies it, the code alone does not say: where the note
    of the Tabular List gives examples only, any disease in the list counts.
    """

    name = "manifestation"
    section = "I.A.13"
    title = "a manifestation is never first, and never without its underlying disease"
    severity = "reject"

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for place, brief in enumerate(listed.briefs):
            if not brief.notes.code_first or not is_manifestation(brief.title):
                continue
            code = brief.code
            diseases = [other.code for other in listed.briefs if is_disease(other)]
            told = instructions(brief.notes, "code_first")
            named = [other for other in diseases if any(instruction.line(other) for instruction in told)]
            if place == 0 and listed.first:
                of = f"; {(named or diseases)[0]} may be it" if diseases else ", and it is not coded"
                yield self.finding("reject", [code], f"{code} is a manifestation: its disease is coded first{of}")
            elif not diseases:
                message = f"{code} is a manifestation: its underlying disease is not coded"
                yield self.finding("review", [code], message)
            elif named and listed.valid.index(named[0]) > place:
                message = f"{named[0]} is coded before its manifestation {code}"
                yield self.finding("review", [code, named[0]], message)
