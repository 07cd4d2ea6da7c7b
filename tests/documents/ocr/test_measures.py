"""The measures themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .measures import character_accuracy, edits, key_values, wrong_words

_WORDS = st.text("ab ", max_size=12)


def _plainly(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b)))
    return row[-1]


@given(_WORDS, _WORDS)
def test_edits_are_those_of_the_textbook(one: str, other: str) -> None:
    assert edits(one, other) == _plainly(one, other)


def test_the_measures() -> None:
    assert character_accuracy("no  fever\n", "no fever") == 1
    assert character_accuracy("12.5 mg", "125 mg") == pytest.approx(6 / 7)
    assert key_values("No fever, 12.5 mg, left knee", "No fever, 125 mg, left knee") == (2, 3)
    assert wrong_words("no fever today", ["no", "lever", "today", "!"]) == {1, 3}
