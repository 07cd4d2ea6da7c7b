"""The lexicon and the rules are written for one release; in another, codes that they name may not be there."""

from __future__ import annotations

from pathlib import Path

import pytest

from icd10 import official
from wardround import icd10
from wardround.coding import Coder, Encounter
from wardround.coding.rules import RULES
from wardround.coding.rules.cases import cases
from wardround.icd10.importing import install


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Coder:
    """A coder for a release with a dozen codes."""
    monkeypatch.setenv("WARDROUND_DATA", str(tmp_path / "data"))
    install(official.write_zip(tmp_path / "release.zip", "2026-10-01"))
    return Coder("2026-10-01")


def test_codes_that_a_release_does_not_have_are_not_given(other: Coder) -> None:
    codes = icd10.load("2026-10-01")
    given = set()
    for case in [case for rule in RULES for case in cases(rule.name) if case.note]:
        encounter = Encounter.model_validate({**case.encounter, "date": None})
        result = other.code(case.note, encounter)
        given |= {suggestion.code for suggestion in (*result.codes, *result.rejected)}
    assert {code for code in given if not codes.billable(code)} == set()
    assert {"I10", "E11.22", "J18.9"} <= given


def test_a_code_that_came_later_falls_back_to_its_header(other: Coder) -> None:
    result = other.code("Assessment:\n1. CKD stage 3b")
    assert [(s.code, s.description) for s in result.codes] == [
        ("N18.30", "Chronic kidney disease, stage 3 unspecified"),
    ]
