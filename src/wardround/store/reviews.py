"""Reviews in the database: who decided what of which result; nothing that was decided is ever overwritten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast, get_args

from sqlalchemy import CursorResult, func, select, update

from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store.cases import find, now
from wardround.store.packing import canonical
from wardround.store.records import Decision, Review, Verb
from wardround.store.schema import DecisionRow, ResultRow, ReviewRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from wardround.store.packing import Packer

__all__ = ["amend", "begin", "decide", "review", "sign"]

_ITEM = re.compile(r"[\w.:/\[\]#-]{1,100}", re.ASCII)
_LONGEST_REASON = 2_000  # characters
_LARGEST_VALUE = 65_536  # bytes of JSON


def begin(session: Session, packer: Packer, case: str, result: int, by: str) -> Review:
    """The first review of a case, or the open one of the same result.

    Raises:
        StoreConflict: another result is under review, or a review is signed already.
        UnknownRecord: there is no such result.
    """
    row = find(session, case, lock=True)
    if (last := _last(session, case)) is not None:
        if last.signed is not None:
            raise StoreConflict("the review is signed", where=case, hint="amend it")
        if last.result != result:
            raise StoreConflict("another result of this case is under review", where=case)
        return _review(session, packer, last)
    _opened(session, packer, case, 1, result, "", by)
    row.status, row.updated = "in_review", now()
    return _found(session, packer, case, 1)


def decide(
    session: Session,
    packer: Packer,
    case: str,
    *,
    item: str,
    verb: Verb,
    value: Mapping[str, object] | None,
    reason: str,
    version: int,
    by: str,
) -> Review:
    """One more decision of the open review.

    Raises:
        InputError: a value cannot be kept.
        StoreConflict: the review is signed, or somebody decided since ``version``.
        UnknownRecord: there is no review.
    """
    if not _ITEM.fullmatch(item):
        raise InputError("an item is a code or an id, not text", where="item")
    if verb not in get_args(Verb):
        raise InputError(f"a decision is one of {', '.join(get_args(Verb))}", where="verb")
    if (value is not None) != (verb in ("change", "add")):
        raise InputError("a change and an addition have a value, and nothing else has one", where="value")
    if len(reason) > _LONGEST_REASON:
        raise InputError(f"the reason has more than {_LONGEST_REASON} characters", where="reason")
    if len(canonical(value)) > _LARGEST_VALUE:
        raise InputError(f"the value has more than {_LARGEST_VALUE} bytes", where="value")
    row = find(session, case, lock=True)
    last = _turned(session, case, version)
    number = 1 + (session.scalar(_decisions(case, last.round, func.max(DecisionRow.number))) or 0)
    at = now()
    session.add(
        DecisionRow(
            case_id=case,
            round=last.round,
            number=number,
            item=item,
            verb=verb,
            content=packer.pack({"value": value, "reason": reason}, _context(case, last.round, number)),
            by=by,
            at=at,
        )
    )
    row.updated = at
    session.flush()
    return _found(session, packer, case, last.round)


def sign(session: Session, packer: Packer, case: str, version: int, by: str) -> Review:
    """The open review, signed; it is never changed again.

    Raises:
        StoreConflict: it is signed already, or somebody decided since ``version``.
        UnknownRecord: there is no review.
    """
    row = find(session, case, lock=True)
    last = _turned(session, case, version)
    last.signed = row.updated = now()
    last.signed_by = by
    row.status = "signed" if last.round == 1 else "amended"
    session.flush()
    return _found(session, packer, case, last.round)


def amend(session: Session, packer: Packer, case: str, reason: str, result: int | None, by: str) -> Review:
    """The next round after a signed one: with its decisions if it is of the same result, else with none.

    Raises:
        InputError: no reason is given, or it is too long.
        StoreConflict: nothing is signed, or an amendment is open already.
        UnknownRecord: there is no such result.
    """
    if not 0 < len(reason.strip()) <= len(reason) <= _LONGEST_REASON:
        raise InputError(f"an amendment needs a reason of at most {_LONGEST_REASON} characters", where="reason")
    row = find(session, case, lock=True)
    last = _last(session, case)
    if last is None or last.signed is None:
        raise StoreConflict("only a signed review is amended", where=case)
    _opened(session, packer, case, last.round + 1, result or last.result, reason, by)
    for each in session.scalars(_decisions(case, last.round)).all() if result in (None, last.result) else ():
        content = packer.unpack(each.content, _context(case, last.round, each.number))
        session.add(
            DecisionRow(
                case_id=case,
                round=last.round + 1,
                number=each.number,
                item=each.item,
                verb=each.verb,
                content=packer.pack(content, _context(case, last.round + 1, each.number)),
                by=each.by,
                at=each.at,
            )
        )
    row.status, row.updated = "in_review", now()
    session.flush()
    return _found(session, packer, case, last.round + 1)


def review(session: Session, packer: Packer, case: str, round: int | None) -> Review:
    """A round of the review of a case, the last one without a number.

    Raises:
        UnknownRecord: there is none.
    """
    find(session, case)
    last = _last(session, case)
    if last is None:
        raise UnknownRecord("the case has no review", where=case)
    return _found(session, packer, case, last.round if round is None else round)


def _opened(session: Session, packer: Packer, case: str, round: int, result: int, reason: str, by: str) -> None:
    if session.get(ResultRow, (case, result)) is None:
        raise UnknownRecord("the case has no such result", where=case)
    session.add(
        ReviewRow(
            case_id=case,
            round=round,
            result=result,
            version=1,
            opened=now(),
            opened_by=by,
            reason=packer.pack({"reason": reason}, _context(case, round, 0)),
            signed_by="",
        )
    )
    session.flush()


def _turned(session: Session, case: str, version: int) -> ReviewRow:
    """The open review, with the next version; only if it still has the one that was seen."""
    last = _last(session, case)
    if last is None:
        raise UnknownRecord("the case has no review", where=case)
    if last.signed is not None:
        raise StoreConflict("the review is signed", where=case, hint="amend it")
    seen = (ReviewRow.case_id == case, ReviewRow.round == last.round, ReviewRow.version == version)
    changed = session.execute(update(ReviewRow).where(*seen).values(version=version + 1))
    if cast("CursorResult[Any]", changed).rowcount != 1:
        raise StoreConflict("somebody else decided in the meantime", where=case, hint="look at the review again")
    session.refresh(last)
    return last


def _last(session: Session, case: str) -> ReviewRow | None:
    query = select(ReviewRow).where(ReviewRow.case_id == case).order_by(ReviewRow.round.desc()).limit(1)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _found(session: Session, packer: Packer, case: str, round: int) -> Review:
    row = session.get(ReviewRow, (case, round))
    if row is None:
        raise UnknownRecord("the case has no such review", where=case)
    return _review(session, packer, row)


def _review(session: Session, packer: Packer, row: ReviewRow) -> Review:
    reason = packer.unpack(row.reason, _context(row.case_id, row.round, 0))
    return Review(
        case=row.case_id,
        round=row.round,
        result=row.result,
        version=row.version,
        opened=row.opened,
        opened_by=row.opened_by,
        reason=str(reason["reason"]),
        signed=row.signed,
        signed_by=row.signed_by,
        decisions=tuple(_decision(packer, each) for each in session.scalars(_decisions(row.case_id, row.round))),
    )


def _decisions(case: str, round: int, what: Any = DecisionRow) -> Any:
    query = select(what).where(DecisionRow.case_id == case, DecisionRow.round == round)
    return query.order_by(DecisionRow.number) if what is DecisionRow else query


def _decision(packer: Packer, row: DecisionRow) -> Decision:
    content = packer.unpack(row.content, _context(row.case_id, row.round, row.number))
    return Decision(
        number=row.number,
        item=row.item,
        verb=cast("Verb", row.verb),
        value=cast("Any", content["value"]),
        reason=str(content["reason"]),
        by=row.by,
        at=row.at,
    )


def _context(case: str, round: int, number: int) -> str:
    return f"decision {case} {round} {number}"
