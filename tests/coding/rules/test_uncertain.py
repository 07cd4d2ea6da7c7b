"""Uncertain diagnoses by setting (Guidelines IV.H outpatient, II.H and III.C inpatient)."""

from __future__ import annotations

import pytest

from ..conftest import Coded, codes_of, findings_of

UNCERTAIN = [
    ("Possible pneumonia", "J18.9"),
    ("Probable gout", "M10.9"),
    ("Suspected pulmonary embolism", "I26.99"),
    ("Likely viral gastroenteritis", "A08.4"),
    ("Questionable appendicitis", "K37"),
    ("Pyelonephritis cannot be ruled out", "N12"),
    ("Findings consistent with cellulitis of the left arm", "L03.114"),
    ("Concern for meningitis", "G03.9"),
]
CERTAIN = [
    ("Pneumonia", "J18.9"),
    ("Pneumonia, likely viral in origin", "J18.9"),
    ("Gout confirmed by crystals", "M10.9"),
]
ONLY_CONFIRMED = [("Suspected COVID-19", "U07.1"), ("Probable HIV disease", "B20")]


@pytest.mark.parametrize(("said", "code"), UNCERTAIN)
def test_not_coded_for_an_outpatient(coded: Coded, said: str, code: str) -> None:
    result = coded(f"Assessment: {said}.")
    assert codes_of(result) == []
    assert findings_of(result, "uncertain-diagnosis") == {code: ("IV.H", "reject")}


@pytest.mark.parametrize(("said", "code"), UNCERTAIN)
def test_coded_and_reviewed_for_an_inpatient(coded: Coded, said: str, code: str) -> None:
    result = coded(f"Discharge diagnosis: {said}.", setting="inpatient")
    assert codes_of(result) == [code]
    assert result.codes[0].status == "review"
    assert findings_of(result, "uncertain-diagnosis") == {code: ("II.H", "review")}


@pytest.mark.parametrize("setting", ["outpatient", "inpatient"])
@pytest.mark.parametrize(("said", "code"), CERTAIN)
def test_certain(coded: Coded, setting: str, said: str, code: str) -> None:
    result = coded(f"Assessment: {said}.", setting=setting)
    assert codes_of(result) == [code]
    assert not findings_of(result, "uncertain-diagnosis")


@pytest.mark.parametrize(("said", "code"), ONLY_CONFIRMED)
def test_only_confirmed_cases_of_some(coded: Coded, said: str, code: str) -> None:
    result = coded(f"Discharge diagnosis: {said}.", setting="inpatient")
    assert codes_of(result) == []
    assert findings_of(result, "uncertain-diagnosis") == {code: ("I.C.1", "reject")}


SYMPTOMS_INSTEAD = [
    ("Chief complaint: cough and fever.\nAssessment: Probable pneumonia.", "R05.9 R50.9"),
    ("HPI: Two days of dysuria.\nAssessment: Suspected urinary tract infection.", "R30.0"),
    ("HPI: Two days of dysuria. Denies fever.\nAssessment: Suspected urinary tract infection.", "R30.0"),
]


@pytest.mark.parametrize(("note", "expected"), SYMPTOMS_INSTEAD)
def test_the_symptoms_are_coded_instead(coded: Coded, note: str, expected: str) -> None:
    result = coded(note)
    assert codes_of(result) == expected.split()
    assert {code.status for code in result.codes} == {"review"}
    assert set(findings_of(result, "symptom-of-uncertain").values()) == {("IV.H", "info")}


def test_the_pain_it_came_with_is_coded_for_an_outpatient(coded: Coded) -> None:
    result = coded("CC: left shoulder pain\nAssessment:\n1. Likely rotator cuff tendinopathy")
    assert codes_of(result) == ["M25.512"]
    assert findings_of(result, "symptom-of-uncertain") == {"M25.512": ("IV.H", "info")}
