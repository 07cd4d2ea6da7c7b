"""The reading grade: syllables of ordinary and medical words, and the formula."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.reporting.reading_grade import reading_grade, syllables

WORDS = """lung 1 effusion 3 area 3 disease 2 pneumonia 4 heart 1 opacity 4 radiograph 4 fluid 2 around 2 imaged 2
pictures 2 table 2 tissue 2 abdomen 3 diaphragm 3 pneumothorax 4 cardiomegaly 6 normal 2 enlarged 2 noticed 2 tested 2
needed 2 breathe 1 bones 1 images 3 doctor 2 questions 2 report 2 atelectasis 5 consolidation 5 fibroid 2 uterus 3
ultrasound 3 mediastinum 5 people 2 idea 3 changes 2 changed 1 quiet 2 social 2 special 2 appearance 3 edema 3
patient 2 whole 1 small 1 the 1 a 1 x 1""".split()


@pytest.mark.parametrize(("word", "count"), list(zip(WORDS[::2], map(int, WORDS[1::2]), strict=True)))
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count
    assert syllables(word.upper()) == count


@pytest.mark.parametrize(
    ("sentences", "lowest", "highest"),
    [
        ([], 0, 0),
        (["...", "—"], 0, 0),
        (["The dog ran."], 0, 1),
        (["Your heart is a bit larger than normal.", "There is no sign of fluid."], 1, 5),
        (["Bilateral perihilar interstitial opacities are compatible with cardiogenic pulmonary oedema."], 18, 40),
    ],
)
def test_reading_grade(sentences: list[str], lowest: float, highest: float) -> None:
    assert lowest <= reading_grade(sentences) <= highest


def test_reading_grade_is_the_published_formula() -> None:
    sentence = "The patient has a fluid area."  # 6 words, 10 syllables
    assert reading_grade([sentence]) == pytest.approx(0.39 * 6 + 11.8 * 10 / 6 - 15.59)


@given(st.lists(st.text(max_size=60), max_size=6))
def test_any_text_has_a_grade(sentences: list[str]) -> None:
    assert reading_grade(sentences) >= 0
    assert all(syllables(word) >= 1 for sentence in sentences for word in sentence.split())
