"""How many years of school a text asks for: the Flesch–Kincaid grade level.

Source: Kincaid, Fishburne, Rogers and Chissom 1975, Derivation of new readability formulas for Navy enlisted personnel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["reading_grade", "syllables"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ONE_SOUND = re.compile(r"[stc]i(?=[aeo])|qu|gu(?=[aei])")  # patient, special, quick, guide
_SILENT = re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeioucgsxzh])es$|(?<=[^aeiouytdl])ed$")
_TWO_SOUNDS = re.compile(r"i(?=[aou])|e(?=a$)|u(?=id)|u(?=a)|i(?=et$)")  # pneumonia, area, fluid, uterus, quiet
_VOWELS = re.compile(r"[aeiouy]+")


def syllables(word: str) -> int:
    """About how many syllables an English word has, at least one; a number is read digit by digit.

    >>> [syllables(word) for word in ("lung", "effusion", "area", "disease", "pneumonia")]
    [1, 3, 3, 2, 4]
    """
    word = word.lower()
    if word.isdigit():
        return len(word)
    heard = _ONE_SOUND.sub("s", word)
    if len(heard) > 3:
        heard = _SILENT.sub("", heard)
    return max(1, len(_VOWELS.findall(_TWO_SOUNDS.sub(r"\g<0>-", heard))))


def reading_grade(sentences: Sequence[str]) -> float:
    """The grade of a text given sentence by sentence; 0 for one without words, and never below 0.

    0.39 × words a sentence + 11.8 × syllables a word - 15.59.

    >>> round(reading_grade(["There is some fluid around your left lung."]), 1)
    2.3
    """
    words = [_WORD.findall(sentence) for sentence in sentences]
    words = [each for each in words if each]
    if not words:
        return 0.0
    count = sum(map(len, words))
    spoken = sum(syllables(word) for each in words for word in each)
    return max(0.0, 0.39 * count / len(words) + 11.8 * spoken / count - 15.59)
