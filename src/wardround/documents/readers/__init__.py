"""Readers of notes, one family of formats per module."""

from __future__ import annotations

from wardround.documents.readers.base import OnPage, Options, Reader, Reading
from wardround.documents.readers.pdf import PdfReader
from wardround.documents.readers.picture import PictureReader
from wardround.documents.readers.text import TextReader
from wardround.errors import NoteError

__all__ = ["READERS", "OnPage", "Options", "Reader", "Reading", "read_file", "reader_of"]

READERS: tuple[Reader, ...] = (PdfReader(), PictureReader(), TextReader())
"""Asked in this order; the last one accepts everything and says what it cannot read."""


def reader_of(data: bytes) -> Reader:
    """The first reader that accepts a file."""
    return next(reader for reader in READERS if reader.accepts(data))


def read_file(data: bytes, options: Options) -> Reading:
    """What a file of any known family says.

    Raises:
        NoteError: it is empty, too large, or its reader cannot read it.
    """
    if not data:
        raise NoteError("the note is empty", where=options.where)
    reader = reader_of(data)
    if len(data) > reader.limit:
        raise NoteError(
            f"the file has more than {reader.limit:,} bytes", where=options.where, hint="give one note per file"
        )
    return reader.read(data, options)
