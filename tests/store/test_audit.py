"""The audit trail: every verb leaves its event, the database refuses changes, and what gets past it is found."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError

from store.conftest import MARIA, Place, drafted, note
from wardround.errors import InputError, StoreConflict, StoreDamaged, UnknownRecord
from wardround.store import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.store.store import Store

UNLOCK = {
    "sqlite": [f"DROP TRIGGER {name}" for name in ("audit_update", "audit_delete")],
    "postgresql": ["ALTER TABLE audit DISABLE TRIGGER ALL"],
}

COPY = (
    "INSERT INTO audit SELECT {}, at, actor, role, action, kind, resource, outcome, reason, details, hash, hash"
    " FROM audit WHERE sequence = {}"
)


def unlock(place: Place) -> None:
    """What somebody could do who owns the database."""
    place.sql(*UNLOCK["postgresql" if place.url else "sqlite"])


def test_every_verb_leaves_one_event(store: Store) -> None:
    case = drafted(store)
    document = store.case(MARIA, case).documents[0].id
    review = store.begin_review(MARIA, case, 1)
    user = store.accounts.add_user(MARIA, "omar", "reviewer").id
    accounts = store.accounts
    other = accounts.add_user(MARIA, "zoe", "reviewer").id
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    jobs: list[str] = []
    tokens: list[str] = []
    done = len(list(store.events()))
    steps: list[tuple[Callable[[], object], tuple[str, str, str]]] = [
        (lambda: store.case(MARIA, case), ("read", "case", case)),
        (lambda: store.cases(MARIA, search="V-9"), ("query", "case", "")),
        (lambda: store.document(MARIA, case, document), ("read", "document", case)),
        (lambda: store.documents(MARIA, case, "note"), ("read", "document", case)),
        (lambda: store.result(MARIA, case), ("read", "result", case)),
        (lambda: store.add_result(MARIA, case, {}), ("create", "result", case)),
        (lambda: store.review(MARIA, case), ("read", "review", case)),
        (lambda: store.decide(MARIA, case, "I10", "reject", version=review.version), ("update", "review", case)),
        (lambda: store.sign(MARIA, case, version=review.version + 1), ("sign", "review", case)),
        (lambda: store.amend(MARIA, case, "why"), ("update", "review", case)),
        (lambda: store.reviews(MARIA, case), ("read", "review", case)),
        (lambda: store.reveal(MARIA, case, 2), ("update", "review", case)),
        (lambda: store.begin_review(MARIA, case, 1, reading="second", reader=user), ("create", "review", case)),
        (lambda: store.withdraw_reading(MARIA, case, 3), ("delete", "review", case)),
        (lambda: jobs.append(store.jobs.add(MARIA, case, "code").id), ("create", "job", case)),
        (lambda: store.jobs.finish(MARIA, jobs[0], {}), ("create", "result", case)),
        (lambda: jobs.append(store.jobs.add(MARIA, case, "code").id), ("create", "job", case)),
        (lambda: store.jobs.cancel(MARIA, jobs[1]), ("update", "job", case)),
        (lambda: store.jobs.fail(MARIA, jobs[1], "x"), ("update", "job", case)),
        (lambda: store.assign(MARIA, case, user), ("update", "case", case)),
        (lambda: store.delete(MARIA, case), ("delete", "case", case)),
        (lambda: store.restore_deleted(MARIA, case), ("update", "case", case)),
        (lambda: store.set_retention(MARIA, 2190), ("update", "store", "")),
        (lambda: store.accounts.change_user(MARIA, user, disabled=True), ("update", "user", user)),
        (lambda: tokens.append(accounts.add_token(MARIA, user, "x", [], "a" * 64).id), ("create", "token", "?")),
        (lambda: accounts.revoke_token(MARIA, tokens[0]), ("delete", "token", "?")),
        (lambda: accounts.open_session(MARIA, other, "b" * 64, soon), ("create", "session", other)),
        (lambda: accounts.close_session(MARIA, "b" * 64), ("delete", "session", other)),
        (lambda: accounts.close_sessions(MARIA, other), ("delete", "session", other)),
        (
            lambda: store.log(MARIA, "login", "user", user, outcome="denied", reason="wrong password"),
            ("login", "user", user),
        ),
    ]
    for verb, told in steps:
        verb()
        events = list(store.events())
        done += 1
        assert len(events) == done
        last = events[-1]
        told = (*told[:2], tokens[0]) if told[2] == "?" else told
        assert (last.action, last.kind, last.resource, last.actor, last.role) == (*told, "maria", "coder")
    assert (last.outcome, last.reason) == ("denied", "wrong password")
    assert "V-9" not in repr(events)
    for quiet in (
        lambda: store.jobs.jobs(MARIA, case),
        lambda: store.jobs.job(MARIA, jobs[0]),
        lambda: store.worked(MARIA, case, 2, 1),
        store.count,
        lambda: list(store.figures()),
        accounts.tokens,
        lambda: accounts.attempt("omar", soon),
    ):
        quiet()
    verified = store.verify_audit()
    assert verified.events == done
    assert verified.head == f"{done}:{last.hash}"


def test_what_failed_is_an_event_and_nothing_else(sqlite: Store) -> None:
    case = drafted(sqlite)
    with pytest.raises(UnknownRecord):
        sqlite.begin_review(MARIA, case, 7)
    assert [
        (each.action, each.outcome, each.details["error"]) for each in sqlite.events() if each.outcome != "success"
    ] == [("create", "failure", "UnknownRecord")]
    assert sqlite.case(MARIA, case).status == "drafted"
    with pytest.raises(InputError):
        sqlite.delete(MARIA, case, "x" * 501)
    with pytest.raises(InputError):
        sqlite.case(Actor(id=""), case)
    assert sqlite.case(MARIA, case).status == "drafted"


REFUSED = [
    "UPDATE audit SET actor = 'x' WHERE sequence = 1",
    "DELETE FROM audit WHERE sequence = 1",
    "UPDATE audit_head SET sequence = 1",
    "DELETE FROM audit_head",
]


def test_the_database_refuses_to_change_it(store: Store, place: Place) -> None:
    drafted(store)
    for statement in [*REFUSED, *(["TRUNCATE audit", "TRUNCATE audit_head"] if place.url else [])]:
        with pytest.raises(DBAPIError, match="audit trail"):
            place.sql(statement)
    store.verify_audit()


@pytest.mark.parametrize(
    "change",
    [
        "at = at + 1",
        "actor = 'omar'",
        "role = 'admin'",
        "action = 'update'",
        "kind = 'user'",
        "resource = 'x'",
        "outcome = 'failure'",
        "reason = 'x'",
        "details = ' ' || details",
        "previous = hash",
        "hash = previous",
        "sequence = 99",
    ],
)
def test_a_change_of_any_field_is_found(sqlite: Store, change: str) -> None:
    _spoil(sqlite, [f"UPDATE audit SET {change} WHERE sequence = 3"], r"event 3: ")


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["DELETE FROM audit WHERE sequence = 1"], "event 1: an event is missing"),
        (["DELETE FROM audit WHERE sequence = 3"], "event 3: an event is missing"),
        (["DELETE FROM audit WHERE sequence = 6"], "event 6: events are missing at the end"),
        (["DELETE FROM audit"], "event 1: events are missing at the end"),
        (
            [f"UPDATE audit SET sequence = {a} WHERE sequence = {b}" for a, b in ((99, 2), (2, 3), (3, 99))],
            "event 2: an event was removed, inserted or moved",
        ),
        (
            [
                "UPDATE audit SET sequence = sequence + 100 WHERE sequence > 2",
                COPY.format(3, 2),
                "UPDATE audit SET sequence = sequence - 99 WHERE sequence > 100",
            ],
            "event 3: an event was changed",
        ),
        (
            [COPY.format(7, 6)],
            "event 7",
        ),
    ],
    ids=["first removed", "removed", "tail cut", "all removed", "exchanged", "inserted", "appended"],
)
def test_events_removed_inserted_or_moved_are_found(sqlite: Store, statements: list[str], told: str) -> None:
    _spoil(sqlite, statements, told)


def _spoil(store: Store, statements: list[str], told: str) -> None:
    for number in range(6):
        store.log(MARIA, "export", "case", reason="fax", number=number)
    store.verify_audit()
    place = Place("", store.folder)
    unlock(place)
    place.sql(*statements)
    with pytest.raises(StoreDamaged, match=told):
        store.verify_audit()


def test_a_trail_rewritten_to_its_end_is_found_by_a_head_kept_elsewhere(store: Store, place: Place) -> None:
    """Somebody cuts the tail off and sets the head back; the trail then agrees with itself."""
    for _ in range(5):
        store.log(MARIA, "export", "case")
    head = store.verify_audit().head
    before = list(store.events())
    unlock(place)
    place.sql(*(["ALTER TABLE audit_head DISABLE TRIGGER ALL"] if place.url else ["DROP TRIGGER audit_head_update"]))
    place.sql("DELETE FROM audit WHERE sequence > 3", f"UPDATE audit_head SET sequence = 3, hash = '{before[2].hash}'")
    assert store.verify_audit().events == 3
    with pytest.raises(StoreDamaged, match="missing at the end"):
        store.verify_audit(head)
    for _ in range(3):
        store.log(MARIA, "query", "case")
    with pytest.raises(StoreDamaged, match="event 5: the trail was rewritten"):
        store.verify_audit(head)
    assert store.verify_audit(f"3:{before[2].hash}").events == 6


@pytest.mark.parametrize("head", ["x", "3", "3:abc", ":" + "0" * 64])
def test_what_is_no_head(sqlite: Store, head: str) -> None:
    with pytest.raises(InputError, match="no head"):
        sqlite.verify_audit(head)


def test_a_head_of_an_empty_trail(sqlite: Store) -> None:
    assert sqlite.verify_audit(sqlite.verify_audit().head).events == 0


def test_events_are_found_by_filters(sqlite: Store) -> None:
    case = sqlite.add_case(MARIA, "note", note()).id
    sqlite.case(Actor(id="omar"), case)
    sqlite.log(MARIA, "export", "case", case)
    everything = list(sqlite.events())
    assert [each.sequence for each in everything] == [1, 2, 3]
    assert [each.sequence for each in sqlite.events(actor="omar")] == [2]
    assert [each.sequence for each in sqlite.events(action="export")] == [3]
    assert [each.sequence for each in sqlite.events(resource=case)] == [1, 2, 3]
    assert [each.sequence for each in sqlite.events(since=everything[1].at, until=everything[2].at)] == [2]


def test_a_change_and_its_event_stand_or_fall_together(sqlite: Store) -> None:
    """The trail cannot be written: then nothing else is."""
    Place("", sqlite.folder).sql(
        "CREATE TRIGGER no_more BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END"
    )
    with pytest.raises(StoreConflict):
        sqlite.add_case(MARIA, "note", note())
    Place("", sqlite.folder).sql("DROP TRIGGER no_more")
    assert sqlite.cases(MARIA).cases == ()
