"""A batch on Ray: the parts are a data set of Ray Data, and the actors that work on them run wherever Ray has room.

    parts not done → stretches of them → map_batches, an actor for each CPU or GPU → what came of each part

An actor holds one process that codes, the same that a batch on one machine is made of, so that a note that kills its
process costs itself alone here too, and Ray has only its own failures to mend: the parts of a machine that is lost are
given to another one, which passes over those that are done. Results are written by the actors, and only counts come
back.
"""

from __future__ import annotations

import os
import pickle
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wardround.batch.cluster import cluster
from wardround.batch.ledger import opened
from wardround.batch.running import terminable
from wardround.batch.task import Done
from wardround.batch.workers import Worker, first_of
from wardround.errors import InputError, WardroundError, defect

if TYPE_CHECKING:
    from wardround.batch.part import Part
    from wardround.batch.running import OnProgress
    from wardround.batch.sources import Source
    from wardround.batch.summary import Totals
    from wardround.batch.task import Choices, Task

__all__ = ["run"]

S = TypeVar("S", bound="Totals")

_STRETCHES = 16  # for each actor, so that none waits long for the last one
_LONGEST = 16  # parts of a stretch; those in a row are read fastest one after the other
_TRIES = 3  # of a part, before its machine is given up
_TICK = 0.5  # seconds
_ASKING = 8  # actors on each machine that wait for the answers of a server


def run(
    source: Source,
    work: Task[S],
    *,
    address: str | None = None,
    processes: int | None = None,
    fresh: bool = False,
    on_progress: OnProgress | None = None,
) -> S:
    """Do as `wardround.batch.run` does, on a cluster; either goes on with what the other one began.

    Args:
        source: of the notes; every machine sees it at the same path.
        work: with them; every machine sees its folder at the same path, and has the same wardround and code set.
        address: of the cluster: ``auto`` or ``HOST:PORT``; None for one on this machine that ends with the run.
        processes: how many actors; None for one on each CPU of the cluster, or on each GPU for a model in the process.
        fresh: begin anew.
        on_progress: see `wardround.batch.running.OnProgress`.

    Raises:
        InputError: as `wardround.batch.run` does; or Ray is not installed, or there is no cluster, or one of its
            machines does not see the folder or has another wardround.
        WardroundError: the coder cannot be opened, or Ray gave up.
        KeyboardInterrupt: it was interrupted.
    """
    work = replace(work, output=replace(work.output, folder=work.output.folder.absolute()))
    with terminable(), opened(source, work, fresh=fresh) as ledger:
        began = time.monotonic()
        count, done = processes or 1, ledger.before
        if on_progress is not None:
            on_progress(done, ledger.before, ledger.total)
        if ledger.pending:
            with cluster(address, processes) as ray, terminable():  # Ray has a mind of its own about SIGTERM
                crew = _crew(ray, work.options, processes)
                count = min(crew.size, len(ledger.pending))
                for each in _each(ray, ledger.pending, _Site.here(source, work), crew):
                    ledger.done(each)
                    done += each.counts.notes
                    if on_progress is not None:
                        on_progress(done, ledger.before, ledger.total)
        summary = ledger.summary(time.monotonic() - began, count)
        shutil.rmtree(work.output.spool, ignore_errors=True)
        return summary


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crew:
    """The actors: how many, and what each takes of its machine."""

    size: int
    cpus: float
    gpus: float


