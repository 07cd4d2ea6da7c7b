"""The order in which codes are reported (Guidelines II, IV.G, I.A.13, I.C.20)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from wardround.coding import Coder, Encounter

from .conftest import Coded, codes_of
from .fragments import ENCOUNTERS, MIXTURES

TABLE = [
    # the clinician's order stands
    ("Assessment:\n1. Gout\n2. Hypertension\n3. Asthma", "M10.9 I10 J45.909"),
    ("Assessment:\n1. Asthma\n2. Gout\n3. Hypertension", "J45.909 M10.9 I10"),
    # symptoms behind diagnoses
    ("Assessment:\n1. Headache\n2. Gout\n3. Constipation", "M10.9 K59.00 R51.9"),
    # but what the visit was for is first where only lasting diagnoses stand beside it (IV.G)
    ("Assessment:\n1. Chest pain\n2. Hypertension\n3. Asthma", "R07.9 I10 J45.909"),
    ("Assessment:\n1. Encounter for immunization\n2. Hypertension", "Z23 I10"),
    # what may only be first (I.C.21.c.16), a screening before what it found (I.C.21.c.5)
    ("Assessment:\n1. Hypertension\n2. Annual physical", "Z00.00 I10"),
    ("Assessment:\n1. Colon polyp\n2. Encounter for screening colonoscopy", "Z12.11 K63.5"),
    # status and history behind both
    ("Assessment:\n1. Former smoker\n2. Headache\n3. Gout", "M10.9 R51.9 Z87.891"),
    # a reason for the visit is no mere status
    ("Assessment:\n1. Encounter for screening mammogram\n2. Former smoker", "Z12.31 Z87.891"),
    # manifestations behind their disease
    ("Assessment:\n1. Dementia in diseases classified elsewhere\n2. Parkinson's disease", "G20.A1 F02.80"),
    # circumstances last
    (
        "HPI: Bitten by a dog.\nAssessment:\n1. Dog bite of the right hand\n2. Former smoker",
        "S61.451A Z87.891 W54.0XXA",
    ),
    # one code
    ("Assessment: Former smoker.", "Z87.891"),
]


@pytest.mark.parametrize(("note", "expected"), TABLE)
def test_order(coded: Coded, note: str, expected: str) -> None:
    result = coded(note)
    assert codes_of(result) == expected.split()
    assert [code.role for code in result.codes] == ["principal"] + ["secondary"] * (len(result.codes) - 1)


ILLEGAL_ALONE = ["Former smoker", "Long-term use of insulin", "Family history of colon cancer", "Homelessness"]


@pytest.mark.parametrize("setting", ["outpatient", "inpatient"])
@pytest.mark.parametrize("said", ILLEGAL_ALONE)
def test_what_may_not_be_principal_is_never_accepted_as_such(coded: Coded, said: str, setting: str) -> None:
    alone = coded(f"Assessment: {said}.", setting=setting)
    assert [code.status for code in alone.codes] == ["review"]
    beside = coded(f"Assessment:\n1. {said}\n2. Gout", setting=setting)
    assert beside.codes[0].code == "M10.9"


def test_a_principal_code_is_never_an_external_cause(coded: Coded) -> None:
    assert not codes_of(coded("HPI: Bitten by a dog. No wound.\nAssessment: Well."))


_NEVER_FIRST = ("B95", "B96", "B97", "F02", "R65.2", "V", "W", "X", "Y", "Z3A", "Z68", "Z79", "Z8", "Z9")


@given(note=MIXTURES, encounter=ENCOUNTERS)
@settings(max_examples=60, deadline=None)
def test_every_set_that_is_accepted_has_a_legal_principal(coder: Coder, note: str, encounter: dict[str, Any]) -> None:
    result = coder.code(f"Assessment: {note}", Encounter.model_validate(encounter))
    if result.codes and result.codes[0].code.startswith(_NEVER_FIRST):
        assert result.codes[0].status == "review"
        assert all(code.code.startswith(_NEVER_FIRST) for code in result.codes)
    if result.accepted:
        assert not result.accepted[0].code.startswith(_NEVER_FIRST)
