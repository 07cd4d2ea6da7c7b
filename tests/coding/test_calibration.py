"""Confidence as a probability, and what is accepted for it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wardround.coding import Coder
from wardround.coding.calibration import ACCEPTED_FROM, Acceptance, Calibration, Operating, shipped
from wardround.coding.result import Scope

SCOPES: tuple[Scope, ...] = ("encounter", "mentions")
CURVE = (
    Operating(threshold=0.9, precision=0.95, at_least=0.9, coverage=0.1),
    Operating(threshold=0.8, precision=0.93, at_least=0.91, coverage=0.3),
    Operating(threshold=0.5, precision=0.8, at_least=0.78, coverage=0.7),
    Operating(threshold=0.1, precision=0.6, at_least=0.59, coverage=1.0),
)
FITTED = Calibration(points=((0.2, 0.1), (0.4, 0.5), (0.8, 0.5), (0.9, 0.95)), curve=CURVE, codes=1000)
NOTE = "ASSESSMENT:\n1. Hypertension.\n2. Possible gout.\n3. Dizziness.\n\nPAST MEDICAL HISTORY: Appendicitis.\n"

shares = st.floats(0, 1)


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    scores = sorted(draw(st.sets(shares, min_size=1, max_size=8)))
    probabilities = sorted(draw(st.lists(shares, min_size=len(scores), max_size=len(scores))))
    rows = draw(st.lists(st.tuples(shares, shares, shares, shares), max_size=6))
    curve = tuple(Operating(threshold=t, precision=p, at_least=a, coverage=c) for t, p, a, c in rows)
    return Calibration(points=tuple(zip(scores, probabilities, strict=True)), curve=curve, codes=1)


# -- probabilities ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "probability"),
    [(0.0, 0.1), (0.2, 0.1), (0.3, 0.3), (0.4, 0.5), (0.6, 0.5), (0.85, 0.725), (0.9, 0.95), (1.0, 0.95)],
)
def test_between_two_points_the_probability_lies_on_the_line(score: float, probability: float) -> None:
    assert FITTED.probability(score) == pytest.approx(probability)


@given(calibrations(), st.lists(st.floats(-2, 2), min_size=2))
def test_a_better_score_never_means_a_lower_probability(calibration: Calibration, scores: list[float]) -> None:
    probabilities = [calibration.probability(score) for score in sorted(scores)]
    assert all(0 <= each <= 1 for each in probabilities)
    assert all(low <= high + 1e-12 for low, high in itertools.pairwise(probabilities))


@pytest.mark.parametrize(
    "points", [(), ((0.5, 0.5), (0.5, 0.6)), ((0.1, 0.9), (0.2, 0.8)), ((0.2, 0.1), (0.1, 0.2)), ((0.1, 1.1),)]
)
def test_points_that_do_not_rise_make_no_calibration(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValidationError):
        Calibration(points=points, curve=(), codes=1)


# -- what is accepted ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "threshold"), [(0.5, 0.1), (0.6, 0.5), (0.78, 0.5), (0.79, 0.8), (0.91, 0.8), (0.915, None), (1, None)]
)
def test_the_threshold_keeps_most_codes_of_those_that_can_promise_the_target(
    target: float, threshold: float | None
) -> None:
    assert FITTED.operating(target).threshold == threshold


def test_a_target_out_of_reach_accepts_nothing_and_tells_what_is_in_reach() -> None:
    operating = FITTED.operating(0.99)
    assert (operating.threshold, operating.coverage, operating.at_least) == (None, 0.0, 0.91)
    assert not Acceptance(calibration=FITTED, operating=operating, turned_down=0.1).accepts(1.0)


@given(calibrations(), st.floats(0.01, 1))
def test_no_more_is_promised_than_the_curve_bears_out(calibration: Calibration, target: float) -> None:
    operating = calibration.operating(target)
    if operating.threshold is None:
        assert calibration.highest < target
    else:
        assert operating in calibration.curve
        assert operating.at_least >= target


@pytest.mark.parametrize("target", [0, -0.1, 1.01, 90])
def test_a_target_is_a_share(target: float) -> None:
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        FITTED.operating(target)


@pytest.mark.parametrize(("threshold", "coverage"), [(0.05, 1.0), (0.1, 1.0), (0.2, 0.7), (0.9, 0.1), (0.95, 0.0)])
def test_what_a_threshold_buys(threshold: float, coverage: float) -> None:
    operating = FITTED.at(threshold)
    assert (operating.threshold, operating.coverage) == (threshold, coverage)


# -- in a coder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", SCOPES)
def test_the_defaults_are_measured_rise_and_are_not_sure_of_anything(scope: Scope) -> None:
    defaults = shipped(scope).calibration
    assert "not on yours" in defaults.measured_on
    assert defaults.probability(0) > 0
    assert defaults.probability(1) < 1
    assert defaults.at(ACCEPTED_FROM).precision >= ACCEPTED_FROM
    assert [each.coverage for each in defaults.curve] == sorted({each.coverage for each in defaults.curve})


@pytest.mark.parametrize("scope", SCOPES)
def test_codes_are_accepted_by_their_probability_unless_a_rule_doubts_them(scope: Scope) -> None:
    for target in (None, 0.6, 0.7, 0.99):
        coder = Coder(scope=scope, target_precision=target)
        threshold = coder.operating.threshold
        for code in coder.code(NOTE).codes:
            doubted = any(finding.severity == "review" for finding in code.findings)
            sure = threshold is not None and code.confidence >= threshold
            assert (code.status == "accepted") == (sure and not doubted)


def test_a_target_changes_what_is_accepted_and_nothing_else() -> None:
    plain, strict = Coder().code(NOTE), Coder(target_precision=0.99).code(NOTE)
    assert plain.accepted
    assert not strict.accepted
    assert [(code.code, code.confidence) for code in strict.codes] == [(c.code, c.confidence) for c in plain.codes]
    assert strict.provenance.target_precision == 0.99
    assert "target_precision" not in plain.provenance.model_dump()


def test_a_code_that_was_turned_down_is_hardly_ever_right() -> None:
    rejected = Coder().code(NOTE).rejected
    assert rejected
    assert max(code.confidence for code in rejected) < 0.1


def test_a_calibration_of_the_site_takes_the_place_of_ours() -> None:
    sober = Calibration(points=((0.0, 0.25),), curve=(), codes=1)
    result = Coder(calibration=sober).code(NOTE)
    assert {code.confidence for code in result.codes} == {0.25}
    assert not result.accepted


def test_ranks_do_not_depend_on_the_calibration() -> None:
    level = Calibration(points=((0.0, 0.9),), curve=(), codes=1)
    for scope in SCOPES:
        ours, theirs = (Coder(scope=scope, calibration=each).code(NOTE) for each in (None, level))
        assert [code.code for code in ours.codes] == [code.code for code in theirs.codes]
