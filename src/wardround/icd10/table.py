"""Rows of a compiled release, read from SQLite as they are asked for and remembered.

The entries of a category are read together: that costs little more than one of them, and its neighbours are asked for
next, or another code of the same category is.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from wardround.icd10.code import Block, Chapter
from wardround.icd10.compiled import Compiled
from wardround.icd10.notes import CodePattern, TabularNote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Row", "Table", "full_text"]

_CHUNK = 4096  # entries fetched at a time while streaming
_COLUMNS = "number, code, title, parent, past, block, sevenths, withheld, terms"
_NONE: Mapping[str, str] = MappingProxyType({})


def full_text() -> bool:
    """Whether this Python's SQLite has full-text search (FTS5); without it searches scan the words."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        return ("ENABLE_FTS5",) in connection.execute("PRAGMA compile_options").fetchall()


class Row(NamedTuple):
    """One row of the table ``entry``; `wardround.icd10.store` says what the columns mean."""

    number: int
    code: str
    title: str
    parent: int | None
    past: int
    block: str
    sevenths: int | None
    withheld: str
    terms: str

    @property
    def is_leaf(self) -> bool:
        """Whether no entry is printed below it."""
        return self.past == self.number + 1


class Table:
    """The tables of one compiled release, shared by any number of threads and carried over a fork.

    What is remembered is bounded, so no stream of odd requests makes a process grow.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._all = Compiled(path, "the compiled code set", "start again; it is rebuilt if damaged").all
        self.row = lru_cache(8192)(self._read_row)
        self.category = lru_cache(4096)(self._read_category)
        self._standing = lru_cache(4096)(self._read_standing)
        self._full_text = bool(self.meta()["full_text"])
        self._defined = lru_cache(1024)(self._read_sevenths)

    def meta(self) -> dict[str, str]:
        """What the file says of its release."""
        return dict(self._all("SELECT name, value FROM meta"))

    def chapters(self) -> tuple[Chapter, ...]:
        """The chapters in order."""
        rows = self._all("SELECT name, title, first, last FROM chapter ORDER BY number")
        return tuple(Chapter(name=name, title=title, first=first, last=last) for name, title, first, last in rows)

    def blocks(self) -> tuple[Block, ...]:
        """The blocks in order."""
        rows = self._all("SELECT name, title, first, last, chapter, parent FROM block ORDER BY number")
        return tuple(
            Block(name=name, title=title, first=first, last=last, chapter=chapter, parent=parent)
            for name, title, first, last, chapter, parent in rows
        )

    def _read_row(self, number: int) -> Row:
        """Entry ``number``, counting from 0 in printed order."""
        return Row._make(self._all(f"SELECT {_COLUMNS} FROM entry WHERE number = ?", number)[0])

    def _read_category(self, name: str) -> Mapping[str, Row]:
        """The entries of a category by their codes, numbered in this order; empty if there is no such category."""
        query = f"SELECT {_COLUMNS} FROM entry WHERE code >= ? AND code < ? ORDER BY number"
        return {row.code: row for row in map(Row._make, self._all(query, name, name + "~"))}

    def above(self, row: Row) -> list[Row]:
        """The entries above ``row``, nearest first."""
        entries = list(self.category(row.code[:3]).values())
        found, number = [], row.parent
        while number is not None:
            found.append(entries[number - entries[0].number])
            number = found[-1].parent
        return found

    def below(self, row: Row) -> list[Row]:
        """``row`` and the entries below it, in printed order."""
        entries = list(self.category(row.code[:3]).values())
        return entries[row.number - entries[0].number : row.past - entries[0].number]

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Entries ``[start, stop)`` in printed order, to the end by default."""
        end = stop
        if end is None:
            ((end,),) = self._all("SELECT count(*) FROM entry")
        for first in range(start, end, _CHUNK):
            last = min(first + _CHUNK, end)
            query = f"SELECT {_COLUMNS} FROM entry WHERE number >= ? AND number < ? ORDER BY number"
            yield from map(Row._make, self._all(query, first, last))

    def leaves_starting(self, start: str) -> list[Row]:
        """The leaves whose code starts with ``start``, in printed order."""
        query = f"SELECT {_COLUMNS} FROM entry WHERE code >= ? AND code < ? AND past = number + 1 ORDER BY number"
        return [Row._make(row) for row in self._all(query, start, start + "~")]

    def resolve(self, code: str) -> tuple[Row, str] | None:
        """The entry that ``code`` (as printed) names, and the 7th character it adds to it ("" if none)."""
        entries = self.category(code[:3])
        row = entries.get(code)
        if row is not None:
            return row, ""
        if len(code) != 8:
            return None
        base, character = code[:7], code[7]
        while (row := entries.get(base)) is None:
            if not base.endswith(("X", ".")):
                return None
            base = base[:-1]
        return (row, character) if row.is_leaf and character in self.sevenths(row) else None

    @staticmethod
    def extended(row: Row, character: str) -> str:
        """The code of ``row`` padded with X to six characters, and ``character`` in the seventh place."""
        dotted = row.code if "." in row.code else f"{row.code}."
        return dotted.ljust(7, "X") + character

    def notes(self, source: str) -> Mapping[str, tuple[TabularNote, ...]]:
        """The notes that stand at ``source`` (see `TabularNote`), by kind."""
        above = source.startswith(("block ", "chapter "))
        return self._standing(source if above else source[:3]).get(source, {})

    def _read_standing(self, start: str) -> Mapping[str, Mapping[str, tuple[TabularNote, ...]]]:
        """The notes of all sources that start with ``start``, by source and kind."""
        notes: dict[str, dict[str, tuple[TabularNote, ...]]] = {}
        query = "SELECT source, kind, text, codes FROM note WHERE source >= ? AND source < ? ORDER BY number"
        for source, kind, text, codes in self._all(query, start, start + "~"):
            found = tuple(CodePattern(*pattern) for pattern in json.loads(codes)) if codes else ()
            here = notes.setdefault(source, {})
            here[kind] = (*here.get(kind, ()), TabularNote(text, source, found))
        return notes

    def sevenths(self, row: Row) -> Mapping[str, str]:
        """The 7th characters that ``row`` or the entries below it take, with their meanings."""
        if row.sevenths is None:
            return _NONE
        defined = self._defined(row.sevenths)
        if not row.withheld:
            return defined
        return {character: meaning for character, meaning in defined.items() if character not in row.withheld}

    def _read_sevenths(self, number: int) -> Mapping[str, str]:
        ((characters,),) = self._all("SELECT characters FROM sevenths WHERE number = ?", number)
        return MappingProxyType(json.loads(characters))

    def match(self, words: Sequence[str], *, every: bool, limit: int) -> list[int]:
        """Numbers of the entries that hold all (``every``) or some of the folded ``words``, best first."""
        select = "SELECT entry.number FROM search JOIN entry ON entry.number = search.rowid WHERE "
        heading = "entry.past > entry.number + 1"
        operator = " AND " if every else " OR "
        if self._full_text:
            query = operator.join(f'"{word}"' for word in words)
            rank = f"{heading}, " if every else ""
            order = f"ORDER BY {rank} bm25(search, 2.0, 1.0), entry.number LIMIT ?"
            return [number for (number,) in self._all(f"{select} search MATCH ? {order}", query, limit)]
        having = operator.join("search.words || search.terms LIKE ?" for _ in words)
        order = f"ORDER BY {heading}, length(search.words), entry.number LIMIT ?"
        patterns = [f"% {word} %" for word in words]
        return [number for (number,) in self._all(f"{select} {having} {order}", *patterns, limit)]
