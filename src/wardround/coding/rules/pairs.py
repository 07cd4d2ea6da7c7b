"""Two conditions that are another code together: tables of such pairs, and the rule that reads one.

``data/<table>.tsv`` has

========= ===========================================================================================
column    meaning
========= ===========================================================================================
condition codes or the start of codes; the first row that fits wins
with      the other condition, in the same way
codes     what the condition becomes: one code, or one for each of ``condition``; empty: it stays as it is
also      a code that is reported too
partner   what the other becomes: ``stays``, ``goes`` (the first code contains it), or a code
first     ``condition`` or ``partner``, where one has to come before the other
rivals    the start of codes for what may be the cause as well: then a person decides; an organism stays as it is
reason    why
========= ===========================================================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import ClassVar, NamedTuple

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.integral_symptoms import symptoms_of
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import FREE
from wardround.icd10 import CodeSet

__all__ = ["Pair", "PairRule", "names_of"]

_SYMPTOMS = ("R", "M79")
_ORGANISMS = ("B95", "B96", "B97")


@dataclass(frozen=True, slots=True)
class Pair:
    """One condition of a row and what it is together with another. ``row`` counts the rows of the table."""

    row: int
    condition: str
    others: tuple[str, ...]
    code: str
    also: str
    partner: str
    first: str
    rivals: tuple[str, ...]
    reason: str

    def result(self, codes: CodeSet, condition: str) -> str:
        """What the code of the condition becomes: itself where the release lacks the code."""
        return self.code if self.code and codes.billable(self.code) else condition

    def told(self, codes: CodeSet, condition: str, other: str) -> str:
        """What to report of the two, in a coder's words."""
        if self.also:
            return f"{self.also} is missing beside {condition} and {other}"
        result = self.result(codes, condition)
        if self.partner == "stays":
            return f"{result} instead of {condition} beside {other}"
        if self.partner != "goes":
            return f"{result} and {self.partner} instead of {condition} and {other}"
        return (
            f"{condition} says {other} too" if result == condition else f"{result} instead of {condition} and {other}"
        )


class _Link(NamedTuple):
    pair: Pair
    condition: Proposal
    other: Proposal


class PairRule(Rule):
    """A rule that knows which two conditions are another code together.

    Attributes:
        table: the name of its table.
        unless: what a list cannot show and would change all.
    """

    table: ClassVar[str]
    unless: ClassVar[str] = ""

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        done: set[tuple[int, int, int]] = set()
        while links := [link for link in self._links(draft) if _key(link) not in done]:
            other = links[0].other
            of_other: dict[int, _Link] = {}
            for link in links:
                if link.other is other:
                    done.add(_key(link))
                    of_other.setdefault(id(link.condition), link)
            stated = [link for link in of_other.values() if not self.denied(draft, link.condition, link.other)]
            causes = [link.condition.code for link in stated]
            for link in stated:
                rivals = [p.code for p in draft.alive(*link.pair.rivals)] if link.pair.rivals else []
                self._join(draft, link, [code for code in (*causes, *rivals) if code != link.condition.code])

    def _links(self, draft: Draft) -> list[_Link]:
        """All pairs of the draft, in the order of the table."""
        by_code = {proposal.code: proposal for proposal in draft.alive()}
        found = [_Link(pair, by_code[a], by_code[b]) for pair, a, b in _found(self.table, list(by_code))]
        return sorted(found, key=lambda link: link.pair.row)

    def denied(self, draft: Draft, condition: Proposal, other: Proposal) -> bool:
        """Whether the note says that the two have nothing to do with each other; if so, that is remarked."""
        denied = draft.denies_link(other, *names_of(condition)) or draft.denies_link(condition, *names_of(other))
        if denied:
            condition.remark(self.name, self.section, f"not linked with {other.code}: the note denies it")
            draft.unrelated.add(frozenset((condition.code, other.code)))
        return denied

    def _join(self, draft: Draft, link: _Link, rivals: list[str]) -> None:
        pair, condition, other = link
        message = f"{condition.code} and {other.code}: {pair.reason}"
        code = pair.result(draft.codes, condition.code)
        if code != condition.code:
            condition = draft.recode(condition, code, self.name, self.section, message)
            condition.mentions.extend(mention for mention in other.mentions if mention not in condition.mentions)
        if pair.also:
            draft.add(pair.also, condition, self.name, self.section, message)
        if rivals:
            names = " or ".join(dict.fromkeys(rivals))
            condition.doubt(self.name, self.section, f"{other.code} may belong to {names} instead")
        if pair.partner == "goes":
            if other.alive:
                other.reject(self.name, self.section, f"contained in {condition.code}")
        elif pair.partner != "stays":
            other = draft.recode(other, pair.partner, self.name, self.section, message)
        if pair.first == "condition":
            draft.move_before(condition, other)
        elif pair.first == "partner":
            draft.move_before(other, condition)

    # -- a list -------------------------------------------------------------------------------------------------

    def concerns(self, category: str) -> bool:
        return category in _pairs(self.table)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        codes = list(dict.fromkeys(listed.valid))
        for pair, code, other in _found(self.table, codes):
            if pair.also in codes or pair.partner in codes or frozenset((code, other)) in listed.unrelated:
                continue
            message = f"{pair.told(listed.codes, code, other)}{self.unless}: {pair.reason}"
            yield self.finding("review", sorted((code, other), key=codes.index), message)


