"""The fields of a record, as JSON, CSV or a table has them.

A field that is missing, null or blank is unknown; a field that we do not know is left alone. What cannot be used raises
`InputError` with the field's name and what it should be, never its value.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wardround.errors import InputError
from wardround.records.record import Listed, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wardround.coding import Encounter

__all__ = ["id_of", "json_object", "listed", "noted", "parse_date", "split_codes"]

_BETWEEN = re.compile(r"[\s,;]+")


def noted(fields: Mapping[str, Any], id: str, where: str, defaults: Encounter) -> Record:
    """The note of a record with these fields; ``defaults`` stand in for what they do not say of the encounter.

    A FHIR resource, as bulk exports have them, is a note of its own.
    """
    if isinstance(fields.get("resourceType"), str):
        return Record(id=id, where=where, source=json.dumps(fields).encode(), encounter=defaults)
    return Record(
        id=id,
        where=where,
        source=text_of(fields.get("text")),
        encounter=encounter_of(fields, defaults),
        codes=codes_of(fields.get("codes")),
    )


def listed(fields: Mapping[str, Any], id: str, where: str, defaults: Encounter) -> Listed:
    codes = codes_of(fields.get("codes"))
    if codes is None:
        raise InputError('the field "codes" is missing')
    release = _release(fields.get("release"))
    return Listed(id=id, where=where, codes=codes, encounter=encounter_of(fields, defaults), release=release)


def json_object(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise InputError("the line is not UTF-8", hint=f"byte {error.start + 1} of the line") from None
    except json.JSONDecodeError as error:
        raise InputError(
            "the line is not JSON", hint=f"{error.msg.lower().removesuffix(' at')} at column {error.colno}"
        ) from None
    except (RecursionError, ValueError):
        raise InputError("the line is not JSON that can be read", hint="too deep, or a number too long") from None
    if not isinstance(fields, dict):
        raise InputError("the line is not a JSON object", hint='one record looks like {"id": "1", "text": "…"}')
    return fields


def id_of(value: object, where: str) -> str:
    if value is None or value == "":
        return where
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise _wrong("id", "a string or a whole number")


def text_of(value: object) -> str:
    if isinstance(value, str):
        return value
    raise InputError('the field "text" is missing') if value is None else _wrong("text", "a string")


def codes_of(value: object) -> tuple[str, ...] | None:
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


def encounter_of(fields: Mapping[str, Any], defaults: Encounter) -> Encounter:
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
