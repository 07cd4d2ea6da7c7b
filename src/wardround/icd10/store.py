"""A release compiled into one read-only SQLite file, checked byte by byte when it is opened.

The file is written under a temporary name and moved into place, so a reader sees all of it or nothing, and of two
processes that compile at once the later replaces the same content. Its checksum stands in SQLite's own header (the
user version), so a truncated or altered file is recognised without reading a single table.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import sqlite3
import tempfile
import zlib
from pathlib import Path

from wardround.icd10.notes import patterns
from wardround.icd10.release import Release
from wardround.icd10.tabular import Tabular
from wardround.words import cut

__all__ = ["FORMAT", "full_text", "intact", "write"]

FORMAT = 1
"""Goes up with every change of the tables below, of the parser, or of the way words are folded."""

_APPLICATION = 0x49434431  # "ICD1": marks the file as ours
_CHECKSUM = slice(60, 64)  # the user version in SQLite's header

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


def full_text() -> bool:
    """Whether this Python's SQLite has full-text search (FTS5); without it searches scan the words."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        return ("ENABLE_FTS5",) in connection.execute("PRAGMA compile_options").fetchall()


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
        content[_CHECKSUM] = _checksum(content).to_bytes(4, "big")
        Path(name).write_bytes(content)
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
        connection.execute("CREATE TABLE search (words TEXT, terms TEXT)")
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
    return f" {' '.join(cut(text).folded)} "


def _checksum(content: bytes | bytearray | mmap.mmap) -> int:
    with memoryview(content) as view, view[: _CHECKSUM.start] as before, view[_CHECKSUM.stop :] as after:
        return zlib.crc32(after, zlib.crc32(before))


def intact(path: Path) -> bool:
    """Whether ``path`` is a compiled release, to the last byte as it was written."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return len(content) > 100 and content[_CHECKSUM] == _checksum(content).to_bytes(4, "big")
    except (OSError, ValueError):  # ValueError: the file is empty
        return False
