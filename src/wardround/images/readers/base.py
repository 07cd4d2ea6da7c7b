"""What a reader is, the files it is given, and the limits all of them keep."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from wardround.errors import ImageError
from wardround.images.study import Kind, Study

__all__ = ["FRAME_LIMIT", "HEAD", "VOLUME_LIMIT", "File", "Reader", "joined_digest", "only_failure"]

HEAD = 512
"""Bytes of a file by which its format is told."""

FRAME_LIMIT = 100_000_000
"""Pixels one picture may have; a mammogram has 20 million."""

VOLUME_LIMIT = 1 << 30
"""Bytes that what is decoded as a whole, a volume or a compressed file, may come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file, wherever it lies: in a folder, in an archive, in memory.

    Attributes:
        name: to show: relative to the folder or archive it was found in; empty for bytes.
        size: bytes.
        open: gives its bytes anew, from the beginning, as a stream that can seek.
        head: its first bytes, at most `HEAD`.
        path: where it lies on disk; None if it does not.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False)
    head: bytes = field(repr=False)
    path: Path | None = None

    def load(self) -> bytes:
        """All of its bytes."""
        with self.open() as stream:
            return stream.read()


class Reader(ABC):
    """Reads one family of formats."""

    @abstractmethod
    def accepts(self, file: File) -> bool:
        """Whether the file is of this family, told by its first bytes and never by its name alone."""

    @abstractmethod
    def read(self, files: Sequence[File], kind: Kind | None) -> tuple[Study, ...]:
        """The studies that these files, all of them accepted, hold; a bad file among good ones goes to `left_out`.

        No pixel is decoded here; but what can be known to fail without decoding is found now.

        Args:
            files: at least one.
            kind: what the user says the images are; None to tell by the files.

        Raises:
            ImageError: none of them can be read.
        """


def joined_digest(digests: Sequence[str]) -> str:
    """The digest of a study: of one file its own, of several the SHA-256 of theirs in order."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode("ascii")).hexdigest()


def only_failure(failed: Sequence[ImageError]) -> ImageError:
    """What to raise where none of several files could be read: their reason if it is one, else the first of them."""
    first = failed[0]
    if len({error.what for error in failed}) == 1:
        return first
    what = f"none of {len(failed)} files can be read; the first: {first.what}"
    return ImageError(what, where=first.where, hint=first.hint)
