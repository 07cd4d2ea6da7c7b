"""Copies of a case's documents as files, for readers that need files: private, and gone when they are done with."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.store import Actor
    from wardround.store.records import DocumentRole
    from wardround.store.store import Store

__all__ = ["Copies"]


class Copies:
    """Where copies lie: the folder ``copies`` of the store, for its owner only. They are not encrypted.

    Args:
        store: whose documents are copied. No other process may copy from it; see `clear`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.folder / "copies"

    def clear(self) -> None:
        """Remove what a process left that was killed."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def of(self, actor: Actor, case: str, role: DocumentRole) -> Iterator[list[Path]]:
        """The files of the documents of a role, in their order, for the block. Their names are numbers.

        Raises:
            StoreError: the disk is full, or a document is not what was put there.
            UnknownRecord: the case is gone.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, ignore_cleanup_errors=True) as place:
                yield [
                    _copied(content, Path(place) / f"{number}")
                    for number, content in enumerate(self._store.documents(actor, case, role), 1)
                ]
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise StoreError(f"documents cannot be copied: {reason}", where=self._folder.name) from None


def _copied(content: Iterator[bytes], path: Path) -> Path:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in content:
            file.write(piece)
    return path
