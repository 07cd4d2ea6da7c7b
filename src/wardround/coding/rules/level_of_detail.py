"""One condition, one code, at the detail the note gives (Guidelines I.A.9.b, I.B.2, I.B.12).

"Osteoarthritis" beside "osteoarthritis of the right knee", or "pneumonia" beside "lobar pneumonia": the unspecified
code says nothing that the other does not.
"""

from __future__ import annotations

import re
from functools import lru_cache

from wardround.coding.draft import Draft
from wardround.coding.rules.base import Rule
from wardround.coding.titles import DEFAULTED, FREE, content_words, sides_of

__all__ = ["LevelOfDetail"]

_ILLNESS = "R69"
_FIRST_PART = re.compile(r"\b(?:with|due to|following|complicating|in)\b.*", re.IGNORECASE)
# Hypertension with heart or kidney disease, severe and postprocedural sepsis: the disease keeps its code beside them.
_STAGE_BESIDE = ("I11", "I12", "I13", "R65", "T81.44")


class LevelOfDetail(Rule):
    """Turns down an unspecified code when another code names the same condition with more detail."""

    name = "level-of-detail"
    section = "I.A.9.b"
    title = "one condition, one code, at the detail that the note gives"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        titles = {proposal.code: draft.codes.title(proposal.code) for proposal in draft.alive()}
        for proposal in draft.alive():
            others = [code for code in titles if code != proposal.code and not code.startswith(_STAGE_BESIDE)]
            better = next(
                (code for code in others if _says_more(proposal.code, titles[proposal.code], titles[code])), None
            )
            if better:
                proposal.reject(self.name, self.section, f"{better} says the same with more detail")
                del titles[proposal.code]


def _says_more(code: str, title: str, other: str) -> bool:
    """Whether ``other`` is the title of a code for the condition of ``code``, on the same side, with more detail."""
    if code == _ILLNESS:
        return True
    if "unspecified" not in title.lower():
        return False
    sides, other_sides = sides_of(title), sides_of(other)
    if sides and other_sides and sides != other_sides:
        return False
    core, other_core = _core(title), _named_by(other)
    if core == other_core:
        return title.lower().count("unspecified") > other.lower().count("unspecified")
    return bool(core) and core < other_core


@lru_cache(maxsize=4096)
def _core(title: str) -> frozenset[str]:
    """The words of a title that name the condition."""
    return frozenset(content_words(DEFAULTED.sub(" ", title))) - FREE


@lru_cache(maxsize=4096)
def _named_by(title: str) -> frozenset[str]:
    """The words that name the condition in the first part of a title: what comes "with" it is another."""
    return _core(_FIRST_PART.sub(" ", DEFAULTED.sub(" ", title)))
