"""A source of which some records kill the process that reads them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wardround.batch import Part, Source
from wardround.coding import Encounter
from wardround.records import Record

__all__ = ["Lethal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part(Part):
    lethal: frozenset[int]

    def records(self) -> Iterator[Record]:
        for index in range(self.count):
            number = self.number * self.count + index
            if number in self.lethal:
                os.kill(os.getpid(), signal.SIGKILL)
            yield Record(id=f"n{number}", where=self.place(index), source="Gout.", encounter=Encounter())

    def place(self, index: int) -> str:
        return f"note {self.number * self.count + index}"


class Lethal(Source):
    """Notes of gout by the number, in parts of three; those named kill."""

    kind = "lethal"

    def __init__(self, parts: int, lethal: frozenset[int]) -> None:
        super().__init__("", Encounter(), 3)
        self._parts = parts
        self._lethal = lethal

    @property
    def fingerprint(self) -> str:
        return f"{self._parts} {sorted(self._lethal)}"

    def parts(self) -> Sequence[Part]:
        return [_Part(number=number, count=3, lethal=self._lethal) for number in range(self._parts)]
