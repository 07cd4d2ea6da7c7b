"""Boxes between the padded square and the file's own pixels."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.boxes import Box
from wardround.images.render import Square

sizes = st.integers(1, 5000)
squares = st.builds(
    Square,
    columns=sizes,
    rows=sizes,
    x=st.integers(0, 10**5),
    y=st.integers(0, 10**5),
    scale=st.sampled_from([1, 2, 4.5]),
)
anything = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("columns", "rows", "box", "original"),
    [
        (100, 100, (0, 0, 1000, 1000), Box(0, 0, 100, 100)),
        (100, 100, (250, 100, 500, 900), Box(10, 25, 90, 50)),
        (200, 100, (250, 0, 750, 1000), Box(0, 0, 200, 100)),  # 50 rows of black above, 50 below
        (200, 100, (0, 0, 1000, 1000), Box(0, 0, 200, 100)),
        (100, 200, (0, 250, 1000, 750), Box(0, 0, 100, 200)),
        (101, 200, (0, 0, 1000, 245), Box(0, 0, 0, 200)),  # 49 columns of padding before, 50 after
        (100, 100, (500, 900, 250, 100), Box(10, 25, 90, 50)),  # corners swapped
        (100, 100, (-50, 900, 250, 1200), Box(90, 0, 100, 25)),  # out of range
        (200, 100, (0, 0, 100, 100), Box(0, 0, 20, 0)),  # wholly in the padding
    ],
)
def test_boxes_of_a_model(columns: int, rows: int, box: tuple[float, ...], original: Box) -> None:
    y0, x0, y1, x1 = box
    assert Square(columns=columns, rows=rows).original((y0, x0, y1, x1)) == pytest.approx(original)


def test_a_patch_of_a_slide() -> None:
    patch = Square(columns=896, rows=896, x=8960, y=1792, scale=4)
    assert patch.original((0, 0, 500, 1000)) == Box(8960, 1792, 8960 + 3584, 1792 + 1792)


@given(squares, st.data())
def test_there_and_back(square: Square, data: st.DataObject) -> None:
    inside_x = st.floats(square.x, square.x + square.columns * square.scale)
    inside_y = st.floats(square.y, square.y + square.rows * square.scale)
    left, right = sorted((data.draw(inside_x), data.draw(inside_x)))
    top, bottom = sorted((data.draw(inside_y), data.draw(inside_y)))
    box = Box(left, top, right, bottom)
    scaled = square.scaled(box)
    assert all(0 <= value <= 1000 for value in scaled)
    assert square.original(scaled) == pytest.approx(box, abs=1e-5)


@given(squares, st.tuples(anything, anything, anything, anything))
def test_whatever_a_model_says_lies_in_the_picture(square: Square, box: tuple[float, float, float, float]) -> None:
    found = square.original(box)
    assert square.x <= found.left <= found.right <= square.x + square.columns * square.scale
    assert square.y <= found.top <= found.bottom <= square.y + square.rows * square.scale


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_number(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Square(columns=2, rows=2).original((0, 0, value, 1))
