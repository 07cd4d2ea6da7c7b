"""Codes that exclude each other are kept and marked for a person (Guidelines I.A.12.a)."""

from __future__ import annotations

import pytest

from ..conftest import Coded, codes_of, findings_of

APPLIES = [
    ("1. Type 1 diabetes\n2. Type 2 diabetes", "E10.9 E11.9"),
    ("1. Urinary tract infection\n2. Acute cystitis", "N39.0 N30.00"),
    ("1. Acute bronchitis\n2. Bronchitis", "J20.9 J40"),
]
DOES_NOT_APPLY = [
    ("1. Gout\n2. Asthma", "M10.9 J45.909"),
    ("1. Type 2 diabetes\n2. Hypertension", "E11.9 I10"),
    ("1. COPD\n2. Obstructive sleep apnea", "J44.9 G47.33"),
    ("1. Type 1 diabetes\n2. No type 2 diabetes", "E10.9"),
]


@pytest.mark.parametrize(("problems", "expected"), DOES_NOT_APPLY)
def test_does_not_apply(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert codes_of(result) == expected.split()
    assert not findings_of(result, "excludes1")


@pytest.mark.parametrize(("problems", "expected"), APPLIES)
def test_applies(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert sorted(codes_of(result)) == sorted(expected.split())
    found = findings_of(result, "excludes1")
    assert found == dict.fromkeys(expected.split(), ("I.A.12.a", "review"))
    assert {code.status for code in result.codes} == {"review"}


def test_the_message_names_both_codes_and_where_the_note_stands(coded: Coded) -> None:
    result = coded("Assessment:\n1. Type 1 diabetes\n2. Type 2 diabetes")
    message = result.codes[0].findings[0].message
    assert "E10" in message
    assert "E11" in message
    assert "unrelated" in message
