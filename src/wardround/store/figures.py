"""How people decided, in figures: one row for each signed review, without patient text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import literal, select, tuple_

from wardround.store import cases, reviews
from wardround.store.records import Reviewed
from wardround.store.schema import CaseRow, DecisionRow, Instant, ReviewRow

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from wardround.store.database import Database
    from wardround.store.packing import Packer
    from wardround.store.records import Decision, Reading

__all__ = ["signed_reviews"]

_BATCH = 500


def signed_reviews(
    database: Database, packer: Packer, since: datetime.datetime | None, until: datetime.datetime | None
) -> Iterator[Reviewed]:
    """Signed reviews of cases that are not deleted, the oldest signature first; ``since`` ≤ signed < ``until``."""
    after: tuple[datetime.datetime, str, int] | None = None
    while True:
        with database.reading() as session:
            batch = _batch(session, packer, since, until, after)
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1].signed, batch[-1].case, batch[-1].round


def _batch(
    session: Session,
    packer: Packer,
    since: datetime.datetime | None,
    until: datetime.datetime | None,
    after: tuple[datetime.datetime, str, int] | None,
) -> list[Reviewed]:
    place = (ReviewRow.signed, ReviewRow.case_id, ReviewRow.round)
    query = select(ReviewRow).join(CaseRow, CaseRow.id == ReviewRow.case_id).where(CaseRow.status != "deleted")
    query = query.where(ReviewRow.signed.is_not(None)).order_by(*place).limit(_BATCH)
    if since is not None:
        query = query.where(ReviewRow.signed >= since)
    if until is not None:
        query = query.where(ReviewRow.signed < until)
    if after is not None:
        at, case, round = after
        query = query.where(tuple_(*place) > tuple_(literal(at, Instant), literal(case), literal(round)))
    rows = session.scalars(query).all()
    decided: dict[tuple[str, int], list[Decision]] = {}
    chosen = select(DecisionRow).where(DecisionRow.case_id.in_({row.case_id for row in rows}))
    for each in session.scalars(chosen.order_by(DecisionRow.number)) if rows else ():
        decided.setdefault((each.case_id, each.round), []).append(reviews.decision(packer, each))
    contents: dict[tuple[str, int], Mapping[str, object]] = {}
    for row in rows:
        if (key := (row.case_id, row.result)) not in contents:
            contents[key] = cases.result(session, packer, *key).content
    return [
        _reviewed(row, decided.get((row.case_id, row.round), []), contents[row.case_id, row.result]) for row in rows
    ]


def _reviewed(row: ReviewRow, decided: list[Decision], content: Mapping[str, object]) -> Reviewed:
    assert row.signed is not None  # as the query asks
    shown = row.revealed or row.signed
    held = _standing(decided)
    return Reviewed(
        case=row.case_id,
        round=row.round,
        result=row.result,
        reviewer=row.signed_by,
        reading=cast("Reading", row.reading),
        blind=row.blind,
        seconds=row.seconds,
        signed=row.signed,
        decisions=tuple((each.item, each.verb) for each in held),
        unaided=tuple((each.item, each.verb) for each in _standing(e for e in decided if row.blind and e.at <= shown)),
        revealed=row.revealed is not None,
        kind="note" if "codes" in content else "study",
        suggested=tuple(_suggested(content)),
        changed={
            each.item: str(each.value["code"])
            for each in held
            if each.verb == "change" and each.value and "code" in each.value
        },
    )


def _standing(decided: Iterable[Decision]) -> list[Decision]:
    """The last decision of each item, without what was withdrawn."""
    return [each for each in {each.item: each for each in decided}.values() if each.verb != "withdraw"]


def _suggested(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The items of a draft, a code's second time as ``K35.80#2``; each with what the draft held of it."""
    seen: Counter[str] = Counter()
    for each in content.get("codes", ()):
        code = str(each["code"])
        seen[code] += 1
        yield code if seen[code] == 1 else f"{code}#{seen[code]}", str(each.get("status", ""))
    for each in content.get("findings", ()) if "codes" not in content else ():
        yield str(each["id"]), str(each.get("presence", ""))
