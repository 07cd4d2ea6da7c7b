"""The rows that a query finds in a database.

A database promises neither the same rows nor their order when it is asked twice, so it is asked once: the rows are
put aside as Parquet in a folder of the run, and a run that goes on reads what is there. The folder holds the text of
notes; only its owner may read it, and it is removed when the run is done.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.batch.packages import arrow, sqlalchemy
from wardround.batch.sources.parquet import ParquetTables
from wardround.batch.sources.source import Source
from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.batch.part import Part
    from wardround.coding import Encounter

__all__ = ["Database"]

_COLUMNS = ("id", "text", "setting", "date", "age", "sex")
_FILE = "notes.parquet"


class Database(Source):
    """What ``query`` finds in the database at an SQLAlchemy URL: rows with the columns of ``wardround code --jsonl``.

    Args:
        spool: the folder in which the rows are put aside.
    """

    kind = "database"

    def __init__(self, url: str, query: str, spool: Path, defaults: Encounter, size: int) -> None:
        alchemy = sqlalchemy()
        try:
            self._url = alchemy.make_url(url)
        except alchemy.exc.ArgumentError as error:
            hint = "as in postgresql+psycopg://user@host/database, or sqlite:///notes.db"
            raise InputError("this is no address of a database", hint=hint) from error
        super().__init__(self._url.render_as_string(hide_password=True), defaults, size)
        self._query = query
        self._spool = spool

    @property
    def fingerprint(self) -> str:
        """Names the database and the query; what is found there is asked for once."""
        return hashlib.sha256(f"{self.name}\0{self._query}".encode()).hexdigest()

    @property
    def lasts(self) -> bool:
        return (self._spool / _FILE).exists()

    def parts(self) -> Sequence[Part]:
        path = self._spool / _FILE
        if not path.exists():
            self._fetch(path)
        return ParquetTables(self.name, [("", path)], self.defaults, self.size).parts()

    def _fetch(self, path: Path) -> None:
        arrow("parquet")
        shutil.rmtree(self._spool, ignore_errors=True)
        try:
            self._spool.mkdir(mode=0o700, parents=True)
            unfinished = path.with_suffix(".tmp")
            self._write(unfinished)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.rename(path)
        except OSError as error:
            what = f"cannot put the notes aside: {error.strerror or 'unknown reason'}"
            raise InputError(what, where=str(path)) from error

    def _write(self, path: Path) -> None:
        pyarrow, parquet = arrow(), arrow("parquet")
        schema = pyarrow.schema([(name, pyarrow.string()) for name in _COLUMNS])
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            for rows in self._found():
                writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))

    def _found(self) -> Iterator[list[dict[str, str | None]]]:
        """The rows, a part at a time, never all of them in memory."""
        alchemy = sqlalchemy()
        try:
            engine = alchemy.create_engine(self._url, poolclass=alchemy.pool.NullPool)
            with engine.connect() as connection:
                if engine.dialect.name == "postgresql":
                    connection = connection.execution_options(postgresql_readonly=True)
                elif engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only = ON")
                stream = connection.execution_options(stream_results=True, yield_per=self.size, no_parameters=True)
                with stream.exec_driver_sql(self._query) as result:
                    names = result.keys() if result.returns_rows else ()
                    columns = [str(name).strip().lower() for name in names]
                    if "text" not in columns:
                        hint = 'as in "select id, text from notes"'
                        raise InputError("the query gives no column text", where=self.name, hint=hint)
                    for rows in chain([[]], result.partitions()):
                        yield [_texts(zip(columns, row, strict=True)) for row in rows]
                connection.rollback()
        except (alchemy.exc.SQLAlchemyError, ImportError) as error:
            raise _refused(error, self.name) from error


def _texts(row: Iterator[tuple[str, Any]]) -> dict[str, str | None]:
    """The columns we know, as text; the first of those with one name."""
    texts: dict[str, str | None] = {}
    for name, value in row:
        if name in _COLUMNS:
            texts.setdefault(name, None if value is None else _text(value))
    return texts


def _text(value: Any) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)


def _refused(error: Exception, where: str) -> InputError:
    """What the driver says is left out, since it may quote a row; what kind of complaint it is does not."""
    if isinstance(error, ImportError):
        return InputError("the driver of this database is not installed", where=where, hint=f"pip install {error.name}")
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    what = f"the database cannot be read: {type(cause).__name__}" + (f", SQLSTATE {state}" if state else "")
    return InputError(what, where=where, hint="try the address and the query with the database's own client")
