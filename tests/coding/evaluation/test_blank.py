"""Results of other systems in our shape."""

from __future__ import annotations

import datetime

import pytest

from wardround.coding import Encounter
from wardround.coding.evaluation.blank import UNKNOWN, Blank, named
from wardround.errors import UnknownRelease


def test_codes_alone_become_a_result_of_the_encounters_release() -> None:
    blank = Blank(scope="mentions")
    day = Encounter(setting="inpatient", date=datetime.date(2026, 5, 11))
    result = blank.result(day, [named("I10"), named("E11.9", confidence=0.25)], id="7")
    assert (result.id, result.release.id, result.scope, result.setting) == ("7", "2026-04-01", "mentions", "inpatient")
    assert [(each.code, each.confidence, each.status) for each in result.codes] == [
        ("I10", UNKNOWN, "review"),
        ("E11.9", 0.25, "review"),
    ]
    assert (result.timings, result.provenance.coder) == ({}, "unknown")
    assert blank.result(day).codes == ()


def test_a_day_without_a_release_is_an_error() -> None:
    with pytest.raises(UnknownRelease):
        Blank().result(Encounter(date=datetime.date(1999, 1, 1)))
