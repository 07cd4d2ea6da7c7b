"""Rows of CSV with a header, cut where a row ends; a cell in quotes may have lines of its own."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.batch.part import Part
from wardround.batch.sources.files import Files, named
from wardround.batch.sources.source import shown
from wardround.errors import InputError
from wardround.export import Failure
from wardround.records import LINE_LIMIT
from wardround.records.fields import id_of, noted
from wardround.records.lines import csv_rows

if TYPE_CHECKING:
    from wardround.coding import Encounter
    from wardround.records import Record

__all__ = ["CsvRows", "RowsPart"]

_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_MARK = b"\xef\xbb\xbf"
_NO_CSV = "the row is not CSV"


class _Rows:
    """The rows of a file from a byte on; iterating gives the cells of a row, or the reason why they cannot be told.

    Attributes:
        done: bytes read so far; a row begins there.
        line: number of the line there, from 1.
    """

    def __init__(self, path: Path, delimiter: str, first: int = 0, line: int = 1) -> None:
        self._file = path.open("rb")
        self._file.seek(first)
        self.done, self.line = first, line
        self._reader = csv_rows(self._decoded(), delimiter)

    def _decoded(self) -> Iterator[str]:
        while line := self._file.readline(LINE_LIMIT):
            text = line.removeprefix(_MARK) if self.done == 0 else line
            self.done += len(line)
            self.line += line.endswith(b"\n")
            yield text.decode(errors="surrogateescape")

    def __enter__(self) -> _Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[list[str] | str]:
        while True:
            try:
                yield next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield str(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsPart(Part):
    """``count`` rows of a file from byte ``first`` on; ``line`` is the number of the line there."""

    path: Path
    label: str
    delimiter: str
    columns: tuple[str, ...]
    first: int
    line: int
    defaults: Encounter

    def records(self) -> Iterator[Record | Failure]:
        with _Rows(self.path, self.delimiter, self.first, self.line) as rows:
            line = rows.line
            for _, cells in zip(range(self.count), rows, strict=False):
                where = f"line {line}"
                line = rows.line
                if isinstance(cells, str):
                    error = InputError(_NO_CSV, where=where, hint=cells)
                    yield named(Failure(id=where, error=error), self.label)
                elif any(cells):
                    yield named(self._record(cells, where), self.label)

    def _record(self, cells: list[str], where: str) -> Record | Failure:
        fields = dict(zip(self.columns, cells, strict=False))
        id = where
        try:
            if any(map(_NOT_UTF8.search, cells)):
                raise InputError("the row is not UTF-8", hint="save the file as CSV UTF-8")
            id = id_of(fields.get("id"), where)
            return noted({"text": fields.get("text") or None, **_told(fields)}, id, where, self.defaults)
        except InputError as error:
            return Failure(id=id, error=InputError(error.what, where=where, hint=error.hint))

    def place(self, index: int) -> str:
        return f"{self.label}row {index + 1} from line {self.line}"


def _told(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name in ("setting", "date", "age", "sex")}


class CsvRows(Files):
    """Files of CSV, or of values separated by tabs if they are called ``.tsv``.

    The columns are ``text`` and those of ``wardround code --jsonl``; others are left alone.
    """

    kind = "csv"

    def parts(self) -> Sequence[Part]:
        found: list[Part] = []
        for label, path in self.files:
            delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
            try:
                with _Rows(path, delimiter) as rows:
                    columns = _columns(rows, path)
                    for first, line, count in _stretches(rows, self.size):
                        found.append(
                            RowsPart(
                                number=len(found),
                                count=count,
                                path=path,
                                label=label,
                                delimiter=delimiter,
                                columns=columns,
                                first=first,
                                line=line,
                                defaults=self.defaults,
                            )
                        )
            except OSError as error:
                what = f"cannot read the file: {error.strerror or 'unknown reason'}"
                raise InputError(what, where=shown(path)) from error
        return found


def _columns(rows: _Rows, path: Path) -> tuple[str, ...]:
    header = next(iter(rows), [])
    columns = tuple(column.strip().lower() for column in header) if isinstance(header, list) else ()
    if "text" not in columns:
        hint = "its first line names the columns, as in id,text,date"
        raise InputError("the file has no column text", where=shown(path), hint=hint)
    return columns


def _stretches(rows: _Rows, size: int) -> Iterator[tuple[int, int, int]]:
    """First byte, number of its line, and number of rows, of every ``size`` rows that are left."""
    first, line, count = rows.done, rows.line, 0
    for _ in rows:
        count += 1
        if count == size:
            yield first, line, count
            first, line, count = rows.done, rows.line, 0
    if count:
        yield first, line, count
