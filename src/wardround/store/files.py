"""Documents on disk, each named by the SHA-256 of its content, written completely or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import InputError, StoreDamaged, StoreError
from wardround.store.sealing import CHUNK

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from types import TracebackType
    from typing import BinaryIO

    from wardround.store.sealing import Seal

__all__ = ["Files", "Staged"]

_NAME = re.compile(r"[0-9a-f]{64}")
_STAGED = ".part-"
_FORSAKEN = 86_400  # seconds after which what a killed process was writing is removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Content that is written and synchronised, and has not got its name yet. Leaving its context removes it."""

    sha256: str
    size: int
    path: Path
    file: int  # its inode, by which it is known under its name

    def __enter__(self) -> Staged:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


class Files:
    """The documents below a folder.

    Args:
        folder: made if it is not there, for its owner only.
        seal: encrypts what is written; None for as it is.
    """

    def __init__(self, folder: Path, seal: Seal | None = None) -> None:
        self._folder = folder
        self._seal = seal
        self._lasting: set[Path] = set()  # folders below ``folder`` whose names are known to last
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _cannot("make the folder of documents", error) from None

    def stage(self, content: bytes | Path | BinaryIO) -> Staged:
        """Write ``content``, to be kept by `keep`; in chunks, so that memory does not grow with it.

        Raises:
            InputError: it cannot be read.
            StoreError: the disk is full, or cannot be written.
        """
        digest = hashlib.sha256()
        size = 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in _pieces(content):
                digest.update(piece)
                size += len(piece)
                yield piece

        # the name is the digest, and is known only at the end; so it is no part of what is sealed
        path = self._written(self._seal.seal_chunks(counted(), "document") if self._seal else counted())
        return Staged(sha256=digest.hexdigest(), size=size, path=path, file=path.stat().st_ino)

    def take_over(self, sha256: str, stored: Iterable[bytes]) -> Staged:
        """Write a file as `stored` gave it in another store with the same key; it is checked when it is read.

        Raises:
            StoreError: the disk is full, or cannot be written.
        """
        path = self._written(stored)
        status = path.stat()
        return Staged(sha256=sha256, size=status.st_size, path=path, file=status.st_ino)

    def keep(self, staged: Staged) -> bool:
        """Give what was staged its name. What is there already under it had the same content, and is replaced.

        Returns:
            whether nothing was there, as far as that can be told; then `take_back` can undo this.

        Raises:
            StoreError: the disk cannot be written.
        """
        target = self._path(staged.sha256)
        try:
            target.parent.mkdir(exist_ok=True, mode=0o700)
            first = _linked(staged.path, target)
            staged.path.unlink() if first else staged.path.replace(target)
            _synchronise(target.parent)
            if target.parent not in self._lasting:
                _synchronise(self._folder)
                self._lasting.add(target.parent)
        except OSError as error:
            raise _cannot("write the document", error) from None
        return first

    def take_back(self, staged: Staged) -> None:
        """Undo `keep` where it was the first, unless others gave theirs the same name meanwhile.

        Raises:
            StoreError: it cannot be removed.
        """
        target = self._path(staged.sha256)
        try:
            target.replace(staged.path)  # no one can replace it any more, and it goes with what was staged
            if staged.path.stat().st_ino != staged.file:
                staged.path.replace(target)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _cannot("remove a document", error) from None

    def has(self, sha256: str) -> bool:
        """Whether there is such a document, unchecked."""
        return self._path(sha256).exists()

    def remove(self, sha256: str) -> None:
        """Remove a document, if it is there.

        Raises:
            StoreError: it cannot be removed.
        """
        try:
            self._path(sha256).unlink(missing_ok=True)
        except OSError as error:
            raise _cannot("remove a document", error) from None

    def read(self, sha256: str) -> bytes:
        """A document, checked.

        Raises:
            StoreDamaged: it is not there, or not what was put there.
            StoreError: it cannot be read.
        """
        return b"".join(self.chunks(sha256))

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """A document in chunks; it is genuine and whole only when this ends without an error.

        Raises:
            StoreDamaged: it is not there, or not what was put there.
            StoreError: it cannot be read.
        """
        digest = hashlib.sha256()
        stored = self.stored(sha256)
        for piece in self._seal.open_chunks(stored, "document") if self._seal else stored:
            digest.update(piece)
            yield piece
        if digest.hexdigest() != sha256:
            raise StoreDamaged("a document is not what was put there", where=sha256)

    def stored(self, sha256: str) -> Iterator[bytes]:
        """The bytes of the file as they lie there, sealed or not; unchecked.

        Raises:
            StoreDamaged: it is not there.
            StoreError: it cannot be read.
        """
        try:
            with open(self._path(sha256), "rb") as file:
                while piece := file.read(CHUNK):
                    yield piece
        except FileNotFoundError:
            raise StoreDamaged("a document is gone", where=sha256) from None
        except OSError as error:
            raise _cannot("read a document", error) from None

    def keep_only(self, wanted: Container[str]) -> int:
        """Remove all others, and what killed processes left half-written; how many documents were removed.

        Raises:
            StoreError: one cannot be removed.
        """
        removed = 0
        try:
            for folder in self._folder.iterdir():
                if folder.name.startswith(_STAGED):
                    if time.time() - folder.stat().st_mtime > _FORSAKEN:
                        folder.unlink(missing_ok=True)
                    continue
                for path in folder.iterdir():
                    if _NAME.fullmatch(path.name) and path.name not in wanted:
                        path.unlink(missing_ok=True)
                        removed += 1
        except OSError as error:
            raise _cannot("remove a document", error) from None
        return removed

    def _written(self, pieces: Iterable[bytes]) -> Path:
        path = Path()
        try:
            handle, name = tempfile.mkstemp(prefix=_STAGED, dir=self._folder)
            path = Path(name)
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except BaseException as error:
            if path.name:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise _cannot("write the document", error) from None
            raise
        return path

    def _path(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise ValueError("a document is named by 64 hexadecimal digits")
        return self._folder / sha256[:2] / sha256


def _linked(path: Path, target: Path) -> bool:
    """Whether ``path`` got a second name; not where that is taken, or the disk knows only one for each file."""
    try:
        os.link(path, target)
    except OSError:
        return False
    return True


def _pieces(content: bytes | Path | BinaryIO) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    try:
        with open(content, "rb") if isinstance(content, Path) else nullcontext(content) as file:
            while piece := file.read(CHUNK):
                yield piece
    except OSError as error:
        raise InputError(f"the document cannot be read: {error.strerror or 'unknown reason'}") from None


def _synchronise(folder: Path) -> None:
    """Make the names in ``folder`` last, where the system lets a folder be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot(what: str, error: OSError) -> StoreError:
    return StoreError(
        f"cannot {what}: {error.strerror or 'unknown reason'}",
        hint="free some space, or check who may write there",
    )