def _found(table: str, codes: Sequence[str]) -> Iterator[tuple[Pair, str, str]]:
    """Each pair among different codes, one row for two codes, as (pair, condition, other)."""
    categories, beside = {code[:3] for code in codes}, _beside(table)
    for code in codes:
        if code[:3] not in beside or beside[code[:3]].isdisjoint(categories):
            continue
        pairs, wanted = _of(table, code)
        for other in codes:
            if other == code or other[:3] not in wanted:
                continue
            pair = next((pair for pair in pairs if other.startswith(pair.others)), None)
            if pair is not None and not _explained(other, pair, [each for each in codes if each not in (code, other)]):
                yield pair, code, other


def _explained(other: str, pair: Pair, rest: Sequence[str]) -> bool:
    """Whether a symptom is integral to one of the other codes, or an organism may be that of another infection."""
    if other.startswith(_SYMPTOMS):
        return any(other.startswith(symptoms_of(code)) for code in rest)
    return other.startswith(_ORGANISMS) and any(code.startswith(pair.rivals) for code in rest)


def names_of(proposal: Proposal) -> frozenset[str]:
    """The words of a proposal's mentions that name its condition."""
    return frozenset(word for mention in proposal.mentions for word in mention.found.term.words) - FREE


def _key(link: _Link) -> tuple[int, int, int]:
    return link.pair.row, id(link.condition), id(link.other)


@lru_cache(maxsize=16384)
def _of(table: str, code: str) -> tuple[Sequence[Pair], frozenset[str]]:
    """The pairs whose condition ``code`` is, and the categories of the others of them."""
    pairs = [pair for pair in _pairs(table).get(code[:3], ()) if code.startswith(pair.condition)]
    return pairs, frozenset(other[:3] for pair in pairs for other in pair.others)


@cache
def _beside(table: str) -> Mapping[str, frozenset[str]]:
    """The categories of the other condition, by the category of the condition."""
    return {
        category: frozenset(other[:3] for pair in pairs for other in pair.others)
        for category, pairs in _pairs(table).items()
    }


@cache
def _pairs(table: str) -> Mapping[str, Sequence[Pair]]:
    """The pairs of a table by the category of their condition."""
    by_category: dict[str, list[Pair]] = defaultdict(list)
    for number, row in enumerate(data.rows(table)):
        conditions, codes = row["condition"].split("|"), row["codes"].split("|")
        if len(codes) == 1:
            codes *= len(conditions)
        for condition, code in zip(conditions, codes, strict=True):
            by_category[condition[:3]].append(
                Pair(
                    row=number,
                    condition=condition,
                    others=tuple(row["with"].split("|")),
                    code=code,
                    also=row["also"],
                    partner=row["partner"],
                    first=row["first"],
                    rivals=tuple(filter(None, row["rivals"].split("|"))),
                    reason=row["reason"],
                )
            )
    return dict(by_category)
