"""Attempts to sign in: who gives a wrong password again and again must wait.

Five in a row lock a name for a minute, each further one for twice as long, up to an hour. Names that are no user's are
treated alike, so that an answer does not tell who is a user; only the SHA-256 of a name is kept, as people sometimes
type their password there.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from wardround.store.schema import AttemptRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["ALLOWED", "LONGEST", "count", "forget", "locked"]

ALLOWED = 5
"""Attempts in a row of which the last locks a name."""

LONGEST = datetime.timedelta(hours=1)
"""That a name is locked."""

_SHORTEST = datetime.timedelta(minutes=1)
_REMEMBERED = datetime.timedelta(days=1)
_MOST = 100_000  # names that are remembered


def count(session: Session, name: str, at: datetime.datetime) -> datetime.datetime | None:
    """Take an attempt for a wrong one, until `forget` says otherwise; until when the name is locked if it was before.

    Counting comes before the password is checked, so that many attempts at once are no more than as many in a row.
    """
    digest = _digest(name)
    row = session.get(AttemptRow, digest, with_for_update=True)
    if row is None:
        _make_room(session, at)
        row = AttemptRow(digest=digest, count=0, last=at)
        session.add(row)
    elif row.locked_until is not None and row.locked_until > at:
        return row.locked_until
    elif row.last <= at - _REMEMBERED:
        row.count = 0
    row.count += 1
    row.last = at
    doubled = min(row.count - ALLOWED, 10)  # 2 ** 10 minutes are more than an hour
    row.locked_until = at + min(_SHORTEST * 2**doubled, LONGEST) if doubled >= 0 else None
    session.flush()
    return None


def locked(session: Session, name: str, at: datetime.datetime) -> datetime.datetime | None:
    """Until when a name is locked; None if it is not."""
    until = session.scalar(select(AttemptRow.locked_until).where(AttemptRow.digest == _digest(name)))
    return until if until is not None and until > at else None


def forget(session: Session, name: str) -> None:
    """Begin anew with a name, as whoever gave it was the right one."""
    session.execute(delete(AttemptRow).where(AttemptRow.digest == _digest(name)))


def _make_room(session: Session, at: datetime.datetime) -> None:
    session.execute(delete(AttemptRow).where(AttemptRow.last <= at - _REMEMBERED))
    if (session.scalar(select(func.count()).select_from(AttemptRow)) or 0) >= _MOST:
        oldest = select(AttemptRow.digest).order_by(AttemptRow.last).limit(_MOST // 100)
        session.execute(delete(AttemptRow).where(AttemptRow.digest.in_(oldest)))


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
