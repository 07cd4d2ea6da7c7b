"""What is found in a sentence, and on which words."""

from __future__ import annotations

from typing import Any

import pytest

from wardround import documents
from wardround.coding.find import Found, Patient, Stream, find
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10 import CodeSet


@pytest.fixture(scope="module")
def vocabulary(codes: CodeSet) -> Vocabulary:
    return Vocabulary.load(codes)


def finds(vocabulary: Vocabulary, text: str, **patient: Any) -> list[Found]:
    return find(Stream(documents.read(text), vocabulary, Patient(**patient)), vocabulary)


def quotes(vocabulary: Vocabulary, text: str, **patient: Any) -> list[str]:
    return [found.span.quote(text) for found in finds(vocabulary, text, **patient)]


# text | quotes, in order
FOUND = [
    # phrases, whatever the case, plural, accent or punctuation
    ("He has gout.", ["gout"]),
    ("HEART FAILURE, MIGRAINES", ["HEART FAILURE", "MIGRAINES"]),
    ("Crohn’s disease and Ménière's disease", ["Crohn’s disease", "Ménière's disease"]),
    ("Gastro-esophageal reflux disease", ["Gastro-esophageal reflux disease"]),
    ("type 2 diabetes mellitus", ["type 2 diabetes mellitus"]),
    # words in between that nothing is matched by
    ("shortness of the breath", ["shortness of the breath"]),
    # bags: any order, side by side
    ("knee pain", ["knee pain"]),
    ("pain in the knee", ["pain in the knee"]),
    # sides stand between
    ("pain in the left knee", ["pain in the left knee"]),
    # the longest wins
    ("chest pain", ["chest pain"]),
    ("acute kidney failure", ["acute kidney failure"]),
    # one site, two finds
    ("swelling, knee pain", ["swelling, knee", "knee pain"]),
    # far apart is not together
    ("the knee, as he said on the phone yesterday, gives him no pain", ["pain"]),
    # sentences are apart
    ("He bent his knee. Pain is gone", ["Pain"]),
    # blocking terms
    ("blood pressure cuff", []),
    ("stroke volume", []),
    ("depression screening", []),
    # not words of their own
    ("scoutgout", []),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_what_is_found(vocabulary: Vocabulary, text: str, expected: list[str]) -> None:
    assert quotes(vocabulary, text) == expected


@pytest.mark.parametrize(
    ("text", "phrase"), [("knee pain", True), ("pain in the knee", True), ("chronic pain of the left knee", False)]
)
def test_in_order_and_side_by_side_is_a_phrase(vocabulary: Vocabulary, text: str, phrase: bool) -> None:
    assert any(found.phrase for found in finds(vocabulary, text)) is phrase


CONDITIONS = [
    # CAPS
    ("OA of the knee", {}, ["OA of the knee"]),
    ("oa of the knee", {}, []),
    # problem
    ("Assessment:\n1. Injury", {}, ["Injury"]),
    ("The injury hurts", {}, []),
    # near
    ("Assessment: broken wrist", {}, ["broken wrist"]),
    ("Assessment: broken pump", {}, []),
    # sex
    ("Assessment: BPH", {"sex": "male"}, ["BPH"]),
    ("Assessment: BPH", {}, ["BPH"]),
]


@pytest.mark.parametrize(("text", "patient", "expected"), CONDITIONS)
def test_conditions_of_a_term(vocabulary: Vocabulary, text: str, patient: dict[str, Any], expected: list[str]) -> None:
    assert quotes(vocabulary, text, **patient) == expected


@pytest.mark.parametrize(
    ("when", "patient", "expected"),
    [
        ("", {}, True),
        ("CAPS", {}, True),
        ("female", {}, True),
        ("female", {"sex": "female"}, True),
        ("female", {"sex": "male"}, False),
        ("male", {"sex": "female"}, False),
        ("child", {}, True),
        ("child", {"age": 17.9}, True),
        ("child", {"age": 18}, False),
        ("adult", {"age": 18}, True),
        ("adult", {"age": 17.9}, False),
        ("adult", {}, True),
        ("near:worse|better", {}, True),
        ("near:better", {}, False),
        ("near:toda", {}, False),
        ("CAPS,near:worse", {}, True),
        ("CAPS,near:worse,male", {"sex": "female"}, False),
        ("problem", {}, True),
    ],
)
def test_every_condition(vocabulary: Vocabulary, when: str, patient: dict[str, Any], expected: bool) -> None:
    text = "Assessment:\n1. MS, worse today"
    stream = Stream(documents.read(text), vocabulary, Patient(**patient))
    sentence = stream.sentence_of[list(stream.words).index("worse")]
    start = text.index("MS")
    assert (
        stream.holds(when, documents.read(text).problems[0].heading._replace(start=start, end=start + 2), sentence)
        is expected
    )


def test_a_list_number_is_no_word(vocabulary: Vocabulary) -> None:
    (found,) = finds(vocabulary, "Assessment:\n1. CKD")
    assert found.span.quote("Assessment:\n1. CKD") == "CKD"
    stream = Stream(documents.read("Assessment:\n4. CKD\n5. Gout"), vocabulary, Patient())
    assert not {"4", "5"} & set(stream.words)


def test_positions_and_spans_agree(vocabulary: Vocabulary) -> None:
    text = "Exam. Pain,  in the LEFT\tknee; heart attack."
    stream = Stream(documents.read(text), vocabulary, Patient())
    for found in find(stream, vocabulary):
        assert list(found.positions) == sorted(found.positions)
        assert stream.span(found.positions) == found.span
        assert set(found.positions) <= set(stream.within(found.span))
        assert stream.sentence_of[found.positions[0]] == found.sentence


def test_sentence_ranges_hold_every_word_once(vocabulary: Vocabulary) -> None:
    stream = Stream(documents.read("One. Two words here.\n\n3. three\nfour"), vocabulary, Patient())
    assert [p for positions in stream.sentence_ranges for p in positions] == [*range(len(stream.words))]
