"""Long work, done one after the other, that survives the end of the process. See `JobRunner`."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from wardround.errors import EngineFailed, ServerError, StoreConflict, StoreError, UnknownRecord, WardroundError
from wardround.server.copies import Copies
from wardround.server.drafts import as_given
from wardround.server.logs import event
from wardround.store import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wardround.server.config import Config
    from wardround.server.drafting import Drafting
    from wardround.server.durable import Durable
    from wardround.server.metrics import Metrics
    from wardround.store import Case, Document, Job
    from wardround.store.store import Store

__all__ = ["JobRunner"]

_SYSTEM = Actor(id="system")
_QUEUES = {"model": 1, "pages": 2}  # done at once
_ATTEMPTS = 4
_LONGEST = 3600.0  # seconds
_LOOK = 30.0  # seconds until the store is asked for jobs that nobody spoke of
_TELL = 0.5  # seconds between two times that the same step is told
_PATIENCE = 5.0  # seconds that closing waits for a step to end


class JobRunner:
    """Runs the jobs that ``store.jobs`` holds; only one process may do that for a store.

    A job is begun as often as needed, also after a crash, and finished once: `Jobs.finish` keeps a result with the
    job's end, or neither. All that is known of jobs is in the store; whoever asks for one calls `submit`, so that it
    begins at once.
    """

    def __init__(self, config: Config, store: Store, drafting: Drafting, metrics: Metrics) -> None:
        self._database = config.database
        self._store = store
        self._drafting = drafting
        self._metrics = metrics
        self._copies = Copies(store)
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._courses: dict[str, _Course] = {}
        self._lock: sqlite3.Connection | None = None
        self._thread: threading.Thread | None = None
        self._durable: Durable | None = None

    def start(self) -> None:
        """Take up what was not finished, and wait for more.

        Raises:
            ServerError: another server works with this store.
        """
        import dbos  # noqa: F401  not in the thread: two that load what belongs together may meet half of it

        self._lock = _locked(self._store)
        self._copies.clear()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def submit(self, job: str) -> None:
        """Run a job of the store soon."""
        self._asked.put(job)

    def cancel(self, job: str) -> None:
        """Stop a job that is cancelled in the store; what it does at the moment may take until its next step."""
        with self._changed:
            if course := self._courses.get(job):
                course.cancelled = True

    def close(self) -> None:
        """Stop; what is not finished is taken up by the next start."""
        self._closing.set()
        self._asked.put("")
        if self._thread is not None:
            self._thread.join()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def alive(self) -> bool:
        """Whether jobs are taken up."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def busy(self) -> bool:
        """Whether a job is being done in this process; after `close`, one whose step could not be ended."""
        return self._durable is not None and self._durable.busy

    # What the thread does.

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._run_jobs()
            except Exception as error:  # the other database failed; the jobs are in the store
                event("jobs interrupted", level=logging.ERROR, error=error)
                self._closing.wait(_PATIENCE)

    def _run_jobs(self) -> None:
        from wardround.server.durable import Durable

        with closing(
            Durable(self._database, self._store.folder, _QUEUES, self._attempt, attempts=_ATTEMPTS)
        ) as durable:
            self._durable = durable
            looked = -_LOOK
            while not self._closing.is_set():
                with suppress(StoreError):  # it is asked again
                    if time.monotonic() - looked >= _LOOK:
                        self._take_up(durable)
                        looked = time.monotonic()
                    with suppress(queue.Empty):
                        job = self._asked.get(timeout=_LOOK)
                        if job and not self._closing.is_set():
                            durable.enqueue(_queue_of(self._store.jobs.job(_SYSTEM, job)), job)
            with self._changed:
                self._changed.wait_for(lambda: not self._courses, _PATIENCE)

    def _take_up(self, durable: Durable) -> None:
        """Hold the store's jobs against what is known to be queued."""
        jobs = self._store.jobs.unfinished()
        ended = durable.ended(job.id for job in jobs)
        for job in jobs:
            if job.id not in ended:
                durable.enqueue(_queue_of(job), job.id)
            elif ended[job.id] and self._store.jobs.job(_SYSTEM, job.id).state in ("queued", "running"):
                self._store.jobs.fail(_SYSTEM, job.id, "it ended the server again and again (ask for another draft)")
        durable.forget()

    # What a job is.

    def _attempt(self, id: str, last: bool) -> None:
        """Do a job once.

        Raises:
            Again: it may succeed later.
        """
        from wardround.server.durable import Again

        outcome: str = "done"
        failure: Exception | None = None
        with self._at_work(id) as course:
            try:
                job = self._store.jobs.begin(id)
            except UnknownRecord:  # its case was purged
                return
            if job.state != "running":
                return
            try:
                self._store.jobs.finish(_SYSTEM, id, self._drafted(job, course))
            except (_Cancelled, StoreConflict, UnknownRecord):  # somebody did not want it any more
                outcome = "cancelled"
            except WardroundError as error:
                if error.retryable and not last:
                    raise Again from None
                self._store.jobs.fail(_SYSTEM, id, str(error))
                outcome, failure = "failed", error
            except Exception as error:  # its words may be anybody's
                self._store.jobs.fail(_SYSTEM, id, f"wardround itself has a defect: {type(error).__name__}")
                outcome, failure = "failed", error
        self._metrics.drafted(job.task, outcome)
        event("job ended", error=failure, job=id, case=job.case, task=job.task, outcome=outcome)

    def _drafted(self, job: Job, course: _Course) -> Mapping[str, Any]:
        case = self._store.case(_SYSTEM, job.case)
        options = job.options
        if job.task == "code":
            (note,) = _of(case, "note")
            coded = self._drafting.code_document(
                as_given(self._store.document(_SYSTEM, case.id, note.id), note.media_type),
                case.encounter,
                course.tell,
                scope=options.get("scope", "encounter"),  # type: ignore[arg-type]  # the route took no other
                id=case.external_id or None,
                engine=bool(options.get("engine")),
            )
            return coded.to_json()
        with (
            self._copies.of(_SYSTEM, case.id, "image") as current,
            self._copies.of(_SYSTEM, case.id, "prior") as earlier,
        ):
            report = self._drafting.read(
                current,
                course.tell,
                prior=earlier,
                history="\n".join(
                    self._store.document(_SYSTEM, case.id, each.id).decode() for each in _of(case, "history")
                ),
                kind=options.get("kind"),  # type: ignore[arg-type]
                protocol=options.get("protocol"),  # type: ignore[arg-type]
                locate=bool(options.get("locate")),
                id=case.external_id or case.id,
            )
        return report.model_dump(mode="json", by_alias=True)

    @contextmanager
    def _at_work(self, id: str) -> Iterator[_Course]:
        course = _Course(self._store, id, self._closing)
        with self._changed:
            self._courses[id] = course
        try:
            yield course
        finally:
            with self._changed:
                del self._courses[id]
                self._changed.notify_all()


