"""The store: each verb is one transaction, and one event in the audit trail within it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from wardround.errors import InputError, StoreError
from wardround.settings import data_folder
from wardround.store import audit, cases, reviews, users
from wardround.store.accounts import Accounts
from wardround.store.additions import Additions
from wardround.store.audit import Entry
from wardround.store.audited import Audited, told
from wardround.store.database import Database
from wardround.store.files import Files
from wardround.store.jobs import Jobs, cancel_all
from wardround.store.packing import Packer
from wardround.store.reviewing import Reviewing
from wardround.store.schema import CaseRow, DocumentRow, PropertyRow
from wardround.store.sealing import Seal, read_key

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from wardround.coding.result import Encounter
    from wardround.store.records import (
        Action,
        Actor,
        Case,
        CasePage,
        DocumentRole,
        Event,
        JobState,
        Kind,
        Outcome,
        Reader,
        Result,
        SignedNote,
        Status,
        Task,
        Upload,
        Verified,
    )

__all__ = ["Store"]

_BATCH = 200  # cases that a purge removes in one transaction


class Store(Reviewing):
    """Cases, results, reviews, users and the audit trail. Safe to share between threads; made by `open_store`.

    Each verb that reads or writes patient data takes who acts and writes one event, in the transaction of the change.
    An attempt that fails is an event too, with the outcome ``failure``. Who may do what is not decided here.

    All verbs raise `StoreError` where the database or the disk fails; it is ``retryable`` where the database was busy.

    Attributes:
        folder: of the documents, and of SQLite's file.
        accounts: users, their tokens and sessions.
        jobs: long work on cases.
    """

    def __init__(self, url: str, folder: Path | None, key_file: Path | None, *, make: bool) -> None:
        self.folder = folder or data_folder() / "store"
        try:
            if make:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise StoreError(f"the folder cannot be made: {reason}", where=self.folder.name) from None
        self._database = Database(url, self.folder, make=make)
        try:
            self._seal = self._unlocked(key_file)
        except BaseException:
            self._database.close()
            raise
        self._files = Files(self.folder / "documents", self._seal)
        self._packer = Packer(self._seal)
        self._audited = Audited(self._database)
        self._additions = Additions(self._audited, self._files)
        self.accounts = Accounts(self._audited)
        self.jobs = Jobs(self._audited, self._packer)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the database."""
        self._database.close()

    # Cases

    def add_case(
        self,
        actor: Actor,
        kind: Kind,
        documents: Sequence[Upload],
        encounter: Encounter | None = None,
        *,
        external_id: str = "",
        idempotency_key: str = "",
        asked: Mapping[str, object] | None = None,
        draft: Mapping[str, object] | None = None,
        job: tuple[Task, Mapping[str, object]] | None = None,
    ) -> Case:
        """Keep a new case. When this returns, it outlives a crash. Audited: create, also of the draft or job.

        The same actor's same key, with the same content asked for in the same way, gives the case that is there,
        ``replayed``; it gets no further draft or job.

        Args:
            actor: who acts.
            kind: ``note`` or ``study``.
            documents: at least one.
            encounter: what is known of it.
            external_id: what another system calls the case.
            idempotency_key: by which a repeated call is known.
            asked: how it is to be drafted, which a repeated call may not change; by default the job's options.
            draft: its first result, as `add_result` takes it; in the same transaction.
            job: task and options of its first job, as `Jobs.add` takes them; in the same transaction.

        Raises:
            InputError: a document cannot be read, or a value cannot be kept.
            StoreConflict: the key was used before, with another content.
        """
        from wardround.coding.result import Encounter

        id = cases.new_id()
        first = None if draft is None else cases.packed(self._packer, id, 1, draft)
        with ExitStack() as staging:
            new = cases.New(
                id=id,
                kind=kind,
                encounter=encounter or Encounter(),
                uploads=[(each, staging.enter_context(self._files.stage(each.content))) for each in documents],
                external_id=external_id,
                idempotency_key=idempotency_key,
                asked=(job[1] if job else {}) if asked is None else asked,
                draft=first,
                job=job,
                by=actor.id,
            )
            return self._additions.add(actor, new)

    def case(self, actor: Actor, case: str) -> Case:
        """A case, also a deleted one. Audited: read.

        Raises:
            UnknownRecord: there is no such case.
        """
        with self._audited.acting(Entry(actor=actor, action="read", kind="case", resource=case)) as session:
            return cases.found(session, cases.find(session, case, deleted=True))

    def cases(
        self,
        actor: Actor,
        *,
        status: Status | None = None,
        kind: Kind | None = None,
        assignee: str | None = None,
        job: JobState | None = None,
        task: Reader | None = None,
        search: str = "",
        after: str = "",
        before: str = "",
        limit: int = 50,
    ) -> CasePage:
        """One page of cases, the newest first. Audited: query, with the filters but not what was searched for.

        Args:
            actor: who acts.
            status: without it all but the deleted ones.
            kind: only notes, or only studies.
            assignee: id of a user; empty for cases that nobody has; None for any.
            job: state of the newest job; None for any.
            task: only cases that wait for this reading.
            search: how the case's id or its external id begins.
            after: where the page of newer cases ended, as it told.
            before: where the page of older cases began, as it told.
            limit: cases of the page, at most 500.

        Raises:
            InputError: ``after`` or ``before`` is of no page, or ``limit`` is out of range.
        """
        asked = {
            "status": status,
            "kind": kind,
            "assignee": assignee,
            "job": job,
            "task": task and task.reading,
            "search": bool(search),
            "further": bool(after or before),
        }
        details: dict[str, object] = {name: value for name, value in asked.items() if value not in (None, False)}
        entry = Entry(actor=actor, action="query", kind="case", details=details)
        with self._audited.acting(entry) as session:
            page = cases.page(
                session,
                status=status,
                kind=kind,
                assignee=assignee,
                job=job,
                waiting=reviews.waiting(task) if task else None,
                search=search,
                after=after,
                before=before,
                limit=limit,
            )
            entry.details["cases"] = len(page.cases)
            return page

    def count(self) -> dict[Status, int]:
        """How many cases there are of each status. Not audited: it tells of none."""
        with self._database.reading() as session:
            return cases.count(session)

    def has(self, case: str) -> bool:
        """Whether there is a case that is not deleted. Not audited: it tells nothing of it."""
        if not cases.ID.fullmatch(case):
            return False
        with self._database.reading() as session:
            return session.scalar(select(CaseRow.status).where(CaseRow.id == case)) not in (None, "deleted")

    def assign(self, actor: Actor, case: str, user: str) -> Case:
        """Give a case to a user, or to nobody. Audited: update.

        Raises:
            UnknownRecord: there is no such case or user.
            StoreConflict: the case is deleted.
        """
        entry = Entry(actor=actor, action="update", kind="case", resource=case, details={"assignee": told(user)})
        with self._audited.acting(entry) as session:
            row = cases.find(session, case, lock=True)
            row.assignee = users.found(session, user).id if user else None
            row.updated = cases.now()
            return cases.found(session, row)

    def delete(self, actor: Actor, case: str, reason: str = "") -> Case:
        """Put a case away; it can be restored for 30 days, until a purge. Audited: delete, with the reason.

        Its jobs that are not finished are cancelled.

        Raises:
            UnknownRecord: there is no such case.
            StoreConflict: it is deleted already.
        """
        entry = Entry(actor=actor, action="delete", kind="case", resource=case, reason=reason)
        with self._audited.acting(entry) as session:
            row = cases.find(session, case, lock=True)
            if cancelled := cancel_all(session, row):
                entry.details["jobs_cancelled"] = cancelled
            row.status_before, row.status, row.updated = row.status, "deleted", cases.now()
            return cases.found(session, row)

    def restore_deleted(self, actor: Actor, case: str, reason: str = "") -> Case:
        """Take a deleted case back as it was; one that is not deleted stays. Audited: update, with the reason.

        Raises:
            UnknownRecord: there is no such case.
        """
        entry = Entry(
            actor=actor, action="update", kind="case", resource=case, reason=reason, details={"restored": True}
        )
        with self._audited.acting(entry) as session:
            row = cases.find(session, case, lock=True, deleted=True)
            if row.status == "deleted":
                row.status, row.status_before, row.updated = row.status_before, "", cases.now()
            return cases.found(session, row)

    def retention(self) -> int | None:
        """How many days cases that are added from now on are kept; None for always. Not audited."""
        with self._database.reading() as session:
            kept = session.scalar(select(PropertyRow.value).where(PropertyRow.name == "retention_days"))
            return int(kept) if kept else None

    def set_retention(self, actor: Actor, days: int | None) -> None:
        """How long cases that are added from now on are kept; None for always. Audited: update.

        Raises:
            InputError: it is not 1 to 36,500 days.
        """
        if days is not None and not 1 <= days <= 36_500:
            raise InputError("cases are kept for 1 to 36,500 days", where="days")
        entry = Entry(actor=actor, action="update", kind="store", details={"retention_days": days})
        with self._audited.acting(entry, exclusive=True) as session:
            session.merge(PropertyRow(name="retention_days", value=str(days or "")))

    def purge(self, actor: Actor, at: datetime.datetime | None = None) -> int:
        """Remove for good what is past its retention or was deleted 30 days before ``at``, by default now.

        Documents go when no other case has them. Audited: delete, once for each case, with its documents' SHA-256.

        Returns:
            how many cases were removed.
        """
        when = at or cases.now()
        removed = 0
        while True:
            with self._database.writing() as session:
                rows = cases.expired(session, when, _BATCH)
                for row in rows:
                    why = "deleted" if row.status == "deleted" else "retention"
                    details: dict[str, object] = {"purged": why, "sha256": cases.remove(session, row)}
                    entry = Entry(actor=actor, action="delete", kind="case", resource=row.id, details=details)
                    audit.append(session, entry)
            removed += len(rows)
            if len(rows) < _BATCH:
                break
        with self._database.writing() as session:
            self._database.serialise(session)  # nobody gives a document its name meanwhile
            self._files.keep_only(set(session.scalars(select(DocumentRow.sha256).distinct())))
        return removed

    # Documents and results

    def document(self, actor: Actor, case: str, document: str) -> bytes:
        """The content of a document, checked against its SHA-256. Audited: read.

        Raises:
            UnknownRecord: the case has no such document.
            StoreConflict: the case is deleted.
            StoreDamaged: it is not what was put there.
        """
        return b"".join(self.document_chunks(actor, case, document))

    def document_chunks(self, actor: Actor, case: str, document: str) -> Iterator[bytes]:
        """The content of a document in chunks of at most 1 MiB, for large ones; else as `document`.

        It is whole only when the iteration ends without an error. The event is written when this is called.
        """
        entry = Entry(actor=actor, action="read", kind="document", resource=case, details={"document": told(document)})
        with self._audited.acting(entry) as session:
            kept = cases.document(session, case, document)
        return self._files.chunks(kept.sha256)

    def documents(self, actor: Actor, case: str, role: DocumentRole) -> tuple[Iterator[bytes], ...]:
        """The content of all documents of a role, in their order, each in chunks as `document_chunks` gives them.

        One event tells of all of them, with their number: a study has hundreds of files. It is written when this is
        called. Audited: read.

        Raises:
            UnknownRecord: there is no such case.
            StoreConflict: the case is deleted.
        """
        entry = Entry(actor=actor, action="read", kind="document", resource=case, details={"role": role})
        with self._audited.acting(entry) as session:
            kept = [each for each in cases.found(session, cases.find(session, case)).documents if each.role == role]
            entry.details["documents"] = len(kept)
        return tuple(self._files.chunks(each.sha256) for each in kept)

    def add_result(self, actor: Actor, case: str, content: Mapping[str, object]) -> Result:
        """Keep a draft: the JSON of a ``CodingResult`` or ``DraftReport``. Audited: create.

        It gets the next number and changes no review; a new case is then drafted.

        Raises:
            UnknownRecord: there is no such case.
            StoreConflict: the case is deleted.
        """
        entry = Entry(actor=actor, action="create", kind="result", resource=case)
        with self._audited.acting(entry) as session:
            result = cases.add_result(session, self._packer, case, content, actor.id)
            entry.details["number"] = result.number
            return result

    def result(self, actor: Actor, case: str, number: int | None = None) -> Result:
        """A draft of a case, the newest without ``number``. Audited: read.

        Raises:
            UnknownRecord: there is no such case or result.
            StoreConflict: the case is deleted.
        """
        entry = Entry(actor=actor, action="read", kind="result", resource=case)
        with self._audited.acting(entry) as session:
            result = cases.result(session, self._packer, case, number)
            entry.details["number"] = result.number
            return result

    def signed_notes(
        self, actor: Actor, reason: str, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[SignedNote]:
        """Every note whose review is signed, once, with the codes that hold; the oldest signature first.

        What an adjudication decided goes before the two readings; a second reading never holds beside a first one.
        Audited: query, and read of each case, with the reason.

        Args:
            actor: who acts.
            reason: what they are read for; in the audit trail.
            progress: told how many were read, and how many there are.

        Raises:
            StoreConflict: a case was deleted meanwhile.
            StoreDamaged: a document is not what was put there.
        """
        from wardround.store.signed import holding, signed_notes

        held = holding(self._audited, self._packer)
        self.log(actor, "query", "case", reason=reason, cases=len(held))
        notes = signed_notes(self._audited, self._packer, self._files, actor, held, reason)
        for done, note in enumerate(notes, 1):
            if progress is not None:
                progress(done, len(held))
            yield note

    # Audit trail

    def log(
        self,
        actor: Actor,
        action: Action,
        kind: str,
        resource: str = "",
        *,
        outcome: Outcome = "success",
        reason: str = "",
        **details: str | int | bool,
    ) -> None:
        """Write an event of what happens outside the store: a login, an export, a request that was denied."""
        entry = Entry(
            actor=actor,
            action=action,
            kind=kind,
            resource=told(resource),
            outcome=outcome,
            reason=reason,
            details=dict(details),
        )
        with self._database.writing() as session:
            audit.append(session, entry)

    def events(
        self,
        *,
        actor: str = "",
        action: Action | Literal[""] = "",
        resource: str = "",
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        after: int = 0,
    ) -> Iterator[Event]:
        """Events from the oldest on, as chosen: ``since`` ≤ time < ``until``, sequence > ``after``. Not audited."""
        if any(told(asked) != asked for asked in (actor, resource)):
            return
        while True:
            with self._database.reading() as session:
                chosen = audit.events(
                    session, actor=actor, action=action, resource=resource, since=since, until=until, after=after
                )
                batch = list(chosen)
            yield from batch
            if not batch:
                return
            after = batch[-1].sequence

    def verify_audit(self, head: str = "", progress: Callable[[int, int], None] | None = None) -> Verified:
        """Go through the whole audit trail; see `wardround.store.audit` for what this can show.

        Args:
            head: as an earlier run told it, ``N:hash``; the trail must still hold that event.
            progress: told the events that are done, and how many there are.

        Raises:
            StoreDamaged: the trail is not what was written; ``where`` is the first event that shows it.
            InputError: ``head`` has another form.
        """
        with self._database.reading() as session:
            return audit.verify(session, head=head, progress=progress)

    # Backup

    def backup(self, actor: Actor, target: Path, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Write everything into one file while others go on working; it appears when it is checked. Audited: export.

        What is sealed stays sealed; the key is not in it.

        Args:
            actor: who acts.
            target: the file.
            progress: told the step, what is done of it, and how much there is.

        Raises:
            StoreError: the disk is full, or a case was purged meanwhile.
            StoreDamaged: a document is not what was put there.
        """
        from wardround.store.backup import write_backup

        self.log(actor, "export", "store", reason="backup")
        write_backup(self._database, self._files, target, progress)

    def restore(self, actor: Actor, source: Path, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Take over a backup, audit trail and all, into this store, which must be empty. Audited: create.

        All of it is checked before anything is written; it is taken over completely or not at all.

        Raises:
            StoreError: the file cannot be read, or was made by another version of the database.
            StoreConflict: the store is not empty, or has another key than the backup's.
            StoreDamaged: the file was changed.
        """
        from wardround.store.backup import read_backup

        read_backup(self._database, self._files, source, progress)
        self.log(actor, "create", "store", reason="restore")

    def _unlocked(self, key_file: Path | None) -> Seal | None:
        with self._database.writing() as session:
            self._database.serialise(session)
            known = session.scalar(select(PropertyRow.value).where(PropertyRow.name == "key_check"))
            seal = Seal(read_key(key_file, make=known is None)) if key_file else None
            check = seal.check if seal else ""
            if known is None:
                session.add(PropertyRow(name="key_check", value=check))
            elif known != check:
                what = "the store is not encrypted" if not known else "the store is encrypted with another key"
                what = what if key_file else "the store is encrypted"
                raise StoreError(what, where=self._database.name, hint="check --key-file")
        return seal
