"""Lines of JSON, one record each, cut where a line ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.batch.part import Part
from wardround.batch.sources.files import Files
from wardround.errors import InputError
from wardround.records import Lines

if TYPE_CHECKING:
    from wardround.coding import Encounter
    from wardround.export import Failure
    from wardround.records import Record

__all__ = ["JsonLines", "LinesPart"]

_CHUNK = 1 << 22  # bytes read at once, looking for ends of lines


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesPart(Part):
    """Bytes ``[first, past)`` of a file; ``line`` is the number of the first line; see `Files` for ``label``."""

    path: Path
    label: str
    first: int
    past: int
    line: int
    defaults: Encounter

    def records(self) -> Iterator[Record | Failure]:
        stretch = self.first, self.past, self.line
        return iter(Lines(str(self.path), self.defaults, label=self.label, stretch=stretch))

    def place(self, index: int) -> str:
        return f"{self.label}line {self.line + index}"


class JsonLines(Files):
    """Files of lines of JSON, as ``wardround code --jsonl`` reads them."""

    kind = "jsonl"

    def parts(self) -> Sequence[Part]:
        found: list[Part] = []
        for label, path in self.files:
            for first, past, line, count in _stretches(path, self.size):
                found.append(
                    LinesPart(
                        number=len(found),
                        count=count,
                        path=path,
                        label=label,
                        first=first,
                        past=past,
                        line=line,
                        defaults=self.defaults,
                    )
                )
        return found


def _stretches(path: Path, size: int) -> Iterator[tuple[int, int, int, int]]:
    """First byte, past byte, number of the first line, and number of lines, of every ``size`` lines of a file."""
    first = line = count = at = 0
    ended = True
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                end = chunk.find(b"\n")
                while end >= 0:
                    count += 1
                    if count == size:
                        yield first, at + end + 1, line + 1, count
                        first, line, count = at + end + 1, line + count, 0
                    end = chunk.find(b"\n", end + 1)
                at += len(chunk)
                ended = chunk.endswith(b"\n")
    except OSError as error:
        raise InputError(f"cannot read the file: {error.strerror or 'unknown reason'}", where=str(path)) from error
    if count or not ended:
        yield first, at, line + 1, count + (not ended)
