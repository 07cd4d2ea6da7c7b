"""Records as they come in: files, standard input, lines of JSON, and CSV.

A line of JSON holds one record: a note, ``{"id", "text", "setting"?, "date"?, "age"?, "sex"?, "codes"?}``, or a list of
codes, the same without ``text``. What is wrong with one is returned in its place, and the next one is read.
"""

from __future__ import annotations

import codecs
import csv
import os
import stat
import sys
from abc import ABC, abstractmethod
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

from wardround.errors import InputError
from wardround.export import Failure
from wardround.records.fields import id_of, json_object, listed, noted, split_codes
from wardround.records.record import Listed, Record
from wardround.settings import DOCUMENT_LIMIT, FILE_LIMIT

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wardround.coding import Encounter

__all__ = ["LINE_LIMIT", "CodeLines", "CodeRows", "Files", "Given", "Lines", "ReviewedLines", "csv_rows"]

LINE_LIMIT = 4 * FILE_LIMIT
"""Bytes a line of JSON may have: a note at its limit with every character written as an escape, and room to spare."""

_R = TypeVar("_R", Record, Listed, Record | Listed)


class Files:
    """One record per file, read when it is coded; ``-`` is standard input.

    Attributes:
        total: how many files there are.
        done: how many of them were handed out.
    """

    def __init__(self, names: Sequence[str], encounter: Encounter) -> None:
        self.total = len(names)
        self.done = 0
        self._names = names
        self._encounter = encounter

    def __iter__(self) -> Iterator[Record]:
        for name in self._names:
            self.done += 1
            source = sys.stdin.buffer.read(DOCUMENT_LIMIT + 1) if name == "-" else Path(name)
            yield Record(
                id=name, where="standard input" if name == "-" else name, source=source, encounter=self._encounter
            )


class Given:
    """One list of codes from the command line; see `Files`."""

    total = 1
    done = 0

    def __init__(self, codes: Sequence[str], encounter: Encounter) -> None:
        self._only = Listed(id="", where="the codes given", codes=split_codes(" ".join(codes)), encounter=encounter)

    def __iter__(self) -> Iterator[Listed]:
        yield self._only


class _JsonLines(ABC, Generic[_R]):
    """One record or failure per line of JSON that is not blank; the file ``-`` is standard input.

    Attributes:
        total: bytes of the file; None where that is not known.
        done: bytes read so far.
    """

    def __init__(
        self, name: str, defaults: Encounter, *, label: str = "", stretch: tuple[int, int, int] | None = None
    ) -> None:
        """Open the file called ``name``; ``defaults`` stand in for what a line does not say of its encounter.

        Args:
            label: stands before the place of a line; tells the lines of several files apart.
            stretch: read these bytes only, ``[first, past)``, of which the first begins the line of this number.

        Raises:
            InputError: it cannot be opened.
        """
        self._lines = _open(name)
        self.total = _size(self._lines)
        self.done, self._first = 0, 1
        self._past: int | None = None
        if stretch:
            self.done, self._past, self._first = stretch
            self._lines.seek(self.done)
        self._defaults = defaults
        self._label = label

    @abstractmethod
    def _made(self, fields: Mapping[str, Any], id: str, where: str) -> _R:
        """The record of a line with these fields."""

    def __iter__(self) -> Iterator[_R | Failure]:
        with self._lines if self._lines is not sys.stdin.buffer else nullcontext():
            for number, line in enumerate(self._cut(), self._first):
                where = f"{self._label}line {number}"
                if line is None:
                    yield Failure(id=where, error=InputError(f"longer than {LINE_LIMIT:,} bytes", where=where))
                elif line.strip():
                    yield self._record(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, where)

    def _record(self, line: bytes, where: str) -> _R | Failure:
        id = where
        try:
            fields = json_object(line)
            id = id_of(fields.get("id"), where)
            return self._made(fields, id, where)
        except InputError as error:
            return Failure(id=id, error=InputError(error.what, where=where, hint=error.hint))

    def _cut(self) -> Iterator[bytes | None]:
        """The lines; ``None`` for one over the limit, which is read to its end without being kept."""
        while line := self._read():
            too_long = False
            while len(line) == LINE_LIMIT and not line.endswith(b"\n"):
                too_long = True
                line = self._read()
            yield None if too_long else line

    def _read(self) -> bytes:
        line = b"" if self.done == self._past else self._lines.readline(LINE_LIMIT)
        self.done += len(line)
        return line


