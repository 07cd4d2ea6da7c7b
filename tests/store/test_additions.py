"""New cases that come at the same time: written together, each with its own outcome."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from store.conftest import MARIA, note
from wardround.errors import StoreConflict, StoreError
from wardround.store import Case, database

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from wardround.store.store import Store


def at_once(store: Store, calls: list[Callable[[], Case]], monkeypatch: pytest.MonkeyPatch) -> list[Future[Case]]:
    """What comes of calls of which the first waits for the database until all others wait for the first."""
    database_ = store._additions._database
    serialise = database_.serialise
    held = threading.Event()

    def late(session: Any) -> None:
        held.wait(120)
        serialise(session)

    monkeypatch.setattr(database_, "serialise", late)
    with ThreadPoolExecutor(len(calls)) as pool:
        coming = [pool.submit(call) for call in calls]
        end = time.monotonic() + 120
        while len(store._additions._waiting) < len(calls) and time.monotonic() < end:
            time.sleep(0.005)
        held.set()
    return coming


def counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many cases each transaction was to write, from now on."""
    written = store._additions._written
    sizes: list[int] = []

    def counting(session: Any, together: Any) -> Any:
        sizes.append(len(together))
        return written(session, together)

    monkeypatch.setattr(store._additions, "_written", counting)
    return sizes


def test_cases_that_come_at_once_are_one_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = store.verify_audit().events
    sizes = counted(store, monkeypatch)
    calls: list[Callable[[], Case]] = [
        lambda number=number: store.add_case(  # type: ignore[misc]
            MARIA,
            "note",
            note(f"Visit {number}.".encode()),
            external_id=f"V-{number}",
            idempotency_key=f"k{number}",
            draft={"number": number} if number % 2 else None,
            job=None if number % 2 else ("code", {}),
        )
        for number in range(8)
    ]
    added = [each.result() for each in at_once(store, calls, monkeypatch)]
    assert sizes == [8]
    assert [case.external_id for case in added] == [f"V-{number}" for number in range(8)]
    for number, case in enumerate(added):
        assert store.case(MARIA, case.id) == case
        assert store.document(MARIA, case.id, case.documents[0].id) == f"Visit {number}.".encode()
        if number % 2:
            assert store.result(MARIA, case.id).content == {"number": number}
        else:
            assert store.jobs.job(MARIA, case.job).case == case.id
    assert store.verify_audit().events == before + 2 * 8 + 2 * 8 + 4
    told = [(event.resource, event.kind) for event in store.events(action="create")]
    assert sorted(told) == sorted(
        (case.id, kind) for case in added for kind in ("case", "job" if case.job else "result")
    )


def test_an_error_of_one_is_not_one_of_the_others(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store = sqlite
    with store._database._engine.begin() as connection:
        refusing = "WHEN NEW.external_id = 'broken' BEGIN SELECT RAISE(ABORT, 'broken'); END"
        connection.exec_driver_sql(f"CREATE TRIGGER refuse BEFORE INSERT ON cases {refusing}")
    kept = store.add_case(MARIA, "note", note(), idempotency_key="used")
    calls: list[Callable[[], Case]] = [
        lambda: store.add_case(MARIA, "note", note(b"One.")),
        lambda: store.add_case(MARIA, "note", note(b"Other."), idempotency_key="used"),
        lambda: store.add_case(MARIA, "note", note(), idempotency_key="used"),
        lambda: store.add_case(MARIA, "note", note(b"Twice."), idempotency_key="twice"),
        lambda: store.add_case(MARIA, "note", note(b"Twice."), idempotency_key="twice"),
        lambda: store.add_case(MARIA, "note", note(b"Broken."), external_id="broken"),
        lambda: store.add_case(MARIA, "note", note(b"Last.")),
    ]
    one, conflict, again, first, second, wrong, last = at_once(store, calls, monkeypatch)
    with pytest.raises(StoreConflict, match="used before"):
        conflict.result()
    with pytest.raises(StoreConflict):
        wrong.result()
    assert (again.result().id, again.result().replayed) == (kept.id, True)
    assert first.result().id == second.result().id
    assert {first.result().replayed, second.result().replayed} == {True, False}
    there = {case.id for case in store.cases(MARIA).cases}
    assert there == {kept.id, one.result().id, first.result().id, last.result().id}
    documents = {path.name for path in (store.folder / "documents").glob("*/*")}
    assert documents == {store.case(MARIA, id).documents[0].sha256 for id in there}
    failed = [event.details["error"] for event in store.events() if event.outcome == "failure"]
    assert sorted(map(str, failed)) == ["StoreConflict", "StoreConflict"]
    store.verify_audit()


def test_a_busy_database_is_told_to_all_that_wait(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_PATIENCE", 0.2)
    calls = [lambda n=n: sqlite.add_case(MARIA, "note", note(f"Visit {n}.".encode())) for n in range(3)]
    with sqlite._database._turn, ThreadPoolExecutor(3) as pool:
        began = time.monotonic()
        coming = [pool.submit(call) for call in calls]
        errors = [each.exception(60) for each in coming]
    assert time.monotonic() - began < 30
    assert [isinstance(error, StoreError) and error.retryable for error in errors] == [True] * 3
    assert len({id(error) for error in errors}) == 3
    assert list((sqlite.folder / "documents").glob("*/*")) == []
    assert sqlite.add_case(MARIA, "note", note()).documents
