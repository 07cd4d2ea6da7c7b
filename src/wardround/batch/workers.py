"""Workers: processes that take parts from one another's hands and survive none of them."""

from __future__ import annotations

import gc
import time
from contextlib import suppress
from itertools import pairwise
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from wardround.batch.careful import LOADING, carefully
from wardround.batch.processes import begin, context
from wardround.batch.task import Done
from wardround.errors import WardroundError, defect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.batch.part import Part
    from wardround.batch.task import Task

__all__ = ["Stretches", "Worker", "first_of"]

_READY = "ready"
_ALLOCATIONS = 50_000  # more than a note takes, which leaves no cycles: looking for them at each would be in vain


class Worker:
    """A process that does the work on one part at a time.

    Attributes:
        part: that it has; None if it waits for one.
        careful: whether it works on it carefully, see `wardround.batch.careful`.
        ready: whether it has begun.
    """

    def __init__(self, work: Task[Any], lane: int) -> None:
        made: Any = context()
        self.lane = lane
        self.part: Part | None = None
        self.careful = False
        self.ready = False
        self._patience = work.patience
        self._ours, theirs = made.Pipe()
        self._heart = made.RawArray("Q", 2)  # notes done of the part, signs of life
        self._seen = (0, time.monotonic())
        self._process = made.Process(target=begin, args=(_serve, theirs, self._heart, work))
        self._process.start()
        theirs.close()

    @property
    def notes(self) -> int:
        """Notes of its part that are done."""
        return self._heart[0] if self.part is not None else 0

    @property
    def signs(self) -> tuple[Connection, int]:
        """What to wait for: something it says, or its end."""
        return self._ours, self._process.sentinel

    def give(self, part: Part, *, careful: bool) -> None:
        """Let it work on ``part``."""
        self.part, self.careful = part, careful
        self._heart[0] = 0
        self._seen = (self._heart[1], time.monotonic())
        with suppress(OSError):  # it is dead, which shows soon
            self._ours.send((part, careful))

    def told(self) -> Done | None:
        """The part that it has done, if it has.

        Raises:
            EOFError: it is dead.
            WardroundError: its work cannot be done at all.
        """
        try:
            if not self._ours.poll():
                if not self._process.is_alive():
                    raise EOFError
                return None
            told = self._ours.recv()
        except OSError:
            raise EOFError from None
        if isinstance(told, WardroundError):
            raise told
        if told == _READY:
            self.ready = True
            return None
        self.part = None
        assert isinstance(told, Done)
        return told

    def hangs(self) -> bool:
        """Whether it gave no sign of life for too long."""
        beats, at = self._seen
        if self.part is None or self._heart[1] != beats:
            self._seen = (self._heart[1], time.monotonic())
            return False
        patience = self._patience + (LOADING if self.careful else 0.0)  # since it begins another process
        return time.monotonic() - at > patience

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._ours.close()


def first_of(workers: Sequence[Worker], seconds: float) -> None:
    """Wait until one of them has something to say, but no longer than this."""
    wait([sign for worker in workers for sign in worker.signs], seconds)


def _serve(pipe: Connection, heart: Any, work: Task[Any]) -> None:
    def tell(notes: int) -> None:
        heart[0] += notes
        heart[1] += 1

    try:
        work.prepare()
        gc.freeze()  # what is loaded stays
        gc.set_threshold(_ALLOCATIONS)
        pipe.send(_READY)
        while True:
            part, careful = pipe.recv()
            pipe.send(carefully(work, part, tell) if careful else work(part, tell))
    except (EOFError, ConnectionError):  # nobody is there any more
        return
    except Exception as error:
        with suppress(ConnectionError):
            pipe.send(error if isinstance(error, WardroundError) else defect(error))


class Stretches:
    """Parts that wait to be done: each lane takes from a stretch of its own, since those in a row are read fastest.

    A lane whose stretch is empty takes half of the longest that is left.
    """

    def __init__(self, parts: Sequence[Part], lanes: int) -> None:
        self._parts = parts
        ends = [len(parts) * lane // lanes for lane in range(lanes + 1)]
        self._left = [range(first, past) for first, past in pairwise(ends)]

    def __bool__(self) -> bool:
        return any(self._left)

    def next(self, lane: int) -> Part | None:
        """The part to do next; None if there is none."""
        if not self._left[lane]:
            longest = max(range(len(self._left)), key=lambda each: len(self._left[each]))
            left = self._left[longest]
            middle = left.start + len(left) // 2
            self._left[longest], self._left[lane] = range(left.start, middle), range(middle, left.stop)
        left = self._left[lane]
        if not left:
            return None
        self._left[lane] = range(left.start + 1, left.stop)
        return self._parts[left.start]
