"""The audit trail: one event for each reading and writing of patient data, each bound to the one before by its hash.

``hash`` is SHA-256 over ``previous`` and the canonical JSON of all other fields. Triggers refuse to change or delete an
event. Somebody who may alter the database's schema can take the triggers away; then

- a changed, removed, inserted or moved event is found, as the chain breaks there or at the head;
- events cut off at the end are found, as the table ``audit_head`` names the last one;
- a trail rewritten from some event to its end, together with its head, is found only by a head that was kept elsewhere:
  ``wardround audit verify`` prints it, every backup holds it, and ``--head`` compares it.

Source: events after IHE BALP (Basic Audit Log Patterns) 1.1.3; chaining after Schneier and Kelsey, "Secure Audit Logs
to Support Computer Forensics", 1999, without its keys.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, insert, select, update

from wardround.errors import InputError, StoreDamaged
from wardround.store.packing import canonical
from wardround.store.records import Event, Verified
from wardround.store.schema import AuditHeadRow, AuditRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from wardround.store.records import Action, Actor, Outcome

__all__ = ["Entry", "append", "digest_of", "event_of", "events", "verify"]

_EVENTS = cast("Table", AuditRow.__table__)
_HEAD = cast("Table", AuditHeadRow.__table__)
_LAST = select(_HEAD.c.sequence, _HEAD.c.hash).with_for_update()
_ADVANCE = update(_HEAD).values(sequence=bindparam("to_sequence"), hash=bindparam("to_hash"))
_ADD = insert(_EVENTS)
_FIELDS = ("sequence", "at", "actor", "role", "action", "kind", "resource", "outcome", "reason", "details")
_LONGEST_REASON = 500  # characters
_BATCH = 1000


@dataclass(slots=True, kw_only=True)
class Entry:
    """An event to be; what happens in the transaction may still name the resource and add details.

    Attributes:
        followed_by: further events of the same transaction.
    """

    actor: Actor
    action: Action
    kind: str
    resource: str = ""
    outcome: Outcome = "success"
    reason: str = ""
    details: dict[str, object] = field(default_factory=dict)
    followed_by: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.reason) > _LONGEST_REASON:
            raise InputError(f"the reason has more than {_LONGEST_REASON} characters")
        if not self.actor.id:
            raise InputError("nobody is named who acts")

    def then(self, *, kind: str, **details: object) -> None:
        """Let an event of the same action on the same resource follow, with another kind and details of its own."""
        entry = Entry(actor=self.actor, action=self.action, kind=kind, resource=self.resource, details=details)
        self.followed_by.append(entry)


def append(session: Session, *entries: Entry) -> None:
    """Write ``entries`` as the last events. The head stays locked until the transaction ends."""
    connection = session.connection()
    sequence, previous = connection.execute(_LAST).one()
    rows: list[dict[str, Any]] = []
    for entry in entries:
        sequence += 1
        fields: dict[str, Any] = {
            "sequence": sequence,
            "at": datetime.datetime.now(datetime.UTC),
            "actor": entry.actor.id,
            "role": entry.actor.role,
            "action": entry.action,
            "kind": entry.kind,
            "resource": entry.resource,
            "outcome": entry.outcome,
            "reason": entry.reason,
            "details": canonical(entry.details).decode(),
        }
        rows.append({**fields, "previous": previous, "hash": _digest(fields, previous)})
        previous = rows[-1]["hash"]
    connection.execute(_ADD, rows)
    connection.execute(_ADVANCE, {"to_sequence": sequence, "to_hash": previous})


def digest_of(row: AuditRow) -> str:
    """What the hash of an event must be, 64 hexadecimal digits."""
    return _digest({name: getattr(row, name) for name in _FIELDS}, row.previous)


def _digest(fields: Mapping[str, Any], previous: str) -> str:
    at = fields["at"].astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(previous.encode() + b"\n" + canonical({**fields, "at": at})).hexdigest()


def event_of(row: AuditRow) -> Event:
    """The event of a row, unchecked."""
    fields = {name: getattr(row, name) for name in _FIELDS if name != "details"}
    return Event(**fields, details=json.loads(row.details), previous=row.previous, hash=row.hash)


def events(
    session: Session,
    *,
    actor: str = "",
    action: str = "",
    resource: str = "",
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
    after: int = 0,
    limit: int = _BATCH,
) -> Iterator[Event]:
    """Events from the oldest on, as chosen: ``since`` ≤ time < ``until``, sequence > ``after``."""
    query = select(AuditRow).where(AuditRow.sequence > after).order_by(AuditRow.sequence).limit(limit)
    for column, value in ((AuditRow.actor, actor), (AuditRow.action, action), (AuditRow.resource, resource)):
        if value:
            query = query.where(column == value)
    if since is not None:
        query = query.where(AuditRow.at >= since)
    if until is not None:
        query = query.where(AuditRow.at < until)
    for row in session.scalars(query):
        yield event_of(row)
        session.expunge(row)


def verify(session: Session, *, head: str = "", progress: Callable[[int, int], None] | None = None) -> Verified:
    """Go through the whole trail.

    Args:
        head: ``N:hash`` as told earlier; that event must be there unchanged.
        progress: told the events that are done, and how many there are.

    Raises:
        StoreDamaged: the trail is not what was written; ``where`` is the first event that shows it.
        InputError: ``head`` has another form.
    """
    kept_number, _, kept_hash = head.partition(":")
    if head not in ("", "0:") and not (kept_number.isdecimal() and len(kept_hash) == 64):
        raise InputError("this is no head of an audit trail", where="--head", hint="N:hash, as audit verify prints it")
    last = session.execute(select(AuditHeadRow.sequence, AuditHeadRow.hash)).one_or_none()
    if last is None:
        raise StoreDamaged("the head of the audit trail is gone")
    query = select(AuditRow).order_by(AuditRow.sequence).execution_options(yield_per=_BATCH)
    with closing(session.scalars(query)) as rows:
        number, previous = _followed(session, rows, head, lambda done: progress and progress(done, last.sequence))
    if (number, previous) != (last.sequence, last.hash):
        raise StoreDamaged("events are missing at the end, or the head was changed", where=f"event {number + 1}")
    if head and int(kept_number) > number:
        raise StoreDamaged("events are missing at the end", where=f"event {number + 1}")
    return Verified(events=number, head=f"{number}:{previous}")


def _followed(session: Session, rows: Iterable[AuditRow], head: str, tell: Callable[[int], object]) -> tuple[int, str]:
    """Number and hash of the last row, once each was found to follow the one before."""
    kept_number, _, kept_hash = head.partition(":")
    number, previous = 0, ""
    try:
        for row in rows:
            number += 1
            _check(row, number, previous, kept_hash if kept_number == str(number) else "")
            previous = row.hash
            session.expunge(row)
            if number % _BATCH == 0:
                tell(number)
    except (ValueError, TypeError, OverflowError):  # a value that its column cannot hold
        raise StoreDamaged("an event was changed", where=f"event {number + 1}") from None
    return number, previous


def _check(row: AuditRow, number: int, previous: str, kept_hash: str) -> None:
    where = f"event {number}"
    if row.sequence != number:
        raise StoreDamaged("an event is missing", where=where)
    if row.previous != previous:
        raise StoreDamaged("an event was removed, inserted or moved", where=where)
    if row.hash != digest_of(row):
        raise StoreDamaged("an event was changed", where=where)
    if kept_hash and row.hash != kept_hash:
        raise StoreDamaged(
            "the trail was rewritten: this event has another hash than the head that was kept", where=where
        )
