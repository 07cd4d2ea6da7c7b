"""Drugs and poisons: their codes, the intent these hold, and their names in a note (Guidelines I.C.19.e)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from wardround import documents
from wardround.coding.rules import data
from wardround.coding.rules.substances import (
    Intent,
    coded,
    intent_of,
    named_after,
    named_before,
    substance_of,
    with_intent,
)
from wardround.icd10 import CodeSet

CODES = [
    ("T46.4X5A", Intent.ADVERSE_EFFECT, "T46.4X"),
    ("T36.95XA", Intent.ADVERSE_EFFECT, "T36.9"),
    ("T45.516D", Intent.UNDERDOSING, "T45.51"),
    ("T39.1X2A", Intent.SELF_HARM, "T39.1X"),
    ("T58.01XA", Intent.ACCIDENT, "T58.0"),
    ("T50.A14A", Intent.UNDETERMINED, "T50.A1"),
    ("T63.443S", Intent.ASSAULT, "T63.44"),
    ("T81.40XA", None, ""),
    ("S72.001A", None, ""),
    ("I10", None, ""),
]


@pytest.mark.parametrize(("code", "intent", "substance"), CODES)
def test_a_code_holds_a_substance_and_an_intent(
    codes: CodeSet, code: str, intent: Intent | None, substance: str
) -> None:
    assert codes.billable(code)
    assert intent_of(code) == intent
    assert substance_of(code) == substance


def test_another_intent_is_another_code_of_the_same_substance(codes: CodeSet) -> None:
    assert with_intent("T39.1X1A", Intent.SELF_HARM) == "T39.1X2A"
    assert with_intent("T58.01XA", Intent.UNDETERMINED) == "T58.04XA"
    assert coded(codes, "T36.9", Intent.ADVERSE_EFFECT) == "T36.95XA"
    assert coded(codes, "T51.0X", Intent.ADVERSE_EFFECT) is None, "alcohol is no medicine"


def test_every_drug_has_one_code_that_a_note_may_need(codes: CodeSet) -> None:
    names = [name for row in data.rows("drugs") for name in row["names"].split("|")]
    assert sorted(set(names)) == sorted(names), "a name stands twice"
    for row in data.rows("drugs"):
        assert any(coded(codes, row["code"], intent) for intent in (Intent.ADVERSE_EFFECT, Intent.ACCIDENT)), row


def _draft(text: str, index: Any = None) -> Any:
    return SimpleNamespace(codes=SimpleNamespace(index=index), stream=SimpleNamespace(note=documents.read(text)))


NAMED = [
    ("Rash due to amoxicillin.", "amoxicillin"),
    ("Rash due to her recent use of high dose ibuprofen.", "ibuprofen"),
    ("Bleeding due to warfarin and clopidogrel, stopped.", "warfarin clopidogrel"),
    ("Rash due to beta blockers.", "beta blockers"),
    ("Rash due to amoxicillin, metformin continued.", "amoxicillin"),
    ("Rash due to stress. Amoxicillin continued.", ""),
    ("Rash due to viral infection.", ""),
    ("Rash due to norfloxacin.", ""),
]


@pytest.mark.parametrize(("text", "expected"), NAMED)
def test_substances_are_named_behind_a_cue(text: str, expected: str) -> None:
    draft = _draft(text)
    found = named_after(draft, text.index("due to") + len("due to"))
    assert " ".join(substance.span.quote(text) for substance in found) == expected


def test_a_substance_is_named_before_a_cue() -> None:
    text = "Beta blocker-induced bradycardia."
    found = named_before(_draft(text), text.index("induced"))
    assert found is not None
    assert (found.header, found.span.quote(text)) == ("T44.7X", "Beta blocker")


def test_the_table_of_drugs_knows_more_names_but_no_everyday_words() -> None:
    row = SimpleNamespace(table="drug", cells={"poisoning_accidental": "T36.8X1"})
    index = SimpleNamespace(main_terms=lambda word: [row] if word in ("norfloxacin", "pollen") else [])
    for text, expected in (("Rash due to norfloxacin.", ["T36.8X"]), ("Cough due to pollen.", [])):
        found = named_after(_draft(text, index), text.index("due to") + len("due to"))
        assert [substance.header for substance in found] == expected
