"""Tables of Parquet: a row is a record, and a part some rows of a file."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.batch.packages import arrow
from wardround.batch.part import Part
from wardround.batch.sources.files import Files, named
from wardround.batch.sources.source import shown
from wardround.errors import InputError
from wardround.export import Failure
from wardround.records.fields import id_of, noted

if TYPE_CHECKING:
    from wardround.coding import Encounter
    from wardround.records import Record

__all__ = ["ParquetPart", "ParquetTables"]

_COLUMNS = ("id", "text", "setting", "date", "age", "sex")
_ROWS = 64  # turned into Python at once
_BUFFER = 1 << 20  # bytes of a column read at once; without it a whole row group's are


class _Rows:
    """The rows of a file from one on, and where it is; rows before it in its row group have to be passed over.

    Attributes:
        path: of the file.
        at: number of the row that comes next.
    """

    def __init__(self, path: Path, first: int) -> None:
        parquet = arrow("parquet")
        self.path = path
        file = parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
        columns = {column.strip().lower(): column for column in reversed(file.schema_arrow.names)}
        self._names = {columns[name]: name for name in _COLUMNS if name in columns}
        group, self.at = 0, 0
        while group < file.num_row_groups and self.at + file.metadata.row_group(group).num_rows <= first:
            self.at += file.metadata.row_group(group).num_rows
            group += 1
        groups = list(range(group, file.num_row_groups))
        self._batches = file.iter_batches(_ROWS, groups, list(self._names), use_threads=False)
        self._batch: Any = None
        while self.at < first:
            self._pass(first - self.at)

    def _pass(self, count: int) -> Any:
        """The next rows, ``count`` at most, as a batch of Arrow's."""
        while self._batch is None or not self._batch.num_rows:
            self._batch = next(self._batches)
        taken = self._batch.slice(0, count)
        self._batch = self._batch.slice(taken.num_rows)
        self.at += taken.num_rows
        return taken

    def take(self, count: int) -> Iterator[dict[str, Any]]:
        end = self.at + count
        while self.at < end:
            for row in self._pass(end - self.at).to_pylist():
                yield {self._names[column]: value for column, value in row.items()}


_last: list[_Rows] = []  # of this process, where the part after its last one begins


def _rows(path: Path, first: int) -> _Rows:
    if _last:
        rows = _last.pop()
        if (rows.path, rows.at) == (path, first):
            return rows
    return _Rows(path, first)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetPart(Part):
    """``count`` rows of a file from row ``first`` on, which is counted from 0."""

    path: Path
    label: str
    first: int
    defaults: Encounter

    def records(self) -> Iterator[Record | Failure]:
        try:
            rows = _rows(self.path, self.first)
            for number, fields in enumerate(rows.take(self.count), self.first + 1):
                yield named(_record(fields, f"row {number}", self.defaults), self.label)
            _last[:] = [rows]
        except (OSError, arrow().ArrowException) as error:
            raise InputError("the file cannot be read as Parquet", where=shown(self.path)) from error

    def place(self, index: int) -> str:
        return f"{self.label}row {self.first + index + 1}"


def _record(fields: dict[str, Any], where: str, defaults: Encounter) -> Record | Failure:
    id = where
    try:
        id = id_of(fields.get("id"), where)
        return noted({name: _plain(value) for name, value in fields.items()}, id, where, defaults)
    except InputError as error:
        return Failure(id=id, error=InputError(error.what, where=where, hint=error.hint))


def _plain(value: Any) -> Any:
    """A value as JSON would have it."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return float(value) if isinstance(value, decimal.Decimal) else value


class ParquetTables(Files):
    """Files of Parquet with a column ``text`` and those of ``wardround code --jsonl``; others are not read."""

    kind = "parquet"

    def parts(self) -> Sequence[Part]:
        found: list[Part] = []
        for label, path in self.files:
            rows = _count(path)
            for first in range(0, rows, self.size):
                found.append(
                    ParquetPart(
                        number=len(found),
                        count=min(self.size, rows - first),
                        path=path,
                        label=label,
                        first=first,
                        defaults=self.defaults,
                    )
                )
        return found


def _count(path: Path) -> int:
    """Rows of a file.

    Raises:
        InputError: it is no Parquet, or has no column ``text``.
    """
    parquet = arrow("parquet")
    try:
        with parquet.ParquetFile(path) as file:
            names = [name.strip().lower() for name in file.schema_arrow.names]
            count: int = file.metadata.num_rows
    except (OSError, arrow().ArrowException) as error:
        raise InputError("the file cannot be read as Parquet", where=shown(path)) from error
    if "text" not in names:
        raise InputError("the table has no column text", where=shown(path), hint="it has the columns id and text")
    return count
