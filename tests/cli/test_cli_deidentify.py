"""``wardround deidentify`` as a user meets it."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.conftest import Run
from images.deidentify import canary
from images.deidentify.drawn import Scripted
from images.dicom_files import make
from wardround.boxes import Box
from wardround.cli.app import run
from wardround.documents import ocr
from wardround.errors import EngineMissing
from wardround.images.deidentify import text
from wardround.images.readers.quiet import quiet


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a DICOM file and a PNG in which names are written, one without, and a file that is no image."""
    folder = tmp_path / "study"
    folder.mkdir()
    pixels = np.zeros((40, 60), np.uint8)
    pixels[4:12:2, 4:30] = pixels[20:28:2, 4:30] = 255
    with quiet():
        written = canary.written(make(pixels, modality="US", PatientName=canary.NAME, PatientID=canary.ID))
    (folder / "a.dcm").write_bytes(written)
    Image.fromarray(pixels).save(folder / "b.png")
    Image.fromarray(pixels * 0).save(folder / "c.png")
    (folder / "notes.txt").write_text("Quackenbush was here")
    engine = Scripted((canary.NAME, Box(4, 4, 30, 12), 0.9))
    second = Scripted((canary.ID, Box(4, 20, 30, 28), 0.8))
    monkeypatch.setattr(text, "_programs", lambda: (engine, second))
    return folder


def test_files_with_text_are_held_back_where_nobody_can_be_asked(wardround: Run, study: Path, tmp_path: Path) -> None:
    ran = wardround("deidentify", study, "-o", tmp_path / "out")
    assert ran.status == 3
    assert ran.err.startswith("error: 2 of 3 files held back")
    assert "--redact-all" in ran.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["0003.png"]
    assert canary.canaries_in((ran.out + ran.err).encode()) == []


@pytest.mark.parametrize("packed", [False, True])
def test_redact_all(wardround: Run, study: Path, tmp_path: Path, packed: bool) -> None:
    source = study
    if packed:
        source = tmp_path / "study.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in study.iterdir():
                archive.write(path, path.name)
    before = {path: path.read_bytes() for path in study.iterdir()}
    report = tmp_path / "report.json"
    ran = wardround("deidentify", source, "-o", tmp_path / "out", "--redact-all", "--report", report)
    assert (ran.status, ran.err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0001.dcm", "0002.png", "0003.png"]
    result = canary.read((tmp_path / "out" / "0001.dcm").read_bytes())
    assert result.pixel_array.max() == 0
    told = json.loads(report.read_text())
    assert (told["written"], told["left_out"], len(told["files"][0]["made_black"])) == (3, 1, 2)
    everything = ran.out.encode() + report.read_bytes() + (tmp_path / "out" / "0001.dcm").read_bytes()
    assert canary.canaries_in(everything) == []
    assert {path: path.read_bytes() for path in study.iterdir()} == before


@pytest.mark.parametrize(
    ("answers", "status", "black"),
    [("all\n", 0, [True, True]), ("what?\n2\n", 0, [False, True]), ("none\n", 0, [False, False]), ("s\n", 3, None)],
)
def test_a_person_is_asked(
    study: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: str,
    status: int,
    black: list[bool] | None,
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answers))
    monkeypatch.setattr(sys, "stderr", asked := Terminal())
    assert run(["deidentify", str(study / "a.dcm"), "-o", str(tmp_path / "out")]) == status
    assert "a.dcm: 2 boxes" in asked.getvalue()
    assert "0.90" in asked.getvalue()
    assert canary.canaries_in(asked.getvalue().encode()) == []
    if black is None:
        assert not (tmp_path / "out").exists()
        return
    result = canary.read((tmp_path / "out" / "0001.dcm").read_bytes())
    assert [result.pixel_array[4, 10] == 0, result.pixel_array[20, 10] == 0] == black
    assert result.get("BurnedInAnnotation") == ("NO" if any(black) else None)


def test_what_was_found_is_drawn_and_told_on_demand(wardround: Run, study: Path, tmp_path: Path) -> None:
    found = tmp_path / "found.png"
    ran = wardround("deidentify", study, "-o", tmp_path / "out", "--redact-all", "--boxes", found, "--show-text")
    assert ran.status == 0
    assert canary.NAME in ran.err
    for path in (found, tmp_path / "found-2.png"):
        with Image.open(path) as image:
            assert (255, 0, 0) in [colour for _, colour in image.getcolors(10_000)]


def test_one_bad_file_is_named_and_the_others_are_done(wardround: Run, study: Path, tmp_path: Path) -> None:
    (study / "d.dcm").write_bytes((study / "a.dcm").read_bytes()[:-500])
    ran = wardround("deidentify", study, tmp_path / "missing.dcm", "-o", tmp_path / "out", "--redact-all", "--json")
    assert ran.status == 1
    assert "missing.dcm" in ran.err
    assert "d.dcm: the file ends before its pixel data do" in ran.err
    told = json.loads(ran.out)
    assert (told["written"], told["failed"]) == (3, 1)


def test_a_key_file_is_made_and_used_again(wardround: Run, study: Path, tmp_path: Path) -> None:
    key = tmp_path / "project.key"
    for target in ("one", "two"):
        ran = wardround("deidentify", study / "a.dcm", "-o", tmp_path / target, "--redact-all", "--key-file", key)
        assert ran.status == 0
    assert (tmp_path / "one" / "0001.dcm").read_bytes() == (tmp_path / "two" / "0001.dcm").read_bytes()


def test_a_folder_without_images(wardround: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("no image")
    ran = wardround("deidentify", tmp_path / "in", "-o", tmp_path / "out")
    assert (ran.status, ran.err) == (1, "error: in: there is no image in it (DICOM, PNG, JPEG, TIFF or WebP)\n")


def test_without_a_program_that_reads_nothing_is_written(
    wardround: Run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> tuple[ocr.OcrEngine, ...]:
        raise EngineMissing("no program that reads characters is there", hint="apt install tesseract-ocr")

    monkeypatch.setattr(text, "_programs", missing)
    ran = wardround("deidentify", study, "-o", tmp_path / "out", "--redact-all")
    assert ran.status == 1
    assert "apt install tesseract-ocr" in ran.err
    assert not (tmp_path / "out").exists()
