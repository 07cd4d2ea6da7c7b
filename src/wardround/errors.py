"""One tree of errors; every one says what is wrong, where, and what to do, and never quotes a note.

::

    WardroundError
    ├── InputError            a file or value the user gave cannot be used
    │   ├── NoteError         a clinical note cannot be read
    │   └── ImageError        a medical image cannot be read, or must not be used like this
    ├── CodeSetError          a release of ICD-10-CM is missing or damaged
    │   ├── UnknownRelease    no installed release has this name or covers this date
    │   └── UnknownCode       no such code in the release; carries the nearest real ones
    ├── EngineError           a model cannot be asked
    │   ├── EngineMissing     a package, its weights or its server is not there
    │   ├── EngineRefused     it is there, and must not be used like this
    │   └── EngineFailed      it was asked, and broke down; perhaps it works when asked again
    ├── StoreError            the store of cases cannot be used
    │   ├── UnknownRecord     there is no such case, document, result, review, user or job
    │   ├── StoreConflict     what was asked for does not go with what is there by now
    │   └── StoreDamaged      what is there is not what was put there
    └── ServerError           a server cannot be run like this, cannot be reached, or refuses
        ├── NotSignedIn       nobody is signed in, or what they show is not valid any more
        └── NotPermitted      somebody is signed in, and may not do this
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = [
    "CodeSetError",
    "EngineError",
    "EngineFailed",
    "EngineMissing",
    "EngineRefused",
    "ImageError",
    "InputError",
    "NotPermitted",
    "NotSignedIn",
    "NoteError",
    "ServerError",
    "StoreConflict",
    "StoreDamaged",
    "StoreError",
    "UnknownCode",
    "UnknownRecord",
    "UnknownRelease",
    "WardroundError",
    "defect",
]


class WardroundError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        what: the problem in one sentence, without patient text.
        where: the file, line, field or code it concerns; empty when there is no such place.
        hint: what the user can do about it; empty when there is nothing to do.
        retryable: whether the same call may succeed later without any change.
    """

    retryable: bool = False

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} ({self.hint})" if self.hint else text


def _restored(kind: type[WardroundError], args: tuple[Any, ...], state: dict[str, Any]) -> WardroundError:
    """An error as it was in the process that raised it; pickle would call its constructor without its keywords."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class InputError(WardroundError):
    """A file or value given by the user cannot be used."""


class NoteError(InputError):
    """A clinical note cannot be read: empty, binary, too long, or not in a form we know."""


class ImageError(InputError):
    """A medical image cannot be read: damaged, without pixels, of an unknown form, or too large to be opened safely."""


class CodeSetError(WardroundError):
    """A release of ICD-10-CM is missing, damaged, or cannot be compiled."""


class UnknownRelease(CodeSetError):
    """No installed release has this name or covers this date."""


class UnknownCode(CodeSetError):
    """The release has no such code.

    Attributes:
        code: the code as it was asked for.
        nearest: real codes that look most like it, best first.
    """

    def __init__(self, what: str, *, code: str, nearest: Sequence[str] = (), where: str = "", hint: str = "") -> None:
        self.code = code
        self.nearest = tuple(nearest)
        super().__init__(what, where=where, hint=hint)


class EngineError(WardroundError):
    """A model cannot be asked. The message never holds the prompt or the answer."""


class EngineMissing(EngineError):
    """A package, a model's weights or its server is not there; the hint is the one command that mends it."""


class EngineRefused(EngineError):
    """The engine is there, and must not be used like this: float16 for Gemma 3, a remote server without consent."""


class EngineFailed(EngineError):
    """The engine was asked and broke down.

    Attributes:
        retryable: whether it may work when asked again.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", retryable: bool = False) -> None:
        super().__init__(what, where=where, hint=hint)
        self.retryable = retryable


class StoreError(WardroundError):
    """The store of cases cannot be used: a package, the database, the disk or the key fails. It never quotes a record.

    Attributes:
        retryable: whether it may work when tried again, as when the database was busy.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", retryable: bool = False) -> None:
        super().__init__(what, where=where, hint=hint)
        self.retryable = retryable


class UnknownRecord(StoreError):
    """There is no such case, document, result, review or user; ``where`` is the id that was asked for."""


class StoreConflict(StoreError):
    """What was asked for does not go with what is there by now: a stale version, a signed review, a key used before."""


class StoreDamaged(StoreError):
    """What is there is not what was put there: a file or an event of the audit trail was changed."""


class ServerError(WardroundError):
    """A server cannot be run like this, cannot be reached, or refuses what it is asked."""


class NotSignedIn(ServerError):
    """Nobody is signed in, or what they show is not valid any more."""


class NotPermitted(ServerError):
    """Somebody is signed in, and may not do this; the message says which permission it takes."""


def defect(error: Exception) -> WardroundError:
    """An exception that nobody foresaw, told without its message, which may quote the note.

    Where it happened is given as the innermost line of ours.
    """
    ours = [
        f"{Path(frame.filename).relative_to(Path(__file__).parents[1]).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(Path(__file__).parent)
    ]
    return WardroundError(
        f"unexpected {type(error).__name__}",
        where=ours[-1] if ours else "",
        hint="a defect of wardround; please report this line, but no text of the note",
    )
