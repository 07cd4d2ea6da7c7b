"""Tokens that programs show in the header ``Authorization: Bearer wr_…`` (RFC 6750).

A token is ``wr_``, 64 hexadecimal digits of chance, and 8 of their CRC-32, so that one that was leaked can be found in
text by ``wr_[0-9a-f]{72}``, and a mistyped one is known without asking the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers

__all__ = ["bearer", "digest_of", "is_token", "new_token"]

_FORM = re.compile(r"wr_([0-9a-f]{64})([0-9a-f]{8})")


def new_token() -> str:
    """A token that nobody has, of 256 random bits."""
    chance = secrets.token_hex(32)
    return f"wr_{chance}{_checksum(chance)}"


def is_token(text: str) -> bool:
    """Whether ``text`` has the form of a token and its checksum is right.

    >>> is_token(new_token()), is_token(new_token()[:-1] + "x")
    (True, False)
    """
    found = _FORM.fullmatch(text)
    return found is not None and _checksum(found[1]) == found[2]


def digest_of(secret: str) -> str:
    """What is kept of a token or of a session's value: its SHA-256, 64 hexadecimal digits.

    They are random, so that nothing slower is needed.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def bearer(headers: Headers) -> str | None:
    """What a request shows as its token, valid or not; None if it shows none."""
    shown = headers.getlist("authorization")
    tokens = [value[7:].strip() for value in shown if value[:7].lower() == "bearer "]
    if not tokens:
        return "" if any(value.strip().lower() == "bearer" for value in shown) else None
    return tokens[0] if len(shown) == 1 else ""


def _checksum(chance: str) -> str:
    return f"{zlib.crc32(chance.encode()):08x}"
