"""Codes that exclude each other (Guidelines I.A.12.a): not together, unless the two conditions are unrelated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.notes import excluded
from wardround.coding.titles import FREE
from wardround.icd10 import Brief, TabularNote

__all__ = ["Excludes1"]

_UNSPECIFIED = re.compile(r"\b(?:unspecified|not specified)\b", re.IGNORECASE)
_OPTIONS = (
    "The same condition, or one is part or result of the other",
    "Two separate conditions, unrelated to each other",
)


class _Conflict(NamedTuple):
    """The note at ``holder``, or above it, excludes ``other``."""

    holder: Brief
    other: Brief
    note: TabularNote


class Excludes1(Rule):
    """An Excludes1 note says that two codes are not reported together, because the one contains or rules out the other.

    The exception is two conditions that have nothing to do with each other, which codes alone do not tell: so in any
    list both stay, and a person decides. In a note wardround settles what is clear. Where the excluding code is a
    symptom or says "unspecified", and the other names the condition in the same sentence or problem, the vaguer code is
    turned down. Where the note says that the two are unrelated, or not due to each other, both stay with a remark.
    Everywhere else it drafts the question to the provider that the guidelines demand.
    """

    name = "excludes1"
    section = "I.A.12.a"
    title = "codes that exclude each other are not reported together, unless unrelated"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        proposals = {proposal.code: proposal for proposal in draft.alive()}
        briefs = [brief for code in proposals if (brief := draft.codes.brief(code)) is not None]
        for conflict in _conflicts(briefs, {code[:3] for code in proposals}):
            holder, other = proposals[conflict.holder.code], proposals[conflict.other.code]
            if not (holder.alive and other.alive):
                continue
            if draft.denies_link(holder, *_names(other)) or draft.denies_link(other, *_names(holder)):
                draft.unrelated.add(frozenset((holder.code, other.code)))
            elif _is_vague(conflict.holder) and not _is_vague(conflict.other) and _together(draft, holder, other):
                message = f"{other.code} says what it is (note at {conflict.note.source})"
                holder.reject(self.name, self.section, message)
            else:
                self._ask(draft, holder, other)

    def _ask(self, draft: Draft, holder: Proposal, other: Proposal) -> None:
        first, second = sorted((holder, other), key=draft.proposals.index)
        if any({first.code, second.code} <= {*query.codes} for query in draft.queries):
            return  # another rule has asked what decides between them
        draft.ask(
            f"{first.code} and {second.code}: related or not",
            "The record documents both conditions quoted here. Please clarify how they relate to each other.",
            _OPTIONS,
            [first.mentions[0].span, second.mentions[0].span],
            rule=self.name,
            section=self.section,
            codes=[first.code, second.code],
        )

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for holder, other, note in _conflicts(listed.briefs, listed.categories):
            pair = sorted((holder.code, other.code), key=listed.valid.index)
            why = f"{holder.code} excludes {other.code} (note at {note.source}: {note.text})"
            if frozenset(pair) in listed.unrelated:
                yield self.finding("info", pair, f"{why}; the note says that they are unrelated")
            else:
                yield self.finding("review", pair, f"{why}; both only if they are unrelated")


def _conflicts(briefs: Sequence[Brief], categories: Set[str]) -> Iterator[_Conflict]:
    """Each pair once; where both codes exclude each other the note at the vaguer one, or at the first, counts."""
    holders = [brief for brief in briefs if not excluded(brief.notes).categories.isdisjoint(categories)]
    if len(holders) > 1:
        holders.sort(key=_is_vague, reverse=True)
    seen: set[frozenset[str]] = set()
    for holder in holders:
        points = excluded(holder.notes)
        for other in briefs:
            if other.code[:3] not in points.categories or other.code == holder.code:
                continue
            note, pair = points.note(other.code), frozenset((holder.code, other.code))
            if note is not None and pair not in seen:
                seen.add(pair)
                yield _Conflict(holder, other, note)


def _is_vague(brief: Brief) -> bool:
    """Whether a code is a symptom, or says that it knows no more."""
    return brief.code[0] == "R" or _UNSPECIFIED.search(brief.title) is not None


def _names(proposal: Proposal) -> frozenset[str]:
    """The words of its mentions that name the condition."""
    return frozenset(word for mention in proposal.mentions for word in mention.found.term.words) - FREE


def _together(draft: Draft, one: Proposal, other: Proposal) -> bool:
    """Whether two codes rest on the same sentence or problem of the note."""
    spans = draft.around(other)
    return any(here.start < there.end and there.start < here.end for here in draft.around(one) for there in spans)
