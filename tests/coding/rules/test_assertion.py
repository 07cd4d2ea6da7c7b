"""Only what the note states of this patient, now, is coded (Guidelines III, IV.J)."""

from __future__ import annotations

import pytest

from ..conftest import Coded, bug, codes_of, findings_of

TURNED_DOWN = [
    ("No evidence of pneumonia", "J18.9", "III"),
    ("Pneumonia was ruled out", "J18.9", "III"),
    ("Denies chest pain", "R07.9", "III"),
    ("Her mother has gout", "M10.9", "I.C.21.c.4"),
    ("Return if vomiting", "R11.10", "III"),
    ("Had chest pain in 2015", "R07.9", "I.C.21.c.4"),
]
STATED = [
    ("Pneumonia is improving. No cough today", "J18.9"),
    bug(
        "prose whose first sentence denies something is not read on", "No cough today. Pneumonia is improving", "J18.9"
    ),
    ("Not only asthma but gout", "J45.909 M10.9"),
    ("Gout; no joint is swollen", "M10.9"),
]


@pytest.mark.parametrize("place", ["Assessment:\n1. Psoriasis\n2. {}.", "Assessment:\n1. Psoriasis\n\nHPI: {}."])
@pytest.mark.parametrize(("said", "code", "section"), TURNED_DOWN)
def test_turned_down(coded: Coded, place: str, said: str, code: str, section: str) -> None:
    result = coded(place.format(said))
    assert codes_of(result) == ["L40.9"]
    assert findings_of(result, "stated-as-present") == {code: (section, "reject")}


@pytest.mark.parametrize(("said", "expected"), STATED)
def test_stated(coded: Coded, said: str, expected: str) -> None:
    assert codes_of(coded(f"Assessment: {said}.")) == expected.split()


def test_one_statement_outweighs_denials(coded: Coded) -> None:
    result = coded("Assessment:\n1. Pneumonia\n2. No pneumonia on the right")
    assert codes_of(result) == ["J18.9"]
    assert not findings_of(result, "stated-as-present")
