"""Cases in the database: adding, finding, deleting; without the audit trail, which `wardround.store.store` writes."""

from __future__ import annotations

import datetime
import hashlib
import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, bindparam, delete, func, insert, literal, or_, select, tuple_

from wardround.coding.result import Encounter
from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store.packing import canonical
from wardround.store.records import STATUSES, Case, CasePage, Document, Result
from wardround.store.schema import CaseRow, DocumentRow, Instant, PropertyRow, ResultRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Select, Table, Tuple
    from sqlalchemy.orm import Session

    from wardround.store.files import Staged
    from wardround.store.packing import Packer
    from wardround.store.records import JobState, Kind, Status, Task, Upload

__all__ = [
    "DELETED_FOR",
    "ID",
    "LARGEST_PAGE",
    "New",
    "add",
    "add_result",
    "count",
    "document",
    "expired",
    "find",
    "found",
    "new_id",
    "now",
    "packed",
    "page",
    "remove",
    "result",
]

_CASES, _DOCUMENTS, _RESULTS = (cast("Table", row.__table__) for row in (CaseRow, DocumentRow, ResultRow))

_SETTINGS = select(PropertyRow.name, PropertyRow.value)

_USED = select(_CASES.c.created_by, _CASES.c.idempotency_key, _CASES.c.body_sha256, _CASES.c.id).where(
    _CASES.c.created_by.in_(bindparam("users", expanding=True)),
    _CASES.c.idempotency_key.in_(bindparam("keys", expanding=True)),
)
_ADD_CASES, _ADD_DOCUMENTS, _ADD_RESULTS = (insert(table) for table in (_CASES, _DOCUMENTS, _RESULTS))

ID = re.compile(r"[0-9a-f]{32}")
"""What ids look like; a database need not be asked for anything else."""

LARGEST_PAGE = 500
"""Cases that one page may have."""

DELETED_FOR = datetime.timedelta(days=30)
"""How long a deleted case can be restored before a purge removes it."""

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}")
_LONGEST = 200  # characters of an external id or an idempotency key
_HIGHEST = "\U0010ffff"  # no prefix is followed by anything higher


def now() -> datetime.datetime:
    """The time, in UTC."""
    return datetime.datetime.now(datetime.UTC)


def new_id() -> str:
    """An id that tells nothing."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A case to be.

    Attributes:
        asked: how it is to be drafted; a key stands for that, too.
        draft: its first result, as `packed` gives it.
        job: task and options of its first job, which `add` leaves to others.
    """

    id: str
    kind: Kind
    encounter: Encounter
    uploads: Sequence[tuple[Upload, Staged]]
    external_id: str
    idempotency_key: str
    asked: Mapping[str, object]
    draft: bytes | None
    job: tuple[Task, Mapping[str, object]] | None
    by: str

    def check(self) -> None:
        """Make sure that it can be kept.

        Raises:
            InputError: a value cannot be.
        """
        if self.kind not in ("note", "study"):
            raise InputError("a case is a note or a study", where="kind")
        if not self.uploads:
            raise InputError("a case has at least one document", where="documents")
        for upload, _ in self.uploads:
            if not _MEDIA_TYPE.fullmatch(upload.media_type):
                raise InputError("this is no media type", where="media_type", hint="such as text/plain")
            if upload.role not in ("note", "image", "history", "prior"):
                raise InputError("a document is a note, an image, a history or a prior study", where="role")
        for name, value in (("external_id", self.external_id), ("idempotency_key", self.idempotency_key)):
            if len(value) > _LONGEST or not value.isprintable():
                raise InputError(f"it must be at most {_LONGEST} printable characters", where=name)

    @property
    def body(self) -> str:
        """SHA-256 of what a key stands for."""
        described = [(upload.role, upload.media_type, staged.sha256) for upload, staged in self.uploads]
        told = self.encounter.model_dump(mode="json")
        return hashlib.sha256(canonical([self.kind, told, self.external_id, described, self.asked])).hexdigest()


