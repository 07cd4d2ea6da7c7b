"""The server as it is run: ``wardround serve``, a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Served", "served"]

_RUN = "\nimport sys\nfrom wardround.cli import main\nmain(sys.argv[1:])\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that runs.

    Attributes:
        out, err: what it writes to standard output and standard error.
    """

    address: str
    process: subprocess.Popen[bytes]
    out: Path
    err: Path


@contextmanager
def served(desk: Path, *options: str, first: str = "", wait: float = 180.0) -> Iterator[Served]:
    """A server with its store in ``desk``, and all its temporary files below it.

    Args:
        desk: a folder; ``store``, ``temporary``, ``out`` and ``err`` are made in it.
        options: of ``wardround serve``.
        first: Python that the process runs before anything else.
        wait: seconds that it may take to start.
    """
    (desk / "temporary").mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(desk / "temporary")}
    command = [sys.executable, "-c", first + _RUN, "serve", "--port", "0", "--folder", str(desk / "store"), *options]
    out, err = desk / "out", desk / "err"
    with out.open("wb") as output, err.open("wb") as errors:
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=environment)
    try:
        yield Served(address=_address(process, out, wait), process=process, out=out, err=err)
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], out: Path, wait: float) -> str:
    for _ in range(int(wait / 0.1)):
        if found := re.search(r"https?://\S+", out.read_text()):
            return found[0].rstrip("/.,")
        if process.poll() is not None:
            break
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    raise RuntimeError("the server did not start")
