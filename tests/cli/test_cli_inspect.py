"""``wardround inspect``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from images.dicom_files import ct_slice, encoded, make, write
from wardround.errors import EngineFailed, EngineMissing
from wardround.images import deidentify

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run


@pytest.fixture(autouse=True)
def _no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """OCR takes seconds; what it finds is tested where it is done."""
    monkeypatch.setattr(deidentify, "burned_in", lambda pixels, regions: ())


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.dcm"
    pixels = np.random.default_rng(0).integers(0, 4096, (300, 400)).astype(np.uint16)
    elements = {"BitsStored": 12, "HighBit": 11, "WindowCenter": 2000, "WindowWidth": 3000, "ViewPosition": "PA"}
    more = {"BodyPartExamined": "KNEE", "PixelSpacing": [0.2, 0.2], "PatientBirthDate": "19700101"}
    path.write_bytes(encoded(make(pixels, modality="DX", **elements, **more)))
    return path


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    slices = [ct_slice(2 * number, number=number, value=1024 + 10 * number) for number in range(1, 6)]
    return write(tmp_path / "study", slices)


def told(wardround: Run, *arguments: str | Path, status: int = 0) -> list[dict[str, Any]]:
    ran = wardround("inspect", "--json", *arguments)
    assert ran.status == status, ran.err
    return ran.records


def test_a_film_as_a_table(wardround: Run, film: Path) -> None:
    ran = wardround("inspect", film)
    assert (ran.status, ran.err) == (0, "")
    for words in (
        "DICOM, 1 series",
        "DX KNEE PA (radiograph)",
        "1 frame of 400 × 300 pixels",
        "12 bits, the maker's own scale",
        "Explicit VR Little Endian",
        "0.2 × 0.2 mm",
        "W 3000 L 2000",
        "one picture of 400 × 400; scale: least to greatest",
        "none found",
    ):
        assert words in ran.out
    assert "PatientName" in ran.out
    assert "Nobody" not in ran.out
    assert "1970" not in ran.out


def test_a_film_as_json(wardround: Run, film: Path) -> None:
    (record,) = told(wardround, film)
    assert record["schema"] == "wardround.inspection/1"
    assert (record["path"], record["format"], record["text_unread"]) == (str(film), "DICOM", "")
    assert {"PatientBirthDate", "PatientID", "PatientName"} <= set(record["patient_data"])
    assert "Nobody" not in json.dumps(record)
    (series,) = record["series"]
    assert series["shown"] == {
        "pictures": 1,
        "side": 400,
        "labelled": False,
        "steps": [
            {"name": "scale", "detail": "least to greatest value of each image to 0…255"},
            {"name": "pad", "detail": "with black to a square"},
        ],
    }
    assert series["windows"] == [{"centre": 2000, "width": 3000, "explanation": ""}]
    expected = {"number": 1, "kind": "radiograph", "body_part": "KNEE", "bits": 12, "units": "stored", "text": []}
    assert expected.items() <= series.items()
    assert series["spacing"] == [0.2, 0.2]


def test_a_folder_of_slices_is_one_study(wardround: Run, volume: Path) -> None:
    (record,) = told(wardround, volume)
    (series,) = record["series"]
    expected = {"frames": 5, "slice_spacing": 2, "thickness": 2, "orientation": "axial", "units": "HU", "kind": "ct"}
    assert expected.items() <= series.items()
    assert series["shown"]["labelled"]
    assert "each followed by SLICE and its number; window: R -1024…1024" in " ".join(
        wardround("inspect", volume).out.split()
    )


def test_what_is_wrong_is_told(wardround: Run, tmp_path: Path) -> None:
    Image.new("L", (300, 300), 9).save(tmp_path / "empty.png")
    (record,) = told(wardround, tmp_path / "empty.png")
    assert [notice["code"] for notice in record["series"][0]["notices"]] == ["flat"]
    assert "almost empty: nearly all of it has one grey level [flat]" in " ".join(
        wardround("inspect", tmp_path / "empty.png").out.split()
    )


def test_what_cannot_be_read_does_not_stop_the_others(wardround: Run, film: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(film.read_bytes()[:5000])
    ran = wardround("inspect", bad, film, tmp_path / "nowhere.png")
    assert ran.status == 1
    assert "DX KNEE" in ran.out
    assert len(ran.err.splitlines()) == 2
    assert ran.err.startswith("error: ")
    records = told(wardround, bad, film, status=1)
    assert set(records[0]) == {"path", "error"}
    assert records[1]["format"] == "DICOM"


def test_no_ocr_program_is_one_line(wardround: Run, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(pixels: object, regions: object) -> None:
        raise EngineMissing("no program reads characters", hint="pip install 'wardround[ocr]'")

    monkeypatch.setattr(deidentify, "burned_in", missing)
    ran = wardround("inspect", film)
    assert ran.status == 0
    assert "no program reads characters (pip install 'wardround[ocr]')" in ran.out
    (record,) = told(wardround, film)
    assert record["series"][0]["text"] is None
    assert "wardround[ocr]" in record["text_unread"]


def test_places_of_text(wardround: Run, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wardround.boxes import Box

    found = tuple(
        deidentify.TextBox(box=Box(1, 2, 30.04, 12), confidence=confidence, text="Nobody") for confidence in (0.9, 0.4)
    )
    monkeypatch.setattr(deidentify, "burned_in", lambda pixels, regions: found)
    assert "found at 1 place, perhaps at 1 more" in wardround("inspect", film).out
    (record,) = told(wardround, film)
    assert record["series"][0]["text"][0] == {"left": 1, "top": 2, "right": 30, "bottom": 12, "confidence": 0.9}
    assert "Nobody" not in json.dumps(record)


def test_a_film_is_rendered_as_a_model_sees_it(wardround: Run, film: Path, tmp_path: Path) -> None:
    from wardround.images import read
    from wardround.images.render import render

    ran = wardround("inspect", film, "--render", tmp_path / "seen.png")
    assert ran.status == 0
    with Image.open(tmp_path / "seen.png") as seen:
        assert np.array_equal(np.asarray(seen), render(read(film)).views[0].pixels)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.dcm", "seen.png"]


def test_a_volume_is_rendered_on_a_sheet(wardround: Run, volume: Path, tmp_path: Path) -> None:
    assert wardround("inspect", volume, "--render", tmp_path / "sheet.png").status == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        width, height = sheet.size
        pixels = np.asarray(sheet.convert("RGB"))
    assert (width, height) == (3 * 12 + 4, 2 * (8 + 18 + 4) + 4)
    assert pixels[4, 4].tolist() == [0, 0, 0]  # the first picture's padding
    assert pixels[5, 4].tolist() == [129, 106, 32]  # and its 10 HU


def test_one_frame_is_rendered(wardround: Run, volume: Path, tmp_path: Path) -> None:
    assert wardround("inspect", volume, "--frame", "4", "--render", tmp_path / "4.png").status == 0
    with Image.open(tmp_path / "4.png") as seen:
        assert seen.size == (8, 8)
        assert seen.getpixel((0, 1)) == (132, 128, 128)  # 40 HU


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--frame", "6"), "there is no frame 6 (series 1 has 5)"),
        (("--series", "2"), "there is no series 2 (it has 1)"),
        (("--render", "nowhere/seen.png"), "cannot write the file"),
    ],
)
def test_what_is_not_there(wardround: Run, volume: Path, arguments: tuple[str, ...], message: str) -> None:
    ran = wardround("inspect", volume, *arguments)
    assert ran.status == 1
    assert message in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("film.dcm", "--render", "seen.jpg"), ("a.png", "b.png", "--render", "seen.png"), ("--series", "0", "a")],
)
def test_a_wrong_command_line(wardround: Run, arguments: tuple[str, ...]) -> None:
    assert wardround("inspect", *arguments).status == 2


def test_several_studies_cannot_be_rendered_at_once(wardround: Run, volume: Path, tmp_path: Path) -> None:
    other = ct_slice(0, number=9, StudyInstanceUID="1.2.3.4", SeriesInstanceUID="1.2.3.5")
    (volume / "other.dcm").write_bytes(encoded(other))
    assert len(told(wardround, volume)) == 2
    ran = wardround("inspect", volume, "--render", tmp_path / "seen.png")
    assert (ran.status, (tmp_path / "seen.png").exists()) == (1, False)
    assert "there are 2 studies" in ran.err


def test_text_of_a_header_cannot_move_the_cursor(wardround: Run, film: Path, tmp_path: Path) -> None:
    path = tmp_path / "film\x1b[31m.dcm"
    path.write_bytes(film.read_bytes())
    assert "\x1b" not in wardround("inspect", path).out


def test_a_picture_whose_text_cannot_be_looked_for_is_still_told_of(
    wardround: Run, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(pixels: Any, regions: Any) -> Any:
        raise EngineFailed("tesseract took longer than 60 seconds")

    monkeypatch.setattr(deidentify, "burned_in", too_slow)
    ran = wardround("inspect", film, "--json")
    assert ran.status == 0
    (series,) = ran.records[0]["series"]
    assert series["text"] is None
    assert "text-not-read" in [notice["code"] for notice in series["notices"]]
