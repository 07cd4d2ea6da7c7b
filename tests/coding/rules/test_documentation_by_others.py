"""A question on what a body mass index means, where no diagnosis is stated (Guidelines I.B.14)."""

from __future__ import annotations

import pytest

from ..conftest import Coded

ASKED = [
    ("Vitals: BMI: 42.1\nAssessment: Hypertension.", {"age": 50}, "BMI: 42.1", "Z68.41"),
    ("Vitals: body mass index 17.1\nAssessment: Hypertension.", {"age": 50}, "body mass index 17.1", "Z68.1"),
]
NOT_ASKED = [
    ("Vitals: BMI 31\nAssessment: Hypertension.", {"age": 50}),
    ("Vitals: BMI 42.1\nAssessment: Obesity.", {"age": 50}),
    ("Vitals: BMI 17.1\nAssessment: Hypertension.", {"age": 12}),
    ("Vitals: BMI 42.1\nAssessment: Gestational hypertension, third trimester.", {"age": 30, "sex": "female"}),
]


@pytest.mark.parametrize(("note", "encounter", "quoted", "code"), ASKED)
def test_asked(coded: Coded, note: str, encounter: dict[str, object], quoted: str, code: str) -> None:
    (query,) = coded(note, **encounter).queries
    assert [indicator.text for indicator in query.indicators] == [quoted]
    assert query.codes == (code,)
    assert "obesity" not in f"{query.topic} {query.question}".lower()


@pytest.mark.parametrize(("note", "encounter"), NOT_ASKED)
def test_not_asked(coded: Coded, note: str, encounter: dict[str, object]) -> None:
    assert not [query for query in coded(note, **encounter).queries if query.rule == "documentation-by-others"]
