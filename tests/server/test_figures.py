"""Figures of reviews: each number against one that was counted by hand."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from wardround.server.figures import agreement, figures, kappa, quartiles, share
from wardround.store.records import Reviewed

if TYPE_CHECKING:
    from collections.abc import Mapping

MONDAY = datetime.datetime(2026, 5, 4, 9, tzinfo=datetime.UTC)


def reviewed(
    case: int, decisions: Mapping[str, str], suggested: str = "A:accepted B:review", **more: object
) -> Reviewed:
    """A signed review; ``suggested`` as ITEM:STATUS."""
    values: dict[str, object] = {
        "case": f"{case:032x}",
        "round": 1,
        "result": 1,
        "reviewer": "ann",
        "reading": "first",
        "blind": False,
        "seconds": 60.0,
        "signed": MONDAY,
        "decisions": tuple(decisions.items()),
        "unaided": (),
        "suggested": tuple(tuple(each.split(":")) for each in suggested.split()),
    }
    return Reviewed(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [  # from Newcombe RG (1998), Stat Med 17:857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (5, 5, 0.5655, 1.0),
    ],
)
def test_shares_have_wilsons_interval(count: int, of: int, low: float, high: float) -> None:
    each = share(count, of)
    assert each.share == count / of
    assert (each.low, each.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("count", "of"), [(0, 0), (1, 1), (3, 4)])
def test_few_are_counts_only(count: int, of: int) -> None:
    each = share(count, of)
    assert (each.count, each.of, each.share, each.low, each.high) == (count, of, None, None, None)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((20, 5, 10, 15), 0.4),  # observed 0.7, expected 0.5
        ((45, 15, 25, 15), 0.1304),  # observed 0.6, expected 0.54
        ((10, 0, 0, 10), 1.0),
        ((0, 5, 5, 0), -1.0),
        ((7, 0, 0, 0), None),  # both say yes to all: chance alone agrees as well
        ((0, 0, 0, 0), None),
    ],
)
def test_kappa(cells: tuple[int, int, int, int], expected: float | None) -> None:
    found = kappa(*cells)
    assert found is None if expected is None else found == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([7], (7, 7, 7)), ([1, 2], (1.25, 1.5, 1.75)), ([4, 1, 3, 2], (1.75, 2.5, 3.25)), ([5, 5, 5], (5, 5, 5))],
)
def test_quartiles(values: list[float], expected: tuple[float, float, float]) -> None:
    assert quartiles(values) == expected


def test_what_became_of_suggestions() -> None:
    found = figures(
        [
            reviewed(1, {"A": "accept", "B": "reject"}),
            reviewed(2, {"A": "change", "B": "accept", "C": "add"}, changed={"A": "A1"}),
            reviewed(3, {"A": "change", "B": "add"}, changed={"A": "A"}),  # other words; given before it was shown
            reviewed(4, {"A": "reject", "B": "accept", "sequence": "change", "span:1-2": "mark"}),
            reviewed(1, {"A": "reject", "B": "reject"}, round=2),  # an amendment
            reviewed(1, {"A": "reject", "B": "reject"}, round=3, reading="second"),
            reviewed(5, {"F1": "accept", "report": "accept", "A1": "add"}, "F1:present", kind="study"),
        ]
    )
    counted = {(each.kind, each.status): each for each in found.acceptance}
    told = {key: (e.suggested, e.accepted, e.changed, e.rejected) for key, e in counted.items()}
    assert told == {
        ("note", "accepted"): (4, 2, 1, 1),
        ("note", "review"): (4, 3, 0, 1),
        ("study", "present"): (1, 1, 0, 0),
    }
    assert counted["note", "accepted"].share.share is None  # four are few
    assert (found.cases, found.added, found.precision.count, found.precision.of) == (5, 2, 2, 4)


def test_weeks_and_times() -> None:
    sunday = MONDAY + datetime.timedelta(days=6)
    late = datetime.datetime(2026, 5, 10, 23, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=-2)))  # Monday, UTC
    rows = [reviewed(n, {"A": "accept", "B": "reject"}, seconds=60.0 * n, signed=sunday) for n in range(1, 6)]
    rows += [reviewed(6, {"A": "reject", "B": "reject"}, seconds=0.0, signed=late)]
    found = figures(rows)
    first, second = found.weeks
    assert (first.monday, first.cases, first.time.cases) == (datetime.date(2026, 5, 4), 5, 5)
    assert (first.time.lower, first.time.median, first.time.upper) == (120.0, 180.0, 240.0)
    assert (first.precision.count, first.precision.of, first.precision.share) == (5, 5, 1.0)
    assert (second.monday, second.cases, second.time.cases, second.time.median) == (
        datetime.date(2026, 5, 11),
        1,
        0,
        None,
    )
    assert (second.precision.count, second.precision.of, second.precision.share) == (0, 1, None)


def test_agreement_counts_each_code_once_a_case() -> None:
    cases = [({"A", "B"}, {"A", "C"}, {"A", "B", "D"}), (set(), set(), {"E"})] + [({"A"}, {"A"}, {"A"})] * 3
    found = agreement(cases)
    assert (found.cases, found.both, found.one, found.neither) == (5, 4, 2, 2)
    assert found.jaccard == pytest.approx((1 / 3 + 1 + 3) / 5)
    # observed 6/8; both readers say yes to 5 of 8: expected 25/64 + 9/64
    assert found.kappa == pytest.approx((6 / 8 - 34 / 64) / (1 - 34 / 64))
    few = agreement(cases[:4])
    assert (few.cases, few.kappa, few.jaccard) == (4, None, None)


def test_blind_readers_are_compared_before_and_after() -> None:
    rows = []
    for case in range(5):
        own, other = (("A", "add"), ("X", "add")), (("B", "add"),)
        rows.append(
            reviewed(case, {"A": "add", "B": "accept"}, blind=True, revealed=True, unaided=own)  # X is given up
        )
        rows.append(
            reviewed(
                case,
                {"A": "accept", "B": "add"},
                blind=True,
                revealed=True,
                unaided=other,
                round=2,
                reading="second",
                reviewer="bob",
            )
        )
    rows.append(reviewed(9, {"A": "accept", "B": "reject"}))
    found = figures(rows)
    assert (found.with_suggestions.cases, found.without_suggestions.cases, found.after_suggestions.cases) == (0, 5, 5)
    assert (found.without_suggestions.both, found.without_suggestions.one) == (0, 15)  # A and X, and B, of each case
    assert (found.after_suggestions.both, found.after_suggestions.one, found.after_suggestions.jaccard) == (10, 0, 1.0)
    blind = found.blind
    assert (blind.reviews, blind.empty, blind.share.count, blind.share.of) == (10, 0, 5, 6)
    assert (blind.found.count, blind.found.of) == (10, 20)
    assert (blind.taken.count, blind.taken.of) == (10, 10)
    assert (blind.kept.count, blind.kept.of) == (0, 5)
    assert (blind.unaided.count, blind.unaided.of, blind.aided.count, blind.aided.of) == (20, 20, 1, 2)


def test_nothing_was_signed() -> None:
    found = figures([])
    assert (found.cases, found.weeks, found.acceptance, found.precision.of) == (0, (), (), 0)
