"""Words as they stand on a page, brought into reading order: rows, columns, the cells of tables.

A page is cut into rows by height. Where an empty gutter runs down through several rows, they are two columns, read one
after the other, if they look like prose (long lines that fill their column) or if their lines do not stand on one
height; otherwise they are a table, read row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from wardround.boxes import Box

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["PrintedLine", "PrintedWord", "arrange", "spaced"]

_FONT = 1.5  # height of a font by that of the ink of a usual word
_CELL = 1.0  # heights of a line: a wider space between two words begins another cell
_GUTTER = 1.0  # heights of a line that a gutter between columns has at least
_FAR = 2.5  # heights of a line: where rows are further apart, columns end
_MOST = 2_000  # words of one page whose columns are looked for; more are noise, and read row by row
_FEWEST = 4  # rows that columns have at least
_PROSE = 4.0  # words of a line of prose, on average
_FULL = 0.75  # of its column's width, which a line of prose fills


class PrintedWord(NamedTuple):
    """A word, where it stands, with rows counted downwards, and how sure its reader was."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """The words of a line from left to right, by the cells they stand in; one cell unless it is a table's row.

    Attributes:
        cells: none is empty.
        apart: whether more space than usual lies above.
    """

    cells: tuple[tuple[PrintedWord, ...], ...]
    apart: bool = False

    @property
    def text(self) -> str:
        """Its words with spaces, its cells with tabs between them."""
        return "\t".join(" ".join(word.text for word in cell) for cell in self.cells)

    @property
    def words(self) -> Iterator[PrintedWord]:
        """All its words."""
        return (word for cell in self.cells for word in cell)


class _Row(NamedTuple):
    words: list[PrintedWord]  # from left to right
    middle: float  # its height on the page

    @property
    def left(self) -> float:
        return self.words[0].box.left

    @property
    def right(self) -> float:
        return max(word.box.right for word in self.words)


def arrange(words: Sequence[PrintedWord]) -> list[PrintedLine]:
    """The lines of a page in reading order.

    Args:
        words: of one page, upright, in any order; their boxes have the height of their font.
    """
    if not words:
        return []
    height = median(word.box.height for word in words) or 1.0
    rows = _rows(words, height)
    ordered = list(_ordered(rows, height)) if len(words) <= _MOST else rows
    return list(_spaced(ordered, height))


def spaced(lines: Sequence[Sequence[PrintedWord]], *, tight: bool = False) -> list[PrintedLine]:
    """Lines that are in order, upright, and none empty: the cells of each, and where more space than usual lies above.

    Args:
        lines: of one page, the words of each from left to right.
        tight: the boxes hold the ink of the words only, not the whole height of their font.
    """
    if not lines:
        return []
    height = median(word.box.height for line in lines for word in line) * (_FONT if tight else 1.0) or 1.0
    return list(_spaced([_row(line) for line in lines], height))


def _row(words: Sequence[PrintedWord]) -> _Row:
    middle = median((word.box.top + word.box.bottom) / 2 for word in words)
    return _Row(sorted(words, key=lambda word: word.box.left), middle)


def _rows(words: Sequence[PrintedWord], height: float) -> list[_Row]:
    """Words on one height together, rows from top to bottom."""
    rows: list[list[PrintedWord]] = []
    middle = 0.0
    for word in sorted(words, key=lambda word: word.box.top + word.box.bottom):
        here = (word.box.top + word.box.bottom) / 2
        if rows and here - middle <= 0.5 * height:
            rows[-1].append(word)
            middle += (here - middle) / len(rows[-1])
        else:
            rows.append([word])
            middle = here
    return [_row(row) for row in rows]


def _ordered(rows: list[_Row], height: float) -> Iterator[_Row]:
    """The rows with columns taken apart."""
    found = _columns(rows, height)
    if found is None:
        yield from rows
        return
    first, past, gutter = found
    yield from _ordered(rows[:first], height)
    inside = [word for row in rows[first:past] for word in row.words]
    for side in ([w for w in inside if w.box.right <= gutter], [w for w in inside if w.box.right > gutter]):
        yield from _ordered(_rows(side, height), height)
    yield from _ordered(rows[past:], height)


def _columns(rows: list[_Row], height: float) -> tuple[int, int, float] | None:
    """The longest run ``[first, past)`` of rows that are two columns, and where its gutter is."""
    best: tuple[int, int, float] | None = None
    tried: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        for left, right in _gaps(row, _GUTTER * height):
            first, past, gap = _run(rows, number, (left, right), height)
            if (first, past) in tried or past - first < _FEWEST:
                continue
            tried.add((first, past))
            middle = (gap[0] + gap[1]) / 2
            if (best is None or past - first > best[1] - best[0]) and _are_columns(rows[first:past], middle, height):
                best = first, past, middle
    return best


def _gaps(row: _Row, least: float) -> Iterator[tuple[float, float]]:
    right = row.words[0].box.right
    for word in row.words[1:]:
        if word.box.left - right >= least:
            yield right, word.box.left
        right = max(right, word.box.right)


def _run(
    rows: list[_Row], number: int, gap: tuple[float, float], height: float
) -> tuple[int, int, tuple[float, float]]:
    """How far up and down a gap of row ``number`` goes on, and what is left of its width."""
    first = past = number
    least, far = _GUTTER * height, _FAR * height
    while past < len(rows) and rows[past].middle - rows[max(past - 1, number)].middle < far:
        narrower = _through(rows[past], gap, least)
        if narrower is None:
            break
        past, gap = past + 1, narrower
    while first > 0 and rows[first].middle - rows[first - 1].middle < far:
        narrower = _through(rows[first - 1], gap, least)
        if narrower is None:
            break
        first, gap = first - 1, narrower
    return first, past, gap


def _through(row: _Row, gap: tuple[float, float], least: float) -> tuple[float, float] | None:
    """What a row leaves of a gap; None if it leaves less than ``least``."""
    left, right = gap
    for word in row.words:
        if word.box.left < (left + right) / 2:
            left = max(left, word.box.right)
        else:
            right = min(right, word.box.left)
    return (left, right) if right - left >= least else None


def _are_columns(rows: list[_Row], gutter: float, height: float) -> bool:
    """Whether what stands on both sides of a gutter is read one side after the other."""
    left = [w for row in rows for w in row.words if w.box.right <= gutter]
    right = [w for row in rows for w in row.words if w.box.right > gutter]
    lines = _rows(left, height), _rows(right, height)
    if min(map(len, lines)) < _FEWEST - 1:
        return False
    if all(_is_prose(each) for each in lines):
        return True
    fewer, more = sorted(lines, key=len)
    heights = [row.middle for row in more]
    level = sum(any(abs(row.middle - other) < 0.2 * height for other in heights) for row in fewer)
    words = min(sum(len(row.words) for row in each) / len(each) for each in lines)
    return level < 0.5 * len(fewer) and words >= 2


def _is_prose(rows: list[_Row]) -> bool:
    width = max(row.right for row in rows) - min(row.left for row in rows)
    full = sum(row.right - row.left >= _FULL * width for row in rows)
    return sum(len(row.words) for row in rows) >= _PROSE * len(rows) and 2 * full >= len(rows)


def _spaced(rows: list[_Row], height: float) -> Iterator[PrintedLine]:
    """Rows as lines with cells, and where more space than usual lies between two of them."""
    pitches = [below.middle - above.middle for above, below in pairwise(rows)]
    usual = median([pitch for pitch in pitches if 0 < pitch < 3 * height] or [height])
    for row, pitch in zip(rows, [0.0, *pitches], strict=True):
        cells: list[list[PrintedWord]] = [[]]
        right = row.left
        for word in row.words:
            if cells[-1] and word.box.left - right > _CELL * height:
                cells.append([])
            cells[-1].append(word)
            right = max(right, word.box.right)
        yield PrintedLine(tuple(map(tuple, cells)), apart=not -height < pitch <= usual + 0.5 * height)
