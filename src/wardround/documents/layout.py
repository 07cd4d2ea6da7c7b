"""Where the characters of a note stand on the pages it was read from, and how sure the reader was of them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wardround.boxes import Box

if TYPE_CHECKING:
    from wardround.spans import Span

__all__ = ["DOUBTFUL", "Layout", "Page", "Place", "Run"]

DOUBTFUL = 0.85
"""Words that were read with less confidence are for a person to look at.

On scans, faxes and photographs of printed notes read by Tesseract, one word in forty is; of the wrong words, half.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page.

    Attributes:
        number: from 1.
        width: in points of 1/72 inch for a PDF, in pixels for a picture.
        height: likewise.
        reader: what read its characters: ``"pdf text"``, ``"tesseract 5.3.0"``.
    """

    number: int
    width: float
    height: float
    reader: str


class Run(NamedTuple):
    """Characters ``[start, end)`` of the note that stand in one box of one page, a word as a rule."""

    start: int
    end: int
    page: int
    box: Box
    confidence: float = 1.0


class Place(NamedTuple):
    """One box of one page, in the page's own units."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Layout:
    """Pages and runs; the runs are in the order of the text and do not overlap.

    Raises:
        ValueError: a run is empty, overlaps the one before it, or stands on a page that is not there.
    """

    pages: tuple[Page, ...]
    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        numbers = {page.number for page in self.pages}
        last = 0
        for run in self.runs:
            if not last <= run.start < run.end or run.page not in numbers:
                raise ValueError("a run that is empty, out of order or on no page")
            last = run.end

    def inside(self, span: Span) -> tuple[Run, ...]:
        """The runs that share a character with ``span``."""
        first = bisect_right(self.runs, span.start, key=lambda run: run.end)
        last = first
        while last < len(self.runs) and self.runs[last].start < span.end:
            last += 1
        return self.runs[first:last]

    def confidence(self, span: Span) -> float:
        """How sure the reader was of its least certain characters, from 0 to 1."""
        return min((run.confidence for run in self.inside(span)), default=1.0)

    def places(self, span: Span) -> tuple[Place, ...]:
        """Where ``span`` stands: neighbouring words of a line in one box."""
        found: list[Place] = []
        for run in self.inside(span):
            last = found[-1] if found else None
            middle = (run.box.top + run.box.bottom) / 2
            if last and last.page == run.page and last.box.top < middle < last.box.bottom:
                found[-1] = Place(run.page, last.box.around(run.box))
            else:
                found.append(Place(run.page, run.box))
        return tuple(found)
