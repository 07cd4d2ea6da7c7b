"""Codes that contradict the patient's sex or age are shown to a person (Medicare Code Editor, edits 4 and 5)."""

from __future__ import annotations

from typing import Any

import pytest

from ..conftest import Coded, codes_of, findings_of

APPLIES = [
    ("Prostate cancer", "C61", {"sex": "female"}, ""),
    ("Endometriosis", "N80.9", {"sex": "male"}, ""),
    ("Severe pre-eclampsia", "O14.10", {"sex": "male"}, ""),
    ("Neonatal jaundice", "P59.9", {"age": 40}, "I.C.16"),
    ("Neonatal jaundice", "P59.9", {"age": 1}, "I.C.16"),
    ("Missed abortion", "O02.1", {"sex": "female", "age": 70}, "I.C.15"),
    ("Missed abortion", "O02.1", {"sex": "female", "age": 8}, "I.C.15"),
]
DOES_NOT_APPLY = [
    ("Prostate cancer", "C61", {"sex": "male"}),
    ("Prostate cancer", "C61", {}),
    ("Endometriosis", "N80.9", {"sex": "female"}),
    ("Neonatal jaundice", "P59.9", {"age": 0}),
    ("Neonatal jaundice", "P59.9", {}),
    ("Missed abortion", "O02.1", {"sex": "female", "age": 9}),
    ("Missed abortion", "O02.1", {"sex": "female", "age": 64}),
    ("Gout", "M10.9", {"sex": "female", "age": 3}),
]


@pytest.mark.parametrize(("problem", "code", "patient", "section"), APPLIES)
def test_applies(coded: Coded, problem: str, code: str, patient: dict[str, Any], section: str) -> None:
    result = coded(f"Assessment: {problem}.", **patient)
    assert codes_of(result) == [code]
    assert result.codes[0].status == "review"
    assert findings_of(result, "patient-conflict") == {code: (section, "review")}


@pytest.mark.parametrize(("problem", "code", "patient"), DOES_NOT_APPLY)
def test_does_not_apply(coded: Coded, problem: str, code: str, patient: dict[str, Any]) -> None:
    result = coded(f"Assessment: {problem}.", **patient)
    assert codes_of(result) == [code]
    assert not findings_of(result, "patient-conflict")
