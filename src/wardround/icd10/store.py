"""A release compiled into one file; `wardround.icd10.compiled` says how it is written and checked."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from wardround.icd10 import compiled
from wardround.icd10.notes import patterns
from wardround.icd10.table import full_text
from wardround.words import cut

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.icd10.release import Release
    from wardround.icd10.tabular import Tabular

__all__ = ["write"]

_APPLICATION = 0x49434431  # "ICD1": marks the file as ours

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE chapter (number INTEGER PRIMARY KEY, name TEXT, title TEXT, first TEXT, last TEXT);
CREATE TABLE block (
    number INTEGER PRIMARY KEY, name TEXT, title TEXT, first TEXT, last TEXT, chapter TEXT, parent TEXT
);
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,  -- from 0, in printed order
    code TEXT, title TEXT,
    parent INTEGER,              -- number of the entry above; NULL for a category
    past INTEGER,                -- number of the first entry after the last one below
    block TEXT,
    sevenths INTEGER,            -- number of the entry that defines the 7th characters, if any
    withheld TEXT,               -- those that do not apply here
    terms TEXT                   -- inclusion terms, one a line
);
CREATE TABLE sevenths (number INTEGER PRIMARY KEY, characters TEXT);   -- JSON: character → meaning
CREATE TABLE note (number INTEGER PRIMARY KEY, source TEXT, kind TEXT, text TEXT, codes TEXT);  -- codes: JSON or ''
"""
_INDEXES = """
CREATE UNIQUE INDEX entry_code ON entry (code);
CREATE INDEX note_source ON note (source);
"""


def write(tabular: Tabular, release: Release, path: Path) -> None:
    """Compile ``tabular`` into ``path``, replacing what is there in one step.

    Raises:
        OSError: the folder cannot be written.
    """
    compiled.write(path, _APPLICATION, lambda connection: _fill(connection, tabular, release))


def _fill(connection: sqlite3.Connection, tabular: Tabular, release: Release) -> None:
    connection.executescript(_TABLES)
    if full_text():
        connection.execute("CREATE VIRTUAL TABLE search USING fts5 (words, terms, content = '')")
    else:
        connection.execute("CREATE TABLE search (number INTEGER PRIMARY KEY, words TEXT, terms TEXT)")
    meta = {"valid_from": release.valid_from.isoformat(), "source": release.source, "digest": release.digest}
    meta["full_text"] = "yes" if full_text() else ""
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    connection.executemany(
        "INSERT INTO chapter (name, title, first, last) VALUES (?, ?, ?, ?)",
        ((c.name, c.title, c.first, c.last) for c in tabular.chapters),
    )
    connection.executemany(
        "INSERT INTO block (name, title, first, last, chapter, parent) VALUES (?, ?, ?, ?, ?, ?)",
        ((b.name, b.title, b.first, b.last, b.chapter, b.parent) for b in tabular.blocks),
    )
    connection.executemany(
        "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (r.number, r.code, r.title, r.parent, r.past, r.block, r.sevenths, r.withheld, "\n".join(r.terms))
            for r in tabular.rows
        ),
    )
    connection.executemany(
        "INSERT INTO sevenths VALUES (?, ?)",
        ((number, json.dumps(characters)) for number, characters in tabular.sevenths.items()),
    )
    connection.executemany(
        "INSERT INTO note (source, kind, text, codes) VALUES (?, ?, ?, ?)",
        (
            (source, kind, text, json.dumps(found) if (found := patterns(text)) else "")
            for source, kind, text in tabular.notes
        ),
    )
    connection.executemany(
        "INSERT INTO search (rowid, words, terms) VALUES (?, ?, ?)",
        ((r.number, _folded(r.title), _folded(" ".join(r.terms))) for r in tabular.rows),
    )
    connection.executescript(_INDEXES)


def _folded(text: str) -> str:
    return f" {' '.join(cut(text).folded)} " if text else ""
