"""How well a page was read: characters, and the values that matter."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

__all__ = ["character_accuracy", "edits", "key_values", "wrong_words"]

_KEYS = re.compile(
    r"\S*\d\S*|\b(?:no|not|never|none|without|denies|negative|cannot|left|right|both|bilateral\w*)\b", re.IGNORECASE
)


def edits(one: str, other: str) -> int:
    """The Levenshtein distance, by Myers' bit vectors (J. ACM 46:395, 1999; Hyyrö's form)."""
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for place, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << place
    every, last = (1 << len(one)) - 1, 1 << len(one) - 1
    up, down, distance = every, 0, len(one)
    for character in other:
        match = places.get(character, 0)
        straight = match | down
        cross = ((match & up) + up ^ up) | match
        right_up = down | ~(cross | up) & every
        right_down = up & cross
        distance += bool(right_up & last) - bool(right_down & last)
        right_up = (right_up << 1 | 1) & every
        right_down = right_down << 1 & every
        up = right_down | ~(straight | right_up) & every
        down = right_up & straight
    return distance


def character_accuracy(said: str, read: str) -> float:
    """1 less the edits per character of what was said; white space of any length is one space."""
    said, read = " ".join(said.split()), " ".join(read.split())
    return 1 - edits(said, read) / len(said)


def key_values(said: str, read: str) -> tuple[int, int]:
    """How many numbers, negations and sides were read to the character, and how many there are."""
    wanted, found = (Counter(_KEYS.findall(text)) for text in (said, read))
    return (wanted & found).total(), wanted.total()


def wrong_words(said: str, words: list[str]) -> set[int]:
    """Which of the words that were read are not words that were said, in their order."""
    blocks = SequenceMatcher(None, said.split(), words, autojunk=False).get_matching_blocks()
    right = {place for block in blocks for place in range(block.b, block.b + block.size)}
    return set(range(len(words))) - right
