"""A note's text for a page: its lines, and in each line what is highlighted.

Offsets count Unicode code points. JavaScript counts UTF-16 units, so the page never computes an offset from the text as
a whole: each piece of text on it says at which code point it begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from wardround.server.workbench.coding.signs import UNSEEN, sign_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wardround.documents import Section

__all__ = ["Highlight", "Line", "Mark", "Piece", "lines"]

_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A stretch of the note that something rests on.

    Attributes:
        item: what rests on it: a code, ``span:START-END``, or ``doubt:START-END`` for a word to compare with the page.
        start, end: ``[start, end)`` in code points of the note.
        look: by what it is underlined: the assertion of a quote, or ``doubt``.
        title: what a pointer resting on it is told.
    """

    item: str
    start: int
    end: int
    look: str
    title: str = ""


class Piece(NamedTuple):
    """Text without any end of a highlight within it, or one character that is shown by a sign."""

    start: int
    text: str
    sign: str


class Mark(NamedTuple):
    """What a highlight covers of a line, with the highlights within it.

    ``opens`` and ``closes`` tell whether the highlight begins and ends here; it may go on before and after.
    """

    highlight: Highlight
    opens: bool
    closes: bool
    inside: tuple[Mark | Piece, ...]


class Line(NamedTuple):
    """A line of the note, without its end. ``heading`` is the kind of the section that begins in it, or empty."""

    number: int
    start: int
    end: int
    heading: str
    inside: tuple[Mark | Piece, ...]


class _Cut(NamedTuple):
    piece: Piece
    over: tuple[Highlight, ...]  # the longest first, so that marks nest


def lines(text: str, sections: Sequence[Section], highlights: Iterable[Highlight]) -> tuple[Line, ...]:
    """The lines of ``text``, highlighted.

    Raises:
        ValueError: a highlight is empty or reaches outside the text.
    """
    ordered = sorted(highlights, key=lambda each: (each.start, -each.end, each.item))
    for each in ordered:
        if not 0 <= each.start < each.end <= len(text):
            raise ValueError("a highlight outside the note")
    headings = {section.heading.start: section.kind.value for section in sections if section.heading}
    starts = sorted(headings)
    made: list[Line] = []
    waiting = 0  # the first of ``ordered`` that does not begin before the line's end
    active: list[Highlight] = []
    next_heading = 0
    for start, end in _extents(text):
        while waiting < len(ordered) and ordered[waiting].start < end:
            active.append(ordered[waiting])
            waiting += 1
        active = [each for each in active if each.end > start]
        heading = ""
        while next_heading < len(starts) and starts[next_heading] < max(end, start + 1):
            heading = heading or headings[starts[next_heading]]
            next_heading += 1
        cuts = list(_cuts(text, start, end, active))
        made.append(Line(len(made) + 1, start, end, heading, _nested(cuts, 0)))
    return tuple(made)


def _extents(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _END.finditer(text):
        yield start, end.start()
        start = end.end()
    if start < len(text):
        yield start, len(text)


def _cuts(text: str, start: int, end: int, active: Sequence[Highlight]) -> Iterator[_Cut]:
    """``[start, end)`` cut where a highlight begins or ends, and around each character that needs a sign."""
    bounds = {start, end}
    for each in active:
        bounds |= {max(start, each.start), min(end, each.end)}
    for unseen in UNSEEN.finditer(text, start, end):
        bounds |= {unseen.start(), unseen.end()}
    at = sorted(bounds)
    for left, right in pairwise(at):
        over = tuple(each for each in active if each.start <= left and right <= each.end)
        said = text[left:right]
        sign = sign_of(said) if len(said) == 1 and UNSEEN.match(said) else ""
        yield _Cut(Piece(left, "" if sign else said, sign), over)


def _nested(cuts: Sequence[_Cut], depth: int) -> tuple[Mark | Piece, ...]:
    """The cuts as a tree: side by side under the same highlight they are one mark."""
    made: list[Mark | Piece] = []
    for highlight, group in groupby(cuts, lambda cut: cut.over[depth] if depth < len(cut.over) else None):
        these = list(group)
        if highlight is None:
            made += (cut.piece for cut in these)
            continue
        last = these[-1].piece
        opens = these[0].piece.start == highlight.start
        closes = last.start + (1 if last.sign else len(last.text)) == highlight.end
        made.append(Mark(highlight, opens, closes, _nested(these, depth + 1)))
    return tuple(made)
