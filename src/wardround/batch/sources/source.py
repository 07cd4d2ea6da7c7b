"""What records come from: something that can be cut into parts, and be recognised when a run goes on."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wardround.batch.part import Part
    from wardround.coding import Encounter

__all__ = ["Source", "fingerprint_of", "shown"]


class Source(ABC):
    """A source of records.

    Attributes:
        kind: ``jsonl``, ``csv``, ``parquet``, ``folder`` or ``database``.
        name: as the user named it, without a password.
        defaults: what stands in for what a record does not say of its encounter.
        size: how many records a part has.
    """

    kind: ClassVar[str]

    def __init__(self, name: str, defaults: Encounter, size: int) -> None:
        self.name = name
        self.defaults = defaults
        self.size = size

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Changes when the source does: SHA-256 over the names, sizes and times of its files.

        Raises:
            InputError: it cannot be read.
        """

    @property
    def lasts(self) -> bool:
        """Whether it still has what it gave to a run that has begun."""
        return True

    @abstractmethod
    def parts(self) -> Sequence[Part]:
        """All of it, in order; the same for the same source whoever asks.

        Raises:
            InputError: it cannot be read.
        """


def fingerprint_of(files: Iterable[tuple[str, Path]]) -> str:
    """Of files, each with what it is called."""
    total = hashlib.sha256()
    for name, path in files:
        try:
            status = path.stat()
        except OSError as error:
            what = f"cannot read the file: {error.strerror or 'unknown reason'}"
            raise InputError(what, where=shown(path)) from error
        total.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode(errors="surrogateescape"))
    return total.hexdigest()


def shown(path: Path) -> str:
    """A path as text, whatever bytes it has."""
    return str(path).encode(errors="surrogateescape").decode(errors="replace")
