"""Passwords: which ones are taken, and how they are kept.

They are kept as Argon2id with the parameters of RFC 9106's second recommended option (64 MiB, 3 passes, 4 lanes); a
hash made with others is made anew at the next sign-in.

Source: NIST SP 800-63B-4, 3.1.1: length counts, what characters it is made of does not, and the commonest are refused.
"""

from __future__ import annotations

import threading
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from starlette.exceptions import HTTPException

from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LONGEST", "SHORTEST", "Passwords", "check_password"]

SHORTEST, LONGEST = 10, 1024
"""Characters that a password has."""

_AT_ONCE = 2
_WAITING = 16  # of the 40 threads in which requests are answered

# of those that are seen most often, the ones that are long enough
_COMMON = frozenset(
    """
    0123456789 0987654321 1029384756 1122334455 123123123123 1234509876 1234554321 12345678900 12345678910 1234567890
    123456789a 123456789q 1234qwerasdf 147258369 1472583690 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 3rjs1la7qe
    a123456789 aa123456789 abc123456789 abcd123456 abcdefghij administrator admin12345 admin123456 asdfghjkl123
    asdfghjkl; baseball123 bismillah123 changeme123 changeme1234 charlie123 computer123 default123 football123
    g_czechout hello12345 hospital123 iloveyou12 iloveyou123 liverpool1 liverpool123 letmein123 letmein1234
    manchester michael123 mypassword p@ssw0rd123 p@ssword123 pa55word123 passw0rd12 passw0rd123 password01 password12
    password123 password1234 password12345 password123456 password2024 password2025 password2026 princess123
    q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcrfv qqww1122334455 qwer123456 qwerty1234 qwerty12345 qwerty123456 qwertyuiop
    qwertyuiop123 qwertyuiop[] secret1234 starwars123 summer2025 summer2026 sunshine123 superman123 superuser1
    test123456 testtest123 trustno1234 unknown123 wardround1 wardround12 wardround123 welcome123 welcome1234
    welcome2025 welcome2026 winter2025 winter2026 zaq12wsxcde3 zxcvbnm123 zxcvbnm,./
    """.split()
)


def check_password(name: str, password: str) -> None:
    """Refuse a password that would be guessed.

    Raises:
        InputError: it has not 10 to 1,024 characters, is the name, is one character again and again, or is common.
    """
    hint = "a few words that do not belong together are good"
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"a password has {SHORTEST} to {LONGEST:,} characters", where="password", hint=hint)
    plain = _normal(password).casefold()
    if plain == _normal(name).casefold():
        raise InputError("the password is the name", where="password", hint=hint)
    if plain in _COMMON or len(set(plain)) == 1:
        raise InputError("the password is one of those that are tried first", where="password", hint=hint)


class Passwords:
    """Makes and compares hashes, two at a time, so that signing in leaves the machine to others."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._waiting = threading.BoundedSemaphore(_AT_ONCE + _WAITING)
        self._decoy = ""

    @contextmanager
    def slot(self) -> Iterator[None]:
        """The right to make or compare one hash; waited for by a few, and refused to more.

        Raises:
            HTTPException: too many wait already; 503.
        """
        if not self._waiting.acquire(blocking=False):
            raise HTTPException(503, "too many sign in at once; try again", {"Retry-After": "1"})
        try:
            with self._slots:
                yield
        finally:
            self._waiting.release()

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(_bytes(password))

    def matches(self, kept: str, password: str) -> bool:
        """Whether ``kept`` is of this password. An empty one is of none, and takes as long to compare."""
        if not self._decoy:
            self._decoy = self.hash("a password that nobody has")
        try:
            self._hasher.verify(kept or self._decoy, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(kept)


def _normal(password: str) -> str:
    """The same for a character however a keyboard makes it."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    """What is hashed, of any text that JSON can hold."""
    return _normal(password).encode("utf-8", "surrogatepass")
