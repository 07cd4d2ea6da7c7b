"""Jobs: long work on a case, asked for in the transaction of the case and finished in that of its result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast, get_args

from sqlalchemy import select, update

from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store import cases
from wardround.store.audit import Entry
from wardround.store.audited import told
from wardround.store.packing import canonical
from wardround.store.records import Job, JobState, Task
from wardround.store.schema import CaseRow, JobRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from wardround.store.audited import Audited
    from wardround.store.packing import Packer
    from wardround.store.records import Actor, Result

__all__ = ["LARGEST_LIST", "Jobs", "add", "cancel_all"]

LARGEST_LIST = 500
"""Jobs that are given at a time."""

_UNFINISHED = ("queued", "running")
_LARGEST_OPTIONS = 4_096  # bytes of JSON
_LONGEST_ERROR = 500  # characters
_LONGEST_STEP = 100


class Jobs:
    """What is to be done, is being done and was done; `Store.jobs`. Safe to share between threads.

    A job holds no patient data: reading one, and how far it is, are no events of the audit trail. Whoever runs jobs
    takes up the `unfinished` ones when it starts; however often one is run then, its result is kept once.
    """

    def __init__(self, audited: Audited, packer: Packer) -> None:
        self._audited = audited
        self._database = audited.database
        self._packer = packer

    def add(self, actor: Actor, case: str, task: Task, options: Mapping[str, object] | None = None) -> Job:
        """Ask for work on a case. Audited: create.

        Args:
            actor: who acts.
            case: its id.
            task: ``code`` or ``read``.
            options: of the task, as JSON; names and numbers, never patient text.

        Raises:
            InputError: there is no such task, or the options are too large.
            UnknownRecord: there is no such case.
            StoreConflict: the case is deleted.
        """
        entry = Entry(actor=actor, action="create", kind="job", resource=case)
        with self._audited.acting(entry) as session:
            job = add(session, cases.find(session, case, lock=True), task, options or {}, actor.id)
            entry.details |= {"job": job.id, "task": job.task}
            return job

    def job(self, actor: Actor, id: str) -> Job:
        """A job. Not audited.

        Raises:
            UnknownRecord: there is no such job.
        """
        with self._database.reading() as session:
            return _job(_found(session, id))

    def jobs(self, actor: Actor, case: str = "", state: JobState | None = None, limit: int = 100) -> tuple[Job, ...]:
        """Jobs, the newest first: of a case or of all, in a state or in any. Not audited.

        Raises:
            InputError: ``limit`` is out of range.
        """
        if not 1 <= limit <= LARGEST_LIST:
            raise InputError(f"1 to {LARGEST_LIST} jobs are given at a time", where="limit")
        query = select(JobRow).order_by(JobRow.created.desc(), JobRow.id.desc()).limit(limit)
        if case and not cases.ID.fullmatch(case):
            return ()
        if case:
            query = query.where(JobRow.case_id == case)
        if state:
            query = query.where(JobRow.state == state)
        with self._database.reading() as session:
            return tuple(_job(row) for row in session.scalars(query))

    def unfinished(self) -> tuple[Job, ...]:
        """All jobs that are queued or running, the oldest first; for whoever runs them."""
        query = select(JobRow).where(JobRow.state.in_(_UNFINISHED)).order_by(JobRow.created, JobRow.id)
        with self._database.reading() as session:
            return tuple(_job(row) for row in session.scalars(query))

    def begin(self, id: str) -> Job:
        """Say that a job is being run. It then runs, also if it did before; one that is finished stays as it is.

        Raises:
            UnknownRecord: there is no such job.
        """
        with self._database.writing() as session:
            case, row = _locked(session, id)
            if row.state == "queued":
                _into(case, row, "running")
                row.started = cases.now()
            return _job(row)

    def progress(self, id: str, step: str, done: int, total: int) -> JobState:
        """Say how far a running job is; its state, by which a cancelled one learns that it is.

        Cheap: no event, and a power cut may lose it.

        Args:
            id: of the job.
            step: what is being done, in a few words without patient text.
            done: how much of the step.
            total: of it; 0 where that is not known.

        Raises:
            UnknownRecord: there is no such job.
        """
        values = {"step": step[:_LONGEST_STEP], "done": done, "total": total}
        with self._database.writing(lasting=False) as session:
            running = update(JobRow).where(JobRow.id == id, JobRow.state == "running").values(values)
            if session.scalar(running.returning(JobRow.id)):
                return "running"
            return cast("JobState", _found(session, id).state)

    def finish(self, actor: Actor, id: str, content: Mapping[str, object]) -> Result:
        """Keep the result of a job, and that it is done, in one transaction. Audited: create, of a result.

        The same job's second one is not kept: it gives the first.

        Raises:
            UnknownRecord: there is no such job.
            StoreConflict: the job was cancelled or failed, or its case is deleted.
        """
        entry = Entry(actor=actor, action="create", kind="result", details={"job": told(id)})
        with self._audited.acting(entry) as session:
            case, row = _locked(session, id)
            entry.resource = case.id
            if row.state == "done":
                entry.details["replayed"] = True
                return cases.result(session, self._packer, case.id, row.result)
            if row.state not in _UNFINISHED:
                raise StoreConflict("the job was cancelled" if row.state == "cancelled" else "the job failed", where=id)
            result = cases.add_result(session, self._packer, case.id, content, actor.id)
            row.result = entry.details["number"] = result.number
            _end(case, row, "done")
            return result

    def fail(self, actor: Actor, id: str, error: str) -> Job:
        """Say that a job cannot be done; one that is finished stays as it is. Audited: update.

        Args:
            actor: who acts.
            id: of the job.
            error: what was wrong and what to do, without patient text.

        Raises:
            UnknownRecord: there is no such job.
        """
        entry = Entry(actor=actor, action="update", kind="job", details={"job": told(id)})
        with self._audited.acting(entry) as session:
            case, row = _locked(session, id)
            entry.resource = case.id
            if row.state in _UNFINISHED:
                row.error = error[:_LONGEST_ERROR]
                _end(case, row, "failed")
            entry.details["state"] = row.state
            return _job(row)

    def cancel(self, actor: Actor, id: str) -> Job:
        """Stop a job; whoever runs it learns so by its next `progress`. Audited: update.

        Raises:
            UnknownRecord: there is no such job.
            StoreConflict: it is done or failed.
        """
        entry = Entry(actor=actor, action="update", kind="job", details={"job": told(id)})
        with self._audited.acting(entry) as session:
            case, row = _locked(session, id)
            entry.resource = case.id
            if row.state in ("done", "failed"):
                raise StoreConflict("the job is finished", where=id)
            if row.state != "cancelled":
                _end(case, row, "cancelled")
            entry.details["state"] = row.state
            return _job(row)


def add(session: Session, case: CaseRow, task: Task, options: Mapping[str, object], by: str) -> Job:
    """A new job of a case, which is locked.

    Raises:
        InputError: there is no such task, or the options are too large.
    """
    if task not in get_args(Task):
        raise InputError(f"a task is one of {', '.join(get_args(Task))}", where="task")
    told = canonical(options)
    if len(told) > _LARGEST_OPTIONS:
        raise InputError(f"the options have more than {_LARGEST_OPTIONS} bytes", where="options")
    row = JobRow(
        id=cases.new_id(),
        case_id=case.id,
        task=task,
        options=told.decode(),
        state="queued",
        step="",
        done=0,
        total=0,
        error="",
        created=cases.now(),
        created_by=by,
    )
    session.add(row)
    case.job = row.id
    _into(case, row, "queued")
    session.flush()
    return _job(row)


def cancel_all(session: Session, case: CaseRow) -> int:
    """Cancel what is not finished of a case, which is locked; how many jobs."""
    query = select(JobRow).where(JobRow.case_id == case.id, JobRow.state.in_(_UNFINISHED)).with_for_update()
    rows = session.scalars(query).all()
    for row in rows:
        _end(case, row, "cancelled")
    return len(rows)


def _into(case: CaseRow, row: JobRow, state: JobState) -> None:
    row.state = state
    if case.job == row.id:
        case.job_state = state


def _end(case: CaseRow, row: JobRow, state: JobState) -> None:
    _into(case, row, state)
    row.step = ""
    row.finished = cases.now()


def _found(session: Session, id: str) -> JobRow:
    row = session.get(JobRow, id) if cases.ID.fullmatch(id) else None
    if row is None:
        raise UnknownRecord("there is no such job", where=id if cases.ID.fullmatch(id) else "")
    return row


def _locked(session: Session, id: str) -> tuple[CaseRow, JobRow]:
    """A job and its case; the case is locked first, as everywhere."""
    case = cases.find(session, _found(session, id).case_id, lock=True, deleted=True)
    query = select(JobRow).where(JobRow.id == id).with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:  # purged meanwhile
        raise UnknownRecord("there is no such job", where=id)
    return case, row


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        case=row.case_id,
        task=cast("Task", row.task),
        options=json.loads(row.options),
        state=cast("JobState", row.state),
        step=row.step,
        done=row.done,
        total=row.total,
        result=row.result,
        error=row.error,
        created=row.created,
        created_by=row.created_by,
        started=row.started,
        finished=row.finished,
    )
