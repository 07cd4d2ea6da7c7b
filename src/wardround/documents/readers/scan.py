"""Pages that are pictures: made fit for reading, read by an OCR program, put in order."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from wardround.boxes import Box
from wardround.documents.arrange import PrintedLine, PrintedWord, arrange
from wardround.documents.compose import PrintedPage
from wardround.documents.layout import Page
from wardround.documents.readers.base import Options
from wardround.errors import EngineError, EngineMissing, NoteError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wardround.documents.ocr import OcrEngine

__all__ = ["NOTHING_READ", "Scanner", "Sheet", "listed"]

NOTHING_READ = "no text can be made out"
_LEGIBLE = 0.5  # confidence of a word that counts as read
_LEAST = 8  # characters of legible words that a page with text has at least
_SHARE = 0.3  # of all characters, which are in legible words where there is text and not the pattern of a picture
_POOR = 0.75  # mean confidence of a page that was read badly


class Sheet(NamedTuple):
    """A picture of a page.

    ``pixels`` are grey or RGB; ``width`` and ``height`` are the page's in its own units.
    """

    number: int
    pixels: NDArray[np.uint8]
    width: float
    height: float


class Scanner:
    """Reads pictures of pages. The OCR program is looked for when the first one comes.

    Attributes:
        blank: numbers of the pages on which there is nothing, or nothing that can be read.
        poor: numbers of those that were read with little confidence.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._engine: OcrEngine | None = None
        self.blank: list[int] = []
        self.poor: list[int] = []

    @property
    def engine(self) -> OcrEngine:
        """The program.

        Raises:
            NoteError: it, or what prepares pictures for it, is not there.
            InputError: there is none of that name.
        """
        if self._engine is None:
            from wardround.documents.ocr import open_ocr

            try:
                self._engine = open_ocr(self._options.ocr)
            except EngineMissing as error:
                what = f"this has to be read from a picture, and {error.what}"
                raise NoteError(what, where=self._options.where, hint=error.hint) from None
        return self._engine

    def read(self, sheet: Sheet) -> PrintedPage:
        """The lines of one page, none if it has no text.

        Raises:
            NoteError: the OCR program is missing, or broke down.
            InputError: there is none of that name.
        """
        engine = self.engine
        page = Page(number=sheet.number, width=sheet.width, height=sheet.height, reader=engine.name)
        try:
            from wardround.documents.ocr.prepare import prepare
        except ImportError:
            hint = "pip install 'wardround[ocr]'"
            raise NoteError("reading pictures needs OpenCV", where=self._options.where, hint=hint) from None
        prepared = prepare(sheet.pixels)
        if not prepared.letters:
            self.blank.append(sheet.number)
            return PrintedPage(page, [])
        try:
            seen = engine.lines(prepared.picture)
        except EngineError as error:
            raise NoteError(f"page {sheet.number}: {error.what}", where=self._options.where, hint=error.hint) from None
        words = [PrintedWord(word.text, word.box, word.confidence) for line in seen for word in line.words if word.text]
        if not _is_text(words):
            self.blank.append(sheet.number)
            return PrintedPage(page, [])
        if _mean(words) < _POOR:
            self.poor.append(sheet.number)
        rows, columns = sheet.pixels.shape[:2]
        across, down = sheet.width / columns, sheet.height / rows

        def placed(word: PrintedWord) -> PrintedWord:
            left, top, right, bottom = prepared.transform.original(word.box)
            return word._replace(box=Box(left * across, top * down, right * across, bottom * down))

        lines = [
            PrintedLine(tuple(tuple(map(placed, cell)) for cell in line.cells), line.apart) for line in arrange(words, tight=True)
        ]
        return PrintedPage(page, lines)

    def notices(self) -> list[str]:
        """What to say of the pages that were read."""
        told = []
        if self.blank:
            told.append(f"{listed(self.blank)}: {NOTHING_READ}")
        if self.poor:
            told.append(
                f"{listed(self.poor)}: read with low confidence; handwriting is not read, "
                "and a bad copy only in part: compare it with the text"
            )
        return told


def listed(numbers: list[int]) -> str:
    """Pages by their numbers, neighbours as a range.

    >>> listed([1, 2, 3, 7])
    'pages 1-3, 7'
    """
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(sorted(numbers)):
        groups[number - place].append(number)
    ranges = [f"{group[0]}-{group[-1]}" if len(group) > 1 else f"{group[0]}" for group in groups.values()]
    return f"page{'s' if len(numbers) > 1 else ''} {', '.join(ranges)}"


def _is_text(words: list[PrintedWord]) -> bool:
    """Whether enough of what was read can be words, rather than what a program makes of the pattern of a picture."""
    count = sum(len(word.text) for word in words)
    legible = sum(
        len(word.text)
        for word in words
        if word.confidence >= _LEGIBLE and sum(map(str.isalnum, word.text)) * 2 > len(word.text)
    )
    return legible >= _LEAST and legible >= _SHARE * count


def _mean(words: list[PrintedWord]) -> float:
    """Mean confidence of the characters."""
    return sum(word.confidence * len(word.text) for word in words) / sum(len(word.text) for word in words)
