"""A note as it is put together from what stands on its pages: text, and where each word of it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.documents.layout import Layout, Page, Run
from wardround.errors import NoteError
from wardround.settings import NOTE_LIMIT

if TYPE_CHECKING:
    from wardround.boxes import Box

__all__ = ["Transcript"]


class Transcript:
    """Text in the making. What is written is written: nothing is changed behind a run."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._runs: list[Run] = []
        self._pages: list[Page] = []
        self._length = 0

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def page(self, page: Page) -> None:
        """What follows stands on ``page``."""
        self._pages.append(page)

    def write(self, text: str) -> None:
        """Text that stands nowhere: white space, line breaks.

        Raises:
            NoteError: the text grows beyond ``settings.NOTE_LIMIT``.
        """
        self._parts.append(text)
        self._length += len(text)
        if self._length > NOTE_LIMIT:
            raise NoteError(
                f"the note has more than the limit of {NOTE_LIMIT:,} characters",
                hint="split it into one note per encounter",
            )

    def word(self, text: str, box: Box, confidence: float) -> None:
        """A word of the current page.

        Raises:
            NoteError: see `write`.
        """
        start = self._length
        self.write(text)
        self._runs.append(Run(start, self._length, self._pages[-1].number, box, confidence))

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._parts)

    @property
    def layout(self) -> Layout:
        """Where it stands."""
        return Layout(tuple(self._pages), tuple(self._runs))
