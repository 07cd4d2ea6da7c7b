"""A release compiled into one read-only SQLite file, checked byte by byte when it is opened.

The file is written under a temporary name and moved into place, so a reader sees all of it or nothing, and of two
processes that compile at once the later replaces the same content. Its checksum stands in SQLite's own header (the
user version), so a truncated or altered file is recognised without reading a single table.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.icd10.notes import patterns
from wardround.icd10.table import CHECKSUM, checksum, full_text
from wardround.words import cut

if TYPE_CHECKING:
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
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(handle)
    try:
        with contextlib.closing(sqlite3.connect(name)) as connection:
            _fill(connection, tabular, release)
        content = bytearray(Path(name).read_bytes())
        content[CHECKSUM] = checksum(content).to_bytes(4, "big")
        Path(name).write_bytes(content)
        Path(name).chmod(0o644)  # it holds nothing private, and others may share the folder
        os.replace(name, path)
    except sqlite3.OperationalError as error:  # the disk is full
        raise OSError(str(error)) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, tabular: Tabular, release: Release) -> None:
    connection.executescript(
        f"PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        f"PRAGMA application_id = {_APPLICATION}; {_TABLES}"
    )
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
    connection.commit()
    connection.execute("VACUUM")


def _folded(text: str) -> str:
    return f" {' '.join(cut(text).folded)} " if text else ""
