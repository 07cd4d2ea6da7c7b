"""What a reader of one family of formats does, what it is told, and what it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wardround.errors import NoteError
from wardround.settings import FILE_LIMIT

if TYPE_CHECKING:
    from wardround.documents.layout import Layout

__all__ = ["OnPage", "Options", "Reader", "Reading", "missing"]

OnPage = Callable[[int, int], None]
"""Told after each page how many are done, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is to be read.

    Attributes:
        where: the file's name, for messages.
        ocr: what reads the characters of pictures: ``"auto"``, ``"none"``, or a program that
            `wardround.documents.ocr.open_ocr` knows. A scan that brings a text layer is read anew only by a program
            that is named.
        transcribe: a model that reads pictures of pages beside the program, and scans with a text layer anew.
        on_page: told of every page that is done.
        depth: how many files this one is inside of.
    """

    where: str = ""
    ocr: str = "auto"
    transcribe: Callable[[bytes], str] | None = None
    on_page: OnPage | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file says.

    Attributes:
        text: the note; every offset counts its code points.
        reader: what read it, for provenance: ``"docx"``, ``"pdf text, tesseract 5.3.0"``; empty for plain text.
        layout: where its characters stand; None for formats without pages.
        notices: what a person should know of how it was read; never text of the note.
    """

    text: str
    reader: str = ""
    layout: Layout | None = None
    notices: tuple[str, ...] = ()


class Reader(ABC):
    """Reads one family of formats. To add a family, write a subclass and list it in ``readers.READERS``.

    Attributes:
        limit: bytes that a file of this family may have.
    """

    limit: ClassVar[int] = FILE_LIMIT

    @abstractmethod
    def accepts(self, data: bytes) -> bool:
        """Whether ``data`` is of this family; looks at content, never at a name.

        ``data`` is a whole file, or the first `wardround.settings.FILE_LIMIT` bytes of a longer one.
        """

    @abstractmethod
    def read(self, data: bytes, options: Options) -> Reading:
        """What the file says.

        Args:
            data: the whole file.
            options: how to read it.

        Raises:
            NoteError: the file is damaged, too large when opened, has no text, or a package is missing.
        """


def missing(what: str, where: str) -> NoteError:
    """The error for a package that is not installed; ``what`` needs it."""
    return NoteError(
        f"{what} needs a package that is not installed", where=where, hint="pip install 'wardround[documents]'"
    )
