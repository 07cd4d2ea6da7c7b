"""How an injury came about (Guidelines I.C.20)."""

from __future__ import annotations

import pytest

from wardround.icd10 import CodeSet

from .conftest import Coded, codes_of

_SPRAIN = "\nAssessment: Sprain of the right ankle."

TOLD = [
    ("HPI: Fell from a ladder yesterday." + _SPRAIN, "W11.XXXA"),
    ("HPI: She slipped on ice." + _SPRAIN, "W00"),
    ("HPI: Bitten by a dog.\nAssessment: Dog bite of the right hand.", "W54.0XXA"),
    ("HPI: Rolled the ankle while playing basketball." + _SPRAIN, "Y93.67"),
    ("HPI: Fell down the stairs at home." + _SPRAIN, "W10"),
    ("Chief complaint: fell off a bicycle." + _SPRAIN, "V1"),
    # another person is named, but the accident is the patient's
    ("HPI: Mother reports a fall from a ladder." + _SPRAIN, "W11.XXXA"),
    ("HPI: His brother says he fell from a ladder." + _SPRAIN, "W11.XXXA"),
    ("HPI: While playing with his brother fell from a ladder." + _SPRAIN, "W11.XXXA"),
    ("HPI: Fell from his brother's ladder." + _SPRAIN, "W11.XXXA"),
]
NOT_TOLD = [
    # no injury
    "HPI: Fell from a ladder as a boy.\nAssessment: Gout.",
    "HPI: Likes playing basketball.\nAssessment: Gout.",
    # an injury, but nothing of how
    "HPI: The ankle hurts." + _SPRAIN,
    # denied, another's, feared
    "HPI: Did not fall from a ladder." + _SPRAIN,
    "HPI: His brother fell from a ladder." + _SPRAIN,
    "HPI: The ankle hurts since Monday, the day her mother slipped on ice." + _SPRAIN,
    "HPI: A friend was bitten by a dog." + _SPRAIN,
    "Plan: Do not climb a ladder." + _SPRAIN,
    # an injury that was turned down
    "HPI: Fell from a ladder.\nAssessment: No ankle sprain.",
]


@pytest.mark.parametrize(("note", "expected"), TOLD)
def test_told(coded: Coded, codes: CodeSet, note: str, expected: str) -> None:
    result = coded(note)
    external = [code for code in codes_of(result) if code[0] in "VWXY"]
    assert [code for code in external if code.startswith(expected)]
    assert all(codes.billable(code) for code in external)
    assert codes_of(result)[0][0] == "S"
    assert all(code.status == "review" for code in result.codes if code.code in external)


@pytest.mark.parametrize("note", NOT_TOLD)
def test_not_told(coded: Coded, note: str) -> None:
    assert not [code for code in codes_of(coded(note)) if code[0] in "VWXY"]


def test_one_cause_one_activity_one_place(coded: Coded) -> None:
    note = "HPI: Slipped on ice at the park while jogging, then fell down the stairs at home playing soccer."
    found = codes_of(coded(note + _SPRAIN))
    assert sum(code[0] in "VWX" for code in found) <= 1
    assert sum(code.startswith("Y93") for code in found) <= 1
    assert sum(code.startswith("Y92") for code in found) <= 1


def test_activity_and_place_belong_to_the_first_visit(coded: Coded) -> None:
    story = "HPI: Fell from a ladder at home playing basketball.\nAssessment: Sprain of the right ankle"
    first = codes_of(coded(story + "."))
    later = codes_of(coded(story + ", healing well."))
    assert any(code.startswith(("Y92", "Y93")) for code in first)
    assert not any(code.startswith(("Y92", "Y93")) for code in later)
    assert "W11.XXXA" in first
    assert "W11.XXXD" in later
