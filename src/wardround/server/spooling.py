"""Where uploads lie while they arrive."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["spooling"]


@contextmanager
def spooling(folder: Path) -> Iterator[None]:
    """Let this process write its temporary files below the store's ``folder``, for its owner only.

    They lie on the store's disk, and nowhere else, as long as they are needed.
    """
    before = tempfile.tempdir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".spool-", dir=folder, ignore_cleanup_errors=True) as spool:
        tempfile.tempdir = spool
        try:
            yield
        finally:
            tempfile.tempdir = before
