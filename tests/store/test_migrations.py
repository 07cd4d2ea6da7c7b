"""What the migrations build is what the tables say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from wardround.store.schema import Base

if TYPE_CHECKING:
    from store.conftest import Place


def test_the_migrations_build_the_tables(place: Place) -> None:
    place.open().close()
    engine = sqlalchemy.create_engine(place.url or f"sqlite:///{place.folder / 'wardround.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_sqlite_is_set_to_last(plain: Place) -> None:
    with plain.open() as store, store._database.reading() as session:
        told = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    assert (plain.folder / "wardround.db").stat().st_mode & 0o077 == 0
