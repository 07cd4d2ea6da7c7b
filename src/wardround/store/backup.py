"""Backups: one tar file, the same for every database, that lists the SHA-256 of all it holds.

::

    tables/<name>.jsonl    the rows of each table, one JSON object a line
    documents/<sha256>     each document as it lies on the disk, sealed where the store has a key
    manifest.json          the version of the database, the counts, the head of the audit trail, and all SHA-256

Sessions and attempts to sign in are left out: after a restore, everybody signs in anew.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, insert, select, update

from wardround import __version__
from wardround.errors import StoreConflict, StoreDamaged, StoreError
from wardround.store import audit
from wardround.store.packing import canonical
from wardround.store.schema import (
    AttemptRow,
    AuditHeadRow,
    AuditRow,
    Base,
    CaseRow,
    DocumentRow,
    Instant,
    PropertyRow,
    SessionRow,
    UserRow,
)
from wardround.store.sealing import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from wardround.store.database import Database
    from wardround.store.files import Files

    Progress = Callable[[str, int, int], None]

__all__ = ["read_backup", "write_backup"]

_FORMAT = "wardround.backup/1"
_MANIFEST = "manifest.json"
_DOCUMENT = re.compile(r"documents/([0-9a-f]{64})")
_LARGEST_MANIFEST = 1 << 30
_BATCH = 500
_LEFT_OUT = {AttemptRow.__table__, SessionRow.__table__}
_TABLES = [table for table in Base.metadata.sorted_tables if table not in _LEFT_OUT]


def write_backup(database: Database, files: Files, target: Path, progress: Progress | None = None) -> None:
    """Everything there is at this moment in one file, which appears when it has been read back and found right.

    Raises:
        StoreError: it cannot be written, or a case was purged meanwhile.
        StoreDamaged: a document is not what was put there.
    """
    with _beside(target) as part:
        with database.reading() as session, tarfile.open(part, "w") as tar:
            _write(database, session, files, tar, progress)
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        with _opened(part) as tar:
            _check(tar, "check", progress)
        part.replace(target)


def read_backup(database: Database, files: Files, source: Path, progress: Progress | None = None) -> None:
    """Take over a backup into an empty store: all of it, or nothing.

    Raises:
        StoreError: it cannot be read, or is of another version of the database.
        StoreConflict: the store is not empty, or has another key.
        StoreDamaged: it was changed.
    """
    with _opened(source) as tar:
        manifest = _check(tar, "check", progress)
        if manifest["revision"] != database.revision:
            hint = f"use wardround {manifest['wardround']}, then update"
            raise StoreError("the backup is of another version of the database", where=source.name, hint=hint)
        names = [name for name in manifest["members"] if _DOCUMENT.fullmatch(name)]
        with database.writing() as session:
            database.serialise(session)
            _check_empty(session)
            for table in _TABLES:
                _read_table(session, tar, table)
            for done, name in enumerate(names):
                with files.take_over(name.removeprefix("documents/"), _chunks(tar, name)) as staged:
                    files.keep(staged)
                if progress:
                    progress("documents", done + 1, len(names))
            session.flush()
            told = audit.verify(session, head=manifest["audit_head"])
            if told.head != manifest["audit_head"]:
                raise StoreDamaged("the audit trail is not the one that was kept", where=source.name)
            for sha256 in session.scalars(select(DocumentRow.sha256).distinct()):
                if f"documents/{sha256}" not in manifest["members"]:
                    raise StoreDamaged("a document is not in the backup", where=sha256)


def _write(database: Database, session: Session, files: Files, tar: tarfile.TarFile, progress: Progress | None) -> None:
    members: dict[str, dict[str, object]] = {}
    counts: dict[str, int] = {}
    for table in _TABLES:
        with tempfile.TemporaryFile(dir=os.path.dirname(os.path.abspath(str(tar.name)))) as rows:
            counts[table.name] = 0
            with closing(session.execute(select(table).execution_options(yield_per=_BATCH))) as found:
                for row in found:
                    rows.write(canonical(_plain(row._asdict())) + b"\n")
                    counts[table.name] += 1
            members |= _add(tar, f"tables/{table.name}.jsonl", rows)
        if progress:
            progress(f"table {table.name}", counts[table.name], counts[table.name])
    wanted = list(session.scalars(select(DocumentRow.sha256).distinct().order_by(DocumentRow.sha256)))
    for done, sha256 in enumerate(wanted):
        try:
            for _ in files.chunks(sha256):  # opened and compared; what is written is the file as it lies there
                pass
            with tempfile.TemporaryFile(dir=os.path.dirname(os.path.abspath(str(tar.name)))) as copy:
                for piece in files.stored(sha256):
                    copy.write(piece)
                members |= _add(tar, f"documents/{sha256}", copy)
        except StoreDamaged:
            with database.reading() as later:
                if later.scalar(select(func.count()).where(DocumentRow.sha256 == sha256)):
                    raise
            raise StoreError("a case was purged meanwhile", hint="make the backup again", retryable=True) from None
        if progress:
            progress("documents", done + 1, len(wanted))
    head = session.execute(select(AuditHeadRow.sequence, AuditHeadRow.hash)).one()
    manifest = {
        "format": _FORMAT,
        "wardround": __version__,
        "revision": database.revision,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "audit_head": f"{head.sequence}:{head.hash}",
        "counts": counts,
        "members": members,
    }
    _add(tar, _MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()))


def _add(tar: tarfile.TarFile, name: str, content: io.BufferedRandom | io.BytesIO) -> dict[str, dict[str, object]]:
    info = tarfile.TarInfo(name)
    info.size = content.seek(0, os.SEEK_END)
    info.mode = 0o600
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256").hexdigest()
    content.seek(0)
    tar.addfile(info, content)
    return {name: {"size": info.size, "sha256": digest}}


def _check(tar: tarfile.TarFile, step: str, progress: Progress | None) -> dict[str, Any]:
    """The manifest, once everything was compared with it."""
    where = os.path.basename(str(tar.name))
    found = tar.getmembers()
    if not found or found[-1].name != _MANIFEST or found[-1].size > _LARGEST_MANIFEST:
        raise StoreError("this is no backup, or not a whole one", where=where)
    try:
        manifest = json.loads(b"".join(_chunks(tar, _MANIFEST)))
        members = manifest["members"]
        if manifest["format"] != _FORMAT:
            raise StoreError("the backup has a form that is not known", where=where, hint="update wardround")
        tables = {f"tables/{table.name}.jsonl" for table in _TABLES}
        known = all(name in tables or _DOCUMENT.fullmatch(name) for name in members)
        if not known or [each.name for each in found] != [*members, _MANIFEST]:
            raise StoreDamaged("the backup does not hold what it lists", where=where)
        for done, (name, told) in enumerate(members.items()):
            digest = hashlib.sha256()
            for piece in _chunks(tar, name):
                digest.update(piece)
            if digest.hexdigest() != told["sha256"]:
                raise StoreDamaged("a part of the backup was changed", where=name)
            if progress:
                progress(step, done + 1, len(members))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreDamaged("the list of the backup was changed", where=where) from None
    return cast("dict[str, Any]", manifest)


def _check_empty(session: Session) -> None:
    for row in (CaseRow, UserRow, AuditRow):
        if session.scalar(select(func.count()).select_from(row)):
            raise StoreConflict("the store is not empty", hint="restore into a new folder, or a new database")


def _read_table(session: Session, tar: tarfile.TarFile, table: Table) -> None:
    rows = (_typed(json.loads(line), table) for line in _lines(tar, f"tables/{table.name}.jsonl"))
    if table is AuditHeadRow.__table__:
        for row in rows:
            if row["sequence"]:
                session.execute(update(table).values(sequence=row["sequence"], hash=row["hash"]))
    elif table is PropertyRow.__table__:
        for row in rows:
            _take_property(session, row)
    else:
        batch = []
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                session.execute(insert(table), batch)
                batch = []
        if batch:
            session.execute(insert(table), batch)


def _take_property(session: Session, row: dict[str, Any]) -> None:
    if row["name"] == "key_check":
        here = session.scalar(select(PropertyRow.value).where(PropertyRow.name == "key_check"))
        if here != row["value"]:
            what = "the backup has another key than this store" if row["value"] else "the backup is not encrypted"
            raise StoreConflict(what, hint="give a new store the key file of the one that was backed up, if it had one")
    else:
        session.merge(PropertyRow(**row))


def _plain(row: dict[str, Any]) -> dict[str, object]:
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime.date):  # a datetime is one, too
        return value.isoformat()
    return value


def _typed(row: dict[str, Any], table: Table) -> dict[str, Any]:
    if set(row) != set(table.columns.keys()):
        raise StoreDamaged("a row of the backup is not one of its table", where=f"table {table.name}")
    readers: dict[type, Callable[[str], object]] = {
        bytes: base64.b64decode,
        datetime.datetime: datetime.datetime.fromisoformat,
        datetime.date: datetime.date.fromisoformat,
    }
    for column in table.columns:
        kind = datetime.datetime if isinstance(column.type, Instant) else column.type.python_type
        if (read := readers.get(kind)) and row[column.name] is not None:
            row[column.name] = read(row[column.name])
    return row


def _lines(tar: tarfile.TarFile, name: str) -> Iterator[bytes]:
    file = tar.extractfile(name)
    assert file is not None  # `_check` read it
    with file:
        yield from file


def _chunks(tar: tarfile.TarFile, name: str) -> Iterator[bytes]:
    file = tar.extractfile(name)
    if file is None:  # a folder, a link to nothing
        raise StoreDamaged("the backup does not hold what it lists", where=name)
    with file:
        while piece := file.read(CHUNK):
            yield piece


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file beside ``target``, for its owner only, that is gone at the end unless it was moved."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise StoreError(f"the backup cannot be written: {reason}", where=target.name) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:") as tar:
            yield tar
    except tarfile.TarError:
        raise StoreError("this is no backup, or not a whole one", where=source.name) from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise StoreError(f"the backup cannot be read: {reason}", where=source.name) from None
