"""One condition, one code, at the detail the note gives (Guidelines I.A.9.b, I.B.2, I.B.12)."""

from __future__ import annotations

import pytest

from ..conftest import Coded, codes_of, findings_of

_CATEGORY = "codes of one category may be different conditions"
_SIDES = "a condition of the other side is no detail of this one"

APPLIES = [
    ("1. Obesity\n2. Class 3 obesity", "E66.813", "E66.9"),
    ("1. Heart failure\n2. Acute systolic heart failure", "I50.21", "I50.9"),
    ("1. Atrial fibrillation\n2. Paroxysmal atrial fibrillation", "I48.0", "I48.91"),
    ("1. Mild persistent asthma\n2. Asthma", "J45.30", "J45.909"),
    ("1. Fibromyalgia\n2. Illness", "M79.7", "R69"),
    ("1. Osteoarthritis\n2. Osteoarthritis of the right knee", "M17.11", "M19.90"),
    ("1. Pneumonia\n2. Lobar pneumonia", "J18.1", "J18.9"),
]
DOES_NOT_APPLY = [
    ("1. Gout\n2. Asthma", "M10.9 J45.909"),
    ("1. Right knee pain\n2. Left hip pain", "M25.561 M25.552"),
    ("1. Illness", "R69"),
    ("1. Low back pain\n2. Neck pain", "M54.50 M54.2"),
    ("1. Otitis media, right ear\n2. Acute suppurative otitis media, left ear", "H66.91 H66.002"),
    ("1. Right ankle sprain\n2. Sprain of the deltoid ligament of the left ankle", "S93.401A S93.422A"),
    ("1. Closed fracture of the right radius shaft\n2. Colles fracture of left radius", "S52.301A S52.532A"),
]


@pytest.mark.parametrize(("problems", "expected", "vaguer"), APPLIES)
def test_applies(coded: Coded, problems: str, expected: str, vaguer: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert codes_of(result) == [expected]
    assert findings_of(result, "level-of-detail") == {vaguer: ("I.A.9.b", "reject")}


@pytest.mark.parametrize(("problems", "expected"), DOES_NOT_APPLY)
def test_does_not_apply(coded: Coded, problems: str, expected: str) -> None:
    result = coded(f"Assessment:\n{problems}")
    assert codes_of(result) == expected.split()
    assert not findings_of(result, "level-of-detail")
