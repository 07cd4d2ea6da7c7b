"""A calibration is fitted to what people made of suggested codes."""

from __future__ import annotations

import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.coding.evaluation import reliability
from wardround.errors import InputError
from wardround.learning.calibrating import calibrated


def judged(count: int, seed: int = 0, power: float = 2.0) -> tuple[list[float], list[bool]]:
    """Scores, and whether such a code was right: with the probability ``score ** power``."""
    drawn = random.Random(seed)
    scores = [drawn.random() for _ in range(count)]
    return scores, [drawn.random() < score**power for score in scores]


def test_probabilities_are_those_that_the_codes_were_drawn_with() -> None:
    fitted = calibrated(*judged(5000))
    for score in (0.1, 0.3, 0.5, 0.7, 0.9):
        assert fitted.probability(score) == pytest.approx(score**2, abs=0.05)


@pytest.mark.parametrize(("count", "error"), [(200, 0.12), (5000, 0.03)])
def test_on_codes_that_it_did_not_see_the_calibration_error_is_small(count: int, error: float) -> None:
    fitted = calibrated(*judged(count))
    scores, right = judged(4000, seed=1)
    found = reliability(zip(map(fitted.probability, scores), right, strict=True))
    assert found is not None
    assert found.ece < error


@pytest.mark.parametrize("count", [100, 1000])
def test_what_is_promised_is_kept_on_codes_that_it_did_not_see(count: int) -> None:
    """Of many fits most keep their promise, and none breaks it by much."""
    reached = []
    for seed in range(20):
        fitted = calibrated(*judged(count, seed, power=0.5))
        operating = fitted.operating(0.8)
        if operating.threshold is not None:
            scores, right = judged(2000, seed + 1000, power=0.5)
            kept = [
                hit
                for score, hit in zip(scores, right, strict=True)
                if fitted.probability(score) >= operating.threshold
            ]
            reached.append(sum(kept) / len(kept))
    assert len(reached) > 10
    assert sum(share >= 0.78 for share in reached) >= 0.8 * len(reached)
    assert sum(reached) / len(reached) >= 0.795


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from([0.05 * i for i in range(21)]), st.booleans()), min_size=40, max_size=300))
def test_any_judgements_give_a_calibration_that_promises_no_more_than_it_saw(codes: list[tuple[float, bool]]) -> None:
    fitted = calibrated(*zip(*codes, strict=True))
    assert fitted.codes == len(codes)
    for each in fitted.curve:
        kept = [right for score, right in codes if fitted.probability(score) >= (each.threshold or 0)]
        assert each.coverage == pytest.approx(len(kept) / len(codes), abs=1e-4)
        assert each.precision == pytest.approx(sum(kept) / len(kept), abs=1e-4)
        assert each.at_least <= each.precision


def test_order_does_not_matter() -> None:
    scores, right = judged(500)
    pairs = list(zip(scores, right, strict=True))
    random.Random(1).shuffle(pairs)
    assert calibrated(*zip(*pairs, strict=True)) == calibrated(scores, right)


def test_all_right_is_never_certain() -> None:
    fitted = calibrated([0.5] * 40, [True] * 40)
    assert fitted.operating(0.95).threshold == 1.0
    assert fitted.operating(0.99).threshold is None


def test_too_few_codes_tell_nothing() -> None:
    with pytest.raises(InputError, match="39 suggested codes are too few"):
        calibrated([0.5] * 39, [True] * 39)


def test_without_the_package_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.isotonic", None)
    with pytest.raises(InputError) as caught:
        calibrated(*judged(100))
    assert caught.value.hint == "pip install 'wardround[learn]'"
