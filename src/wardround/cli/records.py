"""What the commands read: files, standard input, lines of JSON, and CSV.

A line of JSON holds one record: a note, ``{"id", "text", "setting"?, "date"?, "age"?, "sex"?, "codes"?}``, or a list of
codes, the same without ``text``. A field that is missing, null or blank is unknown; a field that we do not know is left
alone. Every record stands for itself: what is wrong with one is returned in its place as a
:class:`~wardround.export.Failure`, and the next one is read.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import json
import math
import os
import re
import stat
import sys
from abc import ABC, abstractmethod
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

from wardround.cli.terminal import defect
from wardround.errors import InputError, WardroundError
from wardround.export import Failure
from wardround.settings import DOCUMENT_LIMIT, FILE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wardround.coding import Checker, Coder, CodingResult, Encounter, Finding
    from wardround.icd10 import Release

__all__ = [
    "Checked",
    "CodeLines",
    "CodeRows",
    "Files",
    "Given",
    "Lines",
    "Listed",
    "Record",
    "checked",
    "coded",
    "parse_date",
    "split_codes",
]

LINE_LIMIT = 4 * FILE_LIMIT
"""Bytes a line of JSON may have: a note at its limit with every character written as an escape, and room to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One note to code.

    Attributes:
        id: the record's ``id``, the file's path as given, or ``"line 7"``.
        where: what to call its place in an error: the file, or the line.
        source: the note itself (``str``), or where it is (``Path``) or its undecoded bytes.
        encounter: what is known of the visit.
        codes: the gold codes, where the record has them.
    """

    id: str
    where: str
    source: str | bytes | Path
    encounter: Encounter
    codes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One list of codes to check.

    Attributes:
        id: the record's ``id``, or ``"line 7"``.
        where: what to call its place in an error.
        codes: as they were given.
        encounter: what is known of the visit.
        release: the id of the release that the record names; None if it names none.
    """

    id: str
    where: str
    codes: tuple[str, ...]
    encounter: Encounter
    release: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One list with the release it was checked in and what is wrong with it."""

    listed: Listed
    release: Release
    findings: tuple[Finding, ...]


_BETWEEN = re.compile(r"[\s,;]+")
_R = TypeVar("_R", Record, Listed)
_T = TypeVar("_T")


def coded(
    coder: Coder, record: Record | Failure, *, ocr: str = "auto", on_page: Callable[[int, int], None] | None = None
) -> CodingResult | Failure:
    """The result of one record, or what went wrong with it; nothing that is wrong with a record is raised."""
    return _done(record, lambda note: coder.code(note.source, note.encounter, id=note.id, ocr=ocr, on_page=on_page))


def checked(checker: Callable[[Listed], Checker], record: Listed | Failure) -> Checked | Failure:
    """What the checker chosen for a list finds wrong with it, or what went wrong instead; see `coded`."""

    def check(listed: Listed) -> Checked:
        chosen = checker(listed)
        findings = chosen.check(listed.codes, listed.encounter)
        return Checked(listed=listed, release=chosen.release(listed.encounter), findings=findings)

    return _done(record, check)


def _done(record: _R | Failure, work: Callable[[_R], _T]) -> _T | Failure:
    if isinstance(record, Failure):
        return record
    try:
        return work(record)
    except WardroundError as error:
        known = error
    except Exception as error:
        known = defect(error)
        known.what += f" at {known.where}"
    return Failure(id=record.id, error=InputError(known.what, where=record.where, hint=known.hint))


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
        self._listed = Listed(id="", where="the codes given", codes=split_codes(" ".join(codes)), encounter=encounter)

    def __iter__(self) -> Iterator[Listed]:
        yield self._listed


class _JsonLines(ABC, Generic[_R]):
    """One record or failure per line of JSON that is not blank; the file ``-`` is standard input.

    Attributes:
        total: bytes of the file; None where that is not known.
        done: bytes read so far.
    """

    def __init__(self, name: str, defaults: Encounter) -> None:
        """Open the file called ``name``; ``defaults`` stand in for what a line does not say of its encounter.

        Raises:
            InputError: it cannot be opened.
        """
        self._lines = _open(name)
        self.total = _size(self._lines)
        self.done = 0
        self._defaults = defaults

    @abstractmethod
    def _made(self, fields: Mapping[str, Any], id: str, where: str) -> _R:
        """The record of a line with these fields."""

    def __iter__(self) -> Iterator[_R | Failure]:
        with self._lines if self._lines is not sys.stdin.buffer else nullcontext():
            for number, line in enumerate(self._cut(), 1):
                where = f"line {number}"
                if line is None:
                    yield Failure(id=where, error=InputError(f"longer than {LINE_LIMIT:,} bytes", where=where))
                elif line.strip():
                    yield self._record(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, where)

    def _record(self, line: bytes, where: str) -> _R | Failure:
        id = where
        try:
            fields = _object(line)
            id = _id(fields.get("id"), where)
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
        line = self._lines.readline(LINE_LIMIT)
        self.done += len(line)
        return line


class Lines(_JsonLines[Record]):
    """Notes, one per line of JSON: records, or FHIR resources that are documents."""

    def _made(self, fields: Mapping[str, Any], id: str, where: str) -> Record:
        if isinstance(fields.get("resourceType"), str):  # a FHIR resource, as bulk exports have them
            resource = json.dumps(fields).encode()
            return Record(id=id, where=where, source=resource, encounter=self._defaults)
        return Record(
            id=id,
            where=where,
            source=_text(fields.get("text")),
            encounter=_encounter(fields, self._defaults),
            codes=_codes(fields.get("codes")),
        )


class CodeLines(_JsonLines[Listed]):
    """Lists of codes, one per line of JSON; a line that ``wardround code --json`` wrote is one."""

    def _made(self, fields: Mapping[str, Any], id: str, where: str) -> Listed:
        return _listed(fields, id, where, self._defaults)


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
        self._rows = csv.reader(self._decoded())
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
            return _listed({**fields, "codes": None if codes is None else list(codes)}, id, where, self._defaults)
        except InputError as error:
            return Failure(id=id, error=InputError(error.what, where=where, hint=error.hint))


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


def _listed(fields: Mapping[str, Any], id: str, where: str, defaults: Encounter) -> Listed:
    codes = _codes(fields.get("codes"))
    if codes is None:
        raise InputError('the field "codes" is missing')
    release = _release(fields.get("release"))
    return Listed(id=id, where=where, codes=codes, encounter=_encounter(fields, defaults), release=release)


def _object(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise InputError("the line is not UTF-8", hint=f"byte {error.start + 1} of the line") from None
    except json.JSONDecodeError as error:
        raise InputError("the line is not JSON", hint=f"{error.msg.lower()} at column {error.colno}") from None
    except (RecursionError, ValueError):
        raise InputError("the line is not JSON that can be read", hint="too deep, or a number too long") from None
    if not isinstance(fields, dict):
        raise InputError("the line is not a JSON object", hint='one record looks like {"id": "1", "text": "…"}')
    return fields


def _id(value: object, where: str) -> str:
    if value is None or value == "":
        return where
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise _wrong("id", "a string or a whole number")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise InputError('the field "text" is missing') if value is None else _wrong("text", "a string")


def _codes(value: object) -> tuple[str, ...] | None:
    """Codes as texts, or as objects as a result has them."""
    if value is None:
        return None
    if isinstance(value, list):
        codes = [each.get("code") if isinstance(each, dict) else each for each in value]
        texts = tuple(code for code in codes if isinstance(code, str))
        if len(texts) == len(codes):
            return texts
    raise _wrong("codes", "a list of strings")


def split_codes(text: str) -> tuple[str, ...]:
    """The codes in a text that separates them by white space, commas or semicolons.

    >>> split_codes("I10, e11.9;N18.30")
    ('I10', 'e11.9', 'N18.30')
    """
    return tuple(code for code in _BETWEEN.split(text) if code)


def _release(value: object) -> str | None:
    """The id of a release, alone or in an object as a result has it."""
    if isinstance(value, dict):
        value = value.get("id")
    if value is None or isinstance(value, str):
        return value.strip() or None if value else None
    raise _wrong("release", "the id of a release, such as 2026-04-01")


def _encounter(fields: Mapping[str, Any], defaults: Encounter) -> Encounter:
    told = [fields.get(name) for name in _FIELDS]
    try:
        return _known(defaults, *told)
    except TypeError:  # a list or an object cannot be remembered
        return _known.__wrapped__(defaults, *told)


@lru_cache(maxsize=4096, typed=True)
def _known(defaults: Encounter, *told: object) -> Encounter:
    """The encounter of which this is told, field by field. Many records of a file tell the same."""
    known = {name: parse(value) for (name, parse), value in zip(_FIELDS.items(), told, strict=True)}
    stated = {name: value for name, value in known.items() if value is not None}
    return defaults.model_copy(update=stated) if stated else defaults


def _setting(value: object) -> str | None:
    return _one_of("setting", value, {"outpatient": "outpatient", "inpatient": "inpatient"})


def _sex(value: object) -> str | None:
    return _one_of("sex", value, {"female": "female", "f": "female", "male": "male", "m": "male", "unknown": None})


def _one_of(field: str, value: object, names: Mapping[str, str | None]) -> str | None:
    if _unknown(value):
        return None
    name = value.strip().lower() if isinstance(value, str) else ""
    if name not in names:
        raise _wrong(field, " or ".join(dict.fromkeys(known for known in names.values() if known)))
    return names[name]


def _date(value: object) -> datetime.date | None:
    if _unknown(value):
        return None
    if isinstance(value, str):
        return parse_date(value)
    raise _wrong("date", "a string such as 2026-05-11")


def parse_date(text: str) -> datetime.date:
    """A day as ISO 8601 writes it; the time of day, if there is one, is left out.

    Raises:
        InputError: it is not such a day.

    >>> parse_date("2026-05-11T08:30:00Z")
    datetime.date(2026, 5, 11)
    """
    day, _, _ = text.strip().replace(" ", "T").partition("T")
    try:
        return datetime.date.fromisoformat(day)
    except ValueError:
        raise _wrong("date", "a day such as 2026-05-11") from None


def _age(value: object) -> float | None:
    """Years. A number written as a string is one too; 0.5 is half a year."""
    if _unknown(value):
        return None
    age = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            age = float(value)
        except (ValueError, OverflowError):
            age = math.nan
    if 0 <= age <= 130:
        return age
    raise _wrong("age", "years from 0 to 130; 0.5 is six months")


_FIELDS: Mapping[str, Callable[[object], object]] = {"setting": _setting, "date": _date, "age": _age, "sex": _sex}


def _unknown(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _wrong(field: str, expected: str) -> InputError:
    return InputError(f'the field "{field}" cannot be used', hint=f"expected {expected}")
