"""What stands for a patient, an object or a day after de-identification: made with a secret key, alike for one key.

Whoever has no key can neither undo nor repeat it. UIDs become ``2.25.`` UIDs (PS3.5 B.2), the patient gets a pseudonym,
and all days of one patient move back by the same number, so that intervals stay.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import uuid
from datetime import date, timedelta
from typing import TYPE_CHECKING

from wardround.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Identifiers", "read_key", "shifted_date", "shifted_datetime"]

_NEAREST, _FARTHEST = 365, 3650  # days back
_KEY_BYTES = 32
_SHORTEST_KEY = 16
_LARGEST_KEY_FILE = 4096


class Identifiers:
    """Makes identifiers from a key.

    Args:
        key: secret bytes; None for random ones, which nobody can use again.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(_KEY_BYTES)

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.new(self._key, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()

    def uid(self, original: str) -> str:
        """The UID that takes the place of ``original``, wherever it is met."""
        return f"2.25.{uuid.UUID(bytes=self._digest('uid', original.strip())[:16], version=5).int}"

    def pseudonym(self, patient: str) -> str:
        """The name and ID that take the place of the patient's, the one known as ``patient``."""
        return f"ANON-{self._digest('patient', _same(patient)).hex()[:12].upper()}"

    def days(self, patient: str) -> int:
        """How many days the patient's dates move back: 365 to 3650."""
        number = int.from_bytes(self._digest("days", _same(patient))[:8], "big")
        return _NEAREST + number % (_FARTHEST - _NEAREST + 1)


def _same(patient: str) -> str:
    return " ".join(patient.split()).casefold()


def read_key(path: Path) -> bytes:
    """The key in a file; where there is no file, a new one is made that only its owner can read.

    Raises:
        InputError: it cannot be read or made, or is too short to be a secret.
    """
    try:
        try:
            with open(path, "rb") as file:
                key = file.read(_LARGEST_KEY_FILE + 1).strip()
        except FileNotFoundError:
            key = secrets.token_hex(_KEY_BYTES).encode()
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(key + b"\n")
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise InputError(f"the key cannot be read or made: {reason}", where=str(path)) from None
    if not _SHORTEST_KEY <= len(key) <= _LARGEST_KEY_FILE:
        raise InputError(
            f"this is no key: it must have {_SHORTEST_KEY} to {_LARGEST_KEY_FILE} bytes",
            where=str(path),
            hint="name a file that is not there yet, and a key will be made",
        )
    return key


def shifted_date(value: str, days: int) -> str:
    """A DICOM date (DA, ``YYYYMMDD``, also the old ``YYYY.MM.DD``) moved back; empty if it is none.

    >>> shifted_date("20200301", 365)
    '20190302'
    """
    found = re.fullmatch(r"(\d{4})\.?(\d\d)\.?(\d\d)", value.strip())
    moved = _moved(found.groups(), days) if found else None
    return moved.strftime("%Y%m%d").zfill(8) if moved else ""


def shifted_datetime(value: str, days: int) -> str:
    """A DICOM date and time (DT, ``YYYYMMDDHHMMSS.FFFFFF&ZZXX``) moved back; as exact as it was; empty if it is none.

    >>> shifted_datetime("20200301101500.25+0100", 365), shifted_datetime("202003", 365)
    ('20190302101500.25+0100', '201903')
    """
    found = re.fullmatch(r"(\d{4})(\d\d)?(\d\d)?((?:\d\d){0,3}(?:\.\d{1,6})?)([+-]\d{4})?", value.strip())
    if not found:
        return ""
    year, month, day, time, zone = found.groups()
    moved = _moved((year, month or "07", day or "15"), days)  # the middle of what is not told
    if not moved:
        return ""
    length = 4 if month is None else 6 if day is None else 8
    return f"{moved.strftime('%Y%m%d').zfill(8)[:length]}{time if day else ''}{zone or ''}"


def _moved(parts: tuple[str, ...], days: int) -> date | None:
    try:
        return date(*map(int, parts)) - timedelta(days=days)
    except (ValueError, OverflowError):  # no day of the calendar, or one before its first
        return None
