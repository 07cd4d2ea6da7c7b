"""Falls now, or falls in the past: two codes that are told apart by what the visit is for (Guidelines I.C.18.d)."""

from __future__ import annotations

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules.base import Rule
from wardround.documents import AssertionStatus

__all__ = ["RepeatedFalls"]

_FALLS, _HISTORY = "R29.6", "Z91.81"
_PAST = frozenset("history hx past prior previous".split())
_NOW = (
    "fell today",
    "fell yesterday",
    "fell twice",
    "fell again",
    "recent fall",
    "recently fell",
    "recently fallen",
    "has fallen",
    "fell this week",
    "fell last week",
)


class RepeatedFalls(Rule):
    """Repeated falls (R29.6) is for a patient who has fallen recently and in whom the reason is looked for; a history
    of falling (Z91.81) for one who fell in the past and may fall again. Both may be true of one visit.

    In a note wardround codes a history of falls as Z91.81, unless the note tells of a recent fall. A list does not
    tell the two apart, so nothing is said of one.
    """

    name = "repeated-falls"
    section = "I.C.18.d"
    title = "falls of the past are a history of falling"
    severity = "info"

    def apply(self, draft: Draft) -> None:
        for falls in list(draft.alive(_FALLS)):
            if all(_is_past(draft, falls, place) for place in range(len(falls.mentions))) and not draft.said(*_NOW):
                falls.as_present()
                draft.recode(falls, _HISTORY, self.name, self.section, "falls of the past, and none recently")


def _is_past(draft: Draft, falls: Proposal, place: int) -> bool:
    mention = falls.mentions[place]
    past_words = not _PAST.isdisjoint(draft.words_in(mention.span))
    return past_words or mention.status is AssertionStatus.HISTORICAL
