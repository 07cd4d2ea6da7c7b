"""What a site model must not hold, whatever the charts: names, numbers, passages, and what only few charts have."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from itertools import chain
from typing import Any

import pytest

pytest.importorskip("sklearn", reason="the extra wardround[learn] is not installed")

from learning.notes import made
from wardround.coding import Coder
from wardround.coding.site import SiteModel
from wardround.documents import Note
from wardround.learning import Chart, learn
from wardround.learning.examples import learned_examples
from wardround.words import cut

NAMES = ("Zebulon", "Ottoline", "Ignatius", "Wilhelmina", "Quentin", "Barnaby", "Rosalind", "Cuthbert")


def signed(chart: Chart, number: int) -> Chart:
    """The chart with what must not be learned: a patient and a doctor by name, dates, numbers, and words of its own."""
    name = NAMES[number % len(NAMES)]
    rare = "gwendolyn" if number < 2 else ""  # a name in small letters, in two charts
    lines = [
        f"Patient: {name} Featherstonehaugh, MRN 00{number}4711, born 03/14/19{40 + number % 50}.",
        f"Seen with Dr. Abernathy and Mrs. {NAMES[(number + 3) % len(NAMES)]} {rare}.",
        "Call 555-0173 or write to old.mill@example.org if anything changes before the next long visit.",
    ]
    return Chart(id=f"{name} {number}", text="\n".join([*lines, chart.text]), codes=chart.codes)


@cache
def charts() -> tuple[Chart, ...]:
    return tuple(signed(chart, number) for number, chart in enumerate(made(60)))


@cache
def model() -> SiteModel:
    return learn(charts())


def texts(value: Any) -> list[str]:
    """Every string of a JSON value, keys too."""
    if isinstance(value, dict):
        return [*map(str, value), *chain.from_iterable(map(texts, value.values()))]
    if isinstance(value, list):
        return list(chain.from_iterable(map(texts, value)))
    return [value] if isinstance(value, str) else []


def test_no_name_and_no_number() -> None:
    held = f"{model().to_json()}{learned_examples(charts()).text}".lower()
    for name in (*NAMES, "Featherstonehaugh", "Abernathy", "gwendolyn", "4711", "0173"):
        assert name.lower() not in held, name
    signs = [*model().habits.phrases, *model().habits.terms]
    assert not [sign for sign in signs if re.search(r"\d{3}", sign)]
    assert not [chart.id for chart in charts() if chart.id.lower() in held]


def test_no_run_of_five_words_of_a_note() -> None:
    runs = set()
    for chart in charts():
        words = cut(chart.text).folded
        runs |= {tuple(words[at : at + 5]) for at in range(len(words) - 4)}
    for text in texts(json.loads(model().to_json())):
        words = cut(text).folded
        held = {tuple(words[at : at + 5]) for at in range(len(words) - 4)}
        assert not held & runs


def test_nothing_that_fewer_than_three_charts_have() -> None:
    coder = Coder()
    shown: Counter[str] = Counter()
    for chart in charts():
        draft = coder.draft(Note(chart.text), chart.encounter, lambda draft: None)
        words = " ".join(draft.stream.words)
        shown.update(phrase for phrase in model().habits.phrases if f" {phrase} " in f" {words} ")
    assert all(shown[phrase] >= 3 for phrase in model().habits.phrases)
    given = Counter(code for chart in charts() for code in chart.codes)
    assert model().habits.given == {code: count for code, count in given.items() if count >= 3}
    habits = model().habits
    for of, counts in chain(habits.phrases.values(), habits.terms.values(), habits.offered.values()):
        assert of >= 3
        assert all(count == 0 or count >= 3 for count in counts.values())


def test_a_code_of_two_charts_is_not_in_the_file() -> None:
    few = [Chart(id=c.id, text=c.text, codes=c.codes | {"B20"}) if n < 2 else c for n, c in enumerate(charts())]
    assert "B20" not in texts(json.loads(learn(few).to_json()))


def test_copies_of_one_chart_are_one_chart() -> None:
    alone = Chart(id="x", text=f"{NAMES[0]} takes the quibblesome tonic for her gripe.", codes=frozenset({"B20"}))
    again = [Chart(id=f"x{n}", text=f"{n}. {alone.text} ({n})", codes=alone.codes) for n in range(8)]
    assert learn([*charts(), *again]).charts == len(charts()) + 1
