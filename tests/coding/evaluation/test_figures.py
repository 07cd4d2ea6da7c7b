"""The figures of an evaluation, on results small enough to count by hand."""

from __future__ import annotations

import pytest

from coding.evaluation.gold_notes import note, suggestion
from wardround.coding.evaluation import Score, category, evaluate, mistakes, normal


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("K35.80", "K35.80"),
        ("k3580", "K35.80"),
        (" i10 ", "I10"),
        ("W19.XXX", "W19.XXX"),
        ("S72001A", "S72.001A"),
        ("", ""),
    ],
)
def test_gold_codes_as_people_write_them(code: str, written: str) -> None:
    assert normal(code) == written
    assert category(written) == written[:3]


def test_micro_counts_codes_over_all_notes() -> None:
    figures = evaluate(
        [note("K35.80 I10", suggestion("K35.80"), suggestion("R50.9")), note("I10", suggestion("I10")), note("E11.9")]
    )
    assert figures.micro == Score(
        true_positives=2, false_positives=1, false_negatives=2, precision=2 / 3, recall=2 / 4, f1=4 / 7
    )
    assert (figures.notes, figures.gold_codes, figures.suggested_codes) == (3, 4, 3)


def test_macro_is_the_mean_over_the_codes_of_the_gold() -> None:
    notes = [note("K35.80 I10", suggestion("K35.80"), suggestion("R50.9")), note("I10", suggestion("I10"))]
    assert evaluate(notes).macro_f1 == pytest.approx((1 + 2 / 3) / 2)  # R50.9 is not gold and does not count


def test_three_characters_forgive_the_detail_and_count_a_category_once() -> None:
    figures = evaluate([note("M17.11 M17.12", suggestion("M17.0"), suggestion("M25.561"))])
    assert figures.micro.true_positives == 0
    score = figures.three_character
    assert (score.true_positives, score.false_positives, score.false_negatives) == (1, 1, 0)


def test_accepted_codes_have_their_own_precision_and_a_coverage() -> None:
    figures = evaluate(
        [
            note(
                "I10 E11.9",
                suggestion("I10"),
                suggestion("R05.9"),
                suggestion("E11.9", "review"),
                suggestion("J45.909", "rejected"),
            )
        ]
    )
    assert figures.accepted.model_dump() == {"codes": 2, "coverage": 2 / 3, "precision": 1 / 2}


def test_the_curve_falls_from_the_most_certain_codes_to_all() -> None:
    figures = evaluate(
        [
            note("I10 E11.9", suggestion("I10", confidence=0.9), suggestion("R05.9", confidence=0.5)),
            note("E11.9", suggestion("E11.9", confidence=0.502)),
        ]
    )
    assert [(point.confidence, point.coverage, point.precision) for point in figures.curve] == [
        (0.9, 1 / 3, 1.0),
        (0.5, 1.0, 2 / 3),
    ]


def test_codes_that_cannot_be_billed_and_quotes_that_are_not_there_are_counted() -> None:
    wrong = note("K35.80 W19.XXX", suggestion("K35"), suggestion("K37.9"), suggestion("K35.80", quote="Acute"))
    figures = evaluate([wrong])
    assert (figures.invalid_codes, figures.gold_codes_not_in_release, figures.inexact_quotes) == (2, 1, 1)


def test_a_ratio_without_a_denominator_is_none() -> None:
    figures = evaluate([note("")])
    assert (figures.micro.precision, figures.micro.recall, figures.micro.f1, figures.macro_f1) == (None,) * 4
    assert (figures.accepted.precision, figures.accepted.coverage) == (None, None)
    assert figures.curve == ()


def test_what_a_system_without_confidences_gives_is_not_weighed() -> None:
    notes = [note("I10", suggestion("I10", "review", 0.5))]
    assert evaluate(notes).reliability is not None
    figures = evaluate(notes, confidences=False)
    assert (figures.curve, figures.reliability, figures.micro.f1) == ((), None, 1)


@pytest.mark.parametrize(
    ("gold", "suggested", "ratio"), [("I10 E11.9", "I10", 0.5), ("I10", "I10 R05.9 R07.9", 3.0), ("", "I10", None)]
)
def test_over_coding_is_what_is_suggested_for_each_gold_code(gold: str, suggested: str, ratio: float | None) -> None:
    assert evaluate([note(gold, *map(suggestion, suggested.split()))]).over_coding == ratio


def test_mistakes_say_what_was_considered_and_what_is_close() -> None:
    misses = note("I10 M17.11 E11.9", suggestion("M17.0"), suggestion("E11.9", "rejected"))
    rows = [(m.kind, m.code, m.status, m.related, m.reason) for m in mistakes([misses])]
    assert rows == [
        ("miss", "E11.9", "rejected", (), "the note denies it"),
        ("miss", "I10", "", (), ""),
        ("miss", "M17.11", "", ("M17.0",), ""),
        ("false alarm", "M17.0", "accepted", ("M17.11",), "first; second"),
    ]
