"""Figures by chapter and by section."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coding.evaluation.gold_notes import note, suggestion
from wardround.coding.evaluation import evaluate

CODES = st.lists(
    st.sampled_from(["A00.0", "C7A.00", "E11.9", "E11.65", "I10", "M17.11", "M17.12", "R05.9", "S72.001A", "ZZ9.9"]),
    unique=True,
)


def test_chapters_stand_in_their_order_with_what_is_in_none_last() -> None:
    figures = evaluate(
        [
            note("I10 E11.9 U99.0", suggestion("E11.9"), suggestion("R05.9")),
            note("E11.65", suggestion("E11.9"), suggestion("I10")),
        ]
    )
    told = [
        (each.chapter, each.codes, each.score.true_positives, each.score.false_positives, each.score.false_negatives)
        for each in figures.chapters
    ]
    assert told == [
        ("4", "E00-E89", 1, 1, 1),
        ("9", "I00-I99", 0, 1, 1),
        ("18", "R00-R99", 0, 1, 0),
        ("", "", 0, 0, 1),
    ]
    assert figures.chapters[1].title == "Diseases of the circulatory system"


@pytest.mark.parametrize(
    ("code", "codes"),
    [
        ("C7A.00", "C00-D49"),
        ("D49.9", "C00-D49"),
        ("D50.0", "D50-D89"),
        ("H60.00", "H60-H95"),
        ("O9A.111", "O00-O9A"),
        ("Q99.99", "Q00-QA0"),  # a code that the release does not have
        ("M1A.9XX0", "M00-M99"),
    ],
)
def test_a_code_is_of_the_chapter_whose_range_it_is_in(code: str, codes: str) -> None:
    (chapter,) = evaluate([note(code)]).chapters
    assert chapter.codes == codes


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=5))
def test_chapters_sum_to_the_whole(pairs: list[tuple[list[str], list[str]]]) -> None:
    figures = evaluate([note(" ".join(gold), *map(suggestion, suggested)) for gold, suggested in pairs])
    for count in ("true_positives", "false_positives", "false_negatives"):
        assert sum(getattr(each.score, count) for each in figures.chapters) == getattr(figures.micro, count)


def test_sections_have_precision_and_a_code_counts_in_each_that_it_is_quoted_from() -> None:
    figures = evaluate(
        [
            note(
                "I10 E11.9",
                suggestion("I10", sections="assessment plan assessment"),
                suggestion("R05.9", sections="plan"),
                suggestion("E11.9", sections="assessment"),
            )
        ]
    )
    assert [each.model_dump() for each in figures.sections] == [
        {"section": "assessment", "suggested": 2, "right": 2, "precision": 1.0},
        {"section": "plan", "suggested": 2, "right": 1, "precision": 0.5},
    ]
