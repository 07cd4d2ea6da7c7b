"""An unspecified side where the Tabular List has codes for the sides (Guidelines I.B.13; MCE 20)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from wardround.coding.result import Finding, Severity
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import SIDES, content_words
from wardround.icd10 import CodeSet

__all__ = ["UnspecifiedSide", "sided"]

_ONE_SIDE = frozenset({"right", "left"})
_SIDE = re.compile(r"\b(?:right|left)\b", re.IGNORECASE)
_FREE = SIDES | frozenset({"dominant", "nondominant", "side", "unspecified"})


class UnspecifiedSide(Rule):
    """A paired organ has a side, and somebody who cared for the patient has nearly always written it down.

    A code for an unspecified side is right only where the record does not tell the side; it may also be taken from the
    notes of other clinicians (I.B.14). The Medicare Code Editor stops such codes of an inpatient where they weigh in
    the payment. So an unspecified side asks for review of an inpatient's list and is mentioned in an outpatient's, with
    the codes there are for the sides. The same is said of what the coder finds in a note. Nothing is said where the
    Tabular List has no code for a side, or where a code for a side of the same condition stands in the list too: then
    the pair is another rule's.
    """

    name = "unspecified-side"
    section = "I.B.13"
    title = "the side is coded where there are codes for it"
    severity = "review"

    def check(self, listed: CodeList) -> Iterator[Finding]:
        severity: Severity = "review" if listed.encounter.setting == "inpatient" else "info"
        entries: set[str] | None = None
        for brief in dict.fromkeys(brief for brief in listed.briefs if "nspecified" in brief.title):
            siblings = sided(listed.codes, brief.entry)
            if not siblings:
                continue
            entries = entries or {each.entry for each in listed.briefs}
            if entries.isdisjoint(siblings):
                message = f"{brief.code} leaves the side open; {' and '.join(siblings[:2])} name one"
                yield self.finding(severity, [brief.code], message)


@lru_cache(maxsize=16384)
def sided(codes: CodeSet, entry: str) -> tuple[str, ...]:
    """The entries beside ``entry`` that say the same of one side, if ``entry`` leaves the side open."""
    titles = codes.siblings(entry)
    siblings = [sibling for sibling, title in titles.items() if _SIDE.search(title)]
    if not siblings or entry in siblings:
        return ()
    words = content_words(titles[entry])
    if "unspecified" not in words or not SIDES.isdisjoint(words):
        return ()
    core = [word for word in words if word not in _FREE]
    found = []
    for sibling in siblings:
        theirs = content_words(titles[sibling])
        names_side = not _ONE_SIDE.isdisjoint(theirs) and theirs.count("unspecified") < words.count("unspecified")
        if names_side and [word for word in theirs if word not in _FREE] == core:
            found.append(sibling)
    return tuple(found)
