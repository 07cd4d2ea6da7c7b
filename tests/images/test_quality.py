"""What the checks find in pictures drawn here, and that they keep silent where nothing is wrong."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from images.made import frame_of, studied, study_of
from wardround.errors import ImageError
from wardround.images.quality import CODES, check
from wardround.images.study import Series, Study

CHEST: dict[str, Any] = {"kind": "radiograph", "modality": "DX", "body_part": "CHEST", "units": "stored"}
NOISE = np.random.default_rng(0)


def chest(columns: int = 600, rows: int = 700) -> NDArray[np.uint8]:
    """A chest as a child would draw it, a little blurred."""
    image = Image.new("L", (100, 100), 0)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((2, 8, 98, 110), 20, fill=140)
    draw.ellipse((14, 14, 42, 76), fill=50)
    draw.ellipse((58, 14, 86, 76), fill=50)
    draw.rectangle((43, 0, 57, 90), fill=200)
    draw.ellipse((45, 50, 72, 82), fill=210)
    draw.rectangle((3, 84, 97, 100), fill=205)
    smooth = image.resize((columns, rows)).filter(ImageFilter.GaussianBlur(8))
    noisy = np.asarray(smooth) + NOISE.normal(0, 3, (rows, columns))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def noise(rows: int, columns: int, low: int = 0, high: int = 256) -> NDArray[np.uint8]:
    return NOISE.integers(low, high, (rows, columns), dtype=np.uint8)


def codes(study: Study) -> list[str]:
    found = check(study)
    assert {notice.code for notice in found} <= set(CODES)
    assert all(notice.message and not notice.message.endswith(".") for notice in found)
    return sorted(notice.code for notice in found)


def colour(picture: NDArray[np.uint8], *gains: float) -> NDArray[np.uint8]:
    return np.clip(picture[..., None] * np.array(gains), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("more", [{}, CHEST], ids=["unmarked", "marked"])
@pytest.mark.parametrize(
    ("turned", "found"),
    [
        (lambda film: film, []),
        (lambda film: 255 - film, ["inverted"]),
        (lambda film: np.rot90(film), ["rotated"]),
        (lambda film: np.rot90(film, 2), ["rotated"]),
        (lambda film: np.rot90(film, 3), ["rotated"]),
        (lambda film: film[:, ::-1], []),  # a mirrored film cannot be told from a heart on the right
    ],
    ids=["upright", "inverted", "90", "180", "270", "mirrored"],
)
def test_a_chest_film(turned: Any, found: list[str], more: dict[str, Any]) -> None:
    assert codes(study_of(np.ascontiguousarray(turned(chest())), **more)) == found


def test_which_way_to_turn_it() -> None:
    (notice,) = check(study_of(np.ascontiguousarray(np.rot90(chest(), -1)), **CHEST))
    assert "turned by 90° against the clock" in notice.message


@pytest.mark.parametrize("view", ["LATERAL", "LL"])
def test_a_lateral_film_is_not_compared(view: str) -> None:
    film = noise(400, 500)
    assert codes(study_of(film, **CHEST)) == ["unlike-chest"]
    assert codes(study_of(film, **CHEST, view=view)) == []


def test_another_part_of_the_body_is_not_compared() -> None:
    assert codes(study_of(255 - chest(), **{**CHEST, "body_part": "KNEE"})) == []


def test_a_strip_of_a_chest_is_cropped() -> None:
    assert codes(study_of(chest(400, 700), **CHEST)) == ["cropped"]


@pytest.mark.parametrize("value", [0, 255, 77])
def test_an_empty_picture(value: int) -> None:
    picture = np.full((400, 400), value, np.uint8)
    picture[:10, :10] = 200
    assert "flat" in codes(study_of(picture))


def test_low_contrast_of_a_film() -> None:
    faint = 100 + chest() // 4
    assert codes(study_of(faint, **CHEST)) == ["low-contrast"]
    assert codes(study_of(faint, kind="ultrasound")) == []


def test_white_parts_of_a_film() -> None:
    film = chest()
    film[:, 400:] = 255
    assert "saturated" in codes(study_of(film, **CHEST))


def test_a_photo_of_a_film() -> None:
    assert codes(study_of(colour(chest(), 1.0, 1.0, 0.9))) == ["photo-of-film"]
    assert codes(study_of(colour(noise(400, 400), 1.0, 1.0, 0.9), kind="ultrasound")) == []


def test_a_page_is_not_medical() -> None:
    page = np.full((800, 600), 255, np.uint8)
    page[100:700:20, 50:500] = 0
    assert codes(study_of(page)) == ["not-medical"]


def test_an_everyday_photo_is_not_medical() -> None:
    photo = np.zeros((400, 400, 3), np.uint8)
    photo[:150] = (90, 160, 230)
    photo[150:300] = (60, 150, 50)
    photo[300:350] = (200, 40, 40)
    photo[350:] = (200, 180, 60)
    assert codes(study_of(photo)) == ["not-medical"]
    assert codes(study_of(photo, kind="skin")) == []


@pytest.mark.parametrize(
    "stain", [(220, 120, 170), (120, 70, 140), (200, 90, 60)], ids=["eosin", "haematoxylin", "fundus"]
)
def test_colours_of_medicine(stain: tuple[int, int, int]) -> None:
    assert codes(study_of(colour(noise(400, 400, 128), *(each / 255 for each in stain)))) == []


def test_low_resolution_counts_for_what_is_not_a_volume() -> None:
    assert codes(study_of(noise(100, 200))) == ["low-resolution"]
    assert codes(study_of(noise(100, 256))) == []
    assert codes(study_of(noise(64, 64).astype(np.int16), kind="mr")) == []


def test_edges_of_blocks() -> None:
    film = chest()
    for quality, found in ((95, []), (3, ["heavy-compression"])):
        file = io.BytesIO()
        Image.fromarray(film).save(file, "JPEG", quality=quality)
        assert codes(study_of(np.asarray(Image.open(file)))) == found


def test_no_spacing_counts_where_things_are_measured() -> None:
    assert codes(study_of(chest(), **CHEST, spacing=None)) == ["no-spacing"]
    assert codes(study_of(chest(), spacing=None)) == []


@pytest.mark.parametrize(
    ("low", "units", "found"),
    [(-1000, "HU", []), (0, "HU", ["uncalibrated"]), (0, "stored", [])],
)
def test_hounsfield_units(low: int, units: str, found: list[str]) -> None:
    values = NOISE.integers(low, 1500, (512, 512)).astype(np.int16)
    assert codes(study_of(values, kind="ct", modality="CT", units=units)) == found


def test_of_several_series_each_is_named() -> None:
    fine, small = study_of(noise(300, 300)).series[0], study_of(noise(9, 9)).series[0]
    (notice,) = check(studied([fine, small]))
    assert notice.message.startswith("series 2: ")


def test_only_the_middle_frame_is_looked_at() -> None:
    frames = [frame_of(np.zeros((300, 300), np.uint8)), frame_of(noise(300, 300)), frame_of(noise(2, 2))]
    series = Series(uid="1", modality="US", kind="ultrasound", units="display", frames=tuple(frames))
    assert codes(studied([series])) == []


def test_a_frame_that_cannot_be_decoded() -> None:
    from wardround.images.study import Frame

    def load() -> NDArray[np.uint8]:
        raise ImageError("the pixels are cut off")

    frame = Frame(rows=2, columns=2, load=load)
    series = Series(uid="1", modality="", kind="other", units="display", frames=(frame,))
    with pytest.raises(ImageError, match="cut off"):
        check(studied([series]))
