"""What a model says of a page, put to use: cells and rows that the layout missed, as far as they are on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from wardround.documents.laboratory import PrintedCell, PrintedResult, Row, Token, locate
from wardround.reporting.report import Removed

__all__ = ["Repair"]

_FIELDS = {"section": "section", "test": "test", "value": "value", "unit": "unit", "flag": "flag"}
_FIELDS["reference_range"] = "reference"
_ADDED = ("section", "unit", "reference", "flag")


class Repair:
    """Rows of the layout, completed from a model's answers.

    Attributes:
        rows: in reading order.
        added: those of them that only the model named.
        completed: for rows of the layout, the cells that only it named.
        differing: how many cells of the layout it read in another way; they are marked as doubtful.
    """

    def __init__(self, rows: Sequence[PrintedResult]) -> None:
        self.rows = list(rows)
        self.added: list[PrintedResult] = []
        self.completed: dict[int, list[str]] = {}
        self.differing = 0
        self._removed: Counter[str] = Counter()

    @property
    def removed(self) -> tuple[Removed, ...]:
        """What was not used, and why."""
        return tuple(Removed(reason=reason, count=count) for reason, count in sorted(self._removed.items()))

    def page(self, rows: Sequence[Row], answer: Mapping[str, Any]) -> None:
        """Use the answer about one page, of which these are the rows."""
        for said in answer["rows"]:
            found = locate(rows, {role: said.get(field) for field, role in _FIELDS.items()})
            self._removed.update(["a cell that is not on the page"] * len(found.missing))
            if found.result is None:
                self._removed[found.reason] += 1
                continue
            same = [row for row in self.rows if _shares(row, found.result)]
            if not same:
                self._add(found.result)
            elif len(same) == 1:
                self._complete(same[0], found.result)
            else:
                self._removed["a row put together from several"] += 1

    def _add(self, result: PrintedResult) -> None:
        place = (_page(result), result.middle)
        at = next((n for n, row in enumerate(self.rows) if (_page(row), row.middle) > place), len(self.rows))
        self.rows.insert(at, result)
        self.added.append(result)

    def _complete(self, row: PrintedResult, said: PrintedResult) -> None:
        for role in ("test", "value", *_ADDED):
            own, other = getattr(row, role), getattr(said, role)
            if other is None:
                continue
            if own is not None:
                if own.text != other.text and not _within(other, own) and not own.doubtful:
                    setattr(row, role, PrintedCell(own.tokens, doubtful=True))
                    self.differing += 1
            elif role in _ADDED and (role == "section" or not self._is_taken(other.tokens)):
                setattr(row, role, other)
                self.completed.setdefault(id(row), []).append(role)

    def _is_taken(self, tokens: Sequence[Token]) -> bool:
        """Whether a word is in a cell already."""
        return any(_overlaps(tokens, row.tokens) for row in self.rows)


def _page(result: PrintedResult) -> int:
    return result.tokens[0].page


def _shares(row: PrintedResult, other: PrintedResult) -> bool:
    """Whether name or value of the one are words of the other."""
    cells = [cell for cell in (other.test, other.value) if cell is not None]
    return any(_overlaps(cell.tokens, row.tokens) for cell in cells)


def _overlaps(some: Sequence[Token], others: Sequence[Token]) -> bool:
    return any(a.start < b.end and b.start < a.end for a in some for b in others)


def _within(part: PrintedCell, whole: PrintedCell) -> bool:
    """Whether a model only left out a line of what is there, as of a range for each sex."""
    starts = {token.start for token in whole.tokens}
    return len(whole.tokens) > 3 and all(token.start in starts for token in part.tokens)
