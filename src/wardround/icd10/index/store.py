"""The Index and its tables compiled into one read-only SQLite file, written like a compiled release.

`wardround.icd10.compiled` says how it is written and checked.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import CodeSetError
from wardround.icd10 import compiled
from wardround.icd10.index.entry import COLUMNS, TABLES, Reference
from wardround.icd10.index.parse import Row, Section, parse
from wardround.icd10.index.resolve import Resolver
from wardround.icd10.index.title import without_modifiers

__all__ = ["IndexSummary", "Unresolved", "Withdrawn", "compile_index"]

_APPLICATION = 0x49434958  # "ICIX": marks the file as ours

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE part (name TEXT PRIMARY KEY, fiscal_year INTEGER, first INTEGER, past INTEGER) WITHOUT ROWID;
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,  -- from 0, in printed order over all tables
    printed TEXT,
    parent INTEGER,              -- number of the entry above; NULL for a main term
    past INTEGER,                -- number of the first entry after the last one below
    code TEXT, manifestation TEXT,  -- the code with its dash; '' where there is none
    see INTEGER, also INTEGER,   -- numbers of references
    cells TEXT,                  -- of a row of a table, by column, tabs between them
    extra TEXT                   -- JSON of what is rare: category, subcategory, warning, withdrawn; else ''
);
CREATE TABLE reference (number INTEGER PRIMARY KEY, content TEXT);  -- JSON: the fields of a Reference, in order
CREATE TABLE lead (word TEXT, entry INTEGER, PRIMARY KEY (word, entry)) WITHOUT ROWID;
CREATE TABLE acronym (word TEXT, entry INTEGER, PRIMARY KEY (word, entry)) WITHOUT ROWID;
CREATE TABLE form (word TEXT PRIMARY KEY, others TEXT) WITHOUT ROWID;  -- the others with spaces between them
CREATE TABLE pointer (code TEXT, entry INTEGER, place INTEGER, PRIMARY KEY (code, entry, place)) WITHOUT ROWID;
"""  # lead: a folded word that a main term needs; pointer: -1 the code, -2 the manifestation, else the column
_INDEXES = "CREATE INDEX entry_parent ON entry (parent) WHERE parent IS NOT NULL;"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A cross-reference that leads nowhere, or only part of the way.

    Attributes:
        place: the titles down to the entry that has it.
        text: the reference as printed.
        partly: whether it leads to an entry all the same, only not by all of its words.
    """

    place: tuple[str, ...]
    text: str
    partly: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A code of the Index that the release does not have: where it stands, and the code."""

    place: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What was compiled.

    Attributes:
        entries: how many entries each table has.
        codes: how many codes each table gives, those of its cells included.
        references: how many cross-references there are.
        unresolved: those that could not be resolved.
        withdrawn: codes that the release does not have; no route leads to them.
        fiscal_years: the year each table names.
    """

    entries: Mapping[str, int]
    codes: Mapping[str, int]
    references: int
    unresolved: tuple[Unresolved, ...]
    withdrawn: tuple[Withdrawn, ...]
    fiscal_years: Mapping[str, int]


def compile_index(files: Mapping[str, Path], path: Path, known: Callable[[str], bool] | None = None) -> IndexSummary:
    """Compile the official files of the Index into ``path``, replacing what is there in one step.

    Args:
        files: table → its XML file; any of "index", "external", "neoplasm" and "drug".
        path: the file to write.
        known: says whether the release has a code or header; without it all codes are taken as they are.

    Raises:
        CodeSetError: a file cannot be read, or is not what it should be; ``where`` names file and line.
        OSError: the folder cannot be written.
    """
    if not files or not files.keys() <= set(TABLES):
        raise CodeSetError(f"the tables of an Index are {', '.join(TABLES)}", where=", ".join(sorted(files)))
    rows: list[Row] = []
    sections = [parse(table, files[table], rows) for table in TABLES if table in files]
    withdrawn = list(_withdraw(rows, known)) if known else []
    resolver = Resolver(rows, sections)
    references, unresolved = _references(rows, resolver)
    digest = hashlib.sha256(b"".join(files[section.table].read_bytes() for section in sections)).hexdigest()
    compiled.write(
        path,
        _APPLICATION,
        lambda connection: _fill(connection, rows, sections, resolver, references, digest),
    )
    return IndexSummary(
        entries={section.table: section.past - section.first for section in sections},
        codes=dict(Counter(row.table for row in rows for _ in _codes(row))),
        references=sum(bool(text) for row in rows for text in (row.see, row.also)),
        unresolved=tuple(unresolved),
        withdrawn=tuple(withdrawn),
        fiscal_years={section.table: section.fiscal_year for section in sections if section.fiscal_year},
    )


def _withdraw(rows: Sequence[Row], known: Callable[[str], bool]) -> Iterator[Withdrawn]:
    """Take out the codes that are not ``known``, and say which."""
    answers: dict[str, bool] = {}

    def denied(code: str) -> bool:
        plain = code.removesuffix("-")
        if plain not in answers:
            answers[plain] = known(plain)
        return not answers[plain]

    for row in rows:
        gone: list[str] = []
        if row.code and denied(row.code):
            gone.append(row.code)
            row.code = row.manifestation = ""
        if row.manifestation and denied(row.manifestation):
            gone.append(row.manifestation)
            row.manifestation = ""
        for column in [column for column, code in row.cells.items() if denied(code)]:
            gone.append(row.cells.pop(column))
        row.withdrawn = " ".join(gone)
        yield from (Withdrawn(_place(rows, row), code) for code in gone)


def _place(rows: Sequence[Row], row: Row) -> tuple[str, ...]:
    path = [without_modifiers(row.printed)[0]]
    while row.parent is not None:
        row = rows[row.parent]
        path.append(without_modifiers(row.printed)[0])
    return tuple(reversed(path))


def _references(rows: Sequence[Row], resolver: Resolver) -> tuple[dict[Reference, int], list[Unresolved]]:
    """Every reference once, numbered, and those that were not wholly understood."""
    numbers: dict[Reference, int] = {}
    unresolved: list[Unresolved] = []
    for row in rows:
        for text in (row.see, row.also):
            if text:
                reference, whole = resolver.resolve(text, row.table)
                numbers.setdefault(reference, len(numbers))
                if not whole:
                    unresolved.append(Unresolved(_place(rows, row), text, reference.resolved))
    return numbers, unresolved


def _codes(row: Row) -> Iterator[tuple[str, int]]:
    """The codes of a row, each with its place: -1, -2 for the manifestation, or the number of its column."""
    if row.code:
        yield row.code.removesuffix("-"), -1
    if row.manifestation:
        yield row.manifestation, -2
    columns = COLUMNS.get(row.table, ())
    for column, code in row.cells.items():
        yield code.removesuffix("-"), columns.index(column)


def _fill(
    connection: sqlite3.Connection,
    rows: Sequence[Row],
    sections: Sequence[Section],
    resolver: Resolver,
    references: Mapping[Reference, int],
    digest: str,
) -> None:
    connection.executescript(_TABLES)
    connection.execute("INSERT INTO meta VALUES ('layout', '1'), ('digest', ?)", (digest,))
    connection.executemany(
        "INSERT INTO part VALUES (?, ?, ?, ?)", ((s.table, s.fiscal_year, s.first, s.past) for s in sections)
    )
    connection.executemany(
        "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                row.number,
                row.printed,
                row.parent,
                row.past,
                row.code,
                row.manifestation,
                references[resolver.resolve(row.see, row.table)[0]] if row.see else None,
                references[resolver.resolve(row.also, row.table)[0]] if row.also else None,
                "\t".join(row.cells.get(column, "") for column in COLUMNS[row.table]) if row.cells else "",
                _extra(row),
            )
            for row in rows
        ),
    )
    connection.executemany(
        "INSERT INTO reference VALUES (?, ?)",
        (
            (number, json.dumps([r.text, r.entries, r.table, r.column, r.open, r.words, r.codes, r.condition]))
            for r, number in references.items()
        ),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO lead VALUES (?, ?)",
        sorted((word, node.number) for word, nodes in resolver.leads.items() for node in nodes),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO acronym VALUES (?, ?)",
        ((word, number) for word, numbers in resolver.acronyms.items() for number in numbers),
    )
    connection.executemany(
        "INSERT INTO form VALUES (?, ?)", ((word, " ".join(others)) for word, others in resolver.forms.items())
    )
    connection.executemany(
        "INSERT OR IGNORE INTO pointer VALUES (?, ?, ?)",
        sorted((code, row.number, place) for row in rows for code, place in _codes(row)),
    )
    connection.executescript(_INDEXES)


def _extra(row: Row) -> str:
    names = ("category", "subcategory", "warning", "withdrawn")
    found = {name: value for name in names if (value := getattr(row, name))}
    return json.dumps(found) if found else ""
