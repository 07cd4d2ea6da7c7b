"""What ``wardround code`` and ``wardround evaluate`` read: files, standard input, and lines of JSON.

A line of JSON holds one record: ``{"id", "text", "setting"?, "date"?, "age"?, "sex"?, "codes"?}``. A field that is
missing, null or blank is unknown; a field that we do not know is left alone. Every record stands for itself: what is
wrong with one is returned in its place as a :class:`~wardround.export.Failure`, and the next one is read.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import stat
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from wardround.cli.terminal import defect
from wardround.errors import InputError, WardroundError
from wardround.export import Failure
from wardround.settings import FILE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wardround.coding import Coder, CodingResult, Encounter

__all__ = ["Files", "Lines", "Record", "coded", "parse_date"]

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


def coded(coder: Coder, record: Record | Failure) -> CodingResult | Failure:
    """The result of one record, or what went wrong with it; nothing that is wrong with a record is raised."""
    if isinstance(record, Failure):
        return record
    try:
        return coder.code(record.source, record.encounter, id=record.id)
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
            source = sys.stdin.buffer.read(FILE_LIMIT + 1) if name == "-" else Path(name)
            yield Record(
                id=name, where="standard input" if name == "-" else name, source=source, encounter=self._encounter
            )


class Lines:
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
        try:
            self._lines: BinaryIO = sys.stdin.buffer if name == "-" else open(name, "rb")  # noqa: SIM115  closed when read
        except OSError as error:
            raise InputError(f"cannot read the file: {error.strerror or 'unknown reason'}", where=name) from error
        self.total = _size(self._lines)
        self.done = 0
        self._defaults = defaults

    def __iter__(self) -> Iterator[Record | Failure]:
        with self._lines if self._lines is not sys.stdin.buffer else nullcontext():
            for number, line in enumerate(self._cut(), 1):
                where = f"line {number}"
                if line is None:
                    yield Failure(id=where, error=InputError(f"longer than {LINE_LIMIT:,} bytes", where=where))
                elif line.strip():
                    yield _record(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, where, self._defaults)

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


def _size(file: BinaryIO) -> int | None:
    """Bytes of a file on disk; None for a pipe, a terminal, or a stand-in without a descriptor."""
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _record(line: bytes, where: str, defaults: Encounter) -> Record | Failure:
    id = where
    try:
        fields = _object(line)
        id = _id(fields.get("id"), where)
        return Record(
            id=id,
            where=where,
            source=_text(fields.get("text")),
            encounter=_encounter(fields, defaults),
            codes=_codes(fields.get("codes")),
        )
    except InputError as error:
        return Failure(id=id, error=InputError(error.what, where=where, hint=error.hint))


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
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(code, str) for code in value):
        return tuple(value)
    raise _wrong("codes", "a list of strings")


def _encounter(fields: Mapping[str, Any], defaults: Encounter) -> Encounter:
    known = {name: parse(fields.get(name)) for name, parse in _FIELDS.items()}
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