def _crew(ray: Any, options: Choices, processes: int | None) -> _Crew:
    """Who works: on less than all CPUs, since Ray itself takes one now and then, and would wait for it forever."""
    there = ray.cluster_resources()
    cpus = max(there.get("CPU", 1.0), 1.0)
    share = int(10_000 * max(cpus - 1, 0.5) / cpus) / 10_000
    machines = [node["Resources"]["CPU"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    kind = None
    if options.engine is not None:
        from wardround.engines.registry import resolve

        kind = resolve(options.engine)[0]
    if kind is None:
        return _Crew(size=processes or int(cpus), cpus=share, gpus=0)
    if kind == "openai":  # they wait for the answers of a server
        size = processes or _ASKING * max(len(machines), 1)
        return _Crew(size=size, cpus=min(share, cpus / (2 * size)), gpus=0)
    if gpus := int(there.get("GPU", 0)):
        return _Crew(size=processes or gpus, cpus=share, gpus=1)
    if processes is None:  # a model takes a whole machine
        return _Crew(size=max(len(machines), 1), cpus=0.75 * min(machines, default=1.0), gpus=0)
    return _Crew(size=processes, cpus=min(share, share * cpus / processes), gpus=0)


def _each(ray: Any, parts: Sequence[Part], site: _Site, crew: _Crew) -> Iterator[Done]:
    """What came of each part, in whatever order."""
    from ray.data import ActorPoolStrategy, DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.execution_no_progress_timeout_s = -1  # a part may take a model hours
    context.target_max_block_size = 1  # what came of a part is handed on as soon as it is there
    size = min(crew.size, len(parts))
    length = min(max(len(parts) // (size * _STRETCHES), 1), _LONGEST)
    stretches = [{"parts": pickle.dumps(parts[at : at + length])} for at in range(0, len(parts), length)]
    results = ray.data.from_items(stretches, override_num_blocks=len(stretches)).map_batches(
        _Coding,
        fn_constructor_kwargs={"site": site},
        batch_size=1,
        batch_format="pandas",
        compute=ActorPoolStrategy(size=size),
        num_cpus=crew.cpus,
        num_gpus=crew.gpus,
    )
    try:
        for batch in results.iter_batches(batch_size=None, prefetch_batches=0, batch_format="pandas"):
            for told in batch["done"]:
                done = pickle.loads(told)
                if isinstance(done, WardroundError):
                    raise done
                yield done
    except ray.exceptions.RayError as error:
        hint = "the logs in Ray's folder on the machines (session_latest/logs) say why; the same command goes on"
        raise WardroundError(f"Ray gave up: {type(error).__name__}", hint=hint) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """What an actor works with, and what it is to find on its machine.

    Attributes:
        work: to do.
        source: path of what is read; empty where that is none, as of a database, which was put aside into the folder.
        folder: that paths are relative to.
        run: the content of ``run.json``.
        identity: of the coder.
    """

    work: Task[Any]
    source: str
    folder: str
    run: bytes
    identity: dict[str, object]

    @staticmethod
    def here(source: Source, work: Task[Any]) -> _Site:
        return _Site(
            work=work,
            source=source.name if Path(source.name).exists() else "",
            folder=os.getcwd(),
            run=work.output.run.read_bytes(),
            identity=work.options.identity(),
        )

    def enter(self) -> None:
        """Make sure that this machine is like the one where the run began.

        Raises:
            InputError: it is not.
        """
        machine = socket.gethostname()
        with suppress(OSError):
            os.chdir(self.folder)
        try:
            same = self.work.output.run.read_bytes() == self.run
        except OSError:
            same = False
        if not same:
            hint = "name a folder that all machines of the cluster have, such as one on a network drive"
            what = f"the machine {machine} does not see the folder of the run"
            raise InputError(what, where=str(self.work.output.folder), hint=hint)
        if self.source and not Path(self.source).exists():
            hint = "put it where all machines of the cluster see it"
            raise InputError(f"the machine {machine} does not see the input", where=self.source, hint=hint)
        own = self.work.options.identity()
        different = sorted(name for name in self.identity if own.get(name) != self.identity[name])
        if different:
            hint = "install the same wardround and code set on all machines of the cluster"
            raise InputError(f"the machine {machine} would code otherwise: {', '.join(different)}", hint=hint)


class _Coding:
    """An actor: a process that codes, and stretches of parts for it.

    What is wrong is told as a value: an exception would reach the driver without what it says, or end another actor.
    """

    def __init__(self, site: _Site) -> None:
        self._site = site
        self._worker: Worker | None = None

    def __call__(self, batch: Any) -> Iterator[dict[str, list[bytes]]]:
        for stretch in batch["parts"]:
            for part in pickle.loads(stretch):
                yield {"done": [pickle.dumps(self._told(part))]}

    def _told(self, part: Part) -> Done | WardroundError:
        try:
            if self._worker is None:
                self._site.enter()
                self._worker = Worker(self._site.work, 0)
            return self._done(part)
        except WardroundError as error:
            return error
        except Exception as error:
            return defect(error)

    def _done(self, part: Part) -> Done:
        output = self._site.work.output
        if output.codes(part.number).exists():  # by an actor that was lost before it could tell
            return Done(
                number=part.number, counts=output.counted(part.number, self._site.work.summary.tally), seconds=0.0
            )
        for attempt in range(_TRIES):
            if (done := self._tried(part, careful=attempt > 0)) is not None:
                return done
            assert self._worker is not None
            self._worker.end()
            self._worker = Worker(self._site.work, 0)
        hint = "give them more memory, or begin fewer with --processes; the same command goes on"
        raise WardroundError("the processes that code are killed again and again", hint=hint)

    def _tried(self, part: Part, *, careful: bool) -> Done | None:
        """What came of a part; None if the process died over it, or hangs."""
        worker = self._worker
        assert worker is not None
        try:
            while True:
                if worker.part is None and worker.ready:
                    worker.give(part, careful=careful)
                first_of([worker], _TICK)
                if (done := worker.told()) is not None:
                    return done
                if worker.hangs():
                    return None
        except EOFError:
            return None
