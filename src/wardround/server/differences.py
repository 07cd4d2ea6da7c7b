"""Two readings of one draft, beside each other: where they agree, where they differ, and what settles it.

Pure functions of the draft and its reviews. Two decisions agree when they lead to the same: the same code, the same
finding, the same sequence; reasons and quotes may differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from wardround.coding.result import CodingResult
from wardround.server.reviewing import REPORT, SEQUENCE, code_set, is_coding, items, preview, undecided
from wardround.server.reviewing.items import span_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wardround.store import Decision, Review
    from wardround.store.records import Verb

__all__ = ["Row", "Side", "differences"]

Kind = Literal["code", "finding", "mark", "sequence", "report"]

_NOT_REPORTED = "not reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one reader decided of an item.

    Attributes:
        outcome: what it leads to, in words; readers agree where these are equal.
        told: how that was decided: ``accepted``, ``changed`` …
        quotes: the words of the note that it rests on.
        verb, value: what decides the same, as `wardround.store.Store.decide` takes them; ``withdraw`` where the reader
            decided nothing of it.
    """

    outcome: str
    told: str
    reason: str = ""
    quotes: tuple[str, ...] = ()
    verb: Verb = "withdraw"
    value: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An item with both readers' decisions.

    Attributes:
        settled: as which reader decided, ``other`` for neither, or empty while it is open.
    """

    item: str
    kind: Kind
    name: str
    first: Side
    second: Side
    same: bool
    settled: Literal["", "first", "second", "both", "other"] = ""


def differences(
    content: Mapping[str, Any], first: Review, second: Review, settling: Review | None = None
) -> tuple[Row, ...]:
    """Every item that either reader decided, those of the draft first, the sequence and the text last.

    Args:
        content: the draft that both read.
        first: one reading, signed.
        second: the other one, signed.
        settling: the adjudication of the two, if it has begun.
    """
    known = {item.id: item.name for item in items(content)}
    extra = {SEQUENCE, REPORT}
    decided = dict.fromkeys([*known, *first.standing, *second.standing])
    rows = [_row(content, item, known.get(item, ""), first, second) for item in decided if item not in extra]
    if is_coding(content):
        rows += _sequence(content, first, second)
    elif REPORT in first.standing or REPORT in second.standing:
        row = _row(content, REPORT, "text of the report", first, second)
        same = row.same and all(each.same for each in rows)  # findings that are settled anew change the text
        rows.append(replace(row, same=same))
    missing = {item.id for item in undecided(content, settling)} if settling else set()
    return tuple(_settled(content, row, settling, missing) for row in rows)


def _row(content: Mapping[str, Any], item: str, name: str, first: Review, second: Review) -> Row:
    sides = [_side(content, item, review.standing.get(item)) for review in (first, second)]
    one, other = sides
    return Row(
        item=item,
        kind=_kind(content, item),
        name=name or _name(one, other),
        first=one,
        second=other,
        same=one.outcome == other.outcome,
    )


def _kind(content: Mapping[str, Any], item: str) -> Kind:
    if item == REPORT:
        return "report"
    if span_of(item) is not None:
        return "mark"
    return "code" if is_coding(content) else "finding"


def _name(*sides: Side) -> str:
    return next((str(each.value["name"]) for each in sides if each.value and "name" in each.value), "")


_TOLD = {"accept": "accepted", "reject": "rejected", "change": "changed", "add": "added", "mark": "marked"}


def _side(content: Mapping[str, Any], item: str, decision: Decision | None) -> Side:
    suggested = next((each for each in items(content) if each.id == item), None)
    if decision is None:
        left = "as drafted" if item == REPORT else "" if span_of(item) is not None else _NOT_REPORTED
        return Side(outcome=left, told="nothing")
    value = decision.value or {}
    quotes: tuple[str, ...] = ()
    if item == REPORT:
        outcome = "as drafted" if decision.verb == "accept" else _text(value)
    elif span_of(item) is not None:
        outcome = f"marked as {value.get('assertion')}"
    elif is_coding(content):
        code = str(value.get("code") or item.partition("#")[0])
        outcome = _NOT_REPORTED if decision.verb == "reject" else code
        own = value.get("evidence")
        if isinstance(own, dict):
            quotes = (str(own.get("text", "")),)
        elif suggested is not None:
            quotes = tuple(str(each["text"]) for each in content["codes"][suggested.number]["evidence"])
    else:
        drafted = content["findings"][suggested.number] if suggested is not None else {}
        outcome = _NOT_REPORTED if decision.verb == "reject" else _finding({**drafted, **value})
    return Side(
        outcome=outcome,
        told=_TOLD[decision.verb],
        reason=decision.reason,
        quotes=quotes,
        verb=decision.verb,
        value=decision.value,
    )


def _finding(finding: Mapping[str, Any]) -> str:
    """A finding in words, with all that readers can say of it."""
    said = [str(finding.get("name", "")), str(finding.get("presence", "present"))]
    said += [str(finding[name]) for name in ("side", "size", "location") if finding.get(name) not in (None, "")]
    if finding.get("certainty", "definite") not in ("definite", None):
        said.append(str(finding["certainty"]))
    if finding.get("critical"):
        said.append("critical")
    return ", ".join(each for each in said if each != "not stated")


def _text(value: Mapping[str, Any]) -> str:
    parts = []
    for name, told in sorted(value.items()):
        if told is None:
            continue
        lines = told if isinstance(told, str) else "\n".join(_lines(told))
        parts.append(f"{name.replace('_', ' ')}: {lines}")
    return "\n".join(parts)


def _lines(told: Sequence[Any]) -> list[str]:
    lines = []
    for each in told:
        if isinstance(each, str):
            lines.append(each)
        else:
            lines += [f"{each.get('name') or each.get('condition')}:", *each.get("statements", ())]
            lines += [*each.get("supports", ()), *each.get("contradicts", ())]
    return lines


def _sequence(content: Mapping[str, Any], first: Review, second: Review) -> list[Row]:
    """The sequence, if both report some codes and have them in another order, or another principal."""
    orders = [_codes(content, review) for review in (first, second)]
    if not all(orders):
        return []
    common = [[code for code in order if code in other] for order, other in (orders, orders[::-1])]
    same = common[0] == common[1] and orders[0][0] == orders[1][0]
    if same and not any(SEQUENCE in review.standing for review in (first, second)):
        return []
    sides = [
        Side(
            outcome=" · ".join(order),
            told=f"principal {order[0]}",
            reason=held.reason if (held := review.standing.get(SEQUENCE)) else "",
            verb="change",
            value={"codes": order},
        )
        for order, review in zip(orders, (first, second), strict=True)
    ]
    return [Row(item=SEQUENCE, kind="sequence", name="sequence", first=sides[0], second=sides[1], same=same)]


def _codes(content: Mapping[str, Any], review: Review) -> list[str]:
    result = preview(content, review, code_set(content))
    assert isinstance(result, CodingResult)
    return [each.code for each in result.codes]


def _settled(content: Mapping[str, Any], row: Row, settling: Review | None, missing: set[str]) -> Row:
    if settling is None:
        return row
    last = next((each for each in reversed(settling.decisions) if each.item == row.item), None)
    if last is None or row.item in missing:
        return row
    outcome = _held(content, row, settling)
    if row.same and outcome == row.first.outcome:
        return replace(row, settled="both")
    if outcome == row.first.outcome:
        return replace(row, settled="first")
    return replace(row, settled="second" if outcome == row.second.outcome else "other")


def _held(content: Mapping[str, Any], row: Row, settling: Review) -> str:
    decision = settling.standing.get(row.item)
    if row.kind == "sequence" and decision is not None and decision.value:
        codes = decision.value["codes"]
        return " · ".join(codes if isinstance(codes, list | tuple) else ())
    return _side(content, row.item, decision).outcome
