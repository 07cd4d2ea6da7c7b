"""The text that a draft was made of, read again from the document that the case keeps."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from wardround.documents import Note, read
from wardround.errors import NoteError, UnknownRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.coding.result import CodingResult, Evidence
    from wardround.store import Actor, Case, Document
    from wardround.store.store import Store

__all__ = ["Source", "document_of", "source_of"]

_KEPT = 8  # documents that stay read: recognising the characters of a scan takes seconds a page


class Source(NamedTuple):
    """A note, as it was coded.

    Attributes:
        note: its text and sections.
        document: of the case that it was read from.
        exact: whether every quote of the draft stands where the draft says; if not, its offsets mean nothing here.
    """

    note: Note
    document: Document
    exact: bool


def source_of(store: Store, actor: Actor, case: Case, result: CodingResult) -> Source:
    """The note that ``result`` is of.

    Raises:
        UnknownRecord: the case keeps no note.
        NoteError: the note cannot be read.
    """
    document = document_of(case)
    data = store.document(actor, case.id, document.id)
    quotes = list(_quotes(result))
    first: Note | None = None
    for note in _readings(data, document.media_type):
        if all(note.text[quote.start : quote.end] == quote.text for quote in quotes):
            return Source(note, document, exact=True)
        first = first or note
    if first is None:
        raise NoteError("the note cannot be read", where=case.id)
    return Source(first, document, exact=False)


def document_of(case: Case) -> Document:
    """The document of a case that holds its note.

    Raises:
        UnknownRecord: there is none.
    """
    for document in case.documents:
        if document.role == "note":
            return document
    raise UnknownRecord("the case keeps no note", where=case.id)


def _readings(data: bytes, media_type: str) -> Iterator[Note]:
    """A text that was sent as text is taken as it is, also where it looks like HTML or RTF; files are read."""
    if media_type.partition(";")[0] == "text/plain":
        with suppress(UnicodeDecodeError):
            yield Note(data.decode())
    yield _read(data)


@lru_cache(_KEPT)
def _read(data: bytes) -> Note:
    return read(data)


def _quotes(result: CodingResult) -> Iterator[Evidence]:
    for suggestion in (*result.codes, *result.rejected):
        yield from suggestion.evidence
    for query in result.queries:
        yield from query.indicators
