"""The rows of a page as the eye sees them: words on one height, whatever order they are read in, straightened first."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
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
_SAMPLE = 300  # words by which it is told how steep rows are
_FINE = 0.004  # radians from one slope that is tried to the next
_STEEPEST = 25  # of these steps, to either side
_CLEARLY = 1.15  # times as many words on one height: with less, a page is left as it is
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
    """The words moved so that rows run level.

    How steep rows are is what brings most words onto one height; it may change down a page that was photographed.
    A page is left as it is unless that brings clearly more.
    """
    words = [token for line in lines for token in line]
    height = median(token.place.height for token in words) or 1.0
    sample = words[:: max(1, len(words) // _SAMPLE)]
    middles = [((t.place.left + t.place.right) / 2, (t.place.top + t.place.bottom) / 2) for t in sample]
    x0, y0 = median(x for x, _ in middles), median(y for _, y in middles)
    points = [(x - x0, y - y0) for x, y in middles]
    tall = max(max(abs(y) for _, y in points), height)

    def score(slope: float, change: float) -> int:
        counts: Counter[int] = Counter()
        for x, y in points:
            down = (y - (slope + change * y / tall) * x) / height
            counts[round(down * 2)] += 1
            counts[round(down * 2 + 0.5) + 1_000_000] += 1
        return sum(count * count for count in counts.values())

    slopes = [step * _FINE for step in range(-_STEEPEST, _STEEPEST + 1)]
    slope = max(slopes, key=lambda each: (score(each, 0.0), -abs(each)))
    change = max((each / 4 for each in slopes), key=lambda each: (score(slope, each), -abs(each)))
    slope = max((slope + step * _FINE / 4 for step in range(-8, 9)), key=lambda each: (score(each, change), -abs(each)))
    if score(slope, change) < _CLEARLY * score(0.0, 0.0):
        return [list(line) for line in lines]

    def moved(token: Token) -> Token:
        left, top, right, bottom = token.place
        x, y = (left + right) / 2 - x0, (top + bottom) / 2 - y0
        steep = slope + change * y / tall
        down, across = -steep * x, steep * y
        return token._replace(place=Box(left + across, top + down, right + across, bottom + down))

    return [[moved(token) for token in line] for line in lines]


def _pieces(line: Sequence[Token], letter: float, height: float) -> list[tuple[float, list[Token]]]:
    """Neighbouring words of a line, and the height they stand on."""
    found: list[list[Token]] = []
    for token in line:
        before = found[-1][-1].place if found else None
        if (
            before is not None
            and -letter <= token.place.left - before.right <= _PIECE * letter
            and abs(token.place.top + token.place.bottom - before.top - before.bottom) < 1.6 * height
        ):
            found[-1].append(token)
        else:
            found.append([token])
    return [(_middle(piece, height), piece) for piece in found]


def _middle(piece: Sequence[Token], height: float) -> float:
    full = [token for token in piece if token.place.height >= 0.6 * height] or list(piece)
    return median((token.place.top + token.place.bottom) / 2 for token in full)
