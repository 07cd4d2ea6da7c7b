"""Past diseases become history codes, lasting ones are still there (Guidelines I.C.21.c.4)."""

from __future__ import annotations

import pytest

from wardround.coding.rules.personal_history import is_lasting

from ..conftest import Coded, codes_of, findings_of

_ALONE = "a note whose only listed problems are past ones loses them all"

PAST = [
    ("1. Gout\n2. History of breast cancer", "M10.9 Z85.3"),
    ("1. Gout\n2. History of colon cancer", "M10.9 Z85.038"),
    ("1. Gout\n2. Hx of pulmonary embolism", "M10.9 Z86.711"),
    ("1. Gout\n2. History of kidney stones", "M10.9 Z87.442"),
    ("1. Gout\n2. History of stroke", "M10.9 Z86.73"),
    ("1. Gout\n2. H/o DVT", "M10.9 Z86.718"),
    ("1. Gout\n2. Old myocardial infarction", "M10.9 I25.2"),
    ("1. Gout\n2. Had a hip fracture in 2010", "M10.9 Z87.81"),
    ("1. Gout\n2. History of melanoma", "M10.9 Z85.820"),
    ("1. History of breast cancer", "Z85.3"),
    ("1. History of colon cancer", "Z85.038"),
    ("1. History of pulmonary embolism\n2. History of melanoma", "Z86.711 Z85.820"),
]
LASTING = [
    ("1. Gout\n2. History of diabetes", "M10.9 E11.9"),
    ("1. Gout\n2. History of hypertension", "M10.9 I10"),
    ("1. Gout\n2. History of COPD", "M10.9 J44.9"),
    ("1. Gout\n2. History of epilepsy", "M10.9 G40.909"),
    ("1. History of diabetes", "E11.9"),
]
NEITHER = [
    ("1. Gout\n2. Breast cancer", "M10.9 C50.919"),
    ("1. Gout\n2. Had chest pain in 2010", "M10.9"),
    ("1. Gout\n2. Family history of colon cancer", "M10.9 Z80.0"),
]


@pytest.mark.parametrize(("problems", "expected"), PAST)
def test_past(coded: Coded, problems: str, expected: str) -> None:
    assert codes_of(coded(f"Assessment:\n{problems}")) == expected.split()


@pytest.mark.parametrize(("problems", "expected"), LASTING)
def test_lasting(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert codes_of(result) == expected.split()
    assert findings_of(result, "personal-history")[expected.split()[-1]] == ("I.C.21.c.4", "info")


@pytest.mark.parametrize(("problems", "expected"), NEITHER)
def test_neither(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert sorted(codes_of(result)) == sorted(expected.split())
    assert not findings_of(result, "personal-history")


@pytest.mark.parametrize(
    ("code", "expected"), [("E11.9", True), ("I10", True), ("C50.919", False), ("J18.9", False), ("S72.001A", False)]
)
def test_what_does_not_end(code: str, expected: bool) -> None:
    assert is_lasting(code) is expected


def test_what_resolved_during_the_stay_was_treated(coded: Coded) -> None:
    note = "Discharge diagnoses:\n1. Pneumonia\n2. Acute kidney injury, resolved"
    assert codes_of(coded(note, setting="inpatient")) == ["J18.9", "N17.9"]
    assert "N17.9" not in codes_of(coded(note))
