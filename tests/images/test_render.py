"""What a model is shown: scaling by kind, slices, squares, and the same as by independent ways."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from images.made import frame_of, studied, study_of
from wardround.errors import ImageError
from wardround.images.render import render, sampled
from wardround.images.render.sheet import sheet
from wardround.images.render.windows import CT_WINDOWS, ct_to_rgb, to_grey
from wardround.images.study import Series


def pixels(picture: NDArray[Any], **more: Any) -> NDArray[np.uint8]:
    """What is shown of a study of one picture."""
    (view,) = render(study_of(picture, **more)).views
    return view.pixels


HU = {
    -3000: (0, 0, 0),
    -1024: (0, 0, 0),
    -135: (111, 0, 0),
    0: (128, 98, 0),
    40: (132, 128, 128),
    80: (137, 157, 255),
    215: (154, 255, 255),
    1024: (255, 255, 255),
    3071: (255, 255, 255),
}


@pytest.mark.parametrize("kind", ["int16", "int32", "float32", "float64"])
def test_ct_values_are_those_of_the_notebook(kind: str) -> None:
    values = np.array([list(HU)], kind)
    assert [tuple(map(int, rgb)) for rgb in ct_to_rgb(values)[0]] == list(HU.values())


def test_green_is_soft_tissue_not_the_range_whose_minus_was_lost() -> None:
    assert CT_WINDOWS[1] == (-135, 215)
    fat, muscle = ct_to_rgb(np.array([[-100, 55]]))[0, :, 1]
    assert 0 < fat < muscle


def test_ct_by_table_and_by_arithmetic_are_the_same() -> None:
    values = np.arange(-1100, 1100, dtype=np.int16)[None]
    assert np.array_equal(ct_to_rgb(values), ct_to_rgb(values.astype(np.float64)))


def test_unsigned_and_broken_ct_values_do_not_wrap() -> None:
    assert tuple(ct_to_rgb(np.array([[65535]], np.uint16))[0, 0]) == (255, 255, 255)
    assert ct_to_rgb(np.array([[np.nan, -np.inf, np.inf]]))[0].tolist() == [[0, 0, 0], [0, 0, 0], [255, 255, 255]]


def test_ct_of_unknown_units_is_grey() -> None:
    slices = [np.array([[0, 1024], [2048, value]], np.uint16) for value in (0, 4095)]
    made = render(study_of(*slices, kind="ct", units="stored"))
    assert made.labelled
    assert made.views[1].pixels[1, 1].tolist() == [255, 255, 255]
    assert made.views[0].pixels[0, 1].tolist() == [64, 64, 64]


def test_ct_is_windowed_and_labelled() -> None:
    slices = [np.full((4, 6), value, np.int16) for value in (-135, 40)]
    made = render(study_of(*slices, kind="ct", units="HU"))
    assert made.labelled
    assert [view.frame for view in made.views] == [1, 2]
    assert [view.pixels.shape for view in made.views] == [(6, 6, 3), (6, 6, 3)]
    assert made.views[0].pixels[1, 0].tolist() == [111, 0, 0]
    assert made.views[1].pixels[4, 5].tolist() == [132, 128, 128]
    assert not made.views[1].pixels[0].any()
    assert [step.name for step in made.steps] == ["window", "pad"]


@pytest.mark.parametrize(("kind", "count", "labelled"), [("ct", 1, False), ("mr", 2, True), ("ultrasound", 9, False)])
def test_only_volumes_are_labelled(kind: str, count: int, labelled: bool) -> None:
    slices = [np.full((4, 4), place, np.int16) for place in range(count)]
    assert render(study_of(*slices, kind=kind)).labelled == labelled


def test_mr_is_scaled_over_the_whole_acquisition() -> None:
    slices = [np.array([[low, high]], np.uint16) for low, high in ((0, 50), (25, 100), (100, 200))]
    shown = [view.pixels[0] for view in render(study_of(*slices, kind="mr")).views]
    assert [[int(pixel[0]) for pixel in row] for row in shown] == [[0, 64], [32, 128], [128, 255]]
    assert all((row[:, 0] == row[:, 1]).all() and (row[:, 0] == row[:, 2]).all() for row in shown)


def test_mr_is_scaled_by_slices_that_are_not_shown_too() -> None:
    slices = [np.full((2, 2), value, np.int16) for value in (1000, 0, 0, 500, 0)]
    made = render(study_of(*slices, kind="mr"), at_most=4)
    assert [view.frame for view in made.views] == [2, 3, 4, 5]
    assert made.views[2].pixels.max() == 128


def test_a_constant_mr_volume_is_white() -> None:
    slices = [np.full((2, 2), 7, np.int16)] * 2
    assert all((view.pixels == 255).all() for view in render(study_of(*slices, kind="mr")).views)


def test_a_radiograph_is_scaled_from_least_to_greatest_each_by_itself() -> None:
    films = [np.array([[100, 4095]], np.uint16), np.array([[0, 100]], np.uint16)]
    for view in render(study_of(*films, kind="radiograph")).views:
        assert view.pixels[0, :, 0].tolist() == [0, 255]


def test_the_windows_of_a_file_are_not_applied() -> None:
    from wardround.images.study import Window

    film = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    frame = frame_of(film, windows=(Window(100, 10),), voi=lambda values: np.zeros(values.shape, np.uint8))
    series = Series(uid="1", modality="DX", kind="radiograph", units="stored", frames=(frame,), bits=12)
    (view,) = render(studied([series])).views
    expected = np.round(film / 4095 * 255)
    assert np.array_equal(view.pixels[..., 0], expected)


@pytest.mark.parametrize("shape", [(5, 8), (8, 5), (1, 9), (7, 7)])
def test_eight_bits_are_padded_and_never_changed(shape: tuple[int, int]) -> None:
    """The notebook multiplies them by 255 after padding, which turns 1 into 255 and 10 into 246."""
    picture = np.arange(shape[0] * shape[1], dtype=np.uint8).reshape(shape) % 100
    shown = pixels(picture, kind="radiograph")
    side = max(shape)
    top, left = (side - shape[0]) // 2, (side - shape[1]) // 2
    assert shown.shape == (side, side, 3)
    assert all(np.array_equal(shown[top : top + shape[0], left : left + shape[1], each], picture) for each in range(3))
    assert shown.sum() == 3 * picture.sum(dtype=int)


def test_colour_stays() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (6, 4, 3), dtype=np.uint8)
    for kind in ("ultrasound", "skin", "ct"):
        assert np.array_equal(pixels(picture, kind=kind)[:, 1:5], picture)


def test_sixteen_bits_become_eight_without_saturating() -> None:
    shown = pixels(np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16))
    assert np.array_equal(shown[..., 0].ravel(), np.arange(256))


@pytest.mark.parametrize("kind", ["int16", "uint16", "int32", "float32"])
def test_grey_by_table_and_by_arithmetic_are_the_same(kind: str) -> None:
    large = np.random.default_rng(1).integers(0, 4096, (400, 400)).astype(kind)
    ends = (float(large.min()), float(large.max()))
    from wardround.images.render.windows import Range

    expected = np.round((large.astype(float) - ends[0]) * 255 / (ends[1] - ends[0]))
    assert np.array_equal(to_grey(large, Range(*ends)), expected)


def test_what_is_not_a_number_is_black() -> None:
    shown = pixels(np.array([[np.nan, 1, 3], [np.inf, -np.inf, 2]]), kind="other")
    assert shown[:2, :, 0].tolist() == [[0, 0, 255], [255, 0, 128]]
    assert not pixels(np.full((2, 2), np.nan)).any()


@pytest.mark.parametrize(("count", "at_most"), [(1, 85), (85, 85), (86, 85), (100, 85), (300, 85), (10, 1), (1000, 3)])
def test_sampling_is_that_of_the_notebook(count: int, at_most: int) -> None:
    places = sampled(count, at_most)
    assert len(places) == min(count, at_most)
    assert list(places) == sorted(set(places))
    assert places[-1] == count - 1
    assert (0 in places) == (count <= at_most)


def test_300_slices() -> None:
    places = sampled(300, 85)
    assert places[:4] == (4, 7, 11, 14)
    assert places[42] == round(43 / 85 * 299)


def test_only_what_is_shown_is_decoded() -> None:
    decoded: list[int] = []

    def load(place: int) -> NDArray[np.int16]:
        decoded.append(place)
        return np.zeros((2, 2), np.int16)

    from wardround.images.study import Frame

    frames = tuple(Frame(rows=2, columns=2, load=lambda place=place: load(place)) for place in range(200))  # type: ignore[misc]
    series = Series(uid="1", modality="CT", kind="ct", units="HU", frames=frames)
    made = render(studied([series]))
    assert len(made.views) == 85
    assert not decoded
    made.views[3].png()
    assert decoded == [made.views[3].frame - 1]


def test_frames_that_are_asked_for() -> None:
    slices = [np.full((2, 2), value, np.int16) for value in range(101)]
    made = render(study_of(*slices, kind="mr"), frames=[51, 1])
    assert [view.frame for view in made.views] == [51, 1]
    assert [view.pixels.max() for view in made.views] == [128, 0]  # by the scale of all frames
    for number in (0, 102):
        with pytest.raises(ImageError, match=f"there is no frame {number} .*has 101"):
            render(study_of(*slices, kind="mr"), frames=[number])


def test_a_view_as_png_is_the_same() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (30, 20, 3), dtype=np.uint8)
    (view,) = render(study_of(picture)).views
    with Image.open(io.BytesIO(view.png())) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), view.pixels)


def test_a_series_that_is_not_there() -> None:
    study = study_of(np.zeros((2, 2), np.uint8))
    for place in (1, -1):
        with pytest.raises(ImageError, match=r"there is no series .*it has 1"):
            render(study, place)


def test_a_frame_of_another_size_than_told() -> None:
    from wardround.images.study import Frame

    frame = Frame(rows=3, columns=3, load=lambda: np.zeros((2, 3), np.uint8))
    series = Series(uid="1", modality="", kind="other", units="display", frames=(frame,))
    (view,) = render(studied([series])).views
    with pytest.raises(ImageError, match="not of the size"):
        view.png()


def test_the_middle_one_of_two_series() -> None:
    one, two = (study_of(np.full((2, 2), value, np.uint8)).series[0] for value in (1, 2))
    made = render(studied([one, two]), series=1)
    assert made.series is two
    assert made.views[0].pixels.max() == 2


def test_a_sheet_that_would_be_too_large_is_made_of_smaller_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    made = render(study_of(*[np.full((40, 40), value, np.uint8) for value in (10, 20, 30)]))
    whole, reduced = sheet(made)
    assert (whole.size, reduced) == ((2 * 44 + 4, 2 * 62 + 4), False)
    assert [whole.getpixel(place) for place in ((5, 5), (50, 5), (5, 70))] == [(10,) * 3, (20,) * 3, (30,) * 3]
    monkeypatch.setattr("wardround.images.render.sheet._PIXELS", 3 * 20 * 20)
    small, reduced = sheet(made)
    assert (small.size, reduced) == ((2 * 24 + 4, 2 * 42 + 4), True)
