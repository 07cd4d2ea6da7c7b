"""Examples for a model: what is taken from charts, and what never is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from learning.notes import LOCAL, made
from wardround.learning import Chart
from wardround.learning.examples import learned_examples

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("Zebulon", "Quentin", "Ottoline", "Ignatius", "Wilhelmina")


def charts(*problems: str, code: str = "E11.9") -> list[Chart]:
    return [
        Chart(id=str(number), text=f"ASSESSMENT\n1. {name}\n", codes=frozenset({code}))
        for number, name in enumerate(problems)
    ]


def kept(found: Sequence[Chart]) -> list[tuple[str, str, int]]:
    return [(" ".join(each.words), each.code, each.charts) for each in learned_examples(found)]


def test_local_words_with_their_codes() -> None:
    told: list[tuple[int, int]] = []
    found = learned_examples(made(60), on_progress=lambda *done: told.append(done))
    assert {(" ".join(each.words[-2:]), each.code) for each in found} == set(LOCAL.items())
    assert (found.header.charts, found.header.release) == (60, "2026-04-01")
    assert told[-1] == (60, 60)


def test_two_charts_are_too_few() -> None:
    assert kept(charts(*["Sweet blood"] * 3)) == [("sweet blood", "E11.9", 3)]
    assert kept(charts(*["Sweet blood"] * 2, "Gritty joints")) == []


def test_no_names_and_no_numbers() -> None:
    found = charts(*(f"Sweet blood of {name} since 19{number}" for number, name in enumerate(NAMES, 60)))
    assert kept(found) == [("sweet blood of since", "E11.9", 5)]


def test_what_the_coder_understands_needs_no_example() -> None:
    assert kept(charts(*["Type 2 diabetes"] * 5)) == []


def test_words_that_mean_many_things_teach_nothing() -> None:
    mixed = [chart for code in ("E11.9", "M10.9", "I10") for chart in charts(*["The usual"] * 3, code=code)]
    assert kept(mixed) == []


def test_long_names_are_left_out() -> None:
    assert kept(charts(*[" ".join(["sweet blood and heavy bones"] * 4)] * 3)) == []
