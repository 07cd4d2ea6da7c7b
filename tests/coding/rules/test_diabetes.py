"""Diabetes and what it is presumed to have caused (Guidelines I.A.15, I.C.4.a)."""

from __future__ import annotations

import pytest

from ..conftest import Coded, bug, codes_of, findings_of

APPLIES = [
    ("1. Type 2 diabetes\n2. CKD stage 3a", "E11.22 N18.31"),
    ("1. CKD stage 4\n2. Type 1 diabetes", "E10.22 N18.4"),
    ("1. Type 2 diabetes\n2. Peripheral neuropathy", "E11.42"),
    ("1. Type 2 diabetes\n2. Gastroparesis", "E11.43 K31.84"),
    ("1. Left foot ulcer\n2. Type 2 diabetes", "E11.621 L97.529"),
    ("1. Type 2 diabetes\n2. Hypoglycemia", "E11.649"),
    ("1. Type 2 diabetes\n2. Hyperglycemia", "E11.65"),
    ("1. Type 2 diabetes\n2. CKD stage 3a\n3. Peripheral neuropathy", "E11.22 E11.42 N18.31"),
]
CONTAINED = [
    ("1. Type 2 diabetes with neuropathy\n2. Gout", "E11.40 M10.9"),
    ("1. Diabetic neuropathy\n2. Peripheral neuropathy", "E11.40"),
]
DOES_NOT_APPLY = [
    ("1. Type 2 diabetes\n2. Gout", "E11.9 M10.9"),
    ("1. CKD stage 3a\n2. Gout", "N18.31 M10.9"),
    ("1. Type 2 diabetes\n2. No peripheral neuropathy", "E11.9"),
    ("1. Prediabetes\n2. CKD stage 3a", "N18.31 R73.03"),
    ("1. Diabetic polyneuropathy\n2. Gout", "E11.42 M10.9"),
    ("1. Type 2 diabetes\n2. Neuropathy, not related to diabetes", "E11.9 G62.9"),
    bug(
        "I.C.4.a.6: diabetes due to another disease is E08, not E11",
        "1. Diabetes due to chronic pancreatitis",
        "K86.1 E08.9",
    ),
]


@pytest.mark.parametrize(("problems", "expected"), APPLIES)
def test_applies(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert codes_of(result) == expected.split()
    combined = expected.split()[0]
    assert findings_of(result, "diabetes")[combined] == ("I.A.15", "info")


@pytest.mark.parametrize(("problems", "expected"), CONTAINED)
def test_a_complication_is_not_linked_twice(coded: Coded, problems: str, expected: str) -> None:
    assert codes_of(coded(f"Assessment:\n{problems}")) == expected.split()


@pytest.mark.parametrize(("problems", "expected"), DOES_NOT_APPLY)
def test_does_not_apply(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert codes_of(result) == expected.split()
    assert not findings_of(result, "diabetes")


def test_a_complication_is_of_the_type_stated_elsewhere(coded: Coded) -> None:
    result = coded("Assessment:\n1. Type 1 diabetes\n2. Diabetic retinopathy")
    assert codes_of(result) == ["E10.319"]
    assert findings_of(result, "diabetes") == {
        "E10.319": ("I.C.4.a.1", "info"),
        "E10.9": ("I.C.4.a", "reject"),
    }


def test_what_the_combination_says_is_turned_down(coded: Coded) -> None:
    result = coded("Assessment:\n1. Type 2 diabetes\n2. Peripheral neuropathy")
    assert findings_of(result, "diabetes")["G62.9"] == ("I.A.15", "reject")


def test_diabetes_and_its_ulcer_said_twice_stay_one_each(coded: Coded) -> None:
    result = coded("ASSESSMENT\n1. Diabetic foot ulcer.\n2. Diabetes type 2.\n3. Ulcer of right foot.")
    found = codes_of(result)
    assert "E11.621" in found
    assert "E11.9" not in found
    assert len(found) == len(set(found))
