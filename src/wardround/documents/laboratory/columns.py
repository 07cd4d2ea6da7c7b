"""The columns of a table of results: found by the words over them, and which word of a row stands in which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from wardround.documents.laboratory.cells import is_number, is_range
from wardround.documents.laboratory.vocabulary import headings, is_unit, known, plain

if TYPE_CHECKING:
    from wardround.documents.laboratory.rows import Row, Token

__all__ = ["Column", "assigned", "continues", "find_columns", "widened"]

_CLOSE = 1.3  # widths of a letter: words that are closer rather stand in one column
_FAR = 20.0  # widths of a letter from a column, beyond which more does not count
_MOST = 24  # columns of a page
_STEP = 2.0  # cost of another column for a word that is close to the one before


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        role: test, result, unit, reference, flag, method, previous or other.
        left: on the straightened page, of all that is known to stand in it.
        right: likewise.
        table: number of the table from the left, from 0, where several stand side by side.
    """

    role: str
    left: float
    right: float
    table: int = 0


def find_columns(row: Row) -> tuple[Column, ...]:
    """The columns that a row is the head of; none if it is no head."""
    found: list[Column] = []
    used = words = 0
    for segment in row.segments:
        texts = [plain(token.text) for token in segment]
        at = 0
        while at < len(segment):
            count, role = _heading(texts, at)
            if role:
                found.append(Column(role, segment[at].place.left, segment[at + count - 1].place.right))
                used += count
            bracketed = segment[at].text.startswith(("(", "["))
            words += 0 if bracketed and not role else count
            at += count
    roles = [column.role for column in found]
    if len(found) > _MOST or "result" not in roles or len(set(roles) - {"other"}) < 2 or used < 0.6 * words:
        return ()
    if not {"test", "unit", "reference"} & set(roles):
        return ()
    return _numbered(found, row)


def _heading(texts: Sequence[str], at: int) -> tuple[int, str]:
    for count in range(min(5, len(texts) - at), 0, -1):
        words = [word for text in texts[at : at + count] for word in text.replace(".", " ").split()]
        role = headings().get(tuple(words))
        if role:
            return count, role
    return 1, ""


def _numbered(columns: Sequence[Column], row: Row) -> tuple[Column, ...]:
    """With the number of the table each belongs to; where no column is for the tests, it is what stands on the left."""
    columns = sorted(columns, key=lambda column: column.left)
    if not any(column.role == "test" for column in columns):
        first = columns[0]
        columns.insert(0, Column("test", min(0.0, first.left - 1), first.left - 4 * row.letter))
    table, made, seen = 0, [], set[str]()
    for column in columns:
        if column.role == "test" and "test" in seen and "result" in seen:
            table += 1
            seen = set()
        seen.add(column.role)
        made.append(replace(column, table=table))
    if made[-1].table and "result" not in seen:  # no second table, but two columns for tests
        made = [replace(column, table=0) for column in made]
    return tuple(made)


def continues(row: Row, columns: Sequence[Column]) -> bool:
    """Whether a row next to a head is a part of it: nothing but words that heads are made of."""
    words = {word for phrase in headings() for word in phrase} | {"biological", "limits", "si"}
    texts = [word for token in row.tokens for word in plain(token.text).replace(".", " ").split()]
    return bool(texts) and bool(columns) and all(text in words for text in texts) and not any(map(is_number, texts))


def assigned(row: Row, columns: Sequence[Column]) -> list[int]:
    """For each word of a row the number of its column; from left to right, the cheapest way as a whole."""
    tokens = row.tokens
    if not tokens:
        return []
    costs = [_cost(tokens[0], column, columns, row.letter) for column in columns]
    back: list[list[int]] = []
    for before, token in pairwise(tokens):
        close = token.place.left - before.place.right <= _CLOSE * row.letter
        here, origin = [], []
        for number, column in enumerate(columns):
            best = min(
                range(number + 1),
                key=lambda earlier: costs[earlier] + (_STEP if close and earlier != number else 0.0),
            )
            origin.append(best)
            here.append(
                costs[best] + (_STEP if close and best != number else 0.0) + _cost(token, column, columns, row.letter)
            )
        costs, back = here, [*back, origin]
    place = min(range(len(columns)), key=costs.__getitem__)
    path = [place]
    for origin in reversed(back):
        place = origin[place]
        path.append(place)
    return path[::-1]


def _cost(token: Token, column: Column, columns: Sequence[Column], letter: float) -> float:
    """How badly a word fits a column: by where it stands, and by what it looks like."""
    apart = max(0.0, column.left - token.place.right, token.place.left - column.right) / letter
    overlap = min(column.right, token.place.right) - max(column.left, token.place.left)
    cost = min(apart, _FAR) * (0.35 if column.role in ("test", "method") else 0.5)
    cost -= max(0.0, overlap) / max(letter, token.place.width)
    return cost + _unlike(token.text, column.role, any(other.role == "unit" for other in columns))


def _unlike(text: str, role: str, has_units: bool) -> float:
    """How unlike what stands in such a column a word is."""
    number = is_number(text)
    if role == "test":
        return 3.0 if (number and ("." in text or "," in text)) or is_range(text) else 1.0 if number else 0.0
    if role in ("result", "previous"):
        if number:
            return 0.0
        if is_range(text):
            return 3.0
        if is_unit(text):
            return 3.0 if has_units else 0.5
        return 0.0 if known("value", text) is not None or known("flag", text) is not None else 1.5
    if role == "unit":
        return 6.0 if number or is_range(text) else 0.0 if is_unit(text) else 1.5
    if role == "reference":
        return 0.5 if number else 1.5 if has_units and is_unit(text) else 0.0
    if role == "flag":
        return 0.0 if known("flag", text) is not None else 4.0
    return 0.0


def widened(columns: Sequence[Column], rows: Sequence[tuple[Row, Sequence[int]]]) -> tuple[Column, ...]:
    """The columns as wide as what usually stands in them; never over the middle of a neighbour."""
    made: list[Column] = []
    for number, column in enumerate(columns):
        lefts, rights = [], []
        for row, numbers in rows:
            inside = [token for token, at in zip(row.tokens, numbers, strict=True) if at == number]
            if inside:
                lefts.append(inside[0].place.left)
                rights.append(inside[-1].place.right)
        if len(lefts) >= 2:
            left, right = min(column.left, median(lefts)), max(column.right, median(rights))
            if number:
                left = max(left, made[-1].right, columns[number - 1].right)
            if number + 1 < len(columns):
                right = min(right, columns[number + 1].left)
            if left < right:
                column = replace(column, left=left, right=right)
        made.append(column)
    return tuple(made)
