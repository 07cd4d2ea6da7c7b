"""A compiled file: one read-only SQLite database, checked byte by byte when it is opened.

It is written under a temporary name and moved into place, so a reader sees all of it or nothing, and of two processes
that compile at once the later replaces the same content. Its checksum stands in SQLite's own header (the user version),
so a truncated or altered file is recognised without reading a single table.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sqlite3
import tempfile
import threading
import weakref
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wardround.errors import CodeSetError

__all__ = ["Compiled", "intact", "write"]

_CHECKSUM = slice(60, 64)  # of the header, big-endian; the checksum of all other bytes


def write(path: Path, application: int, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Write ``path``, replacing what is there in one step.

    Args:
        path: the file.
        application: SQLite's application id, which marks the file as ours.
        fill: makes the tables and fills them.

    Raises:
        OSError: the folder cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(handle)
    try:
        with contextlib.closing(sqlite3.connect(name)) as connection:
            connection.executescript(
                "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                f"PRAGMA application_id = {application};"
            )
            fill(connection)
            connection.commit()
            connection.execute("VACUUM")
        content = bytearray(Path(name).read_bytes())
        content[_CHECKSUM] = _checksum(content).to_bytes(4, "big")
        Path(name).write_bytes(content)
        Path(name).chmod(0o644)  # it holds nothing private, and others may share the folder
        os.replace(name, path)
    except sqlite3.OperationalError as error:  # the disk is full
        raise OSError(str(error)) from error
    finally:
        Path(name).unlink(missing_ok=True)


def intact(path: Path) -> bool:
    """Whether ``path`` is a compiled file, to the last byte as it was written."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return len(content) > 100 and content[_CHECKSUM] == _checksum(content).to_bytes(4, "big")
    except (OSError, ValueError):  # ValueError: the file is empty
        return False


def _checksum(content: bytes | bytearray | mmap.mmap) -> int:
    """CRC-32 of a compiled file, without the bytes that hold it."""
    with memoryview(content) as view, view[: _CHECKSUM.start] as before, view[_CHECKSUM.stop :] as after:
        return zlib.crc32(after, zlib.crc32(before))


class Compiled:
    """A compiled file, opened; shared by any number of threads and carried over a fork.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: Path, what: str, hint: str) -> None:
        """Open ``path``, which is ``what`` ("the compiled code set"); ``hint`` says what to do if it cannot be read.

        Raises:
            CodeSetError: it cannot be opened.
        """
        self.path = path
        self._what, self._hint = what, hint
        self._open()

    def _open(self) -> None:
        try:
            self._connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise CodeSetError(f"{self._what} cannot be opened", where=self.path.name) from error
        weakref.finalize(self, self._connection.close)
        self._lock = threading.Lock()
        self._process = os.getpid()

    def all(self, query: str, *values: str | int) -> list[Any]:
        """All rows that ``query`` finds.

        Raises:
            CodeSetError: the file cannot be read.
        """
        if self._process != os.getpid():  # a fork: the parent's lock may be held forever in this copy
            self._open()
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise CodeSetError(f"{self._what} cannot be read", where=self.path.name, hint=self._hint) from error
