"""Cutting and folding words, and finding phrases among them."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.words import Phrases, cut, fold

SAME = [
    ("kidney", "Kidneys"),
    ("crohn", "Crohn's"),
    ("crohn", "Crohn’s"),
    ("crohn", "CROHNS"),
    ("biopsy", "biopsies"),
    ("abscess", "abscesses"),
    ("rash", "rashes"),
    ("headache", "headaches"),
    ("box", "boxes"),
    ("meniere", "Ménière's"),
    ("sjogren", "Sjögren’s"),
    ("epoca", "ÉPOCA"),
    ("epoca", "E\u0301poca"),
    ("doesn't", "doesn’t"),
]
DIFFERENT = [
    ("aids", "aid"),
    ("his", "hi"),
    ("pus", "pu"),
    ("diabetes", "diabete"),
    ("series", "sery"),
    ("virus", "viru"),
    ("arthrosis", "arthrosi"),
    ("mass", "mas"),
    ("gas", "ga"),
    ("us", "u"),
    ("las", "la"),
]


@pytest.mark.parametrize(("folded", "written"), SAME)
def test_fold(folded: str, written: str) -> None:
    assert fold(cut(written).folded[0]) == folded


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_words_that_must_not_merge(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n\t.,;-—/", []),
        ("Pt's X-rays: T 38.1", ["pt", "x", "ray", "t", "38.1"]),
        ("HbA1c 7,5%", ["hba1c", "7,5"]),
        ("1. CKD 3a", ["1", "ckd", "3a"]),
        ("stage3", ["stage3"]),
        ("2.5mg", ["2", "5mg"]),
        ("s/p ORIF; c/o SOB", ["s", "p", "orif", "c", "o", "sob"]),
        ("snake_case_word", ["snake", "case", "word"]),
        ("left\u00a0knee", ["left", "knee"]),
        ("knee\u200bpain", ["knee", "pain"]),
        ("'quoted'", ["quoted"]),
        ("肺炎 is pneumonia", ["肺炎", "is", "pneumonia"]),
        ("\ud800pain\udfff", ["pain"]),
        ("a\x00b", ["a", "b"]),
    ],
)
def test_cut(text: str, words: list[str]) -> None:
    assert cut(text).folded == words


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=80))
def test_words_lie_in_order_inside_the_text(text: str) -> None:
    words = cut(text)
    last = 0
    for folded, start, end, gap in zip(*words, strict=True):
        assert last <= start < end <= len(text)
        assert gap == text[last:start]
        assert fold(text[start:end]) == folded
        last = end


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=1, max_size=20))
def test_case_does_not_matter(word: str) -> None:
    assert fold(word.lower()) == fold(word)


PHRASES = {"knee pain": 1, "pain": 2, "chronic knee pain": 3, "heart attacks": 4, "…": 5}


@pytest.mark.parametrize(
    ("text", "every", "longest"),
    [
        ("chronic Knee-Pain", [(1, 3, 1), (0, 3, 3), (2, 3, 2)], [(0, 3, 3)]),
        ("knee and pain", [(2, 3, 2)], [(2, 3, 2)]),
        ("heart attack", [(0, 2, 4)], [(0, 2, 4)]),
        ("pain, pains, knee pains", [(0, 1, 2), (1, 2, 2), (2, 4, 1), (3, 4, 2)], [(0, 1, 2), (1, 2, 2), (2, 4, 1)]),
        ("heart failure", [], []),
        ("", [], []),
    ],
)
def test_phrases(text: str, every: list[tuple[int, int, int]], longest: list[tuple[int, int, int]]) -> None:
    phrases = Phrases(PHRASES)
    words = cut(text).folded
    assert sorted(phrases.find(words)) == sorted(every)
    assert phrases.longest(words) == longest


def test_the_longest_is_kept_even_where_a_shorter_one_starts_inside_it() -> None:
    phrases = Phrases([("a b c", 1), ("c d", 2), ("d", 3)])
    assert phrases.longest(["a", "b", "c", "d"]) == [(0, 3, 1), (3, 4, 3)]


def test_a_phrase_without_a_word_is_ignored() -> None:
    assert len(Phrases(PHRASES)) == 4
    assert Phrases({}).find(["pain"]) == []
    assert Phrases({}).longest(["pain"]) == []


def test_a_compiled_set_can_be_pickled() -> None:
    phrases = pickle.loads(pickle.dumps(Phrases(PHRASES)))
    assert phrases.find(["knee", "pain"]) == Phrases(PHRASES).find(["knee", "pain"])
    assert pickle.loads(pickle.dumps(Phrases({}))).find(["pain"]) == []


def test_a_phrase_may_be_long_but_not_endless() -> None:
    long = Phrases({"word " * 255: 7})
    assert long.find(["word"] * 255) == [(0, 255, 7)]
    with pytest.raises(ValueError, match="256 words"):
        Phrases({"word " * 256: 1})


def test_many_different_words_do_not_collide() -> None:
    words = [f"w{number}" for number in range(57_500)]  # more than fit below the surrogates
    phrases = Phrases((" ".join(words[start : start + 250]), start) for start in range(0, len(words), 250))
    assert phrases.find(words) == [(start, start + 250, start) for start in range(0, len(words), 250)]
    assert phrases.find(["unknown", "\0"]) == []


VOCABULARY = st.sampled_from(["knee", "pain", "left", "heart", "attack", "chronic"])


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(VOCABULARY, min_size=1, max_size=3), max_size=6), st.lists(VOCABULARY, max_size=12))
def test_find_agrees_with_a_plain_search(phrases: list[list[str]], words: list[str]) -> None:
    numbered = {" ".join(phrase): number for number, phrase in enumerate(phrases)}
    expected = [
        (first, first + len(phrase.split()), number)
        for phrase, number in numbered.items()
        for first in range(len(words))
        if words[first : first + len(phrase.split())] == phrase.split()
    ]
    assert sorted(Phrases(numbered).find(words)) == sorted(expected)


@given(st.text(alphabet=st.sampled_from("aB1.,'-_ é’"), max_size=40).filter(str.isascii))
def test_plain_text_is_cut_like_any_other(text: str) -> None:
    plain = cut(text)
    other = cut(f"{text} é")
    assert plain.starts == other.starts[:-1]
    assert plain.ends == other.ends[:-1]
