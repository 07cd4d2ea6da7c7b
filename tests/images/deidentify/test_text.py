"""Text that is burned into pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.deidentify.drawn import Scripted, chest, ultrasound, write
from wardround.boxes import Box
from wardround.documents import ocr
from wardround.errors import EngineMissing, EngineRefused
from wardround.images.deidentify import TextBox, burned_in, clean_for_sending, redact, text
from wardround.images.deidentify.text import merged, outside, sampled


def program(name: str) -> ocr.OcrEngine:
    try:
        return ocr.open_ocr(name)
    except EngineMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("name", ["tesseract", "rapidocr"])
@pytest.mark.parametrize("kind", ["radiograph", "inverted radiograph", "ultrasound", "red on white"])
def test_names_in_pictures_are_found_and_made_black(name: str, kind: str) -> None:
    words = [("QUACKENBUSH, ZEBULON", 20, 12), ("17-FEB-1931", 360, 12)]
    if kind == "radiograph":
        clean, value = chest(), 4095
    elif kind == "inverted radiograph":
        clean, value = (4095 - chest()).astype(np.uint16), 0
    elif kind == "ultrasound":
        clean, value = ultrasound()[0], 255
    else:
        clean, value = np.full((200, 520, 3), 255, np.uint8), 0
    written = write(clean, words, value=value)
    if kind == "red on white":
        written[(written == 0).all(axis=2)] = (220, 0, 0)
    changed = (written != clean).reshape(*clean.shape[:2], -1).any(axis=2)

    found = burned_in(written, program(name))

    black = redact(np.ones(clean.shape[:2]), found) == 0
    assert black[changed].mean() > 0.99


def test_what_was_read_is_not_told_by_itself() -> None:
    (box,) = burned_in(
        np.full((90, 90), 255, np.uint8) * np.eye(90, dtype=np.uint8), Scripted(("Doe", Box(5, 5, 40, 20), 0.9))
    )
    assert box.text == "Doe"
    assert "Doe" not in repr(box)


@pytest.mark.parametrize(
    ("words", "boxes"),
    [
        ([("DOE", 10, 40, 0.9), ("JANE", 45, 80, 0.8)], [(10, 80, 0.9)]),
        ([("DOE", 10, 40, 0.9), ("1931", 90, 120, 0.8)], [(10, 40, 0.9), (90, 120, 0.8)]),
        ([("R", 10, 20, 0.9)], []),  # a side marker
        ([("D", 10, 15, 0.9), ("O", 17, 22, 0.9)], [(10, 22, 0.9)]),
        ([("DOE", 10, 40, 0.1)], []),
        ([("--", 10, 40, 0.9)], []),
    ],
)
def test_words_of_a_line(words: list[tuple[str, int, int, float]], boxes: list[tuple[int, int, float]]) -> None:
    picture = np.zeros((60, 200), np.uint8)
    picture[10:24:2] = 255
    engine = Scripted(*[(text, Box(left, 10, right, 24), sure) for text, left, right, sure in words])
    found = [(round(each.box.left), round(each.box.right), each.confidence) for each in burned_in(picture, engine)]
    assert found == boxes


PLACES = st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(1, 30)] * 2).map(
    lambda place: Box(place[0], place[1], place[0] + place[2], place[1] + place[3])
)


@given(st.lists(st.builds(TextBox, box=PLACES, confidence=st.floats(0, 1))))
def test_merging_loses_no_pixel(boxes: list[TextBox]) -> None:
    whole = np.ones((100, 100), bool)
    before, after = redact(whole, boxes, False), redact(whole, merged(boxes), False)
    assert not (after & ~before).any()
    assert merged(merged(boxes)) == merged(boxes)


REGIONS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20)).map(
        lambda r: (r[0], r[1], r[0] + r[2], r[1] + r[3])
    ),
    min_size=1,
    max_size=4,
)


@given(REGIONS)
def test_all_that_is_outside_of_an_ultrasounds_regions_is_a_box(regions: list[tuple[int, int, int, int]]) -> None:
    picture = np.arange(1, 41 * 41 + 1).reshape(41, 41)
    picture[40] = picture[:, 40] = 0
    told = np.zeros(picture.shape, bool)
    for left, top, right, bottom in regions:
        told[top:bottom, left:right] = True
    black = redact(picture, outside(picture, regions)) == 0
    assert not (black & told)[:40, :40].any()
    lone = ~told & ~black & (picture != 0)  # a box of a single pixel has one colour, and no text
    assert lone.sum() <= 41 * 2


def test_a_margin_without_anything_in_it_is_no_box() -> None:
    picture, region = ultrasound()
    assert outside(picture, [region]) == ()
    banner = write(picture, [("DOE^JANE", 30, 10)])
    assert [each.box for each in outside(banner, [region])] == [Box(0, 0, 640, 60)]
    assert outside(banner, []) == ()


@pytest.mark.parametrize(
    ("pixels", "black"), [(np.full((9, 9), 7, np.int16), -3), (np.full((9, 9, 3), 7, np.uint8), 0)]
)
def test_redaction_leaves_the_original_alone(pixels: np.ndarray, black: int) -> None:
    result = redact(pixels, [Box(4, 4, 5, 5)], black)
    assert (pixels == 7).all()
    assert result.dtype == pixels.dtype
    assert (result[2:7, 1:8] == black).all()
    assert (result[:2] == 7).all()
    assert (result[:, :1] == 7).all()


@pytest.mark.parametrize(("count", "numbers"), [(0, ()), (1, (0,)), (2, (0, 1)), (3, (0, 1, 2)), (65, (0, 32, 64))])
def test_frames_that_are_looked_at(count: int, numbers: tuple[int, ...]) -> None:
    assert sampled(count) == numbers


def test_what_is_sent_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Scripted(("DOE^JANE", Box(10, 10, 60, 24), 0.4))
    monkeypatch.setattr(text, "_programs", lambda: (engine,))
    picture = np.zeros((60, 200), np.uint8)
    picture[10:24:2] = 255
    plain = np.zeros((60, 200), np.uint8)
    (sent, other) = clean_for_sending([picture, plain])
    assert sent[10:24, 10:60].max() == 0
    assert sent[12, 100] == 255
    assert np.array_equal(other, plain)
    engine.looks = 0
    cleaned = clean_for_sending([picture] * 9, one_acquisition=True)
    assert engine.looks == 3
    assert all(each[10:24, 10:60].max() == 0 for each in cleaned)


def test_nothing_is_sent_that_nobody_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str = "auto") -> ocr.OcrEngine:
        raise EngineMissing("no program is there", hint="apt install tesseract-ocr")

    monkeypatch.setattr(ocr, "open_ocr", missing)
    with pytest.raises(EngineRefused, match="not sent") as refused:
        clean_for_sending([np.zeros((9, 9), np.uint8)])
    assert refused.value.hint == "apt install tesseract-ocr"
