"""A manifestation never comes first (Guidelines I.A.13)."""

from __future__ import annotations

import pytest

from wardround.coding.rules.manifestation import is_manifestation
from wardround.icd10 import CodeSet

from ..conftest import Coded, codes_of, findings_of


def test_a_manifestation_follows_its_disease(coded: Coded) -> None:
    result = coded("Assessment:\n1. Dementia in diseases classified elsewhere\n2. Parkinson's disease")
    assert codes_of(result) == ["G20.A1", "F02.80"]
    assert not findings_of(result, "manifestation")


def test_a_manifestation_alone_asks_for_its_disease(coded: Coded) -> None:
    result = coded("Assessment: Dementia in diseases classified elsewhere")
    assert codes_of(result) == ["F02.80"]
    assert result.codes[0].status == "review"
    assert findings_of(result, "manifestation") == {"F02.80": ("I.A.13", "review")}


def test_a_disease_that_was_turned_down_does_not_count(coded: Coded) -> None:
    result = coded("Assessment:\n1. Dementia in diseases classified elsewhere\n2. No Parkinson's disease")
    assert codes_of(result) == ["F02.80"]
    assert findings_of(result, "manifestation") == {"F02.80": ("I.A.13", "review")}


@pytest.mark.parametrize(
    ("code", "expected"),
    [("F02.80", True), ("H28", True), ("M90.50", True), ("F03.90", False), ("J90", False), ("R50.81", False)],
)
def test_the_title_tells_a_manifestation(codes: CodeSet, code: str, expected: bool) -> None:
    assert is_manifestation(codes.title(code)) is expected
