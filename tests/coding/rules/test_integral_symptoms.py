"""Symptoms that belong to a diagnosis are not coded beside it (Guidelines I.B.5), others are (I.B.6)."""

from __future__ import annotations

import pytest

from wardround.coding.rules.integral_symptoms import is_integral
from wardround.icd10 import CodeSet

from ..conftest import Coded, codes_of, findings_of

APPLIES = [
    ("1. Pneumonia\n2. Cough", "J18.9", "R05.9"),
    ("1. Shortness of breath\n2. COPD exacerbation", "J44.1", "R06.02"),
    ("1. Acute appendicitis\n2. Fever", "K35.80", "R50.9"),
    ("1. Nausea\n2. Gastroenteritis", "K52.9", "R11.0"),
    ("1. Right knee osteoarthritis\n2. Right knee pain", "M17.11", "M25.561"),
    ("1. Acute cystitis\n2. Dysuria", "N30.00", "R30.0"),
    ("1. Kidney stone\n2. Flank pain", "N20.0", "R10.A0"),
    ("1. NSTEMI\n2. Chest pain", "I21.4", "R07.9"),
    ("1. Influenza\n2. Myalgia", "J11.1", "M79.10"),
]
DOES_NOT_APPLY = [
    ("1. Acute appendicitis\n2. Headache", "K35.80 R51.9"),
    ("1. Right knee osteoarthritis\n2. Left knee pain", "M17.11 M25.562"),
    ("1. Pneumonia\n2. Constipation", "J18.9 K59.00"),
    ("1. Cough\n2. Gout", "M10.9 R05.9"),
    ("1. Cough\n2. No pneumonia", "R05.9"),
    ("1. Asthma\n2. Persistent hiccups", "J45.909 R06.6"),
]


@pytest.mark.parametrize(("problems", "expected", "symptom"), APPLIES)
def test_applies(coded: Coded, problems: str, expected: str, symptom: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert codes_of(result) == [expected]
    assert findings_of(result, "integral-symptoms") == {symptom: ("I.B.5", "reject")}


@pytest.mark.parametrize(("problems", "expected"), DOES_NOT_APPLY)
def test_does_not_apply(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert codes_of(result) == expected.split()
    assert not findings_of(result, "integral-symptoms")


@pytest.mark.parametrize(
    ("symptom", "diagnosis", "expected"),
    [
        ("R05.9", "J18.9", True),
        ("R05.9", "M17.11", False),
        ("M25.561", "M17.11", True),
        ("M25.562", "M17.11", False),
        ("M25.561", "M17.0", True),
        ("M25.569", "M17.11", True),
        ("J18.9", "R05.9", False),
        ("R05.9", "R05.9", False),
    ],
)
def test_what_belongs_to_what(codes: CodeSet, symptom: str, diagnosis: str, expected: bool) -> None:
    assert is_integral(codes, symptom, diagnosis) is expected
