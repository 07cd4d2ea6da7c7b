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

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.documents.assertion import Assertion, Assertions, assertions
from wardround.documents.cues import AssertionStatus
from wardround.documents.layout import DOUBTFUL, Layout, Page, Place, Run
from wardround.documents.note import Note
from wardround.documents.problems import Problem
from wardround.documents.readers import Options, load, read_file
from wardround.documents.readers.text import BINARY_DATA, kind_of_binary
from wardround.documents.sections import Section, SectionKind
from wardround.errors import NoteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.documents.readers import OnPage

__all__ = [
    "DOUBTFUL",
    "Assertion",
    "AssertionStatus",
    "Assertions",
    "Layout",
    "Note",
    "Page",
    "Place",
    "Problem",
    "Run",
    "Section",
    "SectionKind",
    "assertions",
    "read",
]


def read(
    source: Path | str | bytes,
    *,
    ocr: str = "auto",
    transcribe: Callable[[bytes], str] | None = None,
    on_page: OnPage | None = None,
) -> Note:
    """Read a note from text, PDF, a picture of a page, DOCX, RTF, HTML, C-CDA or FHIR JSON.

    Args:
        source: a ``str`` is the note itself and is kept as it is; ``bytes`` are a file's content; a ``Path`` is a file.
            What kind of file it is shows in its content; its name does not matter.
        ocr: what reads the characters of pictures: ``"auto"`` (Tesseract where it is installed, else RapidOCR),
            ``"tesseract"``, ``"rapidocr"``, or ``"none"``, which leaves pictures unread. A scan that brings a text
            layer of its own is read anew only by a program that is named.
        transcribe: a model that says what stands in a PNG of a page, or of a part of one. It reads beside the program:
            no word is taken from it, those on which the two differ become doubtful, and those without digits on which
            they agree become sure.
        on_page: told after each page how many are done, and how many there are.

    Raises:
        NoteError: there is no such file, it is empty, damaged, encrypted, too large, or holds no text that can be read;
            or a package or program that it takes is missing.
        InputError: there is no OCR program called ``ocr``.
        TypeError: ``source`` is of another type.
    """
    if isinstance(source, str):
        kind = kind_of_binary(source[:16].encode("latin-1", errors="replace"))
        if kind and kind != BINARY_DATA:
            raise NoteError(f"this is the content of {kind}, not a text", hint="give the file's path, or its text")
        return Note(source)
    options = Options(ocr=ocr, transcribe=transcribe, on_page=on_page)
    if isinstance(source, bytes):
        return _note(source, options)
    if isinstance(source, Path):
        return _note(load(source), replace(options, where=source.name))
    raise TypeError(f"a note is a Path, str or bytes, not {type(source).__name__}")


def _note(data: bytes, options: Options) -> Note:
    try:
        reading = read_file(data, options)
        return Note(reading.text, reading.layout, reading.notices, reading.reader)
    except NoteError as error:
        raise NoteError(error.what, where=error.where or options.where, hint=error.hint) from None