class Lines(_JsonLines[Record]):
    """Notes, one per line of JSON: records, or FHIR resources that are documents."""

    def _made(self, fields: Mapping[str, Any], id: str, where: str) -> Record:
        return noted(fields, id, where, self._defaults)


class CodeLines(_JsonLines[Listed]):
    """Lists of codes, one per line of JSON; a line that ``wardround code --json`` wrote is one."""

    def _made(self, fields: Mapping[str, Any], id: str, where: str) -> Listed:
        return listed(fields, id, where, self._defaults)


class ReviewedLines(_JsonLines[Record | Listed]):
    """Notes, and lists of codes that belong to notes of the same id, one per line of JSON.

    A line with a text is a note, with its codes or without; one without a text has the codes, as a result has them. A
    code whose status is ``rejected`` is none; one that is still for review makes the line a failure.
    """

    def _made(self, fields: Mapping[str, Any], id: str, where: str) -> Record | Listed:
        fields = _decided(fields)
        if fields.get("text") is None and "resourceType" not in fields:
            return listed(fields, id, where, self._defaults)
        return noted(fields, id, where, self._defaults)


def _decided(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    codes = fields.get("codes")
    if not isinstance(codes, list):
        return fields
    statuses = [each.get("status") if isinstance(each, dict) else None for each in codes]
    if "review" in statuses:
        hint = "decide them, or give the codes as a list of strings"
        raise InputError("the line has codes that are still for review", hint=hint)
    return {**fields, "codes": [code for code, status in zip(codes, statuses, strict=True) if status != "rejected"]}


class CodeRows:
    """Lists of codes, one per row of a CSV file with a header; the file ``-`` is standard input.

    The columns are ``codes``, several in a cell separated by spaces, commas or semicolons, and what `CodeLines` knows;
    all but ``codes`` may be left out, and others are left alone.

    Attributes:
        total: bytes of the file; None where that is not known.
        done: bytes read so far.
    """

    def __init__(self, name: str, defaults: Encounter) -> None:
        """Open the file called ``name``; ``defaults`` stand in for what a row does not say of its encounter.

        Raises:
            InputError: it cannot be opened, or has no column ``codes``.
        """
        self._lines = _open(name)
        self.total = _size(self._lines)
        self.done = 0
        self._defaults = defaults
        self._rows = csv_rows(self._decoded())
        try:
            self._columns = [column.strip().lower() for column in next(self._rows, [])]
        except csv.Error:
            self._columns = []
        if "codes" not in self._columns:
            hint = "its first line names the columns, as in id,codes,date"
            raise InputError("the file has no column codes", where=name, hint=hint)

    def _decoded(self) -> Iterator[str]:
        # A byte that is no UTF-8 becomes a character that is in no code, so it costs its own row only.
        decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        while line := self._lines.readline(LINE_LIMIT):
            self.done += len(line)
            yield decoder.decode(line)

    def __iter__(self) -> Iterator[Listed | Failure]:
        with self._lines if self._lines is not sys.stdin.buffer else nullcontext():
            while True:
                try:
                    cells = next(self._rows)
                except StopIteration:
                    return
                except csv.Error as error:
                    where = f"line {self._rows.line_num}"
                    yield Failure(id=where, error=InputError("the row is not CSV", where=where, hint=str(error)))
                    continue
                if any(cells):
                    yield self._record(dict(zip(self._columns, cells, strict=False)), f"line {self._rows.line_num}")

    def _record(self, fields: dict[str, str], where: str) -> Listed | Failure:
        id = fields.get("id") or where
        codes = split_codes(fields["codes"]) if "codes" in fields else None
        try:
            return listed({**fields, "codes": None if codes is None else list(codes)}, id, where, self._defaults)
        except InputError as error:
            return Failure(id=id, error=InputError(error.what, where=where, hint=error.hint))


def csv_rows(lines: Iterable[str], delimiter: str = ",") -> Reader:
    """The rows of CSV, whose cells may be as long as a line of JSON; Python keeps that bound for the whole process."""
    csv.field_size_limit(LINE_LIMIT)
    return csv.reader(lines, delimiter=delimiter)


def _open(name: str) -> BinaryIO:
    try:
        return sys.stdin.buffer if name == "-" else open(name, "rb")
    except OSError as error:
        raise InputError(f"cannot read the file: {error.strerror or 'unknown reason'}", where=name) from error


def _size(file: BinaryIO) -> int | None:
    """Bytes of a file on disk; None for a pipe, a terminal, or a stand-in without a descriptor."""
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
