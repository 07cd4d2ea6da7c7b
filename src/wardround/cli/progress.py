"""What is said on standard error, if that is a terminal, of work that takes more than a moment."""

from __future__ import annotations

import sys
import time
from collections import deque
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Any, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from rich.progress import Progress as Bar
    from rich.progress import ProgressColumn, TaskID
    from rich.status import Status

__all__ = ["Pace", "Progress", "Steps", "preparing"]

_PATIENCE = 1.0  # seconds before the bar appears
_SPELL = 30.0  # seconds between two lines where there is no terminal
_WINDOW = 60.0  # seconds over which a rate is taken


@contextmanager
def preparing() -> Iterator[None]:
    """Around what loads a release, which has to compile it the first time."""
    message = "preparing the code set, once for this release and version …"
    timer = Timer(_PATIENCE, print, [message], {"file": sys.stderr, "flush": True})
    timer.daemon = True
    if sys.stderr.isatty():
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _WithBar:
    """What draws one bar on standard error once there is something to tell, and takes it away at the end."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _start(self, what: str, total: int | None, *columns: ProgressColumn, **fields: Any) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        described = (TextColumn("{task.description}"), BarColumn(), *columns)
        self._bar = Progress(*described, console=Console(stderr=True), transient=True, redirect_stdout=False)
        self._bar.start()
        self._task = self._bar.add_task(what, total=total, **fields)


class Progress(_WithBar):
    """Shows how far the work is.

    Nothing is shown in the first second, when standard error is no terminal, or when results go to the terminal too.

    Args:
        what: what is being done, one or two words.
        total: how much there is to do, in any unit; None if that is not known.
        output: where results go.
    """

    def __init__(self, what: str, total: int | None, output: TextIO | None = None) -> None:
        super().__init__()
        self._what = what
        self._total = total
        self._begin = time.monotonic()
        self._wanted = sys.stderr.isatty() and not (output is not None and output.isatty())

    def at(self, done: int, records: int) -> None:
        """So much is done, and it was so many records."""
        if self._bar is None:
            if not self._wanted or time.monotonic() - self._begin < _PATIENCE:
                return
            from rich.progress import TextColumn, TimeRemainingColumn

            counted = TextColumn("{task.fields[records]} records")
            self._start(self._what, self._total, counted, TimeRemainingColumn(), records=0)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, records=records)

    @contextmanager
    def pages(self) -> Iterator[Callable[[int, int], None]]:
        """Around the reading of one record; gives what is told of each of its pages that is done."""
        with Steps() as steps:

            def on_page(done: int, count: int) -> None:
                if count == 1 or time.monotonic() - self._begin < _PATIENCE:
                    return
                if self._bar is not None and self._task is not None:
                    self._bar.update(self._task, description=f"{self._what}, page {done} of {count}")
                else:
                    steps.tell(f"page {done} of {count} is read")

            yield on_page
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=self._what)


class Pace(_WithBar):
    """Shows how far the work on very many records is, how fast it goes and how long it will take.

    On a terminal as a bar; elsewhere as a line every half minute, so that a log shows that it goes on.

    Args:
        what: what is being done, one or two words.
        records: what they are called.
    """

    def __init__(self, what: str, records: str = "notes") -> None:
        super().__init__()
        self._what, self._records = what, records
        self._said = time.monotonic()
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, done: int, before: int, total: int) -> None:
        """So many of ``total`` records are done, ``before`` of them by an earlier run."""
        now = time.monotonic()
        self._seen.append((now, done))
        while now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        if not sys.stderr.isatty():
            if now - self._said >= _SPELL:
                self._said = now
                print(f"{self._what}: {self._told(done, total)}", file=sys.stderr, flush=True)
            return
        if self._bar is None:
            from rich.progress import TextColumn

            self._start(self._what, total, TextColumn("{task.fields[told]}"), told="")
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, told=self._told(done, total))

    def _told(self, done: int, total: int) -> str:
        total = max(done, total)
        told = f"{done:,} of {total:,} {self._records}"
        (began, first), (now, _) = self._seen[0], self._seen[-1]
        if done > first and now > began:
            rate = (done - first) / (now - began)
            told += f", {rate:,.0f} a second" if rate >= 10 else f", {rate:.2g} a second"
            told += f", {_duration((total - done) / rate)} left"
        return told


def _duration(seconds: float) -> str:
    """For people: ``45 s``, ``12 min``, ``3 h 20 min``, ``2 d 5 h``.

    >>> [_duration(seconds) for seconds in (45, 700, 12_000, 190_000)]
    ['45 s', '11 min', '3 h 20 min', '2 d 4 h']
    """
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


class Steps:
    """Says which step of some work has begun, on one line that the next step takes over."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def tell(self, step: str) -> None:
        """``step`` has begun."""
        if self._status is not None:
            self._status.update(f"{step} …")
        elif sys.stderr.isatty():
            from rich.console import Console
            from rich.status import Status

            self._status = Status(f"{step} …", console=Console(stderr=True, markup=False))
            self._status.start()
