"""Where the areas of a report lie in a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from export.reports import samples
from wardround.boxes import Box
from wardround.export.reports.picture import Picture, marks, picture_of, short

PNG = b"\x89PNG\r\n\x1a\n"
SIDES = st.integers(min_value=1, max_value=4000)
PLACES = st.floats(min_value=-2000, max_value=6000, allow_nan=False)


def boxes() -> st.SearchStrategy[Box]:
    sizes = st.floats(min_value=0.5, max_value=4000)
    return st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), PLACES, PLACES, sizes, sizes)


@given(SIDES, SIDES, boxes(), boxes())
def test_an_area_is_placed_where_its_pixels_are(width: int, height: int, shows: Box, area: Box) -> None:
    picture = Picture(png=PNG, width=width, height=height, shows=shows)
    placed = picture.place(area)
    common = Box(
        max(area.left, shows.left),
        max(area.top, shows.top),
        min(area.right, shows.right),
        min(area.bottom, shows.bottom),
    )
    if placed is None:
        assert common.width * width / shows.width < 1e-6 or common.height * height / shows.height < 1e-6
        return
    assert 0 <= placed.left < placed.right <= width
    assert 0 <= placed.top < placed.bottom <= height
    across, down = shows.width / width, shows.height / height  # back to the pixels of the frame
    back = Box(
        shows.left + placed.left * across,
        shows.top + placed.top * down,
        shows.left + placed.right * across,
        shows.top + placed.bottom * down,
    )
    assert back == pytest.approx(common, abs=1e-6 * max(1, *map(abs, common)))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 5), st.integers(0, 9), st.integers(0, 9), st.data())
def test_a_lit_pixel_is_found_in_the_scaled_and_padded_picture(
    rows: int, columns: int, times: int, beside: int, above: int, data: st.DataObject
) -> None:
    y, x = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    frame = np.zeros((rows, columns), np.uint8)
    frame[y, x] = 255
    shown = np.pad(frame, ((above, 0), (beside, 0))).repeat(times, 0).repeat(times, 1)
    picture = picture_of(shown, shows=Box(-beside, -above, columns, rows))
    placed = picture.place(Box(x, y, x + 1, y + 1))
    assert placed is not None
    left, top, right, bottom = (round(side) for side in placed)
    pixels = np.asarray(Image.open(io.BytesIO(picture.png)))
    assert (pixels[top:bottom, left:right] == 255).all()
    assert pixels.sum() == 255 * (bottom - top) * (right - left)


@pytest.mark.parametrize(
    ("width", "height", "shows", "png"),
    [(0, 1, Box(0, 0, 1, 1), PNG), (1, 1, Box(0, 0, 0, 1), PNG), (1, 1, Box(0, 0, 1, 1), b"\xff\xd8")],
)
def test_a_picture_that_shows_nothing_or_is_no_png_cannot_be(width: int, height: int, shows: Box, png: bytes) -> None:
    with pytest.raises(ValueError, match="a picture"):
        Picture(png=png, width=width, height=height, shows=shows)


def test_an_area_is_marked_once_though_many_statements_rest_on_it() -> None:
    current, prior = samples.pictures()
    assert [(mark.label, mark.box) for mark in marks(current, samples.RICH)] == [
        ("F1 pleural effusion", Box(215, 320, 345, 440)),
        ("F3 enlarged cardiac silhouette", Box(140, 240, 295, 400)),
    ]
    assert marks(prior, samples.RICH) == ()


@pytest.mark.parametrize(
    ("source", "seen", "marked"),
    [
        ({"frame": 1}, (1,), True),
        ({}, (1,), True),
        ({}, (1, 2), False),  # which frame it lies on is not said
        ({}, (7,), False),
        ({"frame": 2}, (1, 2), False),
        ({"frame": 1, "series": 2}, (1,), False),
        ({"frame": 1, "study": "prior"}, (1,), False),
    ],
)
def test_an_area_belongs_to_one_frame_of_one_series(source: dict, seen: tuple[int, ...], marked: bool) -> None:
    finding = samples.RICH.findings[0].model_copy(update={"sources": (samples.seen("F1", samples.EFFUSION, **source),)})
    report = samples.MINIMAL.model_copy(
        update={"findings": (finding,), "images": (samples.image(frames=9, frames_seen=seen),)}
    )
    assert bool(marks(samples.pictures()[0], report)) is marked


def test_a_label_is_short_and_visible() -> None:
    assert short("F1 \u202eeffusion\n" + "x" * 99) == "F1 \\u202eeffusion " + "x" * 21 + "…"
