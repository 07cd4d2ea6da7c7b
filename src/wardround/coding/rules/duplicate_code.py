"""Each code once; both sides once (Guidelines I.B.12, I.B.13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import SIDES, content_words
from wardround.icd10 import Brief

__all__ = ["DuplicateCode"]

_PAIRED = frozenset({"ear", "eye"})  # said of one side, and left out of both


class DuplicateCode(Rule):
    """A code is reported once for an encounter, also where two conditions or both sides share it.

    In any list wardround rejects a code that stands there twice. A code for both sides beside the code of the same
    condition on one side says the one side twice: a person decides which of them was meant. In a note what has the same
    code is one from the start, and one side of a condition that is on both sides is turned down.
    """

    name = "duplicate-code"
    section = "I.B.12"
    title = "each code once, and no side beside both sides"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        proposals = {proposal.code: proposal for proposal in draft.alive()}
        briefs = [brief for code in proposals if (brief := draft.codes.brief(code)) is not None]
        for both, one in _said_twice(briefs):
            proposals[one].reject(self.name, "I.B.13", f"{both} names both sides")

    def check(self, listed: CodeList) -> Iterator[Finding]:
        valid = listed.valid
        different = set(valid)
        if len(different) < len(valid):
            for code in dict.fromkeys(code for code in valid if valid.count(code) > 1):
                yield self.finding("reject", [code], f"{code} is listed {valid.count(code)} times")
        if len(listed.categories) < len(different):
            for both, one in _said_twice(listed.briefs):
                pair = sorted((both, one), key=valid.index)
                yield self.finding("review", pair, f"{both} names both sides, {one} one of them", section="I.B.13")


def _said_twice(briefs: Sequence[Brief]) -> Iterator[tuple[str, str]]:
    """The codes of a condition on both sides and on one."""
    for both in dict.fromkeys(brief for brief in briefs if "ilateral" in brief.title):
        for one in dict.fromkeys(brief for brief in briefs if brief.code[:3] == both.code[:3] and brief is not both):
            (sides, condition), (side, same) = _sided(both.title), _sided(one.title)
            if "bilateral" in sides and side & {"left", "right"} and condition <= same <= condition | _PAIRED:
                yield both.code, one.code


@lru_cache(maxsize=16384)
def _sided(title: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words for a side in a title, and all the others."""
    words = frozenset(content_words(title))
    return words & SIDES, words - SIDES
