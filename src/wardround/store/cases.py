"""Cases in the database: adding, finding, deleting; without the audit trail, which `wardround.store.store` writes."""

from __future__ import annotations

import datetime
import hashlib
import re
import uuid
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, delete, func, insert, literal, or_, select, tuple_

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
    from wardround.store.records import JobState, Kind, Status, Upload

__all__ = [
    "DELETED_FOR",
    "ID",
    "LARGEST_PAGE",
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


def add(
    session: Session,
    *,
    id: str,
    kind: Kind,
    encounter: Encounter,
    uploads: Sequence[tuple[Upload, Staged]],
    external_id: str,
    idempotency_key: str,
    asked: Mapping[str, object],
    draft: bytes | None,
    by: str,
) -> Case:
    """A new case, or the one that was added by the same user with the same key and the same content.

    Args:
        id: of the new case.
        asked: how it is to be drafted; a key stands for that, too.
        draft: its first result, as `packed` gives it.

    Raises:
        InputError: a value cannot be kept.
        StoreConflict: the key was used before, with another content.
    """
    _check(kind, uploads, external_id, idempotency_key)
    described = [(upload.role, upload.media_type, staged.sha256) for upload, staged in uploads]
    told = encounter.model_dump(mode="json")
    body = hashlib.sha256(canonical([kind, told, external_id, described, asked])).hexdigest()
    if idempotency_key:
        query = select(CaseRow).where(CaseRow.created_by == by, CaseRow.idempotency_key == idempotency_key)
        if (before := session.scalars(query).one_or_none()) is not None:
            if before.body_sha256 != body:
                raise StoreConflict("the idempotency key was used before, with another content", where=before.id)
            return _case(before, _documents(session, [before.id])[before.id], replayed=True)
    at = now()
    days = session.scalar(select(PropertyRow.value).where(PropertyRow.name == "retention_days"))
    case = {
        "id": id,
        "kind": kind,
        "status": "new" if draft is None else "drafted",
        "status_before": "",
        **{name: getattr(encounter, name) for name in ("setting", "date", "age", "sex")},
        "external_id": external_id,
        "idempotency_key": idempotency_key or None,
        "body_sha256": body,
        "created": at,
        "created_by": by,
        "updated": at,
        "keep_until": at + datetime.timedelta(days=int(days)) if days else None,
        "results": 0 if draft is None else 1,
    }
    documents = [
        {
            "id": new_id(),
            "case_id": id,
            "position": position,
            "role": upload.role,
            "media_type": upload.media_type,
            "sha256": staged.sha256,
            "size": staged.size,
        }
        for position, (upload, staged) in enumerate(uploads)
    ]
    connection = session.connection()  # past the unit of work, which costs as much as all else here
    connection.execute(insert(_CASES), case)
    connection.execute(insert(_DOCUMENTS), documents)
    if draft is not None:
        first = {"case_id": id, "number": 1, "created": at, "created_by": by, "content": draft}
        connection.execute(insert(_RESULTS), first)
    return _case(CaseRow(**case), [_document(DocumentRow(**each)) for each in documents])


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


def _check(kind: str, uploads: Iterable[tuple[Upload, Staged]], external_id: str, idempotency_key: str) -> None:
    if kind not in ("note", "study"):
        raise InputError("a case is a note or a study", where="kind")
    if not uploads:
        raise InputError("a case has at least one document", where="documents")
    for upload, _ in uploads:
        if not _MEDIA_TYPE.fullmatch(upload.media_type):
            raise InputError("this is no media type", where="media_type", hint="such as text/plain")
        if upload.role not in ("note", "image", "history", "prior"):
            raise InputError("a document is a note, an image, a history or a prior study", where="role")
    for name, value in (("external_id", external_id), ("idempotency_key", idempotency_key)):
        if len(value) > _LONGEST or not value.isprintable():
            raise InputError(f"it must be at most {_LONGEST} printable characters", where=name)


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


def _case(row: CaseRow, documents: Iterable[Document], *, replayed: bool = False) -> Case:
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
        replayed=replayed,
    )
