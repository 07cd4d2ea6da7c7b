"""What a folder is a run of, which parts of it are done, and that only one run at a time works there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wardround.batch.output import write_whole
from wardround.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.batch.part import Part
    from wardround.batch.sources import Source
    from wardround.batch.summary import Totals
    from wardround.batch.task import Done, Task

__all__ = ["Ledger", "opened"]

S = TypeVar("S", bound="Totals")

_LOCK = ".lock"
_POINTS = 60  # of the course of a run, at least, if it has so many parts
_SAME = "name the same input and options, or begin anew with --fresh"


class Ledger(Generic[S]):
    """A run that has begun, or goes on.

    Attributes:
        pending: the parts that are not done, in order.
        before: notes of the parts that were done when it went on, about.
        total: notes of all parts, about.
        finished: whether nothing was left to do from the beginning; its summary is there.
    """

    def __init__(self, source: Source, work: Task[S], identity: dict[str, Any]) -> None:
        self._output = work.output
        self._source = source
        self._identity = identity
        self._kind: type[S] = work.summary
        self._counts = self._kind.tally()
        self._began = time.monotonic()
        self._course: list[tuple[float, int]] = []
        self._done = self._output.done()
        self.pending: list[Part] = []
        self.before = self.total = 0
        self.finished = self._output.summary.exists() and self._done >= set(
            range(self._output.read(self._output.summary)["parts"])
        )
        if not self.finished:
            if self._done and not source.lasts:
                what = "what the source gave when the run began is not there any more"
                raise InputError(what, where=source.name, hint="begin anew with --fresh")
            parts = source.parts()
            self._count = len(parts)
            self.pending = [part for part in parts if part.number not in self._done]
            self.total = sum(part.count for part in parts)
            self.before = self.total - sum(part.count for part in self.pending)

    def done(self, done: Done) -> None:
        """A part is done."""
        self._counts.add(done.counts)
        self._course.append((time.monotonic() - self._began, self._counts.notes))
        if len(self._course) > 2 * _POINTS:
            del self._course[1::2]

    def summary(self, seconds: float, processes: int) -> S:
        """What came out of all of it, with what this run did in so many seconds; kept in the folder.

        Raises:
            InputError: it cannot be written, or what an earlier run counted cannot be read.
        """
        if self.finished:
            return self._kind.read(self._output)
        now = self._counts.notes
        for number in sorted(self._done):
            self._counts.add(self._output.counted(number, self._kind.tally))
        summary = self._kind(
            counts=self._counts,
            parts=self._count,
            notes_now=now,
            seconds=round(seconds, 3),
            processes=processes,
            course=tuple((round(at, 1), notes) for at, notes in self._course),
            run=self._identity,
        )
        summary.write(self._output)
        return summary


@contextmanager
def opened(source: Source, work: Task[S], *, fresh: bool = False) -> Iterator[Ledger[S]]:
    """Begin a run in the folder of ``work``, or go on with it; nobody else can as long as this lasts.

    Args:
        source: what is to be done.
        work: with it.
        fresh: remove what an earlier run left there first.

    Raises:
        InputError: the folder holds something else, or a run of something else; or another run works there; or it
            cannot be written; or the source cannot be read.
    """
    output = work.output
    folder = output.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strange = [name for name in os.listdir(folder) if name != _LOCK and not name.startswith("run.json.")]
    except OSError as error:
        what = f"cannot write to the folder: {error.strerror or 'unknown reason'}"
        raise InputError(what, where=str(folder)) from error
    if strange and not output.run.exists():
        raise InputError("the folder is not empty, and holds no batch", where=str(folder), hint="name a new folder")
    with _locked(folder / _LOCK):
        if fresh:
            output.clear()
        output.tidy()
        identity = _identity(source, work)
        if output.begun or output.summary.exists():
            _compare(output.read(output.run), identity, output.run)
        else:  # nothing is lost, if it was a run of something else
            output.clear()
            write_whole(output.run, json.dumps(identity, indent=2).encode() + b"\n")
        try:
            yield Ledger(source, work, identity)
        finally:
            output.tidy()


def _identity(source: Source, work: Task[Any]) -> dict[str, Any]:
    told = {
        "schema": "wardround.batch/1",
        "source": {
            "kind": source.kind,
            "name": source.name,
            "fingerprint": source.fingerprint,
            "records_per_part": source.size,
            "encounter": source.defaults.model_dump(mode="json"),
        },
        "coding": work.options.identity(),
        "format": work.output.format,
    }
    plain: dict[str, Any] = json.loads(json.dumps(told))
    return plain


def _compare(then: dict[str, Any], now: dict[str, Any], where: Path) -> None:
    """Refuse to go on with a run of something else."""
    before, after = dict(_flat(then)), dict(_flat(now))
    different = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    named = [name for name in different if name not in ("source name", "source fingerprint")]
    if named:
        told = "; ".join(f"{name} was {_shown(before.get(name))}, is {_shown(after.get(name))}" for name in named)
        raise InputError(f"this is a run with other options: {told}", where=str(where), hint=_SAME)
    if "source fingerprint" in different:
        raise InputError("the input is another one, or has changed since the run began", where=str(where), hint=_SAME)


def _flat(told: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in told.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{name} " if name in ("source", "encounter") else "")
        else:
            yield f"{above}{name}", value


def _shown(value: object) -> str:
    return "not given" if value is None else str(value)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however that ends."""
    try:
        import fcntl
    except ImportError:  # no POSIX system
        yield
        return
    try:
        file = path.open("ab")
    except OSError as error:
        what = f"cannot write to the folder: {error.strerror or 'unknown reason'}"
        raise InputError(what, where=str(path.parent)) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            hint = "wait for it, or name another folder"
            raise InputError("another run works in this folder", where=str(path.parent), hint=hint) from error
        yield
