"""What a batch reads, one family of sources per module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wardround.batch.sources.database import Database
from wardround.batch.sources.files import Files
from wardround.batch.sources.folder import Folder, files_below
from wardround.batch.sources.lines import JsonLines
from wardround.batch.sources.parquet import ParquetTables
from wardround.batch.sources.rows import CsvRows
from wardround.batch.sources.source import Source
from wardround.errors import InputError

if TYPE_CHECKING:
    from wardround.coding import Encounter

__all__ = ["Source", "open_source"]

_DOCUMENTS = 100  # of a folder, at most; one may have a thousand pages to be read
_TABLES: dict[str, type[Files]] = {
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
    ".csv": CsvRows,
    ".tsv": CsvRows,
    ".parquet": ParquetTables,
    ".pq": ParquetTables,
}


def open_source(
    spec: str, defaults: Encounter, *, query: str | None = None, spool: Path | None = None, size: int = 1_000
) -> Source:
    """The source that ``spec`` names.

    Args:
        spec: a file, told by its suffix: ``.jsonl``, ``.csv``, ``.tsv`` or ``.parquet``; a folder of such files, all
            of one kind; a folder of notes; or the SQLAlchemy URL of a database.
        defaults: what stands in for what a record does not say of its encounter.
        query: what to ask a database.
        spool: where to put aside what a database gives.
        size: records of a part, fewer of a folder of notes. It must not depend on who works on them, so that the same
            source gives the same files.

    Raises:
        InputError: there is no such source, or it is of a kind we do not know.
    """
    if "://" in spec:
        if not query or spool is None:
            raise InputError("a database takes a query", hint='--query "select id, text from notes"')
        return Database(spec, query, spool, defaults, size)
    if query:
        raise InputError("only a database takes a query", hint="name it by its address, as in sqlite:///notes.db")
    path = Path(spec)
    if path.is_dir():
        return _of_folder(path, defaults, size)
    kind = _TABLES.get(path.suffix.lower())
    if not path.exists():
        raise InputError("there is no such file or folder", where=spec, hint="check the path")
    if kind is None or not path.is_file():
        hint = f"a source is a file {', '.join(_TABLES)}, a folder, or the address of a database"
        raise InputError("this is no source of notes", where=spec, hint=hint)
    return kind(spec, [(path.name, path)], defaults, size)


def _of_folder(path: Path, defaults: Encounter, size: int) -> Source:
    files = files_below(path)
    if not files:
        raise InputError("the folder has no files", where=str(path))
    told = {name: _TABLES.get(Path(name).suffix.lower()) for name in files if not _marker(name)}
    kinds = set(told.values()) - {None}
    if not kinds:
        return Folder(path, defaults, min(size, _DOCUMENTS))
    if len(set(told.values())) > 1:
        hint = "put files of one kind into a folder of their own"
        raise InputError("the folder holds tables and other files", where=str(path), hint=hint)
    kind = kinds.pop()
    assert kind is not None
    return kind(str(path), [(name, path / name) for name in told], defaults, size)


def _marker(name: str) -> bool:
    """Whether it is what programs leave beside the files of a table: ``_SUCCESS``, ``_metadata``."""
    return any(part.startswith("_") for part in Path(name).parts)
