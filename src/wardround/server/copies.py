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
    from collections.abc import Iterator, Sequence

    from wardround.store import Actor, Case, Document
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
    def of(self, actor: Actor, case: Case, documents: Sequence[Document]) -> Iterator[list[Path]]:
        """The files of documents of a case, in their order, for the block. Their names are numbers.

        Raises:
            StoreError: the disk is full, or a document is not what was put there.
            UnknownRecord: the case or a document is gone.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, ignore_cleanup_errors=True) as place:
                yield [
                    self._copied(actor, case, document, Path(place) / f"{number}")
                    for number, document in enumerate(documents, 1)
                ]
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise StoreError(f"documents cannot be copied: {reason}", where=self._folder.name) from None

    def _copied(self, actor: Actor, case: Case, document: Document, path: Path) -> Path:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in self._store.document_chunks(actor, case.id, document.id):
                file.write(piece)
        return path
