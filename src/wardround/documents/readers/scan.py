"""Pages that are pictures: read by an OCR program, told with their table cells and the space between their lines."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from wardround.boxes import Box
from wardround.documents.arrange import PrintedLine, PrintedWord, spaced
from wardround.documents.compose import PrintedPage
from wardround.documents.layout import Page
from wardround.documents.readers.base import Options
from wardround.documents.readers.turns import turned
from wardround.errors import EngineError, EngineMissing, NoteError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wardround.documents.ocr import OcrEngine, OcrLine

__all__ = ["NOTHING_READ", "Scanner", "Sheet", "listed"]

NOTHING_READ = "no text can be made out"
_POOR = "read with low confidence; handwriting is not read, and a bad copy only in part: compare the text with the page"

_LEAST_SURE = 0.75  # mean confidence of a page, below which that is said of the whole page


class Sheet(NamedTuple):
    """A picture of a page.

    ``pixels`` are grey or RGB; ``width`` and ``height`` are the page's in its own units.
    """

    number: int
    pixels: NDArray[np.uint8]
    width: float
    height: float


class Scanner:
    """Reads pictures of pages. The OCR program is looked for when the first one comes."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._engine: OcrEngine | None = None
        self._told: defaultdict[str, list[int]] = defaultdict(list)

    @property
    def engine(self) -> OcrEngine:
        """The program.

        Raises:
            NoteError: it is not there.
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

    def blank(self, number: int) -> None:
        """Page ``number`` has nothing on it."""
        self._told[NOTHING_READ].append(number)

    def read(self, sheet: Sheet) -> PrintedPage:
        """The lines of one page, none if it has no text.

        Raises:
            NoteError: the OCR program, or what prepares pictures for it, is missing or broke down.
            InputError: there is none of that name.
        """
        from wardround.documents.ocr import read_page

        engine = self.engine
        page = Page(number=sheet.number, width=sheet.width, height=sheet.height, reader=engine.name)
        try:
            seen = read_page(sheet.pixels, engine, self._options.transcribe)
        except EngineError as error:
            raise NoteError(f"page {sheet.number}: {error.what}", where=self._options.where, hint=error.hint) from None
        for notice in seen.notices:
            self._told[notice].append(sheet.number)
        lines = [line for line in seen.lines if line.words]
        if not lines:
            if not seen.notices:
                self.blank(sheet.number)
            return PrintedPage(page, [])
        if seen.confidence < _LEAST_SURE and not seen.notices:
            self._told[_POOR].append(sheet.number)
        return PrintedPage(page, _laid_out(lines, sheet))

    def notices(self) -> list[str]:
        """What to say of the pages that were read."""
        return [f"{listed(pages)}: {notice}" for notice, pages in self._told.items()]


def _laid_out(lines: list[OcrLine], sheet: Sheet) -> list[PrintedLine]:
    """The lines with their cells; their boxes in the units of the page."""
    rows, columns = sheet.pixels.shape[:2]
    across, down = sheet.width / columns, sheet.height / rows
    quarter = _reading_direction(lines)
    lying = (columns, rows) if quarter % 2 == 0 else (rows, columns)
    upright = [
        [PrintedWord(word.text, turned(word.box, quarter, columns, rows), word.confidence) for word in line.words]
        for line in lines
    ]

    def placed(word: PrintedWord) -> PrintedWord:
        left, top, right, bottom = turned(word.box, -quarter, *lying)
        return word._replace(box=Box(left * across, top * down, right * across, bottom * down))

    return [
        PrintedLine(tuple(tuple(map(placed, cell)) for cell in line.cells), line.apart)
        for line in spaced(upright, tight=True)
    ]


def _reading_direction(lines: list[OcrLine]) -> int:
    """The quarter turns clockwise after which words follow each other from left to right."""
    steps = [
        (after.box.left + after.box.right - word.box.left - word.box.right, after.box.top - word.box.top)
        for line in lines
        for word, after in pairwise(line.words)
    ]
    if not steps:
        return 0
    right, below = median(step[0] / 2 for step in steps), median(step[1] for step in steps)
    if abs(right) >= abs(below):
        return 0 if right >= 0 else 2
    return 3 if below > 0 else 1


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
