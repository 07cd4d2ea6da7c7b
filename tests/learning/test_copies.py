"""Copies of notes are known; notes of different patients are kept."""

from __future__ import annotations

import random

import pytest

from learning.notes import made
from wardround.learning.copies import Copies

WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe", "ra") for b in ("ban", "del", "fin", "gor", "hut", "jam")]


def text(words: int, seed: int) -> str:
    chosen = random.Random(seed)
    return " ".join(chosen.choice(WORDS) for _ in range(words))


NOTE = text(400, 1)


@pytest.mark.parametrize(
    ("other", "copy"),
    [
        (NOTE, True),
        (NOTE.upper(), True),
        (f"Seen 2026-05-11.\n{NOTE.replace(' ', '  ', 40)}", True),  # another date, another layout
        (f"{NOTE} {text(60, 2)}", True),  # carried forward, with a paragraph more
        (f"{NOTE} {text(400, 2)}", False),  # half of it is new
        (" ".join(reversed(NOTE.split())), False),
        (text(400, 3), False),
    ],
)
def test_what_is_a_copy(other: str, copy: bool) -> None:
    copies = Copies()
    assert copies.add(NOTE)
    assert copies.add(other) is not copy


@pytest.mark.parametrize("words", [1, 4, 5, 30])
def test_short_notes(words: int) -> None:
    copies = Copies()
    assert copies.add(text(words, 1))
    assert not copies.add(f"1) {text(words, 1)}.")
    assert copies.add(text(words, 2))


def test_notes_by_one_template_are_not_copies() -> None:
    copies = Copies()
    assert all(copies.add(chart.text) for chart in made(150))


def test_many_copies_with_a_changed_word_each_are_found() -> None:
    copies = Copies()
    copies.add(NOTE)
    words = NOTE.split()
    for place in range(0, 400, 10):
        assert not copies.add(" ".join([*words[:place], "changed", *words[place + 1 :]]))
