"""Lines of print: which pieces of text stand beside each other on one height."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.documents.ocr.base import OcrLine

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["rows_of"]

_SHARED = 0.5  # of the lower piece's height


def rows_of(pieces: Iterable[OcrLine]) -> tuple[OcrLine, ...]:
    """Pieces as whole lines from top to bottom, the words of each from left to right.

    Two pieces are on one line if half the height of the lower of them is shared, and neither stands over the other.
    The picture is expected to be straight.
    """
    rows: list[list[OcrLine]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.box.top + piece.box.bottom, piece.box.left)):
        row = next((row for row in reversed(rows[-4:]) if all(_beside(piece, other) for other in row)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    rows.sort(key=lambda row: min(piece.box.top + piece.box.bottom for piece in row))
    ordered = (sorted(row, key=lambda piece: piece.box.left) for row in rows)
    return tuple(OcrLine(words=tuple(word for piece in row for word in piece.words)) for row in ordered)


def _beside(one: OcrLine, other: OcrLine) -> bool:
    a, b = one.box, other.box
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    width = min(a.right, b.right) - max(a.left, b.left)
    lower = min(a.height, b.height)
    return height >= _SHARED * lower and width <= _SHARED * lower
