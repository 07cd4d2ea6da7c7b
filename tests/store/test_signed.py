"""Signed notes: each case once, with the codes that hold, and every reading of one in the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.conftest import MARIA, NOTE, drafted
from wardround.store import Actor, signed
from wardround.store.records import Reviewed, reported

if TYPE_CHECKING:
    from wardround.store.store import Store

OMAR = Actor(id="omar", role="reviewer")
ANN = Actor(id="ann", role="reviewer")
READER = Actor(id="os:learner")


def read(store: Store, actor: Actor, case: str, verb: str, *, reading: str = "first", add: str = "") -> None:
    """A whole reading of a drafted case: what is decided of its code, and perhaps a code that is added."""
    review = store.begin_review(actor, case, 1, reading=reading)  # type: ignore[arg-type]
    mine = review.round
    review = store.decide(actor, case, "K35.80", verb, version=review.version, round=mine)  # type: ignore[arg-type]
    if add:
        review = store.decide(actor, case, add, "add", version=review.version, round=mine, value={"code": add})
    store.sign(actor, case, version=review.version, round=mine)


def codes(store: Store) -> dict[str, frozenset[str]]:
    return {each.case: each.codes for each in store.signed_notes(READER, "learn")}


def test_each_case_once_with_what_holds(store: Store) -> None:
    alone, twice, settled, open_, gone = (drafted(store) for _ in range(5))
    read(store, MARIA, alone, "accept", add="I10")
    read(store, MARIA, twice, "accept")
    read(store, OMAR, twice, "reject", reading="second", add="K37")
    read(store, MARIA, settled, "accept")
    read(store, OMAR, settled, "reject", reading="second", add="K37")
    read(store, ANN, settled, "reject", reading="adjudication", add="K36")
    store.begin_review(MARIA, open_, 1)
    read(store, MARIA, gone, "accept")
    store.delete(MARIA, gone)
    found = list(store.signed_notes(READER, "learn"))
    assert {each.case: set(each.codes) for each in found} == {
        alone: {"K35.80", "I10"},
        twice: {"K35.80"},
        settled: {"K36"},
    }
    assert [each.case for each in found] == [alone, twice, settled]
    assert {(each.document, each.media_type, each.draft["schema"]) for each in found} == {
        (NOTE, "text/plain", "wardround.coding/1")
    }
    assert "appendicitis" not in repr(found)


def test_an_amendment_holds_when_it_is_signed(store: Store) -> None:
    case = drafted(store)
    read(store, MARIA, case, "accept")
    review = store.amend(MARIA, case, "wrong code")
    assert codes(store) == {case: {"K35.80"}}
    review = store.decide(MARIA, case, "K35.80", "change", version=review.version, value={"code": "K35.30"})
    store.sign(MARIA, case, version=review.version)
    assert codes(store) == {case: {"K35.30"}}


def test_every_reading_is_an_event(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed, "_BATCH", 2)
    cases = [drafted(store) for _ in range(5)]
    for case in cases:
        read(store, MARIA, case, "accept")
    told: list[tuple[int, int]] = []
    assert len(list(store.signed_notes(READER, "learn", lambda *done: told.append(done)))) == 5
    assert told == [(number, 5) for number in range(1, 6)]
    events = list(store.events(actor=READER.id))
    assert [(each.action, each.resource, each.reason) for each in events] == [
        ("query", "", "learn"),
        *(("read", case, "learn") for case in cases),
    ]
    assert events[0].details == {"cases": 5}
    store.verify_audit()


def test_what_a_review_reports() -> None:
    decisions = {"A": "accept", "A#2": "accept", "B": "change", "C": "reject", "D": "add", "sequence": "change"}
    decisions |= {"query:1": "change", "span:1-2": "mark", "report": "accept"}
    review = Reviewed(
        case="0" * 32,
        round=1,
        result=1,
        reviewer="ann",
        reading="first",
        blind=False,
        seconds=0.0,
        signed=None,  # type: ignore[arg-type]
        decisions=tuple(decisions.items()),  # type: ignore[arg-type]
        unaided=(),
        changed={"B": "B9"},
    )
    assert reported(review) == {"A", "B9", "D"}
