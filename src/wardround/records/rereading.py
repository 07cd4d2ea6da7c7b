"""The text that a draft was made of, read again from the document that was kept of it."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from wardround.documents import Note, read
from wardround.errors import NoteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.coding.result import CodingResult, Evidence

__all__ = ["read_again"]

_KEPT = 8  # documents that stay read: recognising the characters of a scan takes seconds a page


def read_again(data: bytes, media_type: str, draft: CodingResult) -> tuple[Note, bool]:
    """The note that ``draft`` is of, and whether every quote of the draft stands in it where the draft says.

    Args:
        data: the document.
        media_type: of it, as it was given.
        draft: that was made of it.

    Raises:
        NoteError: the note cannot be read.
    """
    quotes = list(_quotes(draft))
    first: Note | None = None
    for note in _readings(data, media_type):
        if all(note.text[quote.start : quote.end] == quote.text for quote in quotes):
            return note, True
        first = first or note
    if first is None:
        raise NoteError("the note cannot be read")
    return first, False


def _readings(data: bytes, media_type: str) -> Iterator[Note]:
    """A text that was sent as text is taken as it is, also where it looks like HTML or RTF; files are read."""
    if media_type.partition(";")[0] == "text/plain":
        with suppress(UnicodeDecodeError):
            yield Note(data.decode())
    yield _read(data)


@lru_cache(_KEPT)
def _read(data: bytes) -> Note:
    return read(data)


def _quotes(draft: CodingResult) -> Iterator[Evidence]:
    for suggestion in (*draft.codes, *draft.rejected):
        yield from suggestion.evidence
    for query in draft.queries:
        yield from query.indicators
