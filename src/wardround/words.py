"""A text as words, and every occurrence of many phrases in it found in one pass.

The classification, the lexicon and the note meet here: all three are cut and folded by the same function, so two
spellings that fold alike match whatever the case, accent, plural or possessive. A phrase is matched word by word:
each known word becomes a pair of characters, a phrase a short string of them, and an Aho-Corasick automaton
(``pyahocorasick``) finds all phrases at once, in time linear in the number of words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import accumulate, repeat
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import ahocorasick

__all__ = ["Match", "Phrases", "Words", "cut", "fold", "folded"]

# A number with its decimals, or letters and digits with an inner apostrophe: "38.1", "crohn's", "doesn't", "b12".
# An accent may follow its letter as a character of its own. Plain ASCII, which most notes are, is cut faster; in other
# texts the words that are nothing but its letters are.
_WORD = re.compile(
    r"([a-zA-Z]+(?![^\W_]|['’\u0300-\u036f])"
    r"|\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:['’][^\W_]+)?)"
)
_ASCII_WORD = re.compile(
    r"([a-zA-Z][a-zA-Z0-9]*(?:'[a-zA-Z0-9]+)?|[0-9]+(?:[.,][0-9]+)*(?![a-zA-Z0-9])|[a-zA-Z0-9]+(?:'[a-zA-Z0-9]+)?)"
)

# Words that end in "s" and are singular; stripping it would merge them with another word ("aids" and "aid").
_SINGULAR = frozenset(
    "acquired aids alas always ards as asbestos ascites atlas besides bias biceps calculus canvas caries chaos "
    "cosmos crps diabetes does dts emphasis facies feces forceps gas has herpes his hives is its lens les lues "
    "measles mers mumps news pacs pancreas perhaps pus quadriceps rabies rickets sars scabies series shingles "
    "sometimes species this thus tinnitus towards triceps upwards us vas was whereas yes".split()
)
_MEMORY_LIMIT = 65_536  # a note of random letters must not grow the memory of folded words without end


def fold(word: str) -> str:
    """One word in the form in which words are compared: lower case, no accent, no possessive, singular.

    >>> [fold(w) for w in ("Crohn’s", "Kidneys", "biopsies", "ÉPOCA", "pancreas", "headaches")]
    ['crohn', 'kidney', 'biopsy', 'epoca', 'pancreas', 'headache']
    """
    return _FOLDED[word]


class _Memory(dict[str, str]):
    """Folded words by the words they were."""

    def __missing__(self, word: str) -> str:
        folded = word.lower().replace("’", "'")
        if not folded.isascii():
            decomposed = unicodedata.normalize("NFKD", folded)
            folded = "".join(c for c in decomposed if not unicodedata.combining(c)).lower() or folded
        if folded.endswith("'s"):
            folded = folded[:-2]
        folded = _singular(folded)
        if len(self) < _MEMORY_LIMIT:
            self[word] = folded
        return folded


_FOLDED = _Memory()


def _singular(word: str) -> str:
    if len(word) < 4 or word[-1] != "s" or word in _SINGULAR:
        return word
    if word.endswith(("ss", "us", "is", "os")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")) and not word.endswith("aches"):
        return word[:-2]
    return word[:-1]


class Words(NamedTuple):
    """The words of a text, in order; item ``i`` of each list belongs to word ``i``."""

    folded: list[str]
    starts: list[int]  # code point at which the word starts
    ends: list[int]  # code point after its last one
    gaps: list[str]  # what stands between it and the word before


def cut(text: str) -> Words:
    """Cut ``text`` into words. Hyphens, slashes and other punctuation separate words and are not kept.

    >>> cut("Pt's X-rays: T 38.1").folded
    ['pt', 'x', 'ray', 't', '38.1']
    """
    parts = _pattern(text).split(text)  # what is between words and the words, by turns
    places = list(accumulate(map(len, parts)))
    return Words(list(map(_FOLDED.__getitem__, parts[1::2])), places[:-1:2], places[1::2], parts[:-1:2])


def folded(text: str) -> list[str]:
    """The words of ``text`` as `cut` gives them, without their places, in half the time."""
    return list(map(_FOLDED.__getitem__, _pattern(text).findall(text)))


def _pattern(text: str) -> re.Pattern[str]:
    return _ASCII_WORD if text.isascii() else _WORD


_BASE = 256  # values of the second character of a pair; the first has as many as there are words for
_LENGTHS = 256  # a phrase's number and length in words share one integer


Match: TypeAlias = tuple[int, int, int]
"""One occurrence of a phrase: first word, one past the last word, and the number the phrase was registered with."""


class Phrases:
    """A set of phrases compiled once, each with a number; finds all of them in a run of words.

    Args:
        phrases: phrase → number. A phrase is cut and folded like any text; one without a word is ignored.

    The compiled set can be pickled, and is quick to load: the automaton holds nothing but integers, each a number and
    the phrase's length in words.
    """

    def __init__(self, phrases: Mapping[str, int] | Iterable[tuple[str, int]]) -> None:
        items = phrases.items() if isinstance(phrases, Mapping) else phrases
        self._pairs: dict[str, str] = {}
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for phrase, value in items:
            words = cut(phrase).folded
            if words:
                key = "".join(self._pair(word) for word in words)
                if len(words) >= _LENGTHS:
                    raise ValueError(f"a phrase of {len(words)} words; at most {_LENGTHS - 1} are possible")
                self._automaton.add_word(key, value * _LENGTHS + len(words))
        if len(self._automaton):
            self._automaton.make_automaton()

    def _pair(self, word: str) -> str:
        """Two characters that stand for ``word``.

        Not one: the automaton looks through the children of a state one by one, and its first state would have a
        child for every word. The two come from different ranges, so a match cannot begin inside a pair.
        """
        pair = self._pairs.get(word)
        if pair is None:
            high, low = divmod(len(self._pairs), _BASE)
            pair = self._pairs[word] = chr(_BASE + 1 + high) + chr(1 + low)
        return pair

    def __len__(self) -> int:
        return len(self._automaton)

    def find(self, words: Iterable[str]) -> list[Match]:
        """Every occurrence, overlapping ones included, ordered by the last word. ``words`` are folded."""
        if not len(self._automaton):
            return []
        run = "".join(map(self._pairs.get, words, repeat("\0\0")))
        return [
            (end // 2 + 1 - packed % _LENGTHS, end // 2 + 1, packed // _LENGTHS)
            for end, packed in self._automaton.iter(run)
        ]

    def longest(self, words: Iterable[str]) -> list[Match]:
        """The longest occurrences, leftmost first; none that shares a word with one before it."""
        longest_first = reversed(self.find(words))  # of those that begin with the same word
        kept: list[Match] = []
        free = 0
        for match in sorted(longest_first, key=itemgetter(0)):
            if match[0] >= free:
                kept.append(match)
                free = match[1]
        return kept
