"""Hypertension, heart failure and chronic kidney disease are presumed to be linked (Guidelines I.C.9.a)."""

from __future__ import annotations

import pytest

from ..conftest import Coded, codes_of, findings_of

APPLIES = [
    ("1. Hypertension\n2. CHF", "I11.0 I50.9"),
    ("1. Chronic diastolic heart failure\n2. Hypertension", "I11.0 I50.32"),
    ("1. CKD stage 3\n2. Hypertension", "I12.9 N18.30"),
    ("1. Hypertension\n2. CKD stage 5", "I12.0 N18.5"),
    ("1. Hypertension\n2. ESRD", "I12.0 N18.6"),
    ("1. Hypertension\n2. Heart failure\n3. CKD stage 2", "I13.0 I50.9 N18.2"),
    ("1. Hypertension\n2. CKD stage 5\n3. Systolic heart failure", "I13.2 N18.5 I50.20"),
]
DOES_NOT_APPLY = [
    ("1. Hypertension\n2. Gout", "I10 M10.9"),
    ("1. Hypertension\n2. Acute kidney injury", "I10 N17.9"),
    ("1. CHF\n2. CKD stage 3", "I50.9 N18.30"),
    ("1. Hypertension\n2. No heart failure", "I10"),
    ("1. Elevated blood pressure reading\n2. CKD stage 3", "R03.0 N18.30"),
    ("1. Hypertension\n2. CKD stage 4, not due to hypertension", "I10 N18.4"),
]


@pytest.mark.parametrize(("problems", "expected"), APPLIES)
def test_applies(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert sorted(codes_of(result)) == sorted(expected.split())
    assert codes_of(result)[0] == expected.split()[0]
    assert findings_of(result, "hypertension") == {expected.split()[0]: ("I.C.9.a", "info")}


@pytest.mark.parametrize(("problems", "expected"), DOES_NOT_APPLY)
def test_does_not_apply(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert sorted(codes_of(result)) == sorted(expected.split())
    assert not findings_of(result, "hypertension")


def test_the_words_of_the_hypertension_stay_its_evidence(coded: Coded) -> None:
    result = coded("Assessment:\n1. HTN\n2. CHF")
    assert [evidence.text for evidence in result.codes[0].evidence] == ["HTN"]


def test_a_combination_that_is_said_already_takes_the_words_over(coded: Coded) -> None:
    result = coded("Assessment:\n1. Hypertensive heart disease with heart failure\n2. Hypertension\n3. CHF")
    assert codes_of(result) == ["I11.0", "I50.9"]
    assert "Hypertension" in [evidence.text for evidence in result.codes[0].evidence]
