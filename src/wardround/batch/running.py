"""A batch on this machine: several processes, each with a part at a time."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from wardround.batch.ledger import opened
from wardround.batch.workers import Stretches, Worker, first_of
from wardround.errors import WardroundError

if TYPE_CHECKING:
    from types import FrameType

    from wardround.batch.ledger import Ledger
    from wardround.batch.part import Part
    from wardround.batch.sources import Source
    from wardround.batch.summary import Totals
    from wardround.batch.task import Choices, Task

__all__ = ["OnProgress", "Terminated", "run", "terminable", "usual_processes"]

S = TypeVar("S", bound="Totals")

OnProgress = Callable[[int, int, int], None]
"""Told how many notes are done, how many were before this run began, and how many there are about."""

_TICK = 0.5  # seconds between two looks at the processes
_DEATHS = 3  # of processes in a row that nothing explains
_ASKING = 8  # processes that wait for the answers of one server


class Terminated(KeyboardInterrupt):
    """The process was asked to end by the system."""


def usual_processes(options: Choices) -> int:
    """One for each core; one alone for a model in the process, which takes the whole machine."""
    if options.engine is not None:
        from wardround.engines.registry import resolve

        return _ASKING if resolve(options.engine)[0] == "openai" else 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    source: Source,
    work: Task[S],
    *,
    processes: int | None = None,
    fresh: bool = False,
    on_progress: OnProgress | None = None,
) -> S:
    """Do the work on all parts of a source that are not done yet.

    What is wrong with a note costs that note alone, also if it kills its process. Interrupted, however, the same call
    goes on where it was; what is in the folder in the end is the same.

    Args:
        source: of the notes.
        work: with them.
        processes: how many; None for `usual_processes`.
        fresh: begin anew.
        on_progress: see `OnProgress`.

    Raises:
        InputError: see `wardround.batch.ledger.opened`; or results cannot be written.
        WardroundError: the coder cannot be opened.
        KeyboardInterrupt: it was interrupted; `Terminated` if by SIGTERM.
    """
    count = processes or usual_processes(work.options)
    with terminable(), opened(source, work, fresh=fresh) as ledger:
        began = time.monotonic()
        if ledger.pending:
            _Run(ledger, work, min(count, len(ledger.pending)), on_progress).all()
        summary = ledger.summary(time.monotonic() - began, count)
        shutil.rmtree(work.output.spool, ignore_errors=True)
        return summary


class _Run:
    def __init__(self, ledger: Ledger[Any], work: Task[Any], lanes: int, on_progress: OnProgress | None) -> None:
        self._ledger = ledger
        self._work = work
        self._waiting = Stretches(ledger.pending, lanes)
        self._suspect: list[Part] = []  # a process died over them
        self._on_progress = on_progress
        self._notes = self._deaths = 0
        self._lanes = lanes
        self._workers: list[Worker] = []

    def all(self) -> None:
        """Do all that is left to do."""
        try:
            for lane in range(self._lanes):
                self._workers.append(Worker(self._work, lane))
            while self._waiting or self._suspect or any(worker.part for worker in self._workers):
                for worker in self._workers:
                    self._give(worker)
                first_of(self._workers, _TICK)
                for worker in tuple(self._workers):
                    self._hear(worker)
                self._tell()
        finally:
            for worker in self._workers:
                worker.end()

    def _give(self, worker: Worker) -> None:
        if worker.part is None and worker.ready:
            if self._suspect:
                worker.give(self._suspect.pop(), careful=True)
            elif (part := self._waiting.next(worker.lane)) is not None:
                worker.give(part, careful=False)

    def _hear(self, worker: Worker) -> None:
        try:
            while (done := worker.told()) is not None:
                self._ledger.done(done)
                self._notes += done.counts.notes
                self._deaths = 0
            if not worker.hangs():
                return
        except EOFError:
            pass
        self._replace(worker)

    def _replace(self, worker: Worker) -> None:
        """A process is dead, or hangs: somebody else looks at its part more carefully."""
        if worker.part is not None:
            self._suspect.append(worker.part)
        if worker.part is None or worker.careful:
            self._deaths += 1
        worker.end()
        if self._deaths == _DEATHS and not worker.ready:
            hint = 'see what they say above; a script begins a batch below if __name__ == "__main__"'
            raise WardroundError("the processes that code end before they begin", hint=hint)
        if self._deaths == _DEATHS:
            hint = "give them more memory, or begin fewer with --processes; the same command goes on"
            raise WardroundError("the processes that code are killed again and again", hint=hint)
        self._workers[self._workers.index(worker)] = Worker(self._work, worker.lane)

    def _tell(self) -> None:
        if self._on_progress is not None:
            done = self._ledger.before + self._notes + sum(worker.notes for worker in self._workers)
            self._on_progress(done, self._ledger.before, self._ledger.total)


@contextmanager
def terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception, where that can be done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(signal: int, frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
