"""Many files at once: what is asked, what is written, what is held back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from images.deidentify import canary
from images.deidentify.drawn import Scripted
from images.dicom_files import make
from wardround.boxes import Box
from wardround.errors import EngineFailed, InputError, WardroundError
from wardround.images.deidentify import Decision, Deidentified, Found, deidentify, hold_back, redact_sure
from wardround.images.readers.archive import files_of
from wardround.images.readers.quiet import quiet

NAME = Box(4, 4, 30, 12)
SURE = Scripted(("DOE", NAME, 0.9))
BLIND = Scripted()


def picture(rows: int = 40, columns: int = 60) -> np.ndarray:
    """Dark, with something bright where the name stands."""
    pixels = np.zeros((rows, columns), np.uint8)
    pixels[4:12:2, 4:30] = 255
    return pixels


def run(target: Path, *files: tuple[str, bytes], **how: Any) -> Deidentified:
    with quiet():
        return deidentify([canary.file(data, name) for name, data in files], target, **how)


def dicom(pixels: np.ndarray, **elements: Any) -> bytes:
    with quiet():
        return canary.written(make(pixels, **elements))


def png(pixels: np.ndarray) -> bytes:
    import io

    buffer = io.BytesIO()
    info = PngImagePlugin.PngInfo()
    info.add_text("Patient", canary.NAME)
    exif = Image.Exif()
    exif[0x010E] = canary.NAME  # ImageDescription
    Image.fromarray(pixels).save(buffer, "PNG", pnginfo=info, exif=exif)
    return buffer.getvalue()


def test_text_is_made_black_in_all_frames(tmp_path: Path) -> None:
    frames = np.stack([picture()] * 7) + np.arange(7, dtype=np.uint8)[:, None, None]
    found: list[Found] = []

    def all_of(each: Found) -> Decision:
        found.append(each)
        return Decision(black=each.boxes, confirmed=True)

    SURE.looks = 0
    done = run(tmp_path / "out", ("a.dcm", dicom(frames, modality="US")), ocr=SURE, decide=all_of)
    result = canary.read((tmp_path / "out" / "0001.dcm").read_bytes())
    assert SURE.looks == 3
    assert result.pixel_array.shape == (7, 40, 60)
    assert (result.pixel_array[:, 4:12, 4:30] == 0).all()
    assert np.array_equal(result.pixel_array[:, 20:], frames[:, 20:])
    assert result.BurnedInAnnotation == "NO"
    assert "113101" in [code.CodeValue for code in result.DeidentificationMethodCodeSequence]
    assert done.files[0].black == found[0].boxes != ()
    assert found[0].picture().shape == (40, 60)


@pytest.mark.parametrize(
    ("elements", "black", "shown"),
    [
        ({"PhotometricInterpretation": "MONOCHROME1"}, 255, "MONOCHROME1"),
        ({}, 0, "MONOCHROME2"),
    ],
)
def test_black_is_what_shows_as_black(tmp_path: Path, elements: dict[str, str], black: int, shown: str) -> None:
    run(tmp_path / "out", ("a", dicom(picture(), modality="CR", **elements)), ocr=SURE, decide=redact_sure)
    result = canary.read((tmp_path / "out" / "0001.dcm").read_bytes())
    assert result.PhotometricInterpretation == shown
    assert (result.pixel_array[4:12, 4:30] == black).all()
    assert "BurnedInAnnotation" not in result  # nobody has looked


def test_a_palettes_black_is_its_darkest_entry(tmp_path: Path) -> None:
    ramp = np.arange(255, -1, -1, dtype="<u2") * 257
    elements: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour in ("Red", "Green", "Blue"):
        elements[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        elements[f"{colour}PaletteColorLookupTableData"] = ramp.tobytes()
    stored = 255 - picture()
    run(tmp_path / "out", ("a", dicom(stored, modality="US", **elements)), ocr=SURE, decide=redact_sure)
    result = canary.read((tmp_path / "out" / "0001.dcm").read_bytes())
    assert (result.pixel_array[4:12, 4:30] == 255).all()


def test_lossy_stays_lossy(tmp_path: Path) -> None:
    import io

    buffer = io.BytesIO()
    Image.fromarray(picture()).save(buffer, "JPEG", quality=95)
    with quiet():
        data = canary.compressed(make(picture(), modality="US"), buffer.getvalue(), "1.2.840.10008.1.2.4.50")
    run(tmp_path / "out", ("a", data), ocr=SURE, decide=redact_sure)
    result = canary.read((tmp_path / "out" / "0001.dcm").read_bytes())
    assert result.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert result.LossyImageCompression == "01"
    assert (result.pixel_array[4:12, 4:30] == 0).all()


def test_files_with_text_are_held_back_unless_somebody_says(tmp_path: Path) -> None:
    files = [("text.png", png(picture())), ("plain.png", png(picture() * 0))]
    done = run(tmp_path / "out", *files, ocr=SURE, decide=hold_back)
    assert [each.outcome for each in done.files] == ["held back", "written"]
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["0002.png"]


@pytest.mark.parametrize(("sure", "outcome"), [(0.9, "written"), (0.4, "held back")])
def test_a_header_that_says_there_is_text_is_believed(tmp_path: Path, sure: float, outcome: str) -> None:
    data = dicom(picture(), modality="US", BurnedInAnnotation="YES")
    engine = Scripted(("DOE", NAME, sure))
    assert run(tmp_path / "out", ("a", data), ocr=engine, decide=redact_sure).files[0].outcome == outcome


def test_unsure_boxes_are_shown_and_not_made_black_by_themselves(tmp_path: Path) -> None:
    engine = Scripted(("DOE", NAME, 0.9), ("wires", Box(48, 20, 58, 30), 0.4))
    pixels = picture()
    pixels[20:30, 48:58] = 200
    done = run(tmp_path / "out", ("a.png", png(pixels)), ocr=engine, decide=redact_sure)
    assert [len(done.files[0].found), len(done.files[0].black)] == [2, 1]
    result = np.asarray(Image.open(tmp_path / "out" / "0001.png"))
    assert (result[20:30, 48:58] == 200).all()


def test_pictures_are_pixels_and_nothing_else(tmp_path: Path) -> None:
    before = png(picture())
    assert "Quackenbush" in canary.canaries_in(before)
    done = run(tmp_path / "out", ("a.png", before), ocr=BLIND)
    after = (tmp_path / "out" / "0001.png").read_bytes()
    assert canary.canaries_in(after) == []
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / "0001.png")), picture())
    assert done.files[0].changes.removed == ("EXIF", "text")


@pytest.mark.parametrize(
    ("pixels", "suffix"),
    [
        (np.arange(600, dtype=np.uint16).reshape(20, 30) * 100, ".png"),
        (np.zeros((20, 30, 3), np.uint8) + np.arange(3, dtype=np.uint8), ".png"),
        (np.stack([np.full((20, 30), level, np.uint8) for level in (1, 2, 3)]), ".tif"),
    ],
    ids=["16 bits", "colour", "pages"],
)
def test_kinds_of_pictures(tmp_path: Path, pixels: np.ndarray, suffix: str) -> None:
    path = tmp_path / "given.tif"
    pages = [Image.fromarray(page) for page in (pixels if suffix == ".tif" else [pixels])]
    pages[0].save(path, save_all=True, append_images=pages[1:], description=canary.NAME)
    with quiet():
        deidentify(files_of(path), tmp_path / "out", ocr=BLIND)
    (result,) = (tmp_path / "out").iterdir()
    assert result.suffix == suffix
    assert canary.canaries_in(result.read_bytes()) == []
    with Image.open(result) as image:
        for number, page in enumerate(pages):
            image.seek(number)
            assert np.array_equal(np.asarray(image), np.asarray(page))


def test_one_question_for_the_slices_of_an_acquisition(tmp_path: Path) -> None:
    traits = {"modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}
    slices = [(f"{number}.dcm", dicom(picture(), number=number, **traits)) for number in range(1, 8)]
    scout = ("scout.dcm", dicom(picture(), number=9, modality="CT", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]))
    asked: list[tuple[str, ...]] = []

    def decide(found: Found) -> Decision:
        asked.append(found.files)
        return Decision(black=found.boxes, confirmed=True)

    SURE.looks = 0
    done = run(tmp_path / "out", *slices, scout, ocr=SURE, decide=decide)
    assert SURE.looks == 4
    assert [len(names) for names in asked] == [7, 1]
    assert done.count("written") == 8
    for path in (tmp_path / "out").iterdir():
        assert canary.read(path.read_bytes()).pixel_array[4:12, 4:30].max() == 0


def test_one_bad_file_stops_none_of_the_others(tmp_path: Path) -> None:
    told: list[WardroundError] = []
    good = dicom(picture(), modality="US")
    files = [("cut.dcm", good[:-900]), ("good.dcm", good), ("bad.png", b"\x89PNG\r\n\x1a\n broken")]
    done = run(tmp_path / "out", *files, ocr=BLIND, failed=told.append)
    assert [each.outcome for each in done.files] == ["failed", "written", "failed"]
    assert [error.where for error in told] == ["cut.dcm", "bad.png"]
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["0002.dcm"]


def test_the_folder_appears_only_when_something_is_in_it(tmp_path: Path) -> None:
    run(tmp_path / "out", ("a.png", png(picture())), ocr=SURE, decide=hold_back)
    assert list(tmp_path.iterdir()) == []

    class Broken(Scripted):
        def lines(self, picture: Any, *, sparse: bool = False) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out", ("a.png", png(picture())), ocr=Broken())
    assert list(tmp_path.iterdir()) == []


def test_an_ocr_program_that_breaks_down_fails_its_file(tmp_path: Path) -> None:
    class Broken(Scripted):
        def lines(self, picture: Any, *, sparse: bool = False) -> Any:
            raise EngineFailed("it broke down")

    done = run(tmp_path / "out", ("a.png", png(picture())), ocr=Broken())
    assert (done.files[0].outcome, done.files[0].error) == ("failed", "it broke down")


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="something already"):
        run(tmp_path, ("a.png", png(picture())), ocr=BLIND)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_a_key_makes_runs_agree(tmp_path: Path) -> None:
    data = dicom(picture(), modality="US")
    key = b"0123456789abcdef"
    for target, given in (("a", key), ("b", key), ("c", None), ("d", None)):
        run(tmp_path / target, ("x.dcm", data), ocr=BLIND, key=given)
    first, again, other, another = ((tmp_path / each / "0001.dcm").read_bytes() for each in "abcd")
    assert first == again
    assert len({first, other, another}) == 3


def test_the_report_holds_nothing_of_the_patient(tmp_path: Path) -> None:
    with quiet():
        data = canary.written(canary.dataset(Rows=40, Columns=60, PixelData=(picture().astype("<u2") * 8).tobytes()))
    engine = Scripted((canary.NAME, NAME, 0.9))
    name = f"{canary.NAME}.dcm"
    done = run(tmp_path / "out", (name, data), (name, data[:-3000]), ocr=engine, decide=redact_sure)
    report = json.dumps(done.to_dict())
    assert canary.canaries_in(report.encode()) == []
    written, failed = done.to_dict()["files"]
    assert written["checklist"] == "passed"
    assert written["output"] == "0001.dcm"
    assert {"PatientBirthDate", "AccessionNumber"} <= set(written["emptied"])
    assert "(0009,1002)" in written["removed"]
    assert {"PatientName", "StudyDate", "SOPInstanceUID"} <= set(written["replaced"])
    assert written["made_black"][0]["confidence"] == 0.9
    assert failed["outcome"] == "failed"
