"""Pictures of pages: formats, orientation, many pages, and pictures that are of no page."""

from __future__ import annotations

import pytest
from PIL import Image

from wardround.documents import ocr, read
from wardround.errors import EngineMissing, InputError, NoteError
from wardround.settings import PICTURE_LIMIT

from .files import OCR, encoded, noise, slip

SAID = ("Diagnosis: iron deficiency anemia.", "No fever, no weight loss.")


@OCR
@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "L"), ("PNG", "RGBA"), ("JPEG", "CMYK"), ("TIFF", "1"), ("WEBP", "RGB"), ("PNG", "I;16")]
)
def test_every_format_and_mode(kind: str, mode: str) -> None:
    image = slip(*SAID)
    if mode == "I;16":
        wide = Image.new("I;16", image.size)
        wide.putdata([value * 257 for value in image.tobytes()])
        image = wide
    else:
        image = image.convert(mode)
    note = read(encoded(image, kind))
    assert note.text.splitlines()[0] == SAID[0]
    assert note.layout is not None
    (page,) = note.layout.pages
    assert (page.width, page.height) == image.size
    assert note.reader == page.reader != ""


@OCR
def test_a_picture_is_turned_as_its_exif_says() -> None:
    image = slip(*SAID)
    exif = Image.Exif()
    exif[0x0112] = 8  # to be shown turned by a quarter against the clock
    data = encoded(image.transpose(Image.Transpose.ROTATE_270), "JPEG", exif=exif, quality=95)
    note = read(data)
    assert note.text.splitlines()[0] == SAID[0]
    assert note.layout is not None
    assert (note.layout.pages[0].width, note.layout.pages[0].height) == image.size


@OCR
def test_the_pages_of_a_tiff_are_read_in_turn() -> None:
    pages = [slip(SAID[0]), Image.new("L", (600, 300), 255), slip(SAID[1])]
    seen: list[tuple[int, int]] = []
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    note = read(data, on_page=lambda *at: seen.append(at))
    assert [run.page for run in note.layout.runs if note.text[run.start : run.end] in ("anemia.", "fever,")] == [1, 3]  # type: ignore[union-attr]
    assert note.notices == ("page 2: no text can be made out",)
    assert seen == [(1, 3), (2, 3), (3, 3)]


@OCR
@pytest.mark.parametrize("image", [noise(), Image.new("L", (900, 700), 240)], ids=["fur", "blank"])
def test_a_picture_without_text_is_an_honest_error(image: Image.Image) -> None:
    with pytest.raises(NoteError, match="no text can be made out") as caught:
        read(encoded(image, "JPEG"))
    assert caught.value.hint


@OCR
def test_a_page_in_another_language_is_read_and_seen_to_be_so() -> None:
    image = slip(
        "Der Patient klagt nicht mehr und ist ohne Fieber.", "Die Wunde ist trocken und wurde nicht verbunden."
    )
    assert not read(encoded(image, "PNG")).language_is_english


@pytest.mark.parametrize(
    ("kind", "called"), [("PNG", "a PNG image"), ("JPEG", "a JPEG image"), ("TIFF", "a TIFF image")]
)
def test_a_damaged_picture(kind: str, called: str) -> None:
    data = encoded(slip(*SAID), kind)
    with pytest.raises(NoteError, match=f"{called}.*damaged|damaged or cut off"):
        read(data[: len(data) // 20])


def test_a_picture_too_large_is_refused_before_it_is_decoded() -> None:
    side = int(PICTURE_LIMIT**0.5) + 100
    with pytest.raises(NoteError, match="more than the limit of 100,000,000"):
        read(encoded(Image.new("1", (side, side)), "PNG"))


def test_pictures_are_left_unread_when_that_is_asked_for() -> None:
    with pytest.raises(NoteError, match="a PNG image"):
        read(encoded(slip(*SAID), "PNG"), ocr="none")


def test_an_ocr_program_that_is_not_known() -> None:
    with pytest.raises(InputError, match="no OCR program"):
        read(encoded(slip(*SAID), "PNG"), ocr="crystal ball")


def test_without_any_ocr_program_the_command_that_brings_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise EngineMissing(
            "no program that reads characters from pictures is there", hint="pip install 'wardround[ocr]'"
        )

    monkeypatch.setattr(ocr, "open_ocr", none)
    with pytest.raises(NoteError, match="read from a picture") as caught:
        read(encoded(slip(*SAID), "PNG"))
    assert "pip install" in caught.value.hint
