"""The rows of a page as the eye sees them: words on one height, whatever order they are read in, straightened first."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from wardround.boxes import Box
from wardround.documents.readers.turns import turned

if TYPE_CHECKING:
    from wardround.documents.layout import Page
    from wardround.documents.note import Note

__all__ = ["Row", "Token", "page_rows"]

CELL = 1.9  # widths of a letter: a wider space begins another cell
_PIECE = 3.0  # widths of a letter: closer words of a line stand on one height
_SAME = 0.5  # of the height of words: lines whose middles are closer are one row
_TAB = 60  # letters from one tab stop to the next, in a text without pages
_MOST = 6_000  # words of one page; more are noise
_WIDEST = 120  # words of a row; a longer line is no part of a table


class Token(NamedTuple):
    """A word of the note, or the part of one that is a cell of its own.

    Attributes:
        text: exactly ``note.text[start:end]``.
        page: from 1; 0 in a text without pages.
        box: on the page, of the whole word.
        place: the same, on the straightened page.
        confidence: of its reader.
    """

    text: str
    start: int
    end: int
    page: int
    box: Box
    place: Box
    confidence: float

    def part(self, start: int, end: int) -> Token:
        """Characters ``[start, end)`` of it."""
        return self._replace(text=self.text[start:end], start=self.start + start, end=self.start + end)


@dataclass(frozen=True, slots=True)
class Row:
    """Words of one height, from left to right.

    Attributes:
        tokens: none is missing.
        middle: its height on the straightened page.
        letter: how wide a letter is on this page.
    """

    tokens: tuple[Token, ...]
    middle: float
    letter: float

    @property
    def segments(self) -> tuple[tuple[Token, ...], ...]:
        """Words with no more than a space between them."""
        found: list[list[Token]] = []
        for token in self.tokens:
            if found and token.place.left - found[-1][-1].place.right <= CELL * self.letter:
                found[-1].append(token)
            else:
                found.append([token])
        return tuple(map(tuple, found))

    @property
    def text(self) -> str:
        """Its words, with a bar where another cell begins."""
        return " | ".join(" ".join(token.text for token in segment) for segment in self.segments)


def page_rows(note: Note) -> list[list[Row]]:
    """The rows of each page from top to bottom; a text without pages is one page. Lines without end are left out."""
    if note.layout is None:
        return [_typed(note)]
    breaks = [at for at, character in enumerate(note.text) if character == "\n"]
    sheets = {page.number: page for page in note.layout.pages}
    lines: defaultdict[int, defaultdict[int, list[Token]]] = defaultdict(lambda: defaultdict(list))
    for run in note.layout.runs:
        text = note.text[run.start : run.end]
        token = Token(text, run.start, run.end, run.page, run.box, run.box, run.confidence)
        lines[run.page][bisect_right(breaks, run.start)].append(token)
    return [_rows(list(lines[number].values()), sheets[number]) for number in sheets if lines[number]]


def _typed(note: Note) -> list[Row]:
    """The lines of a text without pages: a letter is one wide, a line one high, a tab goes to the next stop."""
    rows: list[Row] = []
    start = 0
    for number, line in enumerate(note.text.split("\n")):
        tokens = []
        across = at = 0
        for word in re.finditer(r"\S+", line):
            for character in line[at : word.start()]:
                across = (across // _TAB + 1) * _TAB if character == "\t" else across + 1
            box = Box(across, number, across + len(word[0]), number + 1)
            tokens.append(Token(word[0], start + word.start(), start + word.end(), 0, box, box, 1.0))
            across, at = across + len(word[0]), word.end()
        if 0 < len(tokens) <= _WIDEST:
            rows.append(Row(tuple(tokens), number + 0.5, 1.0))
        start += len(line) + 1
    return rows


def _rows(lines: Sequence[Sequence[Token]], page: Page) -> list[Row]:
    if sum(map(len, lines)) > _MOST:
        return []
    lines = _upright(lines, page)
    lines = _straight(lines)
    words = [token for line in lines for token in line]
    letter = median((t.place.right - t.place.left) / len(t.text) for t in words) or 1.0
    height = median(t.place.height for t in words) or 1.0
    pieces = [piece for line in lines for piece in _pieces(line, letter, height)]
    pieces.sort(key=lambda piece: piece[0])
    groups: list[list[tuple[float, list[Token]]]] = []
    for piece in pieces:
        if groups and piece[0] - sum(p[0] for p in groups[-1]) / len(groups[-1]) <= _SAME * height:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    rows = []
    for group in groups:
        tokens = sorted((token for _, piece in group for token in piece), key=lambda token: token.place.left)
        if len(tokens) <= _WIDEST:
            rows.append(Row(tuple(tokens), sum(p[0] for p in group) / len(group), letter))
    return rows


def _upright(lines: Sequence[Sequence[Token]], page: Page) -> Sequence[Sequence[Token]]:
    """The words as they stand when the page is turned so that they can be read."""
    steps = [
        (
            b.box.left + b.box.right - a.box.left - a.box.right,
            b.box.top + b.box.bottom - a.box.top - a.box.bottom,
        )
        for line in lines
        for a, b in pairwise(line)
    ]
    if not steps:
        return lines
    right, below = median(step[0] for step in steps), median(step[1] for step in steps)
    quarter = (0 if right >= 0 else 2) if abs(right) >= abs(below) else 3 if below > 0 else 1
    if not quarter:
        return lines
    return [
        [token._replace(place=turned(token.box, quarter, page.width, page.height)) for token in line] for line in lines
    ]


def _straight(lines: Sequence[Sequence[Token]]) -> list[list[Token]]:
    """The words moved so that lines run level; how steep they are may change down a page that was photographed."""
    slopes = []
    for line in lines:
        first, last = line[0].place, line[-1].place
        wide = last.left + last.right - first.left - first.right
        if len(line) > 1 and wide > 12 * first.height:
            slopes.append(((first.top + first.bottom) / 2, (last.bottom - first.bottom) * 2 / wide))
    if len(slopes) < 3:
        return [list(line) for line in lines]
    slopes.sort()
    half = len(slopes) // 2
    above, below = slopes[:half], slopes[half:]
    y0, y1 = median(y for y, _ in above), median(y for y, _ in below)
    s0, s1 = median(s for _, s in above), median(s for _, s in below)
    change = (s1 - s0) / (y1 - y0) if len(slopes) >= 8 and y1 > y0 else 0.0
    usual = s0 if change else median(s for _, s in slopes)
    if max(abs(s0), abs(s1), abs(usual)) < 0.002:
        return [list(line) for line in lines]

    def moved(token: Token) -> Token:
        left, top, right, bottom = token.place
        x, y = (left + right) / 2, (top + bottom) / 2
        slope = usual + change * (y - y0)
        down, across = -slope * x, usual * y
        return token._replace(place=Box(left + across, top + down, right + across, bottom + down))

    return [[moved(token) for token in line] for line in lines]


def _pieces(line: Sequence[Token], letter: float, height: float) -> list[tuple[float, list[Token]]]:
    """Neighbouring words of a line, and the height they stand on."""
    found: list[list[Token]] = []
    for token in line:
        if found and 0 <= token.place.left - found[-1][-1].place.right + letter <= (_PIECE + 1) * letter:
            found[-1].append(token)
        else:
            found.append([token])
    return [(_middle(piece, height), piece) for piece in found]


def _middle(piece: Sequence[Token], height: float) -> float:
    full = [token for token in piece if token.place.height >= 0.6 * height] or list(piece)
    return median((token.place.top + token.place.bottom) / 2 for token in full)
