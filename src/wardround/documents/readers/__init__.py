"""Readers of notes, one family of formats per module."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wardround.documents.readers.base import OnPage, Options, Reader, Reading
from wardround.documents.readers.cda import CdaReader
from wardround.documents.readers.docx import DocxReader
from wardround.documents.readers.fhir import FhirReader
from wardround.documents.readers.html import HtmlReader
from wardround.documents.readers.pdf import PdfReader
from wardround.documents.readers.picture import PictureReader
from wardround.documents.readers.rtf import RtfReader
from wardround.documents.readers.text import TextReader
from wardround.errors import NoteError
from wardround.settings import FILE_LIMIT

__all__ = ["READERS", "OnPage", "Options", "Reader", "Reading", "load", "read_file", "read_inside", "reader_of"]

READERS: tuple[Reader, ...] = (
    PdfReader(),
    PictureReader(),
    DocxReader(),
    RtfReader(),
    CdaReader(),
    FhirReader(),
    HtmlReader(),
    TextReader(),
)
"""Asked in this order; the last one accepts everything and says what it cannot read."""

_DEEPEST = 3  # files inside of files


def reader_of(data: bytes) -> Reader:
    """The first reader that accepts a file."""
    return next(reader for reader in READERS if reader.accepts(data))


def load(path: Path) -> bytes:
    """The content of a file, up to one byte more than its kind may have.

    Raises:
        NoteError: there is none, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
            more = reader_of(data).limit - FILE_LIMIT if len(data) > FILE_LIMIT else 0
            return data + file.read(more) if more else data
    except FileNotFoundError:
        raise NoteError("there is no such file", where=str(path), hint="check the path") from None
    except IsADirectoryError:
        raise NoteError("this is a folder, not a note", where=str(path), hint="name one file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise NoteError(f"the file cannot be read: {reason}", where=path.name) from None


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


def read_inside(data: bytes, options: Options) -> Reading:
    """What a file says that is carried inside of another one.

    Raises:
        NoteError: see `read_file`; or it is inside of too many others.
    """
    if options.depth >= _DEEPEST:
        raise NoteError("documents are nested in documents too deeply", where=options.where)
    return read_file(data, replace(options, depth=options.depth + 1))
