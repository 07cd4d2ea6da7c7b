"""A clinical note as text: reading it, its sections, sentences and problems, and what is said of each mention.

>>> from wardround.spans import Span
>>> note = read("ASSESSMENT\\n1. Gout.\\n2. No evidence of sepsis.")
>>> [note.text[p.heading.start : p.heading.end] for p in note.problems]
['Gout', 'No evidence of sepsis']
>>> at = note.text.index("sepsis")
>>> assertions(note).at(Span(at, at + 6)).status
<AssertionStatus.NEGATED: 'negated'>
"""

from __future__ import annotations

from pathlib import Path

from wardround.documents.assertion import Assertion, Assertions, assertions
from wardround.documents.cues import AssertionStatus
from wardround.documents.note import Note
from wardround.documents.problems import Problem
from wardround.documents.readers import READERS
from wardround.documents.readers.text import BINARY_DATA, kind_of_binary
from wardround.documents.sections import Section, SectionKind
from wardround.errors import NoteError
from wardround.settings import FILE_LIMIT

__all__ = [
    "Assertion",
    "AssertionStatus",
    "Assertions",
    "Note",
    "Problem",
    "Section",
    "SectionKind",
    "assertions",
    "read",
]


def read(source: Path | str | bytes) -> Note:
    """Read a note.

    Args:
        source: a ``str`` is the note itself and is kept as it is; ``bytes`` are a file's content; a ``Path`` is a file.

    Raises:
        NoteError: there is no such file, it is empty, too large or not text.
        TypeError: ``source`` is of another type.
    """
    if isinstance(source, str):
        kind = kind_of_binary(source[:16].encode("latin-1", errors="replace"))
        if kind and kind != BINARY_DATA:
            raise NoteError(f"this is the content of {kind}, not a text", hint="give the file's path, or its text")
        return Note(source)
    if isinstance(source, bytes):
        return _decode(source, "")
    if isinstance(source, Path):
        return _decode(_load(source), source.name)
    raise TypeError(f"a note is a Path, str or bytes, not {type(source).__name__}")


def _load(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_LIMIT + 1)
    except FileNotFoundError:
        raise NoteError("there is no such file", where=str(path), hint="check the path") from None
    except IsADirectoryError:
        raise NoteError("this is a folder, not a note", where=str(path), hint="name one file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise NoteError(f"the file cannot be read: {reason}", where=path.name) from None


def _decode(data: bytes, where: str) -> Note:
    if len(data) > FILE_LIMIT:
        raise NoteError(
            f"the file has more than {FILE_LIMIT:,} bytes", where=where, hint="give one note per file, as plain text"
        )
    if not data:
        raise NoteError("the note is empty", where=where)
    reader = next(reader for reader in READERS if reader.accepts(data))
    text = reader.text(data, where)
    try:
        return Note(text)
    except NoteError as error:
        raise NoteError(error.what, where=where, hint=error.hint) from None
