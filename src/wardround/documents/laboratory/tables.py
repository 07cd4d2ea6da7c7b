"""Finds the tables of results on the pages of a note, and reads them row by row.

Where a row has the words that stand over columns, what is below is read by its place in them; without such a head, a
line counts if it is a name, a figure, and a unit or a range, and if it is not alone. What stands between the rows is
the heading of a part, a name or a range that goes on, a method, or a comment. Nothing is made up: a cell is the words
that stand there, and what is not there is no cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from wardround.documents.laboratory.cells import is_number, is_range
from wardround.documents.laboratory.columns import Column, assigned, continues, find_columns, widened
from wardround.documents.laboratory.lines import Line, join
from wardround.documents.laboratory.reading import by_columns, by_itself, is_administrative, is_name
from wardround.documents.laboratory.results import PrintedResult, Results
from wardround.documents.laboratory.rows import CELL, Row, Token, page_rows
from wardround.documents.laboratory.vocabulary import known

if TYPE_CHECKING:
    from wardround.documents.note import Note

__all__ = ["find_results"]

_ALONE = 2  # lines without a head that a list of results has at least
_WORDS = 4  # words that a result has at most, if it is none that is known


def find_results(note: Note) -> Results:
    """The results of a laboratory report, in reading order; none if it has no table of them."""
    results = Results()
    columns: tuple[Column, ...] = ()
    for rows in page_rows(note):
        columns = _page(rows, columns, results)
    return results


def _page(rows: Sequence[Row], carried: tuple[Column, ...], results: Results) -> tuple[Column, ...]:
    """Read one page; the columns it ends with, for a table that goes on."""
    heads = [(at, columns) for at, row in enumerate(rows) if (columns := find_columns(row))]
    first = heads[0][0] if heads else len(rows)
    above: Sequence[Row] = rows[:first]
    if carried and above:
        found = _table(above, carried)
        if sum(line.result is not None for line in found[0]) >= _ALONE:
            _keep(found, results)
            above = []
    if above and not heads:
        _keep([_list(above)], results)
    for (at, columns), (end, _) in pairwise([*heads, (len(rows), ())]):
        start = at + 1
        while start < end and continues(rows[start], columns):
            start += 1
        found = _table(rows[start:end], columns)
        if any(line.result is not None for lines in found for line in lines):
            results.headed += len(found)
        _keep(found, results)
    return heads[-1][1] if heads else carried


def _keep(tables: Sequence[Sequence[Line]], results: Results) -> None:
    for lines in tables:
        rows, unread = join(lines)
        results.rows += rows
        results.unread += unread


def _table(rows: Sequence[Row], columns: tuple[Column, ...]) -> list[list[Line]]:
    """The lines of a table with a head, one list for each of those that stand side by side."""
    shared = [(row, assigned(row, columns)) for row in rows]
    wide = widened(columns, [pair for pair in shared if _is_regular(pair, columns)])
    tables: list[list[Line]] = [[] for _ in range(columns[-1].table + 1)]
    for row in rows:
        numbers = assigned(row, wide)
        cells: list[defaultdict[str, list[Token]]] = [defaultdict(list) for _ in tables]
        for token, number in zip(row.tokens, numbers, strict=True):
            cells[wide[number].table][wide[number].role].append(token)
        for table, inside in enumerate(cells):
            if inside:
                whole = row if len(tables) == 1 else _part(row, inside)
                tables[table].append(_line(whole, inside))
    return tables


def _part(row: Row, cells: dict[str, list[Token]]) -> Row:
    tokens = sorted((token for inside in cells.values() for token in inside), key=lambda token: token.place.left)
    return Row(tuple(tokens), row.middle, row.letter)


def _is_regular(pair: tuple[Row, Sequence[int]], columns: Sequence[Column]) -> bool:
    """Whether a row has a name and a figure, so that its words show how wide the columns are."""
    row, numbers = pair
    by_role = defaultdict(list)
    for token, number in zip(row.tokens, numbers, strict=True):
        by_role[columns[number].role].append(token)
    return bool(by_role["test"]) and len(by_role["result"]) == 1 and is_number(by_role["result"][0].text)


def _line(row: Row, cells: dict[str, list[Token]]) -> Line:
    """What a row under a head is, as far as it can be told by itself."""
    first = row.tokens[0].text
    if first.strip("*").rstrip().endswith(":") and known("comment", first.strip("*")) is not None:
        return Line(row, "comment")
    segments = row.segments
    prose = max(len(segment) for segment in segments) >= 6 and len(segments) <= 2
    named = is_name(cells.get("test", []))
    if cells.get("result") and (named or not cells.get("test")) and not (prose and not _has_limits(cells)):
        made = by_columns(row, dict(cells))
        if _is_result(made, cells, row):
            return Line(row, "result", made)
    roles = {role for role, tokens in cells.items() if tokens}
    if roles <= {"reference", "unit"} and "reference" in roles:
        return Line(row, "reference")
    if known("comment", first.strip("*:")) is not None and prose:
        return Line(row, "comment")
    if is_administrative(row.tokens):
        return Line(row, "other")
    if named and "result" not in roles and "unit" in roles and _has_limits(cells):
        return Line(row, "unread")
    if len(segments) == 1 and any(character.isalpha() for character in row.text):
        return Line(row, "prose" if prose else "words")
    if named and roles <= {"test", "reference", "method", "unit"} and "result" not in roles:
        return Line(row, "words and range" if "reference" in roles else "words", cells=dict(cells))
    figures = bool(cells.get("result")) and any(is_number(token.text) for token in cells["result"])
    return Line(row, "unread" if figures and not prose else "other")


def _has_limits(cells: dict[str, list[Token]]) -> bool:
    return bool(cells.get("reference")) and is_range(" ".join(token.text for token in cells["reference"]))


def _is_result(made: PrintedResult, cells: dict[str, list[Token]], row: Row) -> bool:
    """Whether what stands under the head is a result: a figure or a known word, or a few words in a row with limits."""
    value = made.value
    if value is None:
        return False
    if not value.doubtful:
        return True
    apart = not cells.get("test") or value.tokens[0].place.left - cells["test"][-1].place.right > CELL * row.letter
    beside = bool(made.unit or made.reference)
    return apart and len(value.tokens) <= _WORDS and (beside or any(c.isdigit() for c in value.text))


def _list(rows: Sequence[Row]) -> list[Line]:
    """The lines of results without a head; none where they are too few to be a list."""
    lines: list[Line] = []
    count = 0
    for row in rows:
        found = by_itself(row)
        count += len(found)
        first = row.tokens[0].text
        if found:
            lines += [Line(row, "result", made) for made in found]
        elif first.endswith(":") and known("comment", first) is not None:
            lines.append(Line(row, "comment"))
        elif len(row.segments) == 1 and not is_administrative(row.tokens):
            lines.append(Line(row, "prose" if len(row.tokens) >= 6 else "words"))
        else:
            lines.append(Line(row, "other"))
    return lines if count >= _ALONE else []
