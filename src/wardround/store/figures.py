"""How people decided, in figures: one row for each signed review, without patient text."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import literal, select, tuple_

from wardround.store.records import Reviewed
from wardround.store.schema import CaseRow, DecisionRow, Instant, ReviewRow

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from wardround.store.database import Database
    from wardround.store.records import Reading, Verb

__all__ = ["signed_reviews"]

_BATCH = 500


def signed_reviews(
    database: Database, since: datetime.datetime | None, until: datetime.datetime | None
) -> Iterator[Reviewed]:
    """Signed reviews of cases that are not deleted, the oldest signature first; ``since`` ≤ signed < ``until``."""
    after: tuple[datetime.datetime, str, int] | None = None
    while True:
        with database.reading() as session:
            batch = _batch(session, since, until, after)
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1].signed, batch[-1].case, batch[-1].round


def _batch(
    session: Session,
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
    decided: dict[tuple[str, int], list[tuple[str, Verb, datetime.datetime]]] = {}
    columns = (DecisionRow.case_id, DecisionRow.round, DecisionRow.item, DecisionRow.verb, DecisionRow.at)
    chosen = select(*columns).where(DecisionRow.case_id.in_({row.case_id for row in rows}))
    for case, round, item, verb, at in session.execute(chosen.order_by(DecisionRow.number)) if rows else ():
        decided.setdefault((case, round), []).append((item, cast("Verb", verb), at))
    return [_reviewed(row, decided.get((row.case_id, row.round), [])) for row in rows]


def _reviewed(row: ReviewRow, decided: list[tuple[str, Verb, datetime.datetime]]) -> Reviewed:
    assert row.signed is not None  # as the query asks
    shown = row.revealed or row.signed
    return Reviewed(
        case=row.case_id,
        round=row.round,
        result=row.result,
        reviewer=row.signed_by,
        reading=cast("Reading", row.reading),
        blind=row.blind,
        seconds=row.seconds,
        signed=row.signed,
        decisions=_standing((item, verb) for item, verb, _ in decided),
        unaided=_standing((item, verb) for item, verb, at in decided if row.blind and at <= shown),
    )


def _standing(decided: Iterable[tuple[str, Verb]]) -> tuple[tuple[str, Verb], ...]:
    """The last verb of each item, without what was withdrawn."""
    return tuple((item, verb) for item, verb in dict(decided).items() if verb != "withdraw")
