"""The work on a part of which some record kills its process, or hangs: only that one fails.

The records are coded in a process of its own, begun again after each that it does not survive. A record that kills it
twice is a failure; so is the rest of a part that kills it while it is read.
"""

from __future__ import annotations

from itertools import islice
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

from wardround.batch.processes import begin, context
from wardround.batch.task import records_of, unread
from wardround.errors import InputError, WardroundError
from wardround.export import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wardround.batch.part import Part
    from wardround.batch.task import Done, Task

__all__ = ["LOADING", "carefully"]

LOADING = 600.0
"""Seconds that a process may take until it can code."""

_TRIES = 2  # a process may be killed for the memory that others took


def carefully(work: Task[Any], part: Part, tell: Callable[[int], None] | None = None) -> Done:
    """Do as ``work`` does, and survive what the records of the part do to the process that codes them.

    Raises:
        WardroundError: as `Task` does.
    """
    return work.commit(part, _outcomes(work, part, tell), tell)


def _outcomes(work: Task[Any], part: Part, tell: Callable[[int], None] | None) -> Iterator[Any]:
    index = tries = 0
    hint = f"try it alone with {work.alone}, which may say why"
    while True:
        began: _Begun | None = None
        with _Child(work, part, index) as child:
            while (told := child.told()) is not None:
                if isinstance(told, WardroundError):
                    raise told
                if told == _END:
                    return
                if tell is not None:
                    tell(0)
                if told == _READY:
                    continue
                if isinstance(told, _Begun):
                    began = told
                    continue
                yield told
                index, tries, began = index + 1, 0, None
        tries += 1
        if tries < _TRIES:
            continue
        if began is None:
            yield from unread(part, index, InputError("reading the source kills the process", hint=hint))
            return
        yield Failure(id=began.id, error=InputError(child.fate, where=began.where, hint=hint))
        index, tries = index + 1, 0


_READY, _END = "ready", "end"


class _Begun(NamedTuple):
    """A record that was read, and is coded now."""

    id: str
    where: str


class _Child:
    """A process that codes a part from a record on.

    Attributes:
        fate: what became of it.
    """

    def __init__(self, work: Task[Any], part: Part, index: int) -> None:
        made = context()
        self._work = work
        self._patience = LOADING
        self._ours, theirs = made.Pipe(duplex=False)
        self._process = made.Process(target=begin, args=(_code, theirs, work, part, index))  # type: ignore[attr-defined]
        self._process.start()
        theirs.close()
        self.fate = ""

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()

    def told(self) -> Any:
        """What it says next; None if it is dead, or hangs."""
        if not self._ours.poll(self._patience):
            self.fate = f"{self._work.act} does not end within {self._patience:.0f} seconds"
            return None
        try:
            told = self._ours.recv()
        except EOFError:
            self.fate = f"{self._work.act} kills the process"
            return None
        self._patience = self._work.patience
        return told


def _code(pipe: Connection, work: Task[Any], part: Part, first: int) -> None:
    """Tell of each record from ``first`` on that it begins, by its id and place, and then what came of it."""
    try:
        work.prepare()
    except WardroundError as error:
        pipe.send(error)
        return
    pipe.send(_READY)
    for record in islice(records_of(part), first, None):
        if isinstance(record, Failure):
            pipe.send(record)
        else:
            pipe.send(_Begun(record.id, record.where))
            try:
                pipe.send(work.outcome(record, lambda: None))
            except WardroundError as error:
                pipe.send(error)
                return
    pipe.send(_END)