class _Cancelled(BaseException):
    """The job is not wanted any more. Nothing below takes it for a failure of its own."""


class _Stopped(BaseException):
    """The server ends; the job is taken up by the next start."""


class _Course:
    """How far a job is: what it tells is kept, and what it is told ends it.

    Attributes:
        cancelled: set by whoever knows it before the store is asked again.
    """

    def __init__(self, store: Store, id: str, closing: threading.Event) -> None:
        self._store = store
        self._id = id
        self._closing = closing
        self._end = time.monotonic() + _LONGEST
        self._step = ""
        self._told = 0.0
        self.cancelled = False

    def tell(self, step: str, done: int, total: int) -> None:
        """Say what is being done.

        Raises:
            EngineFailed: the job takes too long.
        """
        now = time.monotonic()
        if self._closing.is_set():
            raise _Stopped
        if now > self._end:
            raise EngineFailed(f"it took longer than {_LONGEST / 60:.0f} minutes", hint="give a part of it")
        if step != self._step or now - self._told >= _TELL:
            self._step, self._told = step, now
            self.cancelled |= self._store.jobs.progress(self._id, step, done, total) != "running"
        if self.cancelled:
            raise _Cancelled


def _queue_of(job: Job) -> str:
    """Where a job waits: the model does one at a time."""
    return "model" if job.task == "read" or job.options.get("engine") else "pages"


def _of(case: Case, role: str) -> list[Document]:
    return [document for document in case.documents if document.role == role]


def _locked(store: Store) -> sqlite3.Connection:
    """What shows that this process works with the store, until it is closed or the process ends, however it ends.

    SQLite's lock of a file is one on every system, and goes with its process.

    Raises:
        ServerError: another one does.
    """
    connection = sqlite3.connect(store.folder / "server.lock", timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        connection.close()
        hint = "stop it, or give this one another --folder and --database"
        raise ServerError("another server works with this store", where=str(store.folder), hint=hint) from None
    return connection
