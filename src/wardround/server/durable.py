"""Work that outlives the process: DBOS, set up so that it keeps ids only, sends nothing, and says nothing.

What is kept of a piece of work is its id and how far it is: in SQLite in ``jobs.db`` beside the store's own file, in
PostgreSQL in the schema ``dbos`` of the store's database. What is lost there is found again in the store.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["Durable"]

_NAME = "wardround"
_VERSION = "1"  # of what a piece of work does; with another one it would not be taken up
_POLL = 1.0  # seconds between two looks for work
_WAIT = 2.0  # seconds until work is tried again, then four times that
_RECOVERIES = 10  # starts of the same piece of work, until it counts as what ends the process
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_BATCH = 500

_only = threading.Lock()  # DBOS is one for a process
_work: Callable[[str, bool], None] | None = None
_at_work: set[str] = set()


class Again(Exception):
    """Raised by work that may succeed when it is tried again."""


class Durable:
    """Queues of work, and what became of it. One at a time in a process; a second one waits for the first to close.

    Args:
        database: as the store takes it.
        folder: for SQLite.
        queues: their names, with how much of each is done at once.
        work: does a piece of work by its id; told whether it is the last attempt. Raises `Again` to be called again
            later. It may be called again after it succeeded. What it raises besides that is no `Exception` leaves the
            work as it is until the next start.
        attempts: how often at most it is called.
    """

    def __init__(
        self,
        database: str,
        folder: Path,
        queues: dict[str, int],
        work: Callable[[str, bool], None],
        *,
        attempts: int,
    ) -> None:
        global _work
        _silence()
        from dbos import DBOS
        from sqlalchemy import make_url

        url = database
        if not database or make_url(database).get_backend_name() == "sqlite":
            url = f"sqlite:///{_prepared(folder / 'jobs.db')}"
        self._run = _registered(attempts)
        _only.acquire()
        try:
            _work = work
            for first in (True, False):
                DBOS(
                    config={
                        "name": _NAME,
                        "application_version": _VERSION,
                        "executor_id": _NAME,
                        "system_database_url": url,
                        "sys_db_pool_size": 5,
                        "serializer": _plain(),
                        "log_level": "CRITICAL",
                        "enable_otlp": False,
                        "notification_listener_polling_interval_sec": 0.2,
                    }
                )
                DBOS.launch()
                new = not DBOS.list_queues()
                for name, at_once in queues.items():
                    DBOS.register_queue(
                        name, worker_concurrency=at_once, polling_interval_sec=_POLL, on_conflict="always_update"
                    )
                if not (new and first):
                    break
                DBOS.destroy()  # it would look for new queues a second later only
        except BaseException:
            self.close()
            raise

    @property
    def busy(self) -> bool:
        """Whether a piece of work is being done, or waits to be tried again; also after `close`."""
        return bool(_at_work)

    def enqueue(self, queue: str, id: str) -> None:
        """Have work done; nothing more for work that is known."""
        from dbos import DBOS, SetWorkflowID

        with SetWorkflowID(id):
            DBOS.enqueue_workflow(queue, self._run, id)

    def ended(self, ids: Iterable[str]) -> dict[str, bool]:
        """Which of this work is known, and whether it ended, in whatever way."""
        from dbos import DBOS

        wanted = list(ids)
        found: dict[str, bool] = {}
        for start in range(0, len(wanted), _BATCH):
            chosen = wanted[start : start + _BATCH]
            rows = DBOS.list_workflows(workflow_ids=chosen, load_input=False, load_output=False)
            found |= {row.workflow_id: row.status in _ENDED for row in rows}
        return found

    def forget(self) -> None:
        """Remove what ended."""
        from dbos import DBOS

        while True:
            rows = DBOS.list_workflows(status=list(_ENDED), limit=_BATCH, load_input=False, load_output=False)
            if not rows:
                return
            DBOS.delete_workflows([row.workflow_id for row in rows])

    def close(self) -> None:
        """Begin nothing more. Work that is being done ends by itself, or is taken up by the next start."""
        global _work
        from dbos import DBOS

        DBOS.destroy()
        _work = None
        _only.release()


@functools.cache
def _registered(attempts: int) -> Callable[[str], None]:
    """The workflow; its name is what DBOS finds it by after a restart."""
    from dbos import DBOS

    def attempt(id: str) -> None:
        status = DBOS.step_status
        if _work is not None and status is not None:
            _work(id, (status.current_attempt or 0) + 1 >= attempts)

    @DBOS.workflow(name="job", max_recovery_attempts=_RECOVERIES)
    def job(id: str) -> None:
        _at_work.add(id)
        try:
            DBOS.run_step(
                {
                    "name": "attempt",
                    "retries_allowed": True,
                    "max_attempts": attempts,
                    "interval_seconds": _WAIT,
                    "backoff_rate": 4.0,
                    "should_retry": lambda error: isinstance(error, Again),
                },
                attempt,
                id,
            )
        finally:
            _at_work.discard(id)

    return job


def _plain() -> Any:
    """What writes ids as JSON, and of errors their type alone; DBOS's own would pickle them with all they hold."""
    from dbos import Serializer

    class Plain(Serializer):
        def serialize(self, data: Any) -> str:
            return json.dumps(data, default=lambda value: type(value).__name__)

        def deserialize(self, serialized_data: str) -> Any:
            return json.loads(serialized_data)

        def name(self) -> str:
            return "wardround_json"

    return Plain()


def _prepared(path: Path) -> Path:
    """A file for SQLite, for its owner only, in which readers and writers do not wait for each other."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    return path


def _silence() -> None:
    """DBOS logs to standard error where nobody listens; errors in it may hold what somebody else's code says."""
    logger = logging.getLogger("dbos")
    logger.handlers = [logging.NullHandler()]
    logger.propagate = False
