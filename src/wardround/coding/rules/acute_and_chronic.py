"""Acute and chronic of one condition: both are coded, the acute first (Guidelines I.B.8)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["AcuteAndChronic"]

_BOTH = re.compile(
    r"\bacute(?:\s+and\s+|[\s-]+(?:on(?:\s+top\s+of)?|over|upon|superimposed\s+(?:up)?on)[\s-]+|\s*[/&]\s*)chronic\b",
    re.IGNORECASE,
)
_REACH = 40  # characters before a mention


class _Row(NamedTuple):
    acute: tuple[str, ...]
    chronic: tuple[str, ...]
    code: str


class AcuteAndChronic(Rule):
    """Where a condition is said to be acute and chronic, and the Index has both at the same level, both are coded and
    the acute (or subacute) one comes first. Where one code says both, it is used alone: that is the rule
    combination-code, and for the failing heart and lung heart-failure and respiratory.

    In a note "acute on chronic pancreatitis" gets the acute code where only the chronic one was found, and the acute
    one is put first. No code is added where its side or kind would be a guess. In a list a chronic condition before the
    acute one is mentioned, and is for review where it is principal.

    It knows the conditions of its table; acute and chronic pain are one condition only if the provider says so.
    """

    name = "acute-and-chronic"
    section = "I.B.8"
    title = "acute and chronic of one condition are both coded, the acute first"
    severity = "review"

    def apply(self, draft: Draft) -> None:
        for chronic in list(draft.alive()):
            for row in _rows().get(chronic.code[:3], ()):
                if not chronic.code.startswith(row.chronic):
                    continue
                acute = draft.first(*row.acute)
                if acute is None and row.code and draft.codes.billable(row.code) and _says_both(draft, chronic):
                    message = f"said to be acute and chronic: {row.code} and {chronic.code}"
                    acute = draft.add(row.code, chronic, self.name, self.section, message)
                if acute is not None:
                    draft.move_before(acute, chronic)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if _acute().isdisjoint(listed.categories):
            return
        for place, chronic in enumerate(listed.valid):
            for row in _rows().get(chronic[:3], ()):
                if chronic.startswith(row.chronic):
                    acute = next((code for code in listed.valid[place + 1 :] if code.startswith(row.acute)), None)
                    if acute is not None:
                        message = f"{acute} comes before {chronic}: the acute first"
                        yield self.finding("info" if place else "review", [chronic, acute], message)


def _says_both(draft: Draft, proposal: Proposal) -> bool:
    """Whether "acute on chronic" stands right before a mention, or in it."""
    note = draft.stream.note
    for mention in proposal.mentions:
        start = max(note.sentences[mention.found.sentence].start, mention.span.start - _REACH)
        said = _BOTH.search(note.text, start, mention.span.end)
        if said is not None and said.end() + 1 >= mention.span.start:
            return True
    return False


@cache
def _acute() -> frozenset[str]:
    """The categories of the acute conditions."""
    return frozenset(code[:3] for rows in _rows().values() for row in rows for code in row.acute)


@cache
def _rows() -> Mapping[str, Sequence[_Row]]:
    """The rows of the table by the category of the chronic condition."""
    by_category: dict[str, list[_Row]] = defaultdict(list)
    for row in data.rows("acute_and_chronic"):
        chronic = tuple(row["chronic"].split("|"))
        for category in dict.fromkeys(code[:3] for code in chronic):
            by_category[category].append(_Row(tuple(row["acute"].split("|")), chronic, row["code"]))
    return dict(by_category)
