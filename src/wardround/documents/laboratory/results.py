"""The results that the pages of a laboratory report show, every cell exactly as it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wardround.documents.layout import DOUBTFUL

if TYPE_CHECKING:
    from wardround.boxes import Box
    from wardround.documents.laboratory.rows import Token

__all__ = ["ROLES", "PrintedCell", "PrintedResult", "Results", "cell", "joined"]

ROLES = ("test", "value", "unit", "reference", "flag", "method", "previous")
"""The cells of a row, in the order of the published tables."""


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """Words that belong together.

    Attributes:
        tokens: in reading order; none is missing.
        doubtful: whether it is unclear that they are a cell of this row; apart from how well they could be read.
    """

    tokens: tuple[Token, ...]
    doubtful: bool = False

    @property
    def text(self) -> str:
        """Its words with single spaces."""
        return joined(self.tokens)

    @property
    def confidence(self) -> float:
        """How sure the reader was of its least certain word, from 0 to 1."""
        return min(token.confidence for token in self.tokens)

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should look at it first."""
        return self.doubtful or self.confidence < DOUBTFUL

    @property
    def page(self) -> int:
        """From 1; 0 in a text without pages."""
        return self.tokens[0].page

    @property
    def box(self) -> Box:
        """On its page."""
        box = self.tokens[0].box
        for token in self.tokens[1:]:
            box = box.around(token.box)
        return box


@dataclass(slots=True, kw_only=True)
class PrintedResult:
    """A row in the making. ``value`` and ``test`` are always there in the end."""

    middle: float
    section: PrintedCell | None = None
    test: PrintedCell | None = None
    value: PrintedCell | None = None
    unit: PrintedCell | None = None
    reference: PrintedCell | None = None
    flag: PrintedCell | None = None
    method: PrintedCell | None = None
    previous: PrintedCell | None = None
    comment: PrintedCell | None = None

    @property
    def tokens(self) -> list[Token]:
        """All words of its cells but the section's."""
        cells = [getattr(self, role) for role in (*ROLES, "comment")]
        return [token for cell in cells if cell is not None for token in cell.tokens]


@dataclass(slots=True)
class Results:
    """What was found.

    Attributes:
        rows: in reading order.
        headed: how many tables had a head.
        unread: how many lines of tables have a figure without a name, or a name with a unit and a range and no result.
    """

    rows: list[PrintedResult] = field(default_factory=list)
    headed: int = 0
    unread: int = 0


def joined(tokens: Sequence[Token]) -> str:
    """Words as they are printed: parts of one word without a space between them."""
    text = ""
    for number, token in enumerate(tokens):
        glued = number and tokens[number - 1].end == token.start and tokens[number - 1].page == token.page
        text += token.text if glued or not number else f" {token.text}"
    return text


def cell(tokens: Sequence[Token], *, doubtful: bool = False) -> PrintedCell | None:
    """The cell that these words are; None without words."""
    return PrintedCell(tuple(tokens), doubtful) if tokens else None
