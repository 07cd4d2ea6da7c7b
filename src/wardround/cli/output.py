"""Where results go: standard output, or a file that appears only when it is complete."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["destination"]


@contextmanager
def destination(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or the file at ``path``, to be written as UTF-8.

    A file is written beside its place and moved there at the end, so that a failure or an interruption leaves what was
    there before. What is there and is no regular file, a pipe or a device, is written directly.

    Raises:
        InputError: the file cannot be written.
    """
    if path is None or str(path) == "-":
        if isinstance(sys.stdout, TextIOWrapper):  # a lone surrogate in a quote must not stop the table of a batch
            encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
            sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
        yield sys.stdout
        return
    target = Path(os.path.realpath(path))
    try:
        in_place = target.exists() and not target.is_file()
        written = target if in_place else target.with_name(f".{target.name}.{os.getpid()}.part")
        file = open(written, "w", encoding="utf-8", errors="backslashreplace", newline="\n")  # noqa: SIM115
    except OSError as error:
        raise _refused(error, path) from error
    try:
        with file:
            yield file
        if not in_place:
            written.replace(target)
    except BaseException as error:
        if not in_place:
            with suppress(OSError):
                written.unlink()
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):  # as when the disk is full
            raise _refused(error, path) from error
        raise


def _refused(error: OSError, path: Path) -> InputError:
    return InputError(f"cannot write the file: {error.strerror or 'unknown reason'}", where=str(path))
