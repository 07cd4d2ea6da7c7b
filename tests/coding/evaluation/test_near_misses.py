"""How far wrong codes are from right ones."""

from __future__ import annotations

import pytest

from coding.evaluation.gold_notes import note, suggestion
from wardround.coding.evaluation import Distances, evaluate


@pytest.mark.parametrize(
    ("gold", "suggested", "distance"),
    [
        ("M17.11", "M17.12", "subcategory"),
        ("M17.11", "M17.0", "category"),
        ("M17", "M17.0", "category"),
        ("M17.11", "M16.11", "block"),
        ("M17.11", "M54.50", "chapter"),
        ("M17.11", "I10", "elsewhere"),
        ("C7A.00", "C76.0", "chapter"),  # the block C76-C80 begins before C7A, and does not hold it
        ("ZZ9.9", "ZZ8.9", "elsewhere"),  # both are in no chapter, which they have not in common
    ],
)
def test_a_wrong_code_is_as_far_as_the_nearest_on_the_other_side(gold: str, suggested: str, distance: str) -> None:
    near = evaluate([note(gold, suggestion(suggested))]).near_misses
    expected = Distances(**{name: int(name == distance) for name in Distances.model_fields})
    assert (near.false_alarms, near.misses) == (expected, expected)


def test_the_nearest_counts_and_what_was_found_does_not() -> None:
    near = evaluate([note("M17.11 M16.11", suggestion("M17.12"), suggestion("I10"))]).near_misses
    assert near.false_alarms == Distances(subcategory=1, category=0, block=0, chapter=0, elsewhere=1)
    assert near.misses == Distances(subcategory=1, category=0, block=1, chapter=0, elsewhere=0)
    near = evaluate([note("M17.11", suggestion("M17.11"), suggestion("M17.12"))]).near_misses
    assert near.false_alarms == Distances(subcategory=0, category=0, block=0, chapter=0, elsewhere=1)


def test_misses_that_were_considered_are_counted_where_that_is_told() -> None:
    turned_down = note("I10 E11.9 R05.9", suggestion("I10", "rejected"), suggestion("J20.9", "rejected"))
    assert evaluate([turned_down, note("I10")]).near_misses.considered == 1
    assert evaluate([note("I10")]).near_misses.considered is None
