"""Reviews: every decision stays, signing freezes, and two people do not overwrite each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from store.conftest import MARIA, drafted
from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store import Actor

if TYPE_CHECKING:
    from wardround.store.store import Store

OMAR = Actor(id="omar", role="reviewer")


def test_a_review_from_the_first_decision_to_an_amendment(store: Store) -> None:
    case = drafted(store)
    review = store.begin_review(MARIA, case, 1)
    assert store.begin_review(OMAR, case, 1) == review
    assert store.case(MARIA, case).status == "in_review"
    review = store.decide(MARIA, case, "K35.80", "accept", version=review.version)
    value = {"code": "K35.890"}
    review = store.decide(OMAR, case, "K35.80", "change", version=review.version, value=value, reason="gangrene")
    review = store.decide(OMAR, case, "Z87.891", "add", version=review.version, value={"quote": [3, 9]})
    assert [(each.item, each.verb, each.by) for each in review.decisions] == [
        ("K35.80", "accept", "maria"),
        ("K35.80", "change", "omar"),
        ("Z87.891", "add", "omar"),
    ]
    assert (review.standing["K35.80"].value, review.standing["K35.80"].reason) == (value, "gangrene")
    signed = store.sign(OMAR, case, version=review.version)
    assert (signed.signed_by, store.case(MARIA, case).status) == ("omar", "signed")
    with pytest.raises(StoreConflict, match="signed"):
        store.decide(MARIA, case, "K35.80", "reject", version=signed.version)
    with pytest.raises(StoreConflict, match="signed"):
        store.sign(MARIA, case, version=signed.version)
    with pytest.raises(StoreConflict, match="signed"):
        store.begin_review(MARIA, case, 1)

    second = store.amend(MARIA, case, "the surgeon wrote again")
    assert (second.round, second.reason, second.signed) == (2, "the surgeon wrote again", None)
    assert second.decisions == signed.decisions
    with pytest.raises(StoreConflict, match="only a signed"):
        store.amend(MARIA, case, "again")
    second = store.decide(MARIA, case, "Z87.891", "reject", version=second.version)
    store.sign(MARIA, case, version=second.version)
    assert store.case(MARIA, case).status == "amended"
    assert store.review(MARIA, case, 1) == signed
    assert store.review(MARIA, case).standing["Z87.891"].verb == "reject"
    assert [event.outcome for event in store.events(action="sign")] == ["success", "failure", "success"]
    store.verify_audit()


def test_a_newer_result_leaves_the_review_and_can_be_amended_to(store: Store) -> None:
    case = drafted(store)
    review = store.begin_review(MARIA, case, 1)
    store.add_result(MARIA, case, {"codes": []})
    with pytest.raises(StoreConflict, match="another result"):
        store.begin_review(MARIA, case, 2)
    review = store.decide(MARIA, case, "K35.80", "accept", version=review.version)
    assert review.result == 1
    store.sign(MARIA, case, version=review.version)
    second = store.amend(MARIA, case, "a better draft", result=2)
    assert (second.result, second.decisions) == (2, ())
    assert store.case(MARIA, case).status == "in_review"


@pytest.mark.parametrize(
    "decision",
    [
        {"item": "the patient Ann Miller"},
        {"item": ""},
        {"verb": "approve"},
        {"verb": "change"},
        {"value": {}},
        {"reason": "x" * 2001},
        {"verb": "add", "value": {"x": "y" * 70_000}},
    ],
    ids=lambda decision: str(decision)[:40],
)
def test_what_is_no_decision(sqlite: Store, decision: dict[str, object]) -> None:
    store = sqlite
    case = drafted(store)
    review = store.begin_review(MARIA, case, 1)
    body = {"item": "K35.80", "verb": "accept", "version": review.version} | decision
    with pytest.raises(InputError):
        store.decide(MARIA, case, **body)  # type: ignore[arg-type]
    assert store.review(MARIA, case) == review
    assert "Miller" not in repr(list(store.events()))


def test_what_is_not_there(sqlite: Store) -> None:
    store = sqlite
    case = drafted(store)
    for verb in (
        lambda: store.review(MARIA, case),
        lambda: store.decide(MARIA, case, "K35.80", "accept", version=1),
        lambda: store.sign(MARIA, case, version=1),
        lambda: store.begin_review(MARIA, case, 2),
    ):
        with pytest.raises(UnknownRecord):
            verb()
    with pytest.raises(StoreConflict):
        store.amend(MARIA, case, "why")


def test_a_stale_decision_is_refused_and_none_is_lost(store: Store) -> None:
    """Eight people decide at once, each again after a conflict: what was acknowledged is there, each once."""
    case = drafted(store)
    store.begin_review(MARIA, case, 1)

    def decide(number: int) -> int:
        conflicts = 0
        while True:
            seen = store.review(MARIA, case)
            try:
                store.decide(Actor(id=f"u{number}"), case, f"F{number}", "accept", version=seen.version)
                return conflicts
            except StoreConflict:
                conflicts += 1

    with ThreadPoolExecutor(8) as people:
        conflicts = sum(people.map(decide, range(8)))
    review = store.review(MARIA, case)
    assert sorted(each.item for each in review.decisions) == [f"F{number}" for number in range(8)]
    assert [each.number for each in review.decisions] == list(range(1, 9))
    assert review.version == 9
    failures = [event for event in store.events(action="update") if event.outcome == "failure"]
    assert len(failures) == conflicts
    with pytest.raises(StoreConflict, match="somebody else"):
        store.decide(MARIA, case, "F1", "reject", version=3)
    store.verify_audit()


ZOE = Actor(id="zoe", role="reviewer")


def test_two_readings_and_what_comes_of_them(store: Store) -> None:
    case = drafted(store)

    def status() -> str:
        return store.case(MARIA, case).status

    with pytest.raises(StoreConflict, match="no first reading"):
        store.begin_review(OMAR, case, 1, reading="second")
    first = store.begin_review(MARIA, case, 1)
    with pytest.raises(StoreConflict, match="nobody second-reads"):
        store.begin_review(MARIA, case, 1, reading="second")
    second = store.begin_review(OMAR, case, 1, reading="second", blind=True)
    assert (second.round, second.reading, second.blind, second.revealed) == (2, "second", True, None)
    assert store.begin_review(OMAR, case, 1, reading="second") == second
    assert store.begin_review(MARIA, case, 1) == first

    # each of them means her own round, a third person must say which
    first = store.decide(MARIA, case, "K35.80", "accept", version=first.version)
    second = store.decide(OMAR, case, "K35.80", "reject", version=second.version)
    assert (first.round, second.round, second.decisions[0].by) == (1, 2, "omar")
    with pytest.raises(StoreConflict, match="more than one reading"):
        store.decide(ZOE, case, "K35.80", "accept", version=2)
    for actor, round in ((OMAR, 1), (MARIA, 2)):
        with pytest.raises(StoreConflict, match="no part in the other"):
            store.decide(actor, case, "K35.80", "accept", version=2, round=round)
        with pytest.raises(StoreConflict, match="no part in the other"):
            store.sign(actor, case, version=2, round=round)

    with pytest.raises(StoreConflict, match="both readings must be signed"):
        store.begin_review(ZOE, case, 1, reading="adjudication")
    store.sign(OMAR, case, version=second.version)
    assert (status(), store.review(ZOE, case).round) == ("in_review", 1)
    store.sign(MARIA, case, version=first.version)
    assert status() == "signed"
    with pytest.raises(StoreConflict, match="signed"):
        store.begin_review(ZOE, case, 1, reading="second")

    third = store.begin_review(ZOE, case, 1, reading="adjudication")
    assert (third.round, third.decisions, status()) == (3, (), "in_review")
    with pytest.raises(StoreConflict, match="only a signed"):
        store.amend(MARIA, case, "why")
    third = store.decide(ZOE, case, "K35.80", "accept", version=third.version)
    store.sign(ZOE, case, version=third.version)
    assert (status(), store.review(ZOE, case).reading) == ("signed", "adjudication")
    with pytest.raises(StoreConflict, match="amend it"):
        store.begin_review(ZOE, case, 1, reading="adjudication")

    fourth = store.amend(OMAR, case, "the surgeon wrote again")  # the second reader may, both are signed
    assert (fourth.round, fourth.reading, [each.by for each in fourth.decisions]) == (4, "first", ["zoe"])
    store.sign(OMAR, case, version=store.decide(OMAR, case, "I10", "reject", version=1).version)
    assert status() == "amended"
    assert [(each.round, each.reading) for each in store.reviews(ZOE, case)] == [
        (1, "first"),
        (2, "second"),
        (3, "adjudication"),
        (4, "first"),
    ]
    store.verify_audit()


def test_an_open_second_reading_is_withdrawn_or_given_to_somebody_else(store: Store) -> None:
    case = drafted(store)
    first = store.begin_review(MARIA, case, 1)
    second = store.begin_review(OMAR, case, 1, reading="second", blind=True)
    store.decide(OMAR, case, "K35.80", "reject", version=second.version)
    with pytest.raises(StoreConflict, match="only a second reading"):
        store.withdraw_reading(ZOE, case, 1)
    with pytest.raises(UnknownRecord):
        store.withdraw_reading(ZOE, case, 3)
    ida, maria = (store.accounts.add_user(ZOE, name, "coder", "").id for name in ("ida", "maria"))
    store.withdraw_reading(ZOE, case, 2, reader=ida)
    (_, given) = store.reviews(ZOE, case)
    assert (given.reading, given.opened_by, given.blind, given.decisions) == ("second", ida, True, ())
    for reader, why in ((ida, "theirs already"), ("0" * 32, "no such user")):
        with pytest.raises((StoreConflict, UnknownRecord), match=why):
            store.withdraw_reading(ZOE, case, given.round, reader=reader)
    with pytest.raises(StoreConflict, match="somebody else's"):
        store.decide(OMAR, case, "K35.80", "accept", version=given.version, round=given.round)
    assert store.reviews(ZOE, case)[1] == given  # what was refused changed nothing

    store.sign(MARIA, case, version=first.version)
    third = store.amend(Actor(id=maria), case, "the surgeon wrote again")
    with pytest.raises(StoreConflict, match="nobody second-reads"):
        store.withdraw_reading(ZOE, case, given.round, reader=maria)
    store.withdraw_reading(ZOE, case, given.round)
    store.sign(Actor(id=maria), case, version=third.version)
    assert [(each.round, each.reading) for each in store.reviews(ZOE, case)] == [(1, "first"), (3, "first")]
    again = store.begin_review(OMAR, case, 1, reading="second")
    assert (again.round, again.decisions) == (4, ())  # no number is given twice while a later one stands
    store.sign(OMAR, case, version=again.version)
    with pytest.raises(StoreConflict, match="signed"):
        store.withdraw_reading(ZOE, case, 4)
    assert store.case(MARIA, case).status == "amended"
    events = [each for each in store.events(action="delete") if each.outcome == "success"]
    assert sorted((str(each.details["opened_by"]), each.details["decisions"]) for each in events) == sorted(
        [("omar", 1), (ida, 0)]
    )
    store.verify_audit()


def test_a_second_reading_of_what_is_signed_leaves_it_signed(sqlite: Store) -> None:
    store = sqlite
    case = drafted(store)
    store.sign(MARIA, case, version=store.begin_review(MARIA, case, 1).version)
    second = store.begin_review(OMAR, case, 1, reading="second")
    assert store.case(MARIA, case).status == "signed"
    assert store.review(ZOE, case).round == 1
    assert store.sign(OMAR, case, version=second.version).round == 2
    assert store.case(MARIA, case).status == "signed"
    store.add_result(MARIA, case, {})
    amended = store.amend(MARIA, case, "a better draft", result=2)
    store.sign(MARIA, case, version=amended.version)
    with pytest.raises(StoreConflict, match="different results"):
        store.begin_review(ZOE, case, 2, reading="adjudication")
    assert store.begin_review(OMAR, case, 2, reading="second").round == 4


def test_whoever_decided_in_the_first_reading_makes_no_second(sqlite: Store) -> None:
    case = drafted(sqlite)
    review = sqlite.begin_review(MARIA, case, 1)
    sqlite.decide(OMAR, case, "I10", "accept", version=review.version)
    with pytest.raises(StoreConflict, match="nobody second-reads"):
        sqlite.begin_review(OMAR, case, 1, reading="second")
    with pytest.raises(InputError):
        sqlite.begin_review(OMAR, case, 1, reading="third")  # type: ignore[arg-type]


def test_a_blind_review_is_revealed_once(store: Store) -> None:
    case = drafted(store)
    blind = store.begin_review(MARIA, case, 1, blind=True)
    revealed = store.reveal(MARIA, case, 1)
    assert (blind.revealed, revealed.revealed is not None, revealed.version) == (None, True, blind.version)
    assert store.reveal(MARIA, case, 1) == revealed
    store.worked(MARIA, case, 1, 10)
    store.worked(OMAR, case, 1, 600)  # it is not his
    signed = store.sign(MARIA, case, version=blind.version)
    store.worked(MARIA, case, 1, 10)
    assert store.review(MARIA, case) == signed
    assert signed.seconds == 10
    for seconds in (-1, 90_000, float("nan")):
        with pytest.raises(InputError):
            store.worked(MARIA, case, 1, seconds)
    for verb in (lambda: store.worked(MARIA, case, 2, 1), lambda: store.reveal(MARIA, case, 2)):
        with pytest.raises(UnknownRecord):
            verb()


def test_a_mark_and_a_withdrawal(sqlite: Store) -> None:
    case = drafted(sqlite)
    review = sqlite.begin_review(MARIA, case, 1)
    value = {"assertion": "absent"}
    review = sqlite.decide(MARIA, case, "span:12-30", "mark", version=review.version, value=value)
    review = sqlite.decide(MARIA, case, "K35.80", "accept", version=review.version)
    review = sqlite.decide(MARIA, case, "K35.80", "withdraw", version=review.version)
    assert list(review.standing) == ["span:12-30"]
    assert review.standing["span:12-30"].value == value
    assert len(review.decisions) == 3
    for wrong in ({"verb": "mark"}, {"verb": "withdraw", "value": {}}):
        with pytest.raises(InputError):
            sqlite.decide(MARIA, case, "I10", version=review.version, **wrong)  # type: ignore[arg-type]
