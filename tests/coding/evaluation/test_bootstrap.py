"""Intervals and differences from draws of the notes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coding.evaluation.gold_notes import note, suggestion
from wardround.coding.evaluation import Answers, GoldNote, compare, difference, evaluate, interval, resampled

CODES = st.lists(st.sampled_from(["E11.9", "I10", "M17.11", "R05.9"]), unique=True)
FIGURES = ("precision", "recall", "f1", "macro_f1")


def notes(*pairs: tuple[str, str]) -> list[GoldNote]:
    return [note(gold, *map(suggestion, suggested.split())) for gold, suggested in pairs]


def test_every_draw_is_scored_as_the_notes_themselves_are() -> None:
    """With as many draws as it takes to see which notes were drawn: by figures that tell the two notes apart."""
    pair = notes(("I10", "I10"), ("I10 E11.9", "R05.9 R07.9"))
    found = resampled([pair], resamples=200, seed=1)[0]
    possible = [evaluate([pair[one], pair[other]]) for one, other in ((0, 0), (0, 1), (1, 1))]
    seen = set(zip(found.precision, found.recall, found.f1, found.macro_f1, strict=True))
    assert seen == {(each.micro.precision, each.micro.recall, each.micro.f1, each.macro_f1) for each in possible}
    once = found.precision.count(possible[1].micro.precision)
    assert 70 < once < 130  # half of the draws take one of each


@settings(max_examples=40, deadline=None)
@given(st.tuples(CODES, CODES), st.integers(1, 6))
def test_the_same_note_again_and_again_has_no_width(pair: tuple[list[str], list[str]], times: int) -> None:
    same = notes(*[(" ".join(pair[0]), " ".join(pair[1]))] * times)
    figures, drawn = evaluate(same), resampled([same], resamples=20)[0]
    for name in FIGURES:
        value = getattr(figures if name == "macro_f1" else figures.micro, name)
        found = interval(value, getattr(drawn, name))
        assert (found is None) == (value is None)
        if found is not None:
            assert found.low == pytest.approx(value)
            assert found.high == pytest.approx(value)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=8))
def test_an_interval_lies_between_0_and_1(pairs: list[tuple[list[str], list[str]]]) -> None:
    some = notes(*((" ".join(gold), " ".join(suggested)) for gold, suggested in pairs))
    (one,) = compare([Answers(name="one", notes=some)]).systems
    for name in FIGURES:
        found = getattr(one.intervals, name)
        assert found is None or 0 <= found.low <= found.high <= 1


def test_the_middle_of_a_thousand_values_around_the_figure() -> None:
    found = interval(0.6, [number / 1000 for number in range(1000)])
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.025 + 0.1005), 1.0)  # 0.974 + 0.1005 is no ratio
    assert interval(None, [0.5]) is None
    assert interval(0.5, [None, None]) is None


def test_draws_are_paired() -> None:
    """The second system finds one code more in every note: however the notes are drawn, it is better."""
    first = notes(*[("I10 E11.9", "I10")] * 5, *[("I10 E11.9", "R05.9")] * 5)
    second = notes(*[("I10 E11.9", "I10 E11.9")] * 5, *[("I10 E11.9", "R05.9 E11.9")] * 5)
    one, other = compare([Answers(name="one", notes=first), Answers(name="other", notes=second)]).systems
    assert one.differences is None
    assert other.differences is not None
    apart = other.differences.recall
    assert apart is not None
    assert (apart.value, apart.low, apart.high, apart.otherwise) == (0.5, 0.5, 0.5, 0.0)
    assert one.intervals.recall is not None
    assert one.intervals.recall.low < one.intervals.recall.high


@pytest.mark.parametrize(
    ("value", "other", "drawn", "otherwise"),
    [(0.5, 0.5, [0.0, 0.0], 1.0), (0.5, 0.25, [-0.5, 0.5, 0.5, 0.5], 0.25), (0.25, 0.5, [-0.5, -0.5, 0.0, 0.0], 0.5)],
)
def test_draws_that_say_otherwise(value: float, other: float, drawn: list[float], otherwise: float) -> None:
    found = difference(value, other, drawn, [0.0] * len(drawn))
    assert found is not None
    assert found.otherwise == otherwise


def test_a_difference_to_nothing_is_none() -> None:
    assert difference(None, 0.5, [0.5], [0.5]) is None
    assert difference(0.5, 0.5, [None], [0.5]) is None


def test_the_same_notes_give_the_same_intervals() -> None:
    some = notes(("I10", "I10"), ("I10 E11.9", "R05.9"), ("R05.9", "R05.9 I10"))
    assert compare([Answers(name="one", notes=some)]) == compare([Answers(name="one", notes=some)])


def test_no_notes_have_no_intervals() -> None:
    (one,) = compare([Answers(name="one", notes=[])]).systems
    assert one.intervals.model_dump() == dict.fromkeys(FIGURES)


def test_a_thousand_draws_of_250_notes_for_three_systems_take_little_time() -> None:
    codes = [f"{letter}{number:02}.{detail}" for letter in "EIJKM" for number in range(10, 60) for detail in range(2)]
    system = [
        note(
            " ".join(codes[(7 * number + step * step) % 500] for step in range(11)),
            *(suggestion(codes[(7 * number + step**3) % 500]) for step in range(9)),
        )
        for number in range(250)
    ]
    began = time.process_time()
    resampled([system] * 3)
    assert time.process_time() - began < 4  # a third of it where nothing else runs
