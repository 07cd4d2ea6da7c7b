"""How far a pregnancy is, read off a note."""

from __future__ import annotations

import datetime
import re

import pytest

from wardround.coding.gestation import trimester
from wardround.coding.rules import data
from wardround.coding.rules.trimesters import in_phase, phase_of
from wardround.icd10 import CodeSet

from .conftest import Coded, codes_of

_DAY = datetime.date(2026, 5, 11)

# how the note says it | the weeks that are coded
SAID = [
    ("Gestational hypertension at 30 weeks.", "Z3A.30"),
    ("Gestational hypertension, 30w2d.", "Z3A.30"),
    ("Gestational hypertension. 30 2/7 weeks.", "Z3A.30"),
    ("Gestational hypertension. IUP at 30+2 weeks.", "Z3A.30"),
    ("Gestational hypertension. 30 weeks and 2 days gestation.", "Z3A.30"),
    ("Gestational hypertension. 30-week pregnancy.", "Z3A.30"),
    ("Gestational hypertension. She is 30 wks pregnant.", "Z3A.30"),
    ("Gestational hypertension. GA: 30 weeks.", "Z3A.30"),
    ("Gestational hypertension. G2P1 at 30 weeks.", "Z3A.30"),
    ("Gestational hypertension. EDD 7/20/2026.", "Z3A.30"),
    ("Gestational hypertension. LMP October 13, 2025.", "Z3A.30"),
    ("Gestational hypertension. 7 weeks pregnant.", "Z3A.01"),
    ("Gestational hypertension. 43 weeks pregnant.", "Z3A.49"),
]
NOT_SAID = [
    "Gestational hypertension.",
    "Gestational hypertension. Return in 2 weeks.",
    "Gestational hypertension. Next visit at 32 weeks gestation.",
    "Gestational hypertension. Her previous pregnancy ended at 36 weeks gestation.",
    "Gestational hypertension at 28 weeks, at 33 weeks by ultrasound.",
    "Gestational hypertension. LMP unknown.",
]


@pytest.mark.parametrize(("said", "expected"), SAID)
def test_said(coded: Coded, said: str, expected: str) -> None:
    result = coded(f"Assessment: {said}", sex="female", date=_DAY)
    assert [code for code in codes_of(result) if code.startswith("Z3A")] == [expected]


@pytest.mark.parametrize("said", NOT_SAID)
def test_not_said(coded: Coded, said: str) -> None:
    result = coded(f"Assessment: {said}", sex="female", date=_DAY)
    assert not [code for code in codes_of(result) if code.startswith("Z3A")]


@pytest.mark.parametrize(("weeks", "expected"), [(1, 1), (13, 1), (14, 2), (27, 2), (28, 3), (42, 3)])
def test_trimester(weeks: int, expected: int) -> None:
    assert trimester(weeks) == expected


PHASES = [
    ("O14.90", "third", "O14.93"),
    ("O14.90", "childbirth", "O14.94"),
    ("O14.90", "first", "O14.90"),  # there is none before the second
    ("O24.419", "childbirth", "O24.429"),
    ("O99.019", "puerperium", "O99.03"),
    ("O36.0190", "second", "O36.0120"),
    ("O36.0193", "third", "O36.0133"),
    ("O80", "third", "O80"),
]


@pytest.mark.parametrize(("code", "phase", "expected"), PHASES)
def test_in_phase(codes: CodeSet, code: str, phase: str, expected: str) -> None:
    assert in_phase(codes, code, phase) == expected


def test_two_trimesters_are_none(codes: CodeSet) -> None:
    assert phase_of(codes.title("O60.13X0")) is None
    assert phase_of(codes.title("O14.93")) == "third"
    assert phase_of(codes.title("O80")) is None


def test_the_conditions_that_complicate_a_pregnancy_exist(codes: CodeSet) -> None:
    for row in data.rows("pregnancy"):
        ends = re.split(r"[-|]", row["conditions"])
        assert all(codes.get(end) is not None or codes.leaves(end[:3]) for end in ends), row
        assert codes.billable(row["code"]), row
        assert phase_of(codes.title(row["code"])) in ("unspecified", "pregnancy"), row
