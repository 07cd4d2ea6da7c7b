"""Processes that code notes beside the server's own, which Python keeps to one core.

What they share is loaded once, by a process from which they are forked where the system can do that. They end with the
server's process, however that ends. Each is spoken to through a pipe by whoever has a note for it, without a thread
between them; who waits for one gets it in the order of coming.
"""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import threading
import warnings
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError

from wardround.errors import EngineFailed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, SpawnContext

    from wardround.coding import Coder
    from wardround.coding.result import Encounter, Scope
    from wardround.coding.site import SiteModel
    from wardround.engines import Engine

__all__ = ["Coders", "Manner", "coded", "preload"]

_coders: dict[tuple[Scope, str, float | None], Coder] = {}
_FORKS = "forkserver" in multiprocessing.get_all_start_methods()
_PATIENCE = 5.0  # seconds that a process has to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How this server codes notes, whatever their scope.

    Attributes:
        site: what was learned of a site's charts; for its scope only.
        target_precision: as `wardround.coding.Coder` takes it.
    """

    site: SiteModel | None = None
    target_precision: float | None = None

    def coder(self, scope: Scope, engine: Engine | None = None, budget: float | None = None) -> Coder:
        """A coder like this; the last two are what it takes for a model to help."""
        from wardround.coding import Coder  # takes as long as starting the server, which does not need it

        site = self.site if self.site is not None and self.site.scope == scope else None
        return Coder(scope=scope, engine=engine, budget=budget, site=site, target_precision=self.target_precision)

    def shared_coder(self, scope: Scope) -> Coder:
        """The one coder like this that this process has."""
        key = scope, "" if self.site is None else self.site.digest, self.target_precision
        coder = _coders.get(key)
        return _coders.setdefault(key, self.coder(scope)) if coder is None else coder


_USUAL = Manner()


def coded(note: str | bytes, encounter: Encounter, scope: Scope, id: str | None, manner: Manner = _USUAL) -> bytes:
    """The codes of a note, in this process, as the JSON text of a `CodingResult`: as it is kept and answered.

    Args:
        note: its text, or its file's content.
        encounter: what is known of the visit.
        scope: what is coded.
        id: handed through to the result.
        manner: how it is coded.

    Raises:
        NoteError: the note cannot be read.
        UnknownRelease: no installed release covers the encounter's date.
    """
    result = manner.shared_coder(scope).code(note, encounter, id=id)
    try:
        return result.model_dump_json(by_alias=True).encode()
    except PydanticSerializationError:  # half of a surrogate pair, which a note's file may hold
        return json.dumps(result.to_json(), allow_nan=False, separators=(",", ":")).encode()


def preload() -> None:
    """Begin to load what the processes share, for who makes `Coders` soon: beside what this process does meanwhile."""
    if _FORKS and (os.cpu_count() or 1) > 1:
        multiprocessing.forkserver.set_forkserver_preload(["wardround.server.preloaded"])
        multiprocessing.forkserver.ensure_running()


class Coders:
    """As many processes as there are cores; made at once, ready a little later. Safe to share between threads.

    Args:
        manner: as `coded` takes it.
    """

    def __init__(self, manner: Manner = _USUAL) -> None:
        self._manner = manner
        self._context = multiprocessing.get_context("forkserver") if _FORKS else multiprocessing.get_context("spawn")
        preload()
        self._changing = threading.Lock()
        self._idle: deque[_Process] = deque()
        self._waiting: deque[_Turn] = deque()
        self._processes = [_Process(self._context, self._manner) for _ in range(os.cpu_count() or 1)]
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether a note would not wait for the processes to begin."""
        if not self._ready:
            with self._changing:
                if not self._ready and all(each.has_begun for each in self._processes):
                    self._idle.extend(self._processes)
                    self._ready = True
        return self._ready

    def coded(self, note: str | bytes, encounter: Encounter, scope: Scope, id: str | None) -> bytes:
        """As the function `coded`, in one of the processes, in the order of the calls; once they are `ready`.

        A note that ends its process gets one more.

        Raises:
            NoteError: the note cannot be read.
            UnknownRelease: no installed release covers the encounter's date.
            EngineFailed: the processes that code notes end again and again; perhaps by this note.
        """
        process = self._taken()
        try:
            for _ in range(2):
                try:
                    answer = process.asked((note, encounter, scope, id))
                    break
                except (EOFError, OSError):
                    process = self._renewed(process)
            else:
                hint = "try again; if only this note does that, it is too much for this machine"
                raise EngineFailed("the processes that code notes ended", hint=hint, retryable=True)
        finally:
            self._give_back(process)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Let the processes end."""
        with self._changing:
            processes, self._processes = self._processes, []
        for each in processes:
            each.close()
        for each in processes:
            each.end()

    def _taken(self) -> _Process:
        with self._changing:
            if self._idle:
                return self._idle.popleft()
            turn = _Turn()
            self._waiting.append(turn)
        return turn.process()

    def _give_back(self, process: _Process) -> None:
        with self._changing:
            if self._waiting:
                self._waiting.popleft().come(process)
            else:
                self._idle.append(process)

    def _renewed(self, gone: _Process) -> _Process:
        """Another process for one that ended before its time; not where all are to end."""
        with self._changing:
            if gone not in self._processes:
                return gone
            new = _Process(self._context, self._manner)
            self._processes[self._processes.index(gone)] = new
        gone.close()
        gone.end()
        return new


class _Turn:
    """A place in the queue for a process."""

    def __init__(self) -> None:
        self._come = threading.Lock()
        self._come.acquire()
        self._process: _Process | None = None

    def come(self, process: _Process) -> None:
        self._process = process
        self._come.release()

    def process(self) -> _Process:
        """What came, once it did."""
        self._come.acquire()
        assert self._process is not None
        return self._process


class _Process:
    """A process that codes one note at a time, for whoever holds it."""

    def __init__(self, context: ForkServerContext | SpawnContext, manner: Manner) -> None:
        self._pipe, end = context.Pipe()
        self._process = context.Process(target=_work, args=(end, manner), name="coder")
        self._process.start()
        end.close()  # else nobody would notice that the process is gone
        self._begun = False

    @property
    def has_begun(self) -> bool:
        """Whether it takes notes, or is gone."""
        if not self._begun and self._pipe.poll():
            self._begin()
        return self._begun

    def asked(self, note: tuple[Any, ...]) -> bytes | Exception:
        """Its answer, or what coding the note raised.

        Raises:
            EOFError, OSError: it is gone.
        """
        self._begin()
        self._pipe.send(note)
        answer: bytes | Exception = self._pipe.recv()
        return answer

    def close(self) -> None:
        """Let it end."""
        self._pipe.close()

    def end(self) -> None:
        """Wait until it ended."""
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            with suppress(EOFError, OSError):  # told when it is asked
                self._pipe.recv()


def _work(pipe: Connection, manner: Manner) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is meant for the server
    warnings.simplefilter("ignore")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from wardround.server import preloaded  # noqa: F401  where nothing was forked
    from wardround.server.logs import take_over

    take_over()  # what is said here may quote the note
    with suppress(EOFError, OSError):  # the server is gone, or ends
        pipe.send(None)
        while True:
            note, encounter, scope, id = pipe.recv()
            try:
                pipe.send(coded(note, encounter, scope, id, manner))
            except Exception as error:
                pipe.send(error)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
