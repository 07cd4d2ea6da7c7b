"""Patches of a whole slide: the level, the tissue, the draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from images.made import frame_of, studied
from wardround.boxes import Box
from wardround.errors import ImageError
from wardround.images.render import render
from wardround.images.render.slide import PATCH, level_of, patches
from wardround.images.study import Level, Series, Study

PINK = (220, 120, 170)


@dataclass(frozen=True)
class Painted:
    """A slide of ``levels`` whose tissue lies where ``overview`` is pink; a region's pixels tell where it is from."""

    levels: tuple[Level, ...]
    mpp: float | None = 0.25

    def region(self, level: int, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        return np.full((height, width, 3), (level, x // PATCH, y // PATCH), np.uint8)


def levels(width: int, height: int, *downsamples: float) -> tuple[Level, ...]:
    return tuple(Level(int(width / each), int(height / each), each) for each in downsamples)


def slide(painted: Painted, tissue: list[tuple[slice, slice]], shape: tuple[int, int] = (100, 100)) -> Study:
    overview = np.full((*shape, 3), 244, np.uint8)
    for rows, columns in tissue:
        overview[rows, columns] = PINK
    frame = frame_of(overview)
    series = Series(uid="1", modality="SM", kind="slide", units="display", frames=(frame,), colour=True, slide=painted)
    return studied([series], "whole slide")


@pytest.mark.parametrize(
    ("mpp", "downsamples", "level"),
    [
        (0.25, (1, 4, 16), 1),
        (0.5, (1, 4, 16), 0),  # 0.5 and 2.0 are as near; the finer one
        (0.23, (1, 2, 4, 8), 2),
        (0.5, (1, 2, 4), 1),
        (1.0, (1, 4), 0),
        (None, (1, 4, 16), 1),
    ],
)
def test_the_level_nearest_to_ten_times(mpp: float | None, downsamples: tuple[float, ...], level: int) -> None:
    assert level_of(Painted(levels(100_000, 80_000, *downsamples), mpp)) == level


def test_patches_lie_where_tissue_is() -> None:
    whole = Painted(levels(PATCH * 40, PATCH * 40, 1, 4))  # ten by ten patches at level 1
    study = slide(whole, [(slice(20, 40), slice(30, 60)), (slice(90, 94), slice(0, 100))])
    made = render(study)
    where = [(view.pixels[0, 0, 2], view.pixels[0, 0, 1]) for view in made.views]
    assert where == [(row, column) for row in (2, 3) for column in (3, 4, 5)]
    assert {view.pixels[0, 0, 0] for view in made.views} == {1}
    assert not made.labelled
    assert made.views[0].square.original((0, 0, 1000, 1000)) == Box(
        3 * PATCH * 4, 2 * PATCH * 4, 4 * PATCH * 4, 3 * PATCH * 4
    )
    assert made.steps[0].detail == "1, 1 µm per pixel"


def test_of_many_patches_the_same_are_drawn_in_order() -> None:
    whole = Painted(levels(PATCH * 80, PATCH * 80, 1, 4))
    study = slide(whole, [(slice(0, 100), slice(0, 100))])
    drawn = patches(study.series[0])
    assert len(drawn) == 125
    assert list(drawn) == sorted(set(drawn))
    assert drawn == patches(study.series[0])
    assert len(render(study).views) == 125
    assert len(render(study, at_most=7).views) == 7


def test_a_small_piece_is_found() -> None:
    whole = Painted(levels(PATCH * 40, PATCH * 40, 1, 4))
    (only,) = patches(slide(whole, [(slice(52, 54), slice(71, 75))]).series[0])
    assert only == (5 * PATCH, 7 * PATCH)


def test_a_slide_smaller_than_a_patch() -> None:
    whole = Painted(levels(600, 500, 1), mpp=1)
    (only,) = patches(slide(whole, [(slice(0, 100), slice(0, 100))]).series[0])
    assert only == (0, 0)


@pytest.mark.parametrize("colour", [(244, 244, 244), (10, 10, 30), (0, 0, 0)], ids=["glass", "ink", "black"])
def test_a_slide_without_tissue(colour: tuple[int, int, int]) -> None:
    study = slide(Painted(levels(9000, 9000, 1)), [])
    study.series[0].frames[0].pixels()[...] = colour
    with pytest.raises(ImageError, match="no tissue"):
        render(study)
