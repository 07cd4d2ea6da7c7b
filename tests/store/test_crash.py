"""``kill -9``, two processes, and a database that is busy, full, foreign or of another time."""

from __future__ import annotations

import multiprocessing
import sqlite3
from typing import TYPE_CHECKING

import pytest

from store import crashing
from store.conftest import MARIA, Place, note
from wardround.errors import StoreError
from wardround.store import Actor, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.store.store import Store

KILLS = 6


def test_nothing_acknowledged_is_lost_by_a_kill(place: Place) -> None:
    survived = crashing.kill_writers(place.url, place.folder, KILLS if not place.url else KILLS // 3)
    assert survived.acknowledged >= KILLS // 3
    assert survived.there >= survived.acknowledged


def _add(place: Place, name: str, count: int) -> None:
    with place.open() as store:
        for _ in range(count):
            case = store.add_case(Actor(id=name), "note", note())
            store.case(Actor(id=name), case.id)


def test_processes_wait_for_each_other(place: Place) -> None:
    """Three open a store that is not there yet, and write at once."""
    context = multiprocessing.get_context("forkserver")
    processes = [context.Process(target=_add, args=(place, f"p{number}", 8)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    with place.open() as store:
        assert len(store.cases(MARIA).cases) == 24
        assert store.verify_audit().events == 49


def test_a_busy_database_is_said_to_be_busy(plain: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.store.database._PATIENCE", 0.1)
    with plain.open() as store:
        other = sqlite3.connect(plain.folder / "wardround.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="busy") as caught:
            store.add_case(MARIA, "note", note())
        assert caught.value.retryable
        other.execute("COMMIT")
        other.close()
        store.add_case(MARIA, "note", note())


def test_a_full_database_keeps_what_it_has(plain: Place) -> None:
    with plain.open() as store:
        kept = store.add_case(MARIA, "note", note())
    with plain.open() as store:
        session = store._database._engine.raw_connection()  # the limit belongs to the connection
        session.execute("PRAGMA max_page_count = 60")  # type: ignore[attr-defined]
        session.close()
        with pytest.raises(StoreError, match="disk is full") as caught:
            _fill(store, kept.id)
        assert not caught.value.retryable
    with plain.open() as store:
        assert store.case(MARIA, kept.id).results == store.result(MARIA, kept.id).number
        store.verify_audit()


def _fill(store: Store, case: str) -> None:
    for _ in range(1000):
        store.add_result(MARIA, case, {"text": "".join(map(chr, range(33, 4000)))})


def test_a_store_of_a_newer_version_is_left_alone(plain: Place) -> None:
    plain.open().close()
    plain.sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer wardround"):
        plain.open()


def test_the_key_must_be_the_stores(tmp_path: Path) -> None:
    sealed, plain = tmp_path / "sealed", tmp_path / "plain"
    open_store(folder=sealed, key_file=tmp_path / "key").close()
    open_store(folder=plain).close()
    (tmp_path / "other").write_text("00" * 32)
    for folder, key, told in (
        (sealed, None, "the store is encrypted"),
        (sealed, tmp_path / "other", "encrypted with another key"),
        (plain, tmp_path / "other", "not encrypted"),
        (sealed, tmp_path / "none", "the key cannot be read"),
    ):
        with pytest.raises(StoreError, match=told):
            open_store(folder=folder, key_file=key)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://ann:secret@127.0.0.1:1/cases", "cases: the database cannot be reached"),
        ("mysql://ann:secret@127.0.0.1/cases", "no address of a database"),
        ("postgresql://ann:secret@127.0.0.1", "no address of a database"),
        ("sqlite://", "no address of a database"),
        ("secret", "no address of a database"),
        ("sqlite:////nowhere/secret/x.db", "there is no store|cannot be opened"),
    ],
)
def test_an_address_that_leads_nowhere(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(StoreError, match=told) as caught:
        open_store(url, tmp_path)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(plain: Place) -> None:
    plain.folder.mkdir()
    (plain.folder / "wardround.db").write_bytes(b"no database " * 100)
    with pytest.raises(StoreError, match="damaged"):
        plain.open()


def test_where_there_is_no_store(plain: Place) -> None:
    for _ in range(2):
        with pytest.raises(StoreError, match="there is no store"):
            open_store("", plain.folder, make=False)
    assert not plain.folder.exists()
