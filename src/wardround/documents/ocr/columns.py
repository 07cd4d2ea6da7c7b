"""Reading order: the lines of a page from top to bottom, those of a column of running text before those beside it."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from wardround.documents.ocr.base import OcrLine
from wardround.documents.ocr.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["in_reading_order"]

_GAP = 1.5  # heights of a line between two pieces: wider than any space in running text
_ROWS = 4  # that must have text on both sides
_WORDS = 3.5  # per piece on each side, in the middle; the cells of a table have fewer


def in_reading_order(lines: Iterable[OcrLine]) -> tuple[OcrLine, ...]:
    """The lines as they are read.

    Columns of running text are read one after the other; what merely stands beside something else, as the cells of a
    table do, is one line with it. The page is expected to be straight.
    """
    pieces = [piece for line in lines for piece in _pieces(line)]
    return tuple(_ordered(pieces))


def _pieces(line: OcrLine) -> Iterator[OcrLine]:
    """The line, cut where a gap is too wide for a space."""
    words = sorted(line.words, key=lambda word: word.box.left)
    height = median(word.box.height for word in words)
    start = 0
    for i in range(1, len(words)):
        if words[i].box.left - words[i - 1].box.right > _GAP * height:
            yield OcrLine(words=tuple(words[start:i]))
            start = i
    yield OcrLine(words=tuple(words[start:]))


def _ordered(pieces: Sequence[OcrLine]) -> Iterator[OcrLine]:
    if not pieces:
        return
    rows = _rows(pieces)
    best: tuple[int, int, float] | None = None
    most = 0
    for x in _gutters(rows):
        for start, end in _runs(rows, x):
            run = [piece for row in rows[start:end] for piece in row]
            if len(run) > most and _is_running_text(rows[start:end], x):
                best, most = (start, end, x), len(run)
    if best is None:
        yield from rows_of(pieces)
        return
    start, end, x = best
    run = [piece for row in rows[start:end] for piece in row]
    yield from _ordered([piece for row in rows[:start] for piece in row])
    yield from _ordered([piece for piece in run if piece.box.right <= x])
    yield from _ordered([piece for piece in run if piece.box.right > x])
    yield from _ordered([piece for row in rows[end:] for piece in row])


def _rows(pieces: Sequence[OcrLine]) -> list[list[OcrLine]]:
    """The pieces of each row, from top to bottom."""
    return [list(_pieces(row)) for row in rows_of(pieces)]


def _gutters(rows: list[list[OcrLine]]) -> Iterator[float]:
    """Where a gutter may run: the middle of every gap within a row, those near another left out."""
    middles = sorted((left.box.right + right.box.left) / 2 for row in rows for left, right in pairwise(row))
    last = float("-inf")
    for x in middles:
        if x - last > 4:
            yield x
            last = x


def _runs(rows: list[list[OcrLine]], x: float) -> Iterator[tuple[int, int]]:
    """Rows ``[start, end)``, as many as possible, of which no piece stands at ``x``."""
    start = 0
    for number, row in enumerate([*rows, None]):
        if row is None or any(piece.box.left < x < piece.box.right for piece in row):
            if number - start >= _ROWS:
                yield start, number
            start = number + 1


def _is_running_text(rows: list[list[OcrLine]], x: float) -> bool:
    left = [[piece for piece in row if piece.box.right <= x] for row in rows]
    right = [[piece for piece in row if piece.box.right > x] for row in rows]
    if sum(bool(a and b) for a, b in zip(left, right, strict=True)) < _ROWS:
        return False
    return all(median(len(piece.words) for row in side for piece in row) >= _WORDS for side in (left, right))
