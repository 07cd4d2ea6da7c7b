"""Reviews in the database: who decided what of which result; nothing that was decided is ever overwritten.

A case has one line of reviews that hold, each taking the place of the one before: the first reading, amendments of it,
an adjudication. Beside it somebody else may make a second reading, which never holds.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast, get_args

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import aliased

from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store.cases import find, now
from wardround.store.packing import canonical
from wardround.store.records import Decision, Reading, Review, Verb
from wardround.store.schema import CaseRow, DecisionRow, ResultRow, ReviewRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from wardround.store.packing import Packer
    from wardround.store.records import Reader

__all__ = [
    "amend",
    "begin",
    "decide",
    "decision",
    "readings",
    "reveal",
    "review",
    "reviews",
    "sign",
    "waiting",
    "withdraw",
    "worked",
]

_ITEM = re.compile(r"[\w.:/\[\]#-]{1,100}", re.ASCII)
_LONGEST_REASON = 2_000  # characters
_LARGEST_VALUE = 65_536  # bytes of JSON
_LONGEST_WORK = 86_400.0  # seconds that are told at once
_WITH_VALUE = ("change", "add", "mark")


def begin(
    session: Session, packer: Packer, case: str, result: int, by: str, *, reading: Reading, blind: bool
) -> Review:
    """A new reading of a case by ``by``, or the open one of this kind and result.

    Raises:
        InputError: there is no such reading.
        StoreConflict: another result is under review, the reading is signed already, or this one cannot begin yet.
        UnknownRecord: there is no such result.
    """
    if reading not in get_args(Reading):
        raise InputError(f"a reading is one of {', '.join(get_args(Reading))}", where="reading")
    row = find(session, case, lock=True)
    rounds = _rounds(session, case)
    if (there := _there(rounds, case, result, reading)) is not None:
        return _review(session, packer, there)
    if reading == "second":
        _check_second(session, rounds, case, result, by)
    elif reading == "adjudication":
        _check_adjudication(rounds, case, result)
    opened = _opened(session, packer, case, _next(rounds), result, "", by, reading=reading, blind=blind)
    _show(row, [*rounds, opened])
    return _found(session, packer, case, opened.round)


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
    round: int | None,
    by: str,
) -> Review:
    """One more decision of an open review.

    Raises:
        InputError: a value cannot be kept.
        StoreConflict: the review is signed, or somebody decided since ``version``.
        UnknownRecord: there is no review.
    """
    if not _ITEM.fullmatch(item):
        raise InputError("an item is a code or an id, not text", where="item")
    if verb not in get_args(Verb):
        raise InputError(f"a decision is one of {', '.join(get_args(Verb))}", where="verb")
    if (value is not None) != (verb in _WITH_VALUE):
        raise InputError("a change, an addition and a mark have a value, and nothing else has one", where="value")
    if len(reason) > _LONGEST_REASON:
        raise InputError(f"the reason has more than {_LONGEST_REASON} characters", where="reason")
    if len(canonical(value)) > _LARGEST_VALUE:
        raise InputError(f"the value has more than {_LARGEST_VALUE} bytes", where="value")
    row = find(session, case, lock=True)
    turned = _turned(session, case, version, round, by)
    number = 1 + (session.scalar(_decisions(case, turned.round, func.max(DecisionRow.number))) or 0)
    at = now()
    session.add(
        DecisionRow(
            case_id=case,
            round=turned.round,
            number=number,
            item=item,
            verb=verb,
            content=packer.pack({"value": value, "reason": reason}, _context(case, turned.round, number)),
            by=by,
            at=at,
        )
    )
    row.updated = at
    session.flush()
    return _found(session, packer, case, turned.round)


def sign(session: Session, packer: Packer, case: str, version: int, round: int | None, by: str) -> Review:
    """An open review, signed; it is never changed again.

    Raises:
        StoreConflict: it is signed already, or somebody decided since ``version``.
        UnknownRecord: there is no review.
    """
    row = find(session, case, lock=True)
    turned = _turned(session, case, version, round, by)
    turned.signed = now()
    turned.signed_by = by
    _show(row, _rounds(session, case))
    session.flush()
    return _found(session, packer, case, turned.round)


def amend(session: Session, packer: Packer, case: str, reason: str, result: int | None, by: str) -> Review:
    """The next round after the signed one that holds: with its decisions if it is of the same result, else with none.

    Raises:
        InputError: no reason is given, or it is too long.
        StoreConflict: nothing is signed, or an amendment is open already.
        UnknownRecord: there is no such result.
    """
    if not 0 < len(reason.strip()) <= len(reason) <= _LONGEST_REASON:
        raise InputError(f"an amendment needs a reason of at most {_LONGEST_REASON} characters", where="reason")
    row = find(session, case, lock=True)
    rounds = _rounds(session, case)
    last = _holding(rounds)
    if last is None or last.signed is None:
        raise StoreConflict("only a signed review is amended", where=case)
    opened = _opened(session, packer, case, _next(rounds), result or last.result, reason, by)
    for each in session.scalars(_decisions(case, last.round)).all() if result in (None, last.result) else ():
        content = packer.unpack(each.content, _context(case, last.round, each.number))
        session.add(
            DecisionRow(
                case_id=case,
                round=opened.round,
                number=each.number,
                item=each.item,
                verb=each.verb,
                content=packer.pack(content, _context(case, opened.round, each.number)),
                by=each.by,
                at=each.at,
            )
        )
    _show(row, [*rounds, opened])
    session.flush()
    return _found(session, packer, case, opened.round)


def reveal(session: Session, packer: Packer, case: str, round: int) -> Review:
    """The review with the suggestions shown from now on; one that was not blind, or shows them already, as it is.

    Raises:
        StoreConflict: it is signed.
        UnknownRecord: there is no such review.
    """
    find(session, case, lock=True)
    row = _round(session, case, round)
    if row.blind and row.revealed is None:
        if row.signed is not None:
            raise StoreConflict("the review is signed", where=case, hint="amend it")
        row.revealed = now()
        session.flush()
    return _review(session, packer, row)


def withdraw(session: Session, packer: Packer, case: str, round: int, reader: str = "") -> tuple[ReviewRow, int]:
    """An open second reading, removed with what was decided in it; then asked of ``reader``, if one is given.

    Returns:
        What it was, and how many decisions it had.

    Raises:
        StoreConflict: it is no second reading, it is signed, it is the reader's already, or they made the first one.
        UnknownRecord: there is no such review.
    """
    row = find(session, case, lock=True)
    was = _round(session, case, round)
    if was.reading != "second":
        raise StoreConflict("only a second reading is withdrawn", where=case)
    if was.signed is not None:
        raise StoreConflict("the review is signed", where=case)
    if was.opened_by == reader:
        raise StoreConflict("the second reading is theirs already", where=case)
    removed = session.execute(delete(DecisionRow).where(DecisionRow.case_id == case, DecisionRow.round == round))
    session.execute(delete(ReviewRow).where(ReviewRow.case_id == case, ReviewRow.round == round))
    session.expunge(was)
    rounds = _rounds(session, case)
    if reader:
        _check_second(session, rounds, case, was.result, reader)
        _opened(session, packer, case, _next(rounds), was.result, "", reader, reading="second", blind=was.blind)
    row.updated = now()
    session.flush()
    return was, cast("CursorResult[Any]", removed).rowcount


def worked(session: Session, case: str, round: int, seconds: float, by: str) -> None:
    """Add to the time of an open review, if it is theirs; another one, and one that is signed, keeps what it has.

    Raises:
        InputError: it is no time, or more than a day.
        UnknownRecord: there is no such review.
    """
    if not 0 <= seconds <= _LONGEST_WORK:
        raise InputError(f"0 to {_LONGEST_WORK:,.0f} seconds are told at once", where="seconds")
    chosen = update(ReviewRow).where(ReviewRow.case_id == case, ReviewRow.round == round, ReviewRow.signed.is_(None))
    changed = session.execute(chosen.where(ReviewRow.opened_by == by).values(seconds=ReviewRow.seconds + seconds))
    if cast("CursorResult[Any]", changed).rowcount != 1:
        find(session, case)
        _round(session, case, round)


def review(session: Session, packer: Packer, case: str, round: int | None) -> Review:
    """A round of the review of a case; the one that holds without a number.

    Raises:
        UnknownRecord: there is none.
    """
    find(session, case)
    if round is not None:
        return _found(session, packer, case, round)
    holding = _holding(_rounds(session, case))
    if holding is None:
        raise UnknownRecord("the case has no review", where=case)
    return _review(session, packer, holding)


def reviews(session: Session, packer: Packer, case: str) -> tuple[Review, ...]:
    """All rounds of a case, in order."""
    find(session, case)
    return tuple(_review(session, packer, row) for row in _rounds(session, case))


def readings(session: Session, cases: Collection[str]) -> dict[str, tuple[Review, ...]]:
    """The rounds of some cases, in order, without what was decided and why; nothing of a case without any."""
    found: dict[str, list[Review]] = {}
    query = select(ReviewRow).where(ReviewRow.case_id.in_(cases)).order_by(ReviewRow.case_id, ReviewRow.round)
    for row in session.scalars(query) if cases else ():
        found.setdefault(row.case_id, []).append(_bare(row))
    return {case: tuple(rounds) for case, rounds in found.items()}


def waiting(reader: Reader) -> Select[Any]:
    """The ids of cases that wait for a reading: an adjudication, where both were signed and none is."""
    second = select(ReviewRow.case_id).where(ReviewRow.reading == "second")
    if reader.reading == "second":
        return second.where(ReviewRow.signed.is_(None), ReviewRow.opened_by == reader.user)
    others = aliased(ReviewRow)
    first = select(others.round).where(others.case_id == ReviewRow.case_id, others.reading == "first")
    settled = select(others.round).where(others.case_id == ReviewRow.case_id, others.reading == "adjudication")
    return second.where(
        ReviewRow.signed.is_not(None),
        ~first.where(others.signed.is_(None)).exists(),
        ~settled.where(others.signed.is_not(None)).exists(),
    )


def _there(rounds: Sequence[ReviewRow], case: str, result: int, reading: Reading) -> ReviewRow | None:
    """The open round that a reading goes on with, if it does not begin anew."""
    if reading == "first":
        last = _holding(rounds)
    else:
        last = next((each for each in reversed(rounds) if each.reading == reading), None)
    if last is None:
        return None
    if last.signed is not None:
        if reading == "second" and last.result != result:
            return None
        raise StoreConflict("the review is signed", where=case, hint="amend it")
    if last.result != result or last.reading != reading:
        what = "another result of this case is under review" if last.reading == reading else "an adjudication is open"
        raise StoreConflict(what, where=case)
    return last


def _check_second(session: Session, rounds: Sequence[ReviewRow], case: str, result: int, by: str) -> None:
    first = _holding(rounds)
    if first is None:
        raise StoreConflict("there is no first reading yet", where=case)
    if first.result != result:
        raise StoreConflict("the first reading is of another result", where=case)
    if first.reading == "adjudication":
        raise StoreConflict("the readings are adjudicated", where=case)
    if _took_part(session, case, [each for each in rounds if each.reading != "second"], by):
        raise StoreConflict("nobody second-reads their own first reading", where=case)


def _check_adjudication(rounds: Sequence[ReviewRow], case: str, result: int) -> None:
    first = _holding(rounds)
    second = next((each for each in reversed(rounds) if each.reading == "second"), None)
    if first is None or second is None or first.signed is None or second.signed is None:
        raise StoreConflict("both readings must be signed before they are adjudicated", where=case)
    if not first.result == second.result == result:
        raise StoreConflict("the readings are of different results", where=case)


def _check_independent(session: Session, rounds: Sequence[ReviewRow], row: ReviewRow, by: str) -> None:
    """A first and a second reading are of different people, as long as the first is no amendment."""
    if row.reading == "second":
        others = [each for each in rounds if each.reading != "second"]
    elif row.round == 1:
        others = [each for each in rounds if each.reading == "second"]
    else:
        return
    if _took_part(session, row.case_id, others, by):
        raise StoreConflict("whoever makes one reading takes no part in the other", where=row.case_id)
    if row.reading == "second" and by != row.opened_by:
        raise StoreConflict("the second reading is somebody else's", where=row.case_id)


def _took_part(session: Session, case: str, rounds: Sequence[ReviewRow], by: str) -> bool:
    if any(by in (each.opened_by, each.signed_by) for each in rounds):
        return True
    numbers = [each.round for each in rounds]
    query = select(DecisionRow.number).where(DecisionRow.case_id == case, DecisionRow.round.in_(numbers))
    return session.scalars(query.where(DecisionRow.by == by).limit(1)).first() is not None


def _opened(
    session: Session,
    packer: Packer,
    case: str,
    round: int,
    result: int,
    reason: str,
    by: str,
    *,
    reading: Reading = "first",
    blind: bool = False,
) -> ReviewRow:
    if session.get(ResultRow, (case, result)) is None:
        raise UnknownRecord("the case has no such result", where=case)
    row = ReviewRow(
        case_id=case,
        round=round,
        result=result,
        version=1,
        opened=now(),
        opened_by=by,
        reason=packer.pack({"reason": reason}, _context(case, round, 0)),
        signed_by="",
        reading=reading,
        blind=blind,
        seconds=0.0,
    )
    session.add(row)
    session.flush()
    return row


def _turned(session: Session, case: str, version: int, round: int | None, by: str) -> ReviewRow:
    """An open review, with the next version; only if it still has the one that was seen."""
    rounds = _rounds(session, case)
    if not rounds:
        raise UnknownRecord("the case has no review", where=case)
    row = _round(session, case, round) if round is not None else _meant(rounds, case, by)
    if row.signed is not None:
        raise StoreConflict("the review is signed", where=case, hint="amend it")
    _check_independent(session, rounds, row, by)
    seen = (ReviewRow.case_id == case, ReviewRow.round == row.round, ReviewRow.version == version)
    changed = session.execute(update(ReviewRow).where(*seen).values(version=version + 1))
    if cast("CursorResult[Any]", changed).rowcount != 1:
        raise StoreConflict("somebody else decided in the meantime", where=case, hint="look at the review again")
    session.refresh(row)
    return row


def _meant(rounds: Sequence[ReviewRow], case: str, by: str) -> ReviewRow:
    """The round that somebody means who names none: the only open one, or the open one that they began."""
    open = [each for each in rounds if each.signed is None]
    if len(open) > 1:
        open = [each for each in open if each.opened_by == by]
    if len(open) > 1 or (not open and any(each.signed is None for each in rounds)):
        raise StoreConflict("more than one reading is open", where=case, hint="say which round")
    return open[0] if open else rounds[-1]


def _next(rounds: Sequence[ReviewRow]) -> int:
    """The number of the round after these, some of which may have been withdrawn."""
    return rounds[-1].round + 1 if rounds else 1


def _holding(rounds: Sequence[ReviewRow]) -> ReviewRow | None:
    """The round that holds, or will once it is signed."""
    return next((each for each in reversed(rounds) if each.reading != "second"), None)


def _show(case: CaseRow, rounds: Sequence[ReviewRow]) -> None:
    """Let the status of the case be that of the round that holds."""
    holding = _holding(rounds)
    assert holding is not None  # a second reading comes after a first one
    amended = holding.reading == "first" and holding.round > 1
    case.status = "in_review" if holding.signed is None else "amended" if amended else "signed"
    case.updated = now()


def _rounds(session: Session, case: str) -> Sequence[ReviewRow]:
    query = select(ReviewRow).where(ReviewRow.case_id == case).order_by(ReviewRow.round)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _round(session: Session, case: str, round: int) -> ReviewRow:
    row = session.get(ReviewRow, (case, round))
    if row is None:
        raise UnknownRecord("the case has no such review", where=case)
    return row


def _found(session: Session, packer: Packer, case: str, round: int) -> Review:
    return _review(session, packer, _round(session, case, round))


def _review(session: Session, packer: Packer, row: ReviewRow) -> Review:
    return replace(
        _bare(row),
        reason=str(packer.unpack(row.reason, _context(row.case_id, row.round, 0))["reason"]),
        decisions=tuple(decision(packer, each) for each in session.scalars(_decisions(row.case_id, row.round))),
    )


def _bare(row: ReviewRow) -> Review:
    return Review(
        case=row.case_id,
        round=row.round,
        result=row.result,
        version=row.version,
        opened=row.opened,
        opened_by=row.opened_by,
        reason="",
        signed=row.signed,
        signed_by=row.signed_by,
        decisions=(),
        reading=cast("Reading", row.reading),
        blind=row.blind,
        revealed=row.revealed,
        seconds=row.seconds,
    )


def _decisions(case: str, round: int, what: Any = DecisionRow) -> Any:
    query = select(what).where(DecisionRow.case_id == case, DecisionRow.round == round)
    return query.order_by(DecisionRow.number) if what is DecisionRow else query


def decision(packer: Packer, row: DecisionRow) -> Decision:
    """A decision as its row keeps it."""
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
