"""The text that a draft was made of, read again from the document that the case keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wardround.errors import NoteError, UnknownRecord
from wardround.records.rereading import read_again

if TYPE_CHECKING:
    from wardround.coding.result import CodingResult
    from wardround.documents import Note
    from wardround.store import Actor, Case, Document
    from wardround.store.store import Store

__all__ = ["Source", "document_of", "source_of"]


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
    try:
        note, exact = read_again(data, document.media_type, result)
    except NoteError as error:
        raise NoteError(error.what, where=error.where or case.id, hint=error.hint) from None
    return Source(note, document, exact)


def document_of(case: Case) -> Document:
    """The document of a case that holds its note.

    Raises:
        UnknownRecord: there is none.
    """
    for document in case.documents:
        if document.role == "note":
            return document
    raise UnknownRecord("the case keeps no note", where=case.id)
