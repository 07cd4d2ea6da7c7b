"""``wardround export``: what was saved, in other formats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from export.reports import samples
from wardround.images import read

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A radiograph as a DICOM file."""
    header = pydicom.Dataset()
    header.file_meta = pydicom.dataset.FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.SOPClassUID = DigitalXRayImageStorageForPresentation
    header.SOPInstanceUID, header.StudyInstanceUID = samples.INSTANCE, samples.STUDY
    header.SeriesInstanceUID = samples.SERIES
    header.Modality, header.BodyPartExamined, header.ViewPosition = "DX", "CHEST", "PA"
    header.PatientName, header.PatientID, header.PatientBirthDate, header.PatientSex = "Doe^Jane", "MRN-7", "", "F"
    header.Rows, header.Columns = samples.ROWS, samples.COLUMNS
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 12, 11, 0
    header.PixelData = (samples.radiograph().astype(np.uint16) * 16).tobytes()
    path = tmp_path / "film.dcm"
    header.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def report(tmp_path: Path, film: Path) -> Path:
    """A report of that radiograph, and of a prior one that is not at hand."""
    current, prior = samples.RICH.images
    images = (current.model_copy(update={"digest": read(film).digest}), prior)
    path = tmp_path / "report.json"
    path.write_text(samples.RICH.model_copy(update={"images": images}).model_dump_json(indent=2), encoding="utf-8")
    return path


@pytest.fixture
def codes(wardround: Run, examples: Path, tmp_path: Path) -> Path:
    path = tmp_path / "codes.jsonl"
    path.write_text(wardround("code", "--json", examples / "notes" / "appendicitis.txt").out, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("markdown", b"**DRAFT."),
        ("json", b"{"),
        ("html", b"<!DOCTYPE html>"),
        ("pdf", b"%PDF-"),
        ("fhir", b"{"),
        ("dicom-sr", b"\0" * 128 + b"DICM"),
        ("secondary-capture", b"\0" * 128 + b"DICM"),
    ],
)
def test_a_report_in_every_format(
    form: str, start: bytes, wardround: Run, report: Path, film: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert wardround("export", report, "--format", form, "--images", film, "-o", out).status == 0
    assert out.read_bytes().startswith(start)
    if start.endswith(b"DICM"):
        made = pydicom.dcmread(out)
        assert (made.PatientID, made.StudyInstanceUID) == ("MRN-7", samples.STUDY)
    if form == "html":
        assert out.read_text(encoding="utf-8").count("<rect") == 2


def test_text_goes_to_standard_output_and_comes_from_standard_input(wardround: Run, report: Path) -> None:
    ran = wardround("export", "-", "--format", "markdown", stdin=report.read_bytes())
    assert ran.status == 0
    assert "1. Possible small left apical pneumothorax" in ran.out


def test_other_images_are_refused(wardround: Run, report: Path, film: Path) -> None:
    other = pydicom.dcmread(film)
    other.PixelData = bytes(len(other.PixelData))
    other.save_as(film)
    ran = wardround("export", report, "--format", "html", "--images", film)
    assert ran.status == 1
    assert "these are not the images of the current study" in ran.err


def test_dicom_needs_the_images(wardround: Run, report: Path, tmp_path: Path) -> None:
    ran = wardround("export", report, "--format", "dicom-sr", "-o", tmp_path / "out.dcm")
    assert ran.status == 1
    assert "name the images" in ran.err
    assert not (tmp_path / "out.dcm").exists()


def test_codes_in_other_formats_are_as_if_coded_so(wardround: Run, codes: Path, examples: Path) -> None:
    note = examples / "notes" / "appendicitis.txt"
    assert wardround("export", codes, "--format", "csv").out == wardround("code", "--format", "csv", note).out
    bundle = json.loads(wardround("export", codes, "--format", "fhir").out)
    assert bundle["resourceType"] == "Bundle"


def test_a_failed_note_stays_in_its_place(wardround: Run, codes: Path) -> None:
    failure = {"id": "b", "error": {"what": "the note is empty", "where": "line 2", "hint": ""}}
    with codes.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(failure) + "\n")
    ran = wardround("export", codes, "--format", "csv")
    assert ran.out.splitlines()[-1].startswith("b,,,line 2: the note is empty,error")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "there is nothing in it"),
        ("# no JSON", "this is not JSON"),
        ("[" * 100_000, "this is not JSON"),
        ("[1]", "this is no JSON object"),
        ('{"id": "a"}', "this is neither codes nor a report"),
        ('{"provenance": {"protocol": "x"}}', "not in the published shape, at id"),
    ],
)
def test_anything_else_is_refused(content: str, told: str, wardround: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    ran = wardround("export", path, "--format", "json")
    assert (ran.status, ran.out) == (1, "")
    assert told in ran.err


def test_several_reports_are_exported_one_by_one(wardround: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text((samples.MINIMAL.model_dump_json() + "\n") * 2)
    assert "there are several reports in it" in wardround("export", path, "--format", "pdf").err


@pytest.mark.parametrize(
    ("which", "form", "told"),
    [("report", "csv", "for reports; there are markdown, json"), ("codes", "pdf", "for codes; there are json, csv")],
)
def test_a_format_of_the_other_kind_is_a_mistake(
    which: str, form: str, told: str, wardround: Run, request: pytest.FixtureRequest
) -> None:
    path: Any = request.getfixturevalue(which)
    ran = wardround("export", path, "--format", form)
    assert ran.status == 2
    assert told in ran.err


def test_a_document_that_is_no_text_is_not_shown_in_a_terminal(
    wardround: Run, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    ran = wardround("export", report, "--format", "pdf")
    assert ran.status == 2
    assert "name a file with -o" in ran.err
