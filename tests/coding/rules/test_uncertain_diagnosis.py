"""The symptoms are coded in place of an outpatient's uncertain diagnosis (Guidelines IV.D and IV.H)."""

from __future__ import annotations

import pytest

from ..conftest import Coded, codes_of, findings_of

INSTEAD = [
    ("Chief complaint: cough and fever.\nAssessment: Probable pneumonia.", "R05.9 R50.9"),
    ("HPI: Two days of dysuria.\nAssessment: Suspected urinary tract infection.", "R30.0"),
    ("HPI: Two days of dysuria. Denies fever.\nAssessment: Suspected urinary tract infection.", "R30.0"),
    # the pain it came with, though that is no R code
    ("CC: left shoulder pain\nAssessment:\n1. Likely rotator cuff tendinopathy", "M25.512"),
]


@pytest.mark.parametrize(("note", "expected"), INSTEAD)
def test_the_symptoms_are_coded_instead(coded: Coded, note: str, expected: str) -> None:
    result = coded(note)
    assert codes_of(result) == expected.split()
    assert {code.status for code in result.codes} == {"review"}
    assert set(findings_of(result, "symptom-of-uncertain").values()) == {("IV.H", "info")}