def add(session: Session, news: Sequence[New]) -> list[Case | StoreConflict]:
    """New cases; where the same user used a key before, the case of that time, or a conflict if that had other content.

    Args:
        session: no other one adds cases at the same time.
        news: all with different keys, or without.
    """
    before = _replayed(session, [new for new in news if new.idempotency_key])
    added = [new for new in news if new.id not in before]
    if not added:
        return [before[new.id] for new in news]
    connection = session.connection()  # past the unit of work, which costs as much as all else here
    settings = dict(connection.execute(_SETTINGS).all())
    days, share = (int(settings.get(name) or 0) for name in ("retention_days", "blind_share"))
    at = now()
    keep_until = at + datetime.timedelta(days=days) if days else None
    documents = {
        new.id: [
            Document(
                id=new_id(), role=upload.role, media_type=upload.media_type, sha256=staged.sha256, size=staged.size
            )
            for upload, staged in new.uploads
        ]
        for new in added
    }
    made = {
        new.id: Case(
            id=new.id,
            kind=new.kind,
            status="new" if new.draft is None else "drafted",
            encounter=new.encounter,
            external_id=new.external_id,
            assignee="",
            created=at,
            created_by=new.by,
            updated=at,
            keep_until=keep_until,
            documents=tuple(documents[new.id]),
            results=0 if new.draft is None else 1,
            blind_share=share,
        )
        for new in added
    }
    connection.execute(
        _ADD_CASES,
        [
            {
                "id": new.id,
                "kind": new.kind,
                "status": made[new.id].status,
                "status_before": "",
                **{name: getattr(new.encounter, name) for name in ("setting", "date", "age", "sex")},
                "external_id": new.external_id,
                "idempotency_key": new.idempotency_key or None,
                "body_sha256": new.body,
                "created": at,
                "created_by": new.by,
                "updated": at,
                "keep_until": keep_until,
                "results": made[new.id].results,
            }
            for new in added
        ],
    )
    connection.execute(
        _ADD_DOCUMENTS,
        [
            {
                "id": each.id,
                "case_id": case,
                "position": position,
                "role": each.role,
                "media_type": each.media_type,
                "sha256": each.sha256,
                "size": each.size,
            }
            for case, kept in documents.items()
            for position, each in enumerate(kept)
        ],
    )
    first = [
        {"case_id": new.id, "number": 1, "created": at, "created_by": new.by, "content": new.draft}
        for new in added
        if new.draft is not None
    ]
    if first:
        connection.execute(_ADD_RESULTS, first)
    return [before.get(new.id) or made[new.id] for new in news]


def find(session: Session, case: str, *, lock: bool = False, deleted: bool = False) -> CaseRow:
    """The row of a case; with ``lock``, no other transaction changes it until this one ends.

    Raises:
        UnknownRecord: there is none.
        StoreConflict: it is deleted, and ``deleted`` does not allow that.
    """
    query = select(CaseRow).where(CaseRow.id == case)
    row = session.scalars(query.with_for_update() if lock else query).one_or_none() if ID.fullmatch(case) else None
    if row is None:
        raise UnknownRecord("there is no such case", where=case if ID.fullmatch(case) else "")
    if row.status == "deleted" and not deleted:
        raise StoreConflict("the case is deleted", where=case, hint="restore it first")
    return row


def found(session: Session, row: CaseRow) -> Case:
    """The case of a row, with its documents."""
    return _case(row, _documents(session, [row.id])[row.id])


