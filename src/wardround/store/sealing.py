"""Encryption at rest: AES-256-GCM under a key from a file.

Each sealed thing has a key of its own, derived from the store's key and 32 random bytes by HKDF-SHA256. A stream is cut
into chunks of 1 MiB; the nonce of a chunk is its number and whether it is the last, so that chunks can be neither
exchanged nor cut off unnoticed.

Source: NIST SP 800-38D (GCM), RFC 5869 (HKDF), Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption
and its Nonce-Reuse Misuse-Resistance", 2015 (STREAM).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import struct
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from wardround.errors import StoreDamaged, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["CHUNK", "Seal", "read_key"]

CHUNK = 1 << 20
"""Bytes of content that are read, and sealed, at a time."""

_KEY = 32
_SALT = 32
_TAG = 16
_MAGIC = b"wrs1"


class Seal:
    """Seals and opens what is kept.

    Args:
        key: 32 random bytes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY:
            raise ValueError("a key has 32 bytes")
        self._key = key

    @property
    def check(self) -> str:
        """A value by which the right key is known again; it says nothing of the key."""
        return hmac.new(self._key, b"wardround store key check", hashlib.sha256).hexdigest()

    def seal(self, content: bytes, context: str) -> bytes:
        """``content`` sealed; it opens only with the same ``context``, such as the id of its record."""
        return b"".join(self.seal_chunks([content], context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed.

        Raises:
            StoreDamaged: it was changed, or belongs elsewhere.
        """
        return b"".join(self.open_chunks([sealed], context))

    def seal_chunks(self, content: Iterable[bytes], context: str) -> Iterator[bytes]:
        """A stream, sealed. Pieces may have any length."""
        salt = secrets.token_bytes(_SALT)
        cipher = self._cipher(salt)
        yield _MAGIC + salt
        for number, piece, last in _numbered(content, CHUNK):
            yield cipher.encrypt(_nonce(number, last), piece, context.encode())

    def open_chunks(self, sealed: Iterable[bytes], context: str) -> Iterator[bytes]:
        """A stream, opened. What it yields is genuine, and all of it is there when it ends without an error.

        Raises:
            StoreDamaged: it was changed, cut off, or belongs elsewhere.
        """
        pieces = iter(sealed)
        head = b""
        for piece in pieces:
            head += piece
            if len(head) >= len(_MAGIC) + _SALT:
                break
        if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + _SALT:
            raise StoreDamaged("what is kept is not sealed as it should be")
        cipher = self._cipher(head[len(_MAGIC) : len(_MAGIC) + _SALT])

        def rest() -> Iterator[bytes]:
            yield head[len(_MAGIC) + _SALT :]
            yield from pieces

        for number, piece, last in _numbered(rest(), CHUNK + _TAG):
            try:
                yield cipher.decrypt(_nonce(number, last), piece, context.encode())
            except InvalidTag:
                raise StoreDamaged("what is kept was changed, or sealed with another key") from None

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(HKDF(algorithm=SHA256(), length=_KEY, salt=salt, info=b"wardround store").derive(self._key))


def read_key(path: Path, *, make: bool) -> bytes:
    """The key in a file, 64 hexadecimal digits; with ``make``, a new one for its owner only, if none is there.

    Raises:
        StoreError: it cannot be read or made, or holds no key.
    """
    try:
        if make and not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_hex(_KEY).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        with open(path, "rb") as file:
            told = file.read(4 * _KEY).strip()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise StoreError(f"the key cannot be read: {reason}", where=path.name, hint="check --key-file") from None
    try:
        key = bytes.fromhex(told.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY:
        raise StoreError(
            "this is no key: it must be 64 hexadecimal digits", where=path.name, hint="openssl rand -hex 32"
        )
    return key


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">3xQB", number, last)


def _numbered(pieces: Iterable[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """The stream in pieces of ``size``, numbered from 0, and whether each is the last; there is always a last one."""
    held = bytearray()
    number = 0
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield number, bytes(held[:size]), False
            del held[:size]
            number += 1
    yield number, bytes(held), True
