"""What must be decided of a draft before it is signed, and what is still to be decided."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from wardround.server.reviewing.values import ASSERTIONS
from wardround.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wardround.store.records import Decision, Review

__all__ = [
    "REPORT",
    "SEQUENCE",
    "Item",
    "is_coding",
    "items",
    "marks_of",
    "query_of",
    "span_of",
    "supported",
    "undecided",
]

REPORT = "report"
SEQUENCE = "sequence"

_SPAN = re.compile(r"span:(\d{1,8})-(\d{1,8})")
_QUERY = re.compile(r"query:([1-9]\d{0,3})")
_NOT_SUPPORTING = frozenset({"negated", "hypothetical", "family"})
_UNDECIDED = "not decided yet"
_UNSUPPORTED = "every quote it rests on is marked as absent, hypothetical or another person's"
_TEXT_BEFORE_FINDINGS = "findings were changed since the text of the report was confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something of a draft that a person decides.

    Attributes:
        id: by which decisions name it: a code (``K35.80``, its second time ``K35.80#2``), the id of a finding,
            ``report``.
        kind: what it is.
        name: the code's description, or the finding in words.
        number: its place among the draft's codes or findings, from 0; -1 for what the draft does not have.
        why: what has to be decided of it; empty in `items`.
    """

    id: str
    kind: Literal["code", "finding", "report"]
    name: str
    number: int = -1
    why: str = ""


def is_coding(content: Mapping[str, Any]) -> bool:
    """Whether a draft is of a note; else it is a report."""
    return content.get("schema") == "wardround.coding/1"


def items(content: Mapping[str, Any]) -> tuple[Item, ...]:
    """What must be decided: each suggested code of a coding result, each finding of a report, in their order.

    >>> items({"schema": "wardround.coding/1", "codes": [{"code": "I10", "description": "Hypertension"}]})[0].id
    'I10'
    """
    if not is_coding(content):
        return tuple(
            Item(id=str(each["id"]), kind="finding", name=str(each["name"]), number=number)
            for number, each in enumerate(content.get("findings", ()))
        )
    seen: Counter[str] = Counter()
    found = []
    for number, each in enumerate(content.get("codes", ())):
        code = str(each["code"])
        seen[code] += 1
        id = code if seen[code] == 1 else f"{code}#{seen[code]}"
        found.append(Item(id=id, kind="code", name=str(each["description"]), number=number))
    return tuple(found)


def undecided(content: Mapping[str, Any], review: Review) -> tuple[Item, ...]:
    """What must still be decided before the review can be signed, with the reason; nothing when it can.

    Of codes: what nobody decided, and what is to stand although all its quotes are marked as not supporting it. Of
    reports: what nobody decided; and ``report``, the text, when findings were changed, removed or added after it was
    accepted or changed.
    """
    standing = review.standing
    missing = [replace(item, why=_UNDECIDED) for item in items(content) if item.id not in standing]
    return (*missing, *(_contradicted(content, review) if is_coding(content) else _outdated(review)))


def _contradicted(content: Mapping[str, Any], review: Review) -> Iterable[Item]:
    marks = marks_of(review)
    if not marks:
        return
    suggested = {item.id: item for item in items(content)}
    for id, decision in review.standing.items():
        item = suggested.get(id)
        if decision.verb not in ("accept", "change", "add") or (item is None and decision.verb != "add"):
            continue
        quotes = list(content["codes"][item.number]["evidence"]) if item else []
        if decision.value and (own := decision.value.get("evidence")):
            quotes.append(own)
        if not supported(((quote["start"], quote["end"]) for quote in quotes), marks):
            yield replace(item or Item(id=id, kind="code", name=""), why=_UNSUPPORTED)


def _outdated(review: Review) -> Iterable[Item]:
    text = review.standing.get(REPORT)
    before = [decision for decision in review.decisions if text is not None and decision.number < text.number]
    if _turned(review.decisions) != _turned(before):
        yield Item(id=REPORT, kind="report", name="", why=_TEXT_BEFORE_FINDINGS)


def _turned(decisions: Iterable[Decision]) -> dict[str, Mapping[str, object] | None]:
    """The findings that are otherwise than in the draft, after these decisions."""
    last = {decision.item: decision for decision in decisions if decision.item != REPORT}
    return {id: each.value for id, each in last.items() if each.verb in ("reject", "change", "add")}


def span_of(item: str) -> Span | None:
    """The span that an item names.

    >>> span_of("span:10-24"), span_of("I10")
    (Span(start=10, end=24), None)
    """
    found = _SPAN.fullmatch(item)
    return Span(int(found[1]), int(found[2])) if found else None


def query_of(item: str) -> int | None:
    """The place among a draft's questions, from 0, of the one that an item names.

    >>> query_of("query:1"), query_of("I10")
    (0, None)
    """
    found = _QUERY.fullmatch(item)
    return int(found[1]) - 1 if found else None


def marks_of(review: Review) -> dict[Span, str]:
    """The spans that are marked → the assertion of quotes on them; later marks come last."""
    standing = sorted(review.standing.values(), key=lambda decision: decision.number)
    return {
        span: ASSERTIONS[str(decision.value["assertion"])]
        for decision in standing
        if decision.verb == "mark" and decision.value and (span := span_of(decision.item)) is not None
    }


def supported(quotes: Iterable[tuple[int, int]], marks: Mapping[Span, str]) -> bool:
    """Whether a code rests on at least one quote that no mark takes from it."""
    for quote in quotes:
        said = [assertion for span, assertion in marks.items() if span.overlaps(Span(*quote))]
        if not said or said[-1] not in _NOT_SUPPORTING:
            return True
    return False
