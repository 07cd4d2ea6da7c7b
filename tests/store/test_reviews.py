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