def page(
    session: Session,
    *,
    status: Status | None,
    kind: Kind | None,
    assignee: str | None,
    job: JobState | None,
    waiting: Select[tuple[str]] | None,
    search: str,
    after: str,
    before: str,
    limit: int,
) -> CasePage:
    """Cases as `Store.cases` describes them.

    Raises:
        InputError: ``after`` or ``before`` is of no page, or ``limit`` is out of range.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise InputError(f"a page has 1 to {LARGEST_PAGE} cases", where="limit")
    if not search.isprintable() or (assignee and not ID.fullmatch(assignee)):
        return CasePage(cases=(), after="", before="")
    place = (CaseRow.created, CaseRow.id)
    query = select(CaseRow).order_by(*(c.asc() if before else c.desc() for c in place)).limit(limit + 1)
    query = query.where(CaseRow.status == status if status else CaseRow.status != "deleted")
    if kind:
        query = query.where(CaseRow.kind == kind)
    if assignee is not None:
        query = query.where(CaseRow.assignee == assignee if assignee else CaseRow.assignee.is_(None))
    if job:
        query = query.where(CaseRow.job_state == job)
    if waiting is not None:
        query = query.where(CaseRow.id.in_(waiting))
    if search:
        ranges = [and_(c >= search, c < search + _HIGHEST) for c in (CaseRow.id, CaseRow.external_id)]
        query = query.where(or_(*ranges))
    if after:
        query = query.where(tuple_(*place) < _place(after, "after"))
    if before:
        query = query.where(tuple_(*place) > _place(before, "before"))
    rows = list(session.scalars(query))
    further, rows = len(rows) > limit, rows[:limit]
    if before:
        rows.reverse()
    documents = _documents(session, [row.id for row in rows])
    return CasePage(
        cases=tuple(_case(row, documents[row.id]) for row in rows),
        after=_told_place(rows[-1]) if rows and (further or before) else "",
        before=_told_place(rows[0]) if rows and (further if before else after) else "",
    )


def count(session: Session) -> dict[Status, int]:
    """How many cases there are of each status."""
    query = select(CaseRow.status, func.count()).group_by(CaseRow.status)
    counted = dict(session.execute(query).all())
    return {status: counted.get(status, 0) for status in STATUSES}


def document(session: Session, case: str, document: str) -> Document:
    """A document of a case that is not deleted.

    Raises:
        UnknownRecord: there is no such document in it.
    """
    find(session, case)
    row = session.get(DocumentRow, document) if ID.fullmatch(document) else None
    if row is None or row.case_id != case:
        raise UnknownRecord("the case has no such document", where=case)
    return _document(row)


def add_result(session: Session, packer: Packer, case: str, content: Mapping[str, object], by: str) -> Result:
    """The next result of a case, which is drafted then if it was new."""
    row = find(session, case, lock=True)
    row.results += 1
    row.updated = at = now()
    if row.status == "new":
        row.status = "drafted"
    kept = packed(packer, case, row.results, content)
    session.add(ResultRow(case_id=case, number=row.results, created=at, created_by=by, content=kept))
    return Result(case=case, number=row.results, created=at, created_by=by, content=content)


def packed(packer: Packer, case: str, number: int, content: Mapping[str, object]) -> bytes:
    """A result as it is kept."""
    return packer.pack(content, f"result {case} {number}")


def result(session: Session, packer: Packer, case: str, number: int | None) -> Result:
    """A result of a case, the newest without a number.

    Raises:
        UnknownRecord: there is none.
    """
    kept = find(session, case)
    wanted = kept.results if number is None else number
    row = session.get(ResultRow, (case, wanted))
    if row is None:
        raise UnknownRecord("the case has no such result", where=case)
    return Result(
        case=case,
        number=row.number,
        created=row.created,
        created_by=row.created_by,
        content=packer.unpack(row.content, f"result {case} {row.number}"),
    )


def expired(session: Session, at: datetime.datetime, limit: int) -> list[CaseRow]:
    """Cases that are kept no longer, locked."""
    gone = and_(CaseRow.status == "deleted", CaseRow.updated <= at - DELETED_FOR)
    query = select(CaseRow).where(or_(CaseRow.keep_until <= at, gone)).order_by(CaseRow.created)
    return list(session.scalars(query.limit(limit).with_for_update()))


def remove(session: Session, row: CaseRow) -> list[str]:
    """Take a case and all that belongs to it out of the database; the SHA-256 of its documents."""
    digests = list(session.scalars(select(DocumentRow.sha256).where(DocumentRow.case_id == row.id)))
    session.execute(delete(CaseRow).where(CaseRow.id == row.id))
    return digests


def _replayed(session: Session, news: Sequence[New]) -> dict[str, Case | StoreConflict]:
    """Of new cases whose keys were used before what their adding comes to, by their own ids."""
    if not news:
        return {}
    asked = {(new.by, new.idempotency_key): new for new in news}
    used = {"users": list({new.by for new in news}), "keys": list({new.idempotency_key for new in news})}
    outcomes: dict[str, Case | StoreConflict] = {}
    for by, key, body, case in session.connection().execute(_USED, used).all():
        new = asked.get((by, key))
        if new is None:
            continue
        if body == new.body:
            outcomes[new.id] = replace(found(session, find(session, case, deleted=True)), replayed=True)
        else:
            what = "the idempotency key was used before, with another content"
            outcomes[new.id] = StoreConflict(what, where=case)
    return outcomes


def _place(told: str, where: str) -> Tuple:
    """The place in the list that a page told, for a comparison in the database."""
    time, _, case = told.partition("/")
    try:
        at = datetime.datetime.fromisoformat(time)
    except ValueError:
        at = datetime.datetime.min
    if at.tzinfo is None or not ID.fullmatch(case):
        raise InputError("this is the end of no page", where=where)
    return tuple_(literal(at, Instant), literal(case))


def _told_place(row: CaseRow) -> str:
    return f"{row.created.isoformat()}/{row.id}"


def _documents(session: Session, cases: Sequence[str]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {case: [] for case in cases}
    query = select(DocumentRow).where(DocumentRow.case_id.in_(cases)).order_by(DocumentRow.position)
    for row in session.scalars(query) if cases else ():
        found[row.case_id].append(_document(row))
    return found


def _document(row: DocumentRow) -> Document:
    role = cast("Any", row.role)
    return Document(id=row.id, role=role, media_type=row.media_type, sha256=row.sha256, size=row.size)


def _case(row: CaseRow, documents: Iterable[Document]) -> Case:
    return Case(
        id=row.id,
        kind=cast("Kind", row.kind),
        status=cast("Status", row.status),
        encounter=Encounter(setting=cast("Any", row.setting), date=row.date, age=row.age, sex=cast("Any", row.sex)),
        external_id=row.external_id,
        assignee=row.assignee or "",
        created=row.created,
        created_by=row.created_by,
        updated=row.updated,
        keep_until=row.keep_until,
        documents=tuple(documents),
        results=row.results,
        job=row.job or "",
        job_state=cast("JobState", row.job_state or ""),
    )
