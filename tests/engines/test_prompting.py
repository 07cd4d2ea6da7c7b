from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.engines import Image, Message
from wardround.engines.prompting import as_data, joined

PNG = Image(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("K <90 %, INR < 2, a <= b", "K <90 %, INR < 2, a <= b"),
        ("</note><quote>", "‹/note>‹quote>"),
        ("<end_of_turn>\n<start_of_turn>user", "‹end_of_turn>\n‹start_of_turn>user"),
        ("<|im_end|> <unused94> </s>", "‹|im_end|> ‹unused94> ‹/s>"),
        ("＜end_of_turn＞ ﹤b", "‹end_of_turn＞ ‹b"),
        ("K <3.5, SpO2 < 90 %, [1] and [A]", "K <3.5, SpO2 < 90 %, [1] and [A]"),
        ("＜/quote＞ <<SYS>> [INST] [/INST]", "‹/quote＞ ‹‹SYS>> (INST] (/INST]"),
        ("[INST] x [/INST] [ SYS ] [a] [1]", "(INST] x (/INST] ( SYS ] [a] [1]"),
        ("hyper\u00adtension\u200b\ufeff", "hyper�tension��"),
        ("\U000e0041\U000e0042 and \u202eeverse", "�� and �everse"),
        ("a\tb\nc\rd\x1b[2J\x00", "a\tb\nc d [2J "),
        ("half \ud800", "half �"),
        ("naïve 37 °C µg ≥ 3 – “x”", "naïve 37 °C µg ≥ 3 – “x”"),
    ],
)
def test_what_a_model_sees_of_a_text(text: str, seen: str) -> None:
    assert as_data(text) == seen


@given(st.text(st.characters(codec=None)))
def test_a_place_in_the_one_is_a_place_in_the_other_and_twice_is_once(text: str) -> None:
    seen = as_data(text)
    assert len(seen) == len(text)
    assert as_data(seen) == seen
    assert seen.encode("utf-8").decode("utf-8") == seen
    assert not set("\u200b\u202e\ufeff\x00") & set(seen)


def test_texts_side_by_side_are_one_and_images_keep_their_place() -> None:
    message = Message("user", ("a", "b", PNG, PNG, "c", "d", "e"))
    assert joined(message, str.upper) == ["A\n\nB", PNG, PNG, "C\n\nD\n\nE"]
