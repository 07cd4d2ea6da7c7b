"""What differs between two site models, counted by hand on models that were changed by hand."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("sklearn", reason="the extra wardround[learn] is not installed")

from learning.notes import learned, made
from wardround.coding.site import SiteModel
from wardround.errors import InputError
from wardround.learning.comparing import difference, effect


def changed(**habits: Any) -> SiteModel:
    """The model of 60 charts with other habits."""
    model = learned()
    return model.model_copy(update={"habits": model.habits.model_copy(update=habits)})


def test_the_same_model_differs_in_nothing() -> None:
    found = difference(learned(), learned())
    assert (found.weights, found.habits, found.codes_gained, found.codes_lost) == ((), (), (), ())


def test_habits_that_are_new_gone_and_moved() -> None:
    old = changed(phrases={"sugar": (20, {"E11.9": 10}), "pump": (9, {"I50.9": 9}), "rare": (5, {"I10": 0})})
    new = changed(phrases={"sugar": (40, {"E11.9": 30, "E11.65": 4}), "pump": (18, {"I50.9": 18})})
    found = [(each.sign, each.code, each.old, each.new) for each in difference(old, new).habits]
    assert found == [
        ("sugar", "E11.9", (10, 20), (30, 40)),  # by a quarter
        ("sugar", "E11.65", None, (4, 40)),  # by a tenth
    ]
    assert difference(old, new).habits[0].moved == pytest.approx(0.25)


def test_codes_gained_and_lost() -> None:
    old, new = changed(codes={"I10": 9, "M10.9": 3}), changed(codes={"I10": 12, "E03.9": 4})
    found = difference(old, new)
    assert (found.codes_gained, found.codes_lost) == (("E03.9",), ("M10.9",))


def test_weights_the_farthest_moved_first() -> None:
    old = learned()
    weights = {kind: dict(own) for kind, own in old.weights.items()}
    weights["agreed"]["prior"] = old.weights["agreed"]["prior"] + 0.5
    weights["shown"]["signs"] = old.weights["shown"]["signs"] - 2.0
    weights["shown"]["new fact"] = 0.1
    found = difference(old, old.model_copy(update={"weights": weights})).weights
    assert [(each.kind, each.fact) for each in found] == [
        ("shown", "signs"),
        ("agreed", "prior"),
        ("shown", "new fact"),
    ]
    assert (found[-1].old, found[-1].new) == (0.0, 0.1)


def test_models_of_two_scopes_are_not_compared() -> None:
    with pytest.raises(InputError, match="two scopes"):
        difference(learned(), learned().model_copy(update={"scope": "mentions"}))


def test_what_it_would_change() -> None:
    charts = made(40, 7)
    gagged = changed(phrases={}, terms={}, offered={})  # knows none of the site's words
    told: list[tuple[int, int]] = []
    found = effect(gagged, learned(), charts, on_progress=lambda *done: told.append(done))
    having = {code: [chart.id for chart in charts if code in chart.codes] for code in ("E11.9", "I50.9")}
    appear = {each.code: each for each in found.codes if each.change == "appears"}
    for code, ids in having.items():
        assert list(appear[code].charts) == ids
        assert appear[code].right == len(ids)
    assert found.charts == 40
    assert found.changed >= len({id for ids in having.values() for id in ids})
    assert (found.new.f1 or 0) > (found.old.f1 or 0) + 0.1
    assert told[-1] == (40, 40)


def test_no_chart_no_effect() -> None:
    with pytest.raises(InputError):
        effect(learned(), learned(), [])
