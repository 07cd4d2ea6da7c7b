"""Stores to test: in SQLite and, where it is installed, in a real PostgreSQL; with and without a key."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from wardround.store import Actor, Upload, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wardround.store.store import Store

MARIA = Actor(id="maria", role="coder")
NOTE = b"ASSESSMENT\nAcute appendicitis.\n"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """Where a store is, or will be."""

    url: str
    folder: Path
    key_file: Path | None = None

    def open(self) -> Store:
        return open_store(self.url, self.folder, self.key_file)

    def sql(self, *statements: str) -> None:
        """Run statements behind the store's back, as somebody could who owns the database."""
        url = self.url or f"sqlite:///{self.folder / 'wardround.db'}"
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.begin() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


def database(address: str) -> str:
    """The address of a new database there."""
    name = f"test{next(_numbers)}"
    engine = sqlalchemy.create_engine(f"{address}postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{address}{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """Gives places that are empty still, all of one kind of database."""

    def place(name: str) -> Place:
        url = database(request.getfixturevalue("postgresql")) if request.param == "postgresql" else ""
        return Place(url, tmp_path / name, tmp_path / "key")

    return place


@pytest.fixture
def place(new_place: Callable[[str], Place]) -> Place:
    return new_place("store")


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """An empty store with a key, in each database."""
    with place.open() as store:
        yield store


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """An empty store with a key, in SQLite only."""
    with Place("", tmp_path / "store", tmp_path / "key").open() as store:
        yield store


@pytest.fixture
def plain(tmp_path: Path) -> Place:
    """Where a store without a key will be, in SQLite."""
    return Place("", tmp_path / "plain")


def note(content: bytes = NOTE) -> list[Upload]:
    return [Upload(content=content, media_type="text/plain")]


def drafted(store: Store) -> str:
    """The id of a case with one result."""
    case = store.add_case(MARIA, "note", note())
    store.add_result(MARIA, case.id, {"schema": "wardround.coding/1", "codes": [{"code": "K35.80"}]})
    return case.id
