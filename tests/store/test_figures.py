"""Figures: every signed review once, in order, with what held."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from store.conftest import MARIA, drafted
from wardround.store import Actor, figures

if TYPE_CHECKING:
    import pytest

    from wardround.store.store import Store

OMAR = Actor(id="omar", role="reviewer")


def test_a_signed_review_in_figures(store: Store) -> None:
    case = drafted(store)
    review = store.begin_review(MARIA, case, 1)
    for item, verb in (("A", "accept"), ("B", "reject"), ("A", "reject"), ("B", "withdraw")):
        review = store.decide(MARIA, case, item, verb, version=review.version)  # type: ignore[arg-type]
    store.worked(MARIA, case, 1, 30)
    store.worked(MARIA, case, 1, 12.5)
    store.sign(MARIA, case, version=review.version)
    second = store.begin_review(OMAR, case, 1, reading="second", blind=True)
    second = store.decide(OMAR, case, "C", "add", version=1, value={"code": "C"}, round=2, reason="Ann Miller")
    store.reveal(OMAR, case, 2)
    second = store.decide(OMAR, case, "A", "accept", version=second.version, round=2)
    assert len(list(store.figures())) == 1
    store.sign(OMAR, case, version=second.version, round=2)
    first, blind = store.figures()
    assert (first.case, first.round, first.result, first.reviewer, first.reading) == (case, 1, 1, "maria", "first")
    assert (first.blind, first.seconds, first.decisions, first.unaided) == (False, 42.5, (("A", "reject"),), ())
    assert (blind.reviewer, blind.reading, blind.blind) == ("omar", "second", True)
    assert (blind.decisions, blind.unaided) == ((("C", "add"), ("A", "accept")), (("C", "add"),))
    assert [each.round for each in store.figures(since=blind.signed)] == [2]
    assert [each.round for each in store.figures(until=blind.signed)] == [1]
    assert "Miller" not in repr((first, blind))
    store.delete(MARIA, case)
    assert list(store.figures()) == []


def test_many_are_given_in_parts(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_BATCH", 3)
    cases = []
    for _ in range(8):
        cases.append(drafted(sqlite))
        sqlite.sign(MARIA, cases[-1], version=sqlite.begin_review(MARIA, cases[-1], 1).version)
    place = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)
    with sqlite._database.writing() as session:  # signed at the same moment
        session.connection().exec_driver_sql(f"UPDATE reviews SET signed = {int(place.timestamp()) * 1_000_000}")
    assert [each.case for each in sqlite.figures()] == sorted(cases)
