"""``wardround serve`` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Served", "below"]

_PATIENCE = 120  # seconds, on a busy machine


class Served:
    """A server on the store in ``folder``; killed at the end, if it is still there.

    Args:
        folder: of the store.
        options: of ``wardround serve``.
        killed_after: seconds after which it is killed, ready or not.

    Attributes:
        address: of it; empty if it ended instead, with what it said in `log`.
        ready_after: seconds from its start until it said that it is ready.
    """

    def __init__(self, folder: Path, *options: str, killed_after: float | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self._log = folder.with_name(f"{folder.name}.log")
        command = [sys.executable, "-m", "wardround", "serve", "--folder", str(folder)]
        if "--port" not in options:
            command += ["--port", "0"]
        began = time.monotonic()
        with self._log.open("a") as log:
            self.process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        if killed_after is not None:
            threading.Timer(killed_after, self.process.kill).start()
        try:
            self.said = self.process.stdout.readline()
        except BaseException:
            self.kill()
            raise
        self.ready_after = time.monotonic() - began
        self.address = self.said.split()[-1] if self.said else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        self.process.communicate()

    @property
    def log(self) -> str:
        """What it and those before it in this folder wrote to standard error."""
        return self._log.read_text()

    def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
        self.process.wait(_PATIENCE)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit status."""
        self.process.send_signal(how)
        return self.process.wait(_PATIENCE)


def below(process: int) -> set[int]:
    """The processes that a process started, and those that these did; none where the system does not tell."""
    found = {process}
    for path in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parent.name)):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent in found:
            found.add(int(path.parent.name))
    return {each for each in found - {process} if os.path.exists(f"/proc/{each}")}
