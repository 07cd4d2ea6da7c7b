"""What the table of hypertension cannot say: whose words a combination code rests on."""

from __future__ import annotations

from ..conftest import Coded, codes_of


def test_the_words_of_the_hypertension_stay_its_evidence(coded: Coded) -> None:
    result = coded("Assessment:\n1. HTN\n2. CHF")
    assert [evidence.text for evidence in result.codes[0].evidence] == ["HTN"]


def test_a_combination_that_is_said_already_takes_the_words_over(coded: Coded) -> None:
    result = coded("Assessment:\n1. Hypertensive heart disease with heart failure\n2. Hypertension\n3. CHF")
    assert codes_of(result) == ["I11.0", "I50.9"]
    assert "Hypertension" in [evidence.text for evidence in result.codes[0].evidence]
