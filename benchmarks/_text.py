"""How much of a text was read right: its characters, and the words that must not be wrong."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import numpy as np

__all__ = ["character_accuracy", "distance", "kept", "key_words", "plain"]

_KEY = re.compile(
    r".*\d.*|left|right|bilateral(ly)?|both|no|not|none|never|without|denies|denied|negative|cannot|non-.*", re.I
)


def plain(text: str) -> str:
    """``text`` with every run of white space as one space."""
    return " ".join(text.split())


def distance(one: str, other: str) -> int:
    """Levenshtein's: how many characters must be put in, left out or changed."""
    if len(one) > len(other):
        one, other = other, one
    letters = np.array([ord(letter) for letter in one])
    steps = np.arange(len(one) + 1)
    row = steps.copy()
    for number, letter in enumerate(other, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (letters != ord(letter)))
        row = np.concatenate(([number], best))
        row = np.minimum.accumulate(row - steps) + steps  # characters put in, from left to right
    return int(row[-1])


def character_accuracy(read: str, true: str) -> float:
    """1 less the share of characters that are wrong; below 0 where more was made up than is there."""
    read, true = plain(read), plain(true)
    return 1 - distance(read, true) / len(true)


def key_words(text: str) -> list[int]:
    """The places, among the words of ``text``, of those with a digit, a side or a negation."""
    return [number for number, word in enumerate(text.split()) if _KEY.fullmatch(word.strip(".,;:()"))]


def kept(read: str, true: str) -> tuple[int, int]:
    """How many key words of ``true`` stand in ``read`` at their place and to the letter, and how many there are."""
    words = true.split()
    matcher = SequenceMatcher(None, words, read.split(), autojunk=False)
    same = {block.a + i for block in matcher.get_matching_blocks() for i in range(block.size)}
    keys = key_words(true)
    return sum(number in same for number in keys), len(keys)
