"""A source some records of which do what no record should."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.sources import note
from wardround.batch.part import Part
from wardround.batch.sources.source import Source
from wardround.coding import Encounter
from wardround.records import Record

__all__ = ["Poisoned"]


class _File(type(Path())):  # type: ignore[misc]
    """A file that does something else when it is opened, as the reader of a note may on one that is damaged."""

    def open(self, *_: Any, **__: Any) -> Any:
        return _DEEDS[self.suffix]()


def _exhaust() -> None:
    raise MemoryError


def _recurse() -> None:
    _recurse()


_DEEDS: dict[str, Callable[[], Any]] = {
    ".exit": lambda: os._exit(3),
    ".abort": os.abort,
    ".hang": lambda: time.sleep(1000),
    ".memory": _exhaust,
    ".deep": _recurse,
}


def _hold(folder: Path) -> None:
    """Say which process is here, and wait until somebody lets it go on."""
    (folder / "held").write_text(str(os.getpid()))
    while not (folder / "go").exists():
        time.sleep(0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part(Part):
    first: int
    deeds: dict[int, str]

    def records(self) -> Iterator[Record]:
        for number in range(self.first, self.first + self.count):
            deed = self.deeds.get(number, "")
            if deed == "unreadable":
                raise ValueError("no reader foresaw this, and Zebulon is in it")
            if deed == "fatal":
                os._exit(4)
            if deed.startswith("held "):
                _hold(Path(deed.removeprefix("held ")))
                deed = ""
            source = _File(f"Zebulon{deed}") if deed else note(number)
            yield Record(id=str(number), where=f"note {number}", source=source, encounter=Encounter())

    def place(self, index: int) -> str:
        return f"note {self.first + index}"


class Poisoned(Source):
    """``count`` notes, some of which, by their number, do something.

    It is the suffix of one of the deeds; ``unreadable`` or ``fatal``, to the reader; or ``held FOLDER``, a note like
    any other, whose reader writes its process into the file ``held`` there and waits for a file ``go``.
    """

    kind = "poisoned"

    def __init__(self, count: int, deeds: dict[int, str], size: int = 4) -> None:
        super().__init__("poisoned", Encounter(), size)
        self._count, self._deeds = count, deeds

    @property
    def fingerprint(self) -> str:
        return f"{self._count} {self._deeds}"

    def parts(self) -> Sequence[Part]:
        firsts = range(0, self._count, self.size)
        return [
            _Part(number=n, count=min(self.size, self._count - first), first=first, deeds=self._deeds)
            for n, first in enumerate(firsts)
        ]
