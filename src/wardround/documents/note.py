"""A clinical note as text, and what can be read off it: words, sections, sentences, problems."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from wardround.documents.language import is_english
from wardround.documents.lines import Line, read_lines
from wardround.documents.problems import Problem, find_problems
from wardround.documents.sections import Section, find_sections
from wardround.documents.sentences import find_sentences
from wardround.errors import NoteError
from wardround.settings import NOTE_LIMIT
from wardround.words import Words, cut

if TYPE_CHECKING:
    from wardround.documents.layout import Layout
    from wardround.spans import Span

__all__ = ["Note"]


@dataclass(frozen=True)
class Note:
    """A note. Every offset is a code point of ``text``, which is kept exactly as it was given.

    What is derived from the text is computed when first asked for and then kept; a note can be shared between threads.

    Args:
        text: the note.
        layout: where its characters stand on the pages it was read from, and how sure the reader was of them; None for
            a note without pages.
        notices: what a person should know of how it was read.
        reader: what read it; empty for plain text.

    Raises:
        NoteError: the text is empty or longer than ``settings.NOTE_LIMIT`` code points.
    """

    text: str
    layout: Layout | None = None
    notices: tuple[str, ...] = ()
    reader: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError(f"a note's text is a str, not {type(self.text).__name__}")
        if len(self.text) > NOTE_LIMIT:
            raise NoteError(
                f"the note has {len(self.text):,} characters, more than the limit of {NOTE_LIMIT:,}",
                hint="split it into one note per encounter",
            )
        if not self.text.strip("\ufeff \t\r\n") or self.text.isspace():
            raise NoteError("the note is empty")
        if self.layout is not None and self.layout.runs and self.layout.runs[-1].end > len(self.text):
            raise ValueError("the layout reaches beyond the text")

    def __repr__(self) -> str:
        return f"Note(<{len(self.text)} characters>)"  # a traceback must not show a patient's note

    @cached_property
    def words(self) -> Words:
        """The words of the text."""
        return cut(self.text)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the text."""
        return tuple(read_lines(self.text))

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections in order; their spans tile the text."""
        return find_sections(self.text, self.words, self.lines)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """The sentences in order; every word is in exactly one."""
        breaks = [place for section in self.sections for place in (section.span.start, section.body.start)]
        return find_sentences(self.text, self.lines, breaks)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The problems that the clinician lists, in the order of the note."""
        return find_problems(self.text, self.words, self.lines, self.sections, self.sentences)

    @cached_property
    def language_is_english(self) -> bool:
        """False if the note is clearly in another language."""
        return is_english(self.text, self.words)

    def section_of(self, offset: int) -> Section:
        """The section that holds the code point at ``offset``.

        Raises:
            IndexError: ``offset`` is outside the text.
        """
        return self.sections[self.section_number(offset)]

    def section_number(self, offset: int) -> int:
        """The place in ``sections`` of the section that holds ``offset``.

        Raises:
            IndexError: ``offset`` is outside the text.
        """
        if not 0 <= offset < len(self.text):
            self._refuse(offset)
        return bisect_right(self._section_starts, offset) - 1

    def sentence_of(self, offset: int) -> Span:
        """The sentence that holds ``offset``; for white space between two the one before it, at the start the first.

        Raises:
            IndexError: ``offset`` is outside the text, or the text has no word.
        """
        if not 0 <= offset < len(self.text):
            self._refuse(offset)
        return self.sentences[max(0, bisect_right(self._sentence_starts, offset) - 1)]

    @cached_property
    def _section_starts(self) -> list[int]:
        return [section.span.start for section in self.sections]

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    def _refuse(self, offset: int) -> NoReturn:
        raise IndexError(f"offset {offset} is outside a note of {len(self.text)} characters")
