"""Calibration, by hand and by its properties."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.coding.evaluation import reliability

JUDGED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_two_bins_by_hand() -> None:
    found = reliability([(0.9, True), (0.9, True), (0.9, False), (0.4, True)])
    assert found is not None
    assert [(each.low, each.high, each.codes, each.precision) for each in found.bins] == [
        (0.4, 0.4, 1, 1.0),
        (0.9, 0.9, 3, 2 / 3),
    ]
    assert found.ece == pytest.approx((1 * 0.6 + 3 * (0.9 - 2 / 3)) / 4)
    assert found.brier == pytest.approx((0.1**2 + 0.1**2 + 0.9**2 + 0.6**2) / 4)


def test_bins_have_equal_mass() -> None:
    found = reliability((number / 1000, False) for number in range(1000))
    assert found is not None
    assert [each.codes for each in found.bins] == [100] * 10
    assert [each.low for each in found.bins] == [number / 10 for number in range(10)]


def test_a_perfectly_calibrated_system_has_no_error() -> None:
    judged = [(tenths / 10, number < tenths) for tenths in range(11) for number in range(10)]
    found = reliability(judged)
    assert found is not None
    assert found.ece == pytest.approx(0)


@settings(deadline=None)
@given(JUDGED, st.randoms())
def test_the_order_of_codes_does_not_matter_and_none_is_lost(judged: list[tuple[float, bool]], chance: object) -> None:
    found = reliability(judged)
    shuffled = list(judged)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert reliability(shuffled) == found
    assert found is not None
    assert sum(each.codes for each in found.bins) == len(judged)
    assert 1 <= len(found.bins) <= 10
    assert 0 <= found.ece <= 1
    assert 0 <= found.brier <= 1
    for one, other in zip(found.bins, found.bins[1:], strict=False):
        assert one.high < other.low


def test_no_codes_have_none() -> None:
    assert reliability([]) is None
