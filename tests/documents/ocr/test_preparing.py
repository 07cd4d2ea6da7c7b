"""What is done to a page before it is read, and where its pixels lie in the picture that was given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.boxes import Box
from wardround.documents.ocr import prepare
from wardround.documents.ocr.transform import Transform

from .pages import GRADES, NOTES, printed

PAGE = printed(NOTES["asthma"], "sans")


@pytest.mark.parametrize(
    ("grade", "steps"),
    [
        ("clean", set()),
        ("scan", {"deskewed", "noise removed"}),
        ("bad scan", {"deskewed", "light evened", "noise removed"}),
        ("fax", {"rows doubled"}),
        ("photo", {"perspective", "light evened", "noise removed"}),
    ],
)
def test_only_what_a_page_needs_is_done(grade: str, steps: set[str]) -> None:
    made = prepare(GRADES[grade](PAGE, 5))
    assert set(made.steps) - {"deskewed"} == steps - {"deskewed"}
    assert steps <= set(made.steps)
    assert made.picture.ndim == 2
    assert made.letters > 400
    assert np.median(made.picture) > 240  # white paper


@pytest.mark.parametrize("quarters", [1, 2])
def test_a_page_is_turned_upright(quarters: int) -> None:
    turned = np.ascontiguousarray(np.rot90(PAGE, quarters))
    made = prepare(turned)
    assert made.picture.shape == PAGE.shape
    # Lines lie level either way; which way up a page on its side is, is seen when it is read.
    assert min(float(np.mean(made.picture != other)) for other in (PAGE, np.rot90(PAGE, 2))) < 0.01


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (15, 15), (600, 400)])
@pytest.mark.parametrize("level", [0, 255])
def test_a_picture_of_nothing_has_no_letters(shape: tuple[int, int], level: int) -> None:
    assert prepare(np.full(shape, level, np.uint8)).letters == 0


@given(
    st.floats(-12, 12),
    st.floats(0.5, 3),
    st.floats(0.5, 3),
    st.integers(0, 3),
    st.floats(0.05, 0.9),
    st.floats(0.05, 0.9),
)
def test_a_box_is_found_again(
    degrees: float, across: float, down: float, quarters: int, left: float, top: float
) -> None:
    place = Transform.none((300, 200)).turned(quarters).rotated(degrees).scaled(across, down)
    points = np.array([[left * 200, top * 300, 1.0]]).T
    x, y, weight = (place.matrix @ points).ravel()
    found = place.original(Box(x / weight, y / weight, x / weight, y / weight))
    assert found == pytest.approx((left * 200, top * 300) * 2, abs=1e-6)
