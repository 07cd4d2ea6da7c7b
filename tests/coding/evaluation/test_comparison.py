"""Systems side by side."""

from __future__ import annotations

import json

import pytest

from coding.evaluation.gold_notes import note, suggestion
from wardround.coding.evaluation import Answers, Cost, GoldNote, compare


def costing(cost: GoldNote, timings: dict[str, float], tokens: int | None = None) -> GoldNote:
    provenance = cost.result.provenance.model_copy(update={"tokens": tokens})
    result = cost.result.model_copy(update={"timings": timings, "provenance": provenance})
    return GoldNote(id=cost.id, text=cost.text, gold=cost.gold, result=result)


@pytest.mark.parametrize(
    ("timings", "tokens", "measured", "cost"),
    [
        ([{}, {}], [None, None], None, Cost(seconds=None, model_seconds=None, tokens=None)),
        ([{"read": 1000.0, "code": 2000.0}, {"code": 1000.0}], [None, None], None, (2.0, None, None)),
        ([{"code": 1000.0}, {"code": 1000.0, "model": 3000.0}], [None, 40], 8.0, (4.0, 3.0, 40.0)),
        ([{"code": 1000.0}, {}], [10, 30], None, (1.0, None, 20.0)),
    ],
)
def test_cost_is_the_mean_over_the_notes_that_tell_it(
    timings: list[dict[str, float]], tokens: list[int | None], measured: float | None, cost: object
) -> None:
    notes = [costing(note("I10"), time, count) for time, count in zip(timings, tokens, strict=True)]
    (one,) = compare([Answers(name="one", notes=notes, seconds=measured)]).systems
    told = one.cost if isinstance(cost, Cost) else tuple(one.cost.model_dump().values())
    assert told == cost


def test_systems_are_compared_on_the_same_notes() -> None:
    one, other = Answers(name="one", notes=[note("I10")]), Answers(name="other", notes=[note("E11.9")])
    with pytest.raises(ValueError, match="same notes"):
        compare([one, other])


def test_everything_is_in_the_json() -> None:
    some = [note("I10 E11.9", suggestion("I10"), suggestion("E11.65", "review", 0.4))]
    told = compare([Answers(name="one", notes=some), Answers(name="other", notes=some, missing=1)]).to_json()
    first, second = json.loads(json.dumps(told))["systems"]
    assert (told["schema"], told["resamples"]) == ("wardround.evaluation/1", 1000)
    for name in ("micro", "macro_f1", "three_character", "over_coding", "chapters", "sections", "near_misses"):
        assert name in first
    assert {"reliability", "curve", "intervals", "differences", "cost", "missing_notes"} <= first.keys()
    assert first["differences"] is None
    assert second["differences"]["f1"]["value"] == 0
    assert second["missing_notes"] == 1
