"""The database behind a store: SQLite or PostgreSQL, brought up to date when it is opened.

SQLite runs with a write-ahead log, ``synchronous=FULL`` and foreign keys; a transaction that writes takes the lock when
it begins, so that two processes wait for each other and never find that they cannot go on. Threads of one process wait
by a lock of ours before that, as SQLite's waiting is by sleeping, which keeps some of many threads waiting for seconds.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from wardround.errors import StoreConflict, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Database"]

_PATIENCE = 30  # seconds to wait for a lock or a connection
_MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
_KEPT, _MORE = 16, 32  # connections to SQLite: opening one takes longer than most of what is asked
_LOCK = 0x77617264  # any number; names our advisory lock in PostgreSQL


class Database:
    """Connections and transactions.

    Args:
        url: as SQLAlchemy takes it; empty for SQLite in ``folder``.
        folder: of the store; must exist.
        make: the tables, where there are none.

    Raises:
        StoreError: the database cannot be reached, is not there, or was made by a newer wardround.
    """

    def __init__(self, url: str, folder: Path, *, make: bool) -> None:
        self._url = _parsed(url, folder)
        self.sqlite = self._url.get_backend_name() == "sqlite"
        self.name = os.path.basename(self._url.database or "")
        self._turn = threading.Lock()  # of threads that write to SQLite
        with self._told():
            try:
                if self.sqlite:
                    os.close(os.open(str(self._url.database), os.O_RDWR | (os.O_CREAT if make else 0), 0o600))
                options: dict[str, Any] = {"pool_pre_ping": True}
                if self.sqlite:
                    options = {"connect_args": {"timeout": _PATIENCE}, "pool_size": _KEPT, "max_overflow": _MORE}
                self._engine = create_engine(self._url, hide_parameters=True, pool_timeout=_PATIENCE, **options)
            except FileNotFoundError:
                raise _missing(self.name) from None
            except OSError as error:
                reason = error.strerror or "unknown reason"
                raise StoreError(f"the database cannot be opened: {reason}", where=self.name) from None
            except ModuleNotFoundError as error:
                hint = "pip install 'wardround[postgres]'"
                raise StoreError(f"the database needs the package {error.name}", hint=hint) from None
            if self.sqlite:
                event.listen(self._engine, "connect", _prepare_sqlite)
                event.listen(self._engine, "begin", _begin_sqlite)
            self._upgrade(make=make)

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[Session]:
        """A transaction that writes, committed at the end of the block and rolled back by an error.

        Args:
            lasting: it is on the disk when the block ends; without, a power cut may lose it, though no ``kill -9``.

        Raises:
            StoreError: the database is busy, full or gone.
        """
        engine = self._engine if lasting else self._engine.execution_options(lasting=False)
        with self._told(), self._alone(), Session(engine, expire_on_commit=False) as session, session.begin():
            if not (lasting or self.sqlite):
                session.execute(text("SET LOCAL synchronous_commit = off"))
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees the database as it is now, whatever others write meanwhile.

        Raises:
            StoreError: the database is busy or gone.
        """
        engine = self._engine if self.sqlite else self._engine.execution_options(isolation_level="REPEATABLE READ")
        with self._told(), engine.execution_options(reads=True).connect() as connection, Session(connection) as session:
            yield session

    def serialise(self, session: Session) -> None:
        """Until the transaction ends, no other one that asks for this runs; in SQLite no other one that writes does."""
        if not self.sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

    @property
    def revision(self) -> str:
        """The name of the newest migration."""
        return _revisions()[-1]

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _upgrade(self, *, make: bool) -> None:
        with self._engine.connect() as connection:
            now = _revision_of(connection)
        if now == self.revision:
            return
        if now is None and not make:
            raise _missing(self.name)
        if now is not None and now not in _revisions():
            raise StoreError("the database was made by a newer wardround", where=self.name, hint="update wardround")
        from wardround.store.migrating import upgrade  # what it brings along takes longer than opening the store

        with self._engine.begin() as connection:
            if not self.sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            upgrade(connection)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.sqlite:
            yield
            return
        if not self._turn.acquire(timeout=_PATIENCE):
            raise _busy(self.name)
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the database as ours; its own messages may quote what was to be written."""
        try:
            yield
        except PoolTimeout:
            raise _busy(self.name) from None
        except DBAPIError as error:
            raise _told(error, self.name) from None
        except SQLAlchemyError as error:
            raise StoreError(f"the database failed: {type(error).__name__}", where=self.name) from None


def _parsed(url: str, folder: Path) -> URL:
    try:
        parsed = make_url(url) if url else URL.create("sqlite", database=str(folder / "wardround.db"))
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        parsed = URL.create("")
    if (
        parsed.get_backend_name() not in ("sqlite", "postgresql")
        or not parsed.database
        or parsed.database == ":memory:"
    ):
        hint = "such as postgresql+psycopg://user@host/name or sqlite:///folder/file.db"
        raise StoreError("this is no address of a database", where="--database", hint=hint)
    return parsed


def _missing(name: str) -> StoreError:
    return StoreError("there is no store", where=name, hint="check --database and --folder")


def _busy(name: str) -> StoreError:
    return StoreError("the database is busy", where=name, hint="try again", retryable=True)


def _revisions() -> list[str]:
    """The names of all migrations, the newest last; their files' names begin with them."""
    return sorted(path.name.partition("_")[0] for path in _MIGRATIONS.glob("[0-9]*.py"))


def _revision_of(connection: Connection) -> str | None:
    """The name of the migration that a database is at, as Alembic notes it; None for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    told: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return told


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so, below
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    reads, lasting = options.get("reads", False), options.get("lasting", True)
    if not reads and connection.info.setdefault("lasting", True) != lasting:
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
        connection.info["lasting"] = lasting
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _told(error: DBAPIError, where: str) -> StoreError:
    code = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "") or ""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code in ("55P03", "40001", "40P01"):
        return _busy(where)
    if code in ("SQLITE_FULL", "53100") or code.startswith("SQLITE_IOERR"):
        return StoreError("the disk is full or cannot be written", where=where, hint="free some space")
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreError("the database is damaged", where=where, hint="wardround restore")
    if code.startswith("SQLITE_CONSTRAINT_TRIGGER") or code == "P0001":
        return StoreConflict("the audit trail is append-only", where=where)
    if code.startswith(("SQLITE_CONSTRAINT", "23")):
        return StoreConflict("it does not go with what is there", where=where)
    if error.connection_invalidated or code.startswith(("08", "57P")) or not code:
        return StoreError("the database cannot be reached", where=where, hint="is it running?", retryable=True)
    return StoreError(f"the database failed: {code}", where=where)
