"""The lines of a table put together: names and ranges that go on in the next line, headings, methods, comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Literal

from wardround.documents.laboratory.cells import is_number, is_range
from wardround.documents.laboratory.reading import is_name
from wardround.documents.laboratory.results import PrintedCell, PrintedResult, cell, joined
from wardround.documents.laboratory.vocabulary import known, plain

if TYPE_CHECKING:
    from wardround.documents.laboratory.rows import Row, Token

__all__ = ["Line", "join"]

Kind = Literal["result", "words", "words and range", "reference", "prose", "comment", "unread", "other"]

_TIGHT = 0.8  # of the usual distance between rows: closer lines are one row
_COMMENT = 1.6  # of the usual distance: a comment goes on in lines no further apart
_HEADING = 6  # words that a heading has at most


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table.

    Attributes:
        row: its words.
        kind: what it is as far as it can be told by itself.
        result: of a row of that kind; its test is missing where the name stands above or below.
        cells: its words by role, where it is no result and has several.
    """

    row: Row
    kind: Kind
    result: PrintedResult | None = None
    cells: dict[str, list[Token]] | None = None


class _Joiner:
    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._section: PrintedCell | None = None
        self._last: PrintedResult | None = None
        self._comment_ends: float | None = None
        self._used: set[int] = set()
        results = [(at, line.row.middle) for at, line in enumerate(lines) if line.result is not None]
        gaps = [b[1] - a[1] for a, b in pairwise(results) if b[1] > a[1]]
        next_to = [b[1] - a[1] for a, b in pairwise(results) if b[1] > a[1] and b[0] == a[0] + 1]
        self._pitch = median(next_to or gaps or [0.0])
        names = [line.result.test.text for line in lines if line.result is not None and line.result.test is not None]
        self._shouts = sum(name.isupper() for name in names) * 2 > len(names)
        self.rows: list[PrintedResult] = []
        self.unread = 0

    def run(self) -> None:
        for at, line in enumerate(self._lines):
            if at in self._used:
                continue
            if line.result is not None:
                self._result(at, line.result)
                continue
            if line.kind == "comment" or (line.kind in ("prose", "words", "words and range") and self._goes_on(line)):
                self._comment(line)
            elif line.kind == "reference":
                self._range(line)
            elif line.kind in ("words", "words and range"):
                self._words(at, line)
            elif line.kind == "unread":
                self.unread += 1

    def _result(self, at: int, result: PrintedResult) -> None:
        self._comment_ends = None
        if result.test is None:
            around = [n for n in (at - 1, at + 1) if self._is_part_of_name(n, result.middle)]
            tokens = [token for n in around for token in self._name_tokens(n)]
            result.test = cell(tokens, doubtful=True) if is_name(tokens) else None
            self._used.update(around)
            if result.test is None:
                self.unread += 1
                return
        result.section = self._section
        self.rows.append(result)
        self._last = result

    def _is_part_of_name(self, at: int, middle: float) -> bool:
        if not 0 <= at < len(self._lines) or at in self._used:
            return False
        line = self._lines[at]
        return line.kind in ("words", "words and range") and abs(line.row.middle - middle) < _TIGHT * self._pitch

    def _name_tokens(self, at: int) -> list[Token]:
        line = self._lines[at]
        return list(line.row.tokens) if line.cells is None else line.cells.get("test", [])

    def _goes_on(self, line: Line) -> bool:
        return self._comment_ends is not None and line.row.middle - self._comment_ends <= _COMMENT * self._line_height

    @property
    def _line_height(self) -> float:
        return self._pitch or 2.0 * self._lines[0].row.tokens[0].place.height

    def _comment(self, line: Line) -> None:
        """A comment is that of the result above it, if it stands right below."""
        last = self._last
        if last is None:
            return
        near = line.row.middle - (self._comment_ends or last.middle) <= _COMMENT * self._line_height
        if near:
            before = last.comment.tokens if last.comment is not None else ()
            last.comment = cell((*before, *line.row.tokens))
            self._comment_ends = line.row.middle

    def _range(self, line: Line) -> None:
        """A range that goes on, as one with a line for each sex does."""
        last = self._last
        if last is not None and self.rows and last.reference is not None:
            two = is_range(last.reference.text) and is_range(joined(line.row.tokens))  # perhaps that of another row
            tokens = (*last.reference.tokens, *line.row.tokens)
            last.reference = cell(tokens, doubtful=two or last.reference.doubtful)

    def _words(self, at: int, line: Line) -> None:
        last, middle = self._last, line.row.middle
        following = self._lines[at + 1].result if at + 1 < len(self._lines) else None
        name = self._name_tokens(at)
        extra = [] if line.cells is None else line.cells.get("reference", [])
        if last is not None and self._is_method(name) and middle - last.middle <= 1.5 * self._line_height:
            last.method = last.method or cell(line.row.tokens)
            return
        part = known("section", line.row.text) is not None
        if not part and last is not None and last.test is not None and self._ends_name(last, name, middle):
            last.test = cell((*last.test.tokens, *name), doubtful=last.test.doubtful)
            if extra and last.reference is not None:
                last.reference = cell((*last.reference.tokens, *extra))
            return
        heading = self._is_heading(line)
        if following is not None and following.test is not None and not heading:
            starts_low = following.test.text[:1].islower() or following.test.text.startswith(("(", "["))
            tight = self._pitch and following.middle - middle < _TIGHT * self._pitch
            if (starts_low or tight) and is_name((*name, *following.test.tokens)):
                following.test = cell((*name, *following.test.tokens))
                if extra:
                    after = following.reference.tokens if following.reference is not None else ()
                    following.reference = cell((*extra, *after))
                return
        if heading or (following is not None and is_name(name) and len(name) <= _HEADING and not extra):
            self._section = cell(line.row.tokens, doubtful=not heading)
            self._last = None

    def _is_method(self, name: Sequence[Token]) -> bool:
        words = [plain(token.text) for token in name]
        return any(known("method", word) is not None for word in words[:1] + words[-1:] if word)

    def _ends_name(self, last: PrintedResult, name: Sequence[Token], middle: float) -> bool:
        if not name or middle - last.middle > 1.5 * self._line_height:
            return False
        text, before = name[0].text, last.test.text if last.test is not None else ""
        opened = before.count("(") > before.count(")")
        hangs = before.endswith((",", "-", "/", " of", " and", " with"))
        tight = bool(self._pitch) and middle - last.middle < _TIGHT * self._pitch
        low = text[:1].islower() or text.startswith(("(", "["))
        tail = known("tail", text) is not None and len(name) <= 2
        return (opened or hangs or tight or low or tail) and is_name((*(last.test.tokens if last.test else ()), *name))

    def _is_heading(self, line: Line) -> bool:
        """Whether this is the heading of a part: known as one, or in capitals where the names of tests are not."""
        text = line.row.text
        if known("section", text) is not None:
            return True
        letters = [character for character in text if character.isalpha()]
        capitals = len(letters) >= 4 and all(character.isupper() for character in letters)
        return capitals and not self._shouts and len(line.row.tokens) <= _HEADING and not is_number(text)


def join(lines: Sequence[Line]) -> tuple[list[PrintedResult], int]:
    """The results, each with a name; and how many lines have a figure and could not be read."""
    joiner = _Joiner(lines)
    if lines:
        joiner.run()
    return joiner.rows, joiner.unread
