"""Reports as DICOM: what others read in them, and whose they are."""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import DigitalXRayImageStorageForPresentation, EnhancedCTImageStorage

from export.reports import samples
from wardround.boxes import Box
from wardround.export.reports import report_exporter
from wardround.export.reports.picture import picture_of
from wardround.reporting.report import DraftReport

if TYPE_CHECKING:
    from pathlib import Path

REPORTS = {"rich": samples.RICH, "minimal": samples.MINIMAL, "hostile": samples.hostile()}


def original(**other: Any) -> pydicom.Dataset:
    header = pydicom.Dataset()
    header.SOPClassUID = DigitalXRayImageStorageForPresentation
    header.SOPInstanceUID = samples.INSTANCE
    header.StudyInstanceUID = samples.STUDY
    header.SeriesInstanceUID = samples.SERIES
    header.PatientName = "Doe^Jané"
    header.PatientID = "MRN-7"
    header.PatientBirthDate = "19620101"
    header.PatientSex = "F"
    header.StudyID = "S1"
    header.StudyDate = "20261103"
    header.StudyTime = "081500"
    header.AccessionNumber = "A-9"
    for keyword, value in other.items():
        setattr(header, keyword, value)
    return header


def made(name: str, report: DraftReport = samples.RICH, **given: Any) -> bytes:
    values = {"pictures": samples.pictures(), "originals": [original()], "time": samples.TIME}
    return report_exporter(name).export(report, **values | given)


def dataset(name: str, report: DraftReport = samples.RICH, **given: Any) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(made(name, report, **given)))


def items(tree: pydicom.Dataset, concept: str) -> list[pydicom.Dataset]:
    """The content items of this name, wherever they stand."""
    below = [found for item in tree.get("ContentSequence", ()) for found in items(item, concept)]
    own = tree.get("ConceptNameCodeSequence")
    return [tree, *below] if own and own[0].CodeMeaning == concept else below


@pytest.mark.parametrize("name", ["dicom-sr", "secondary-capture"])
def test_it_joins_the_study_of_its_original(name: str) -> None:
    document = dataset(name)
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyID"):
        assert document[keyword].value == original()[keyword].value
    assert document.AccessionNumber == "A-9"
    assert document.SeriesInstanceUID not in ("", samples.SERIES)
    assert document.SpecificCharacterSet == "ISO_IR 192"


@pytest.mark.parametrize("name", ["dicom-sr", "secondary-capture"])
def test_without_an_original_the_patient_is_empty_and_the_study_a_new_one(name: str) -> None:
    document = dataset(name, originals=[])
    assert [document[k].value or "" for k in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")] == [""] * 4
    assert document.StudyInstanceUID.startswith("2.25.")
    assert document.StudyDate == "20261103"


@pytest.mark.parametrize("which", REPORTS)
def test_a_structured_report_is_partial_unverified_and_preliminary(which: str) -> None:
    document = dataset("dicom-sr", REPORTS[which])
    assert document.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert (document.CompletionFlag, document.VerificationFlag, document.PreliminaryFlag) == (
        "PARTIAL",
        "UNVERIFIED",
        "PRELIMINARY",
    )
    assert (document.ContentDate, document.ContentTime) == ("20261103", "093000")


def test_every_finding_is_a_group_of_its_own() -> None:
    groups = items(dataset("dicom-sr"), "Measurement Group")
    told = [
        [items(group, concept)[0].ConceptCodeSequence[0].CodeMeaning for concept in ("Finding", "Presence of property")]
        for group in groups
    ]
    assert told == [
        ["Pleural effusion", "Present"],
        ["Pneumothorax", "Present"],
        ["enlarged cardiac silhouette", "Present"],
        ["consolidation", "Absent"],
        ["midline trachea", "Present"],
        ["rib fracture", "Undetermined"],
    ]
    codes = [items(group, "Finding")[0].ConceptCodeSequence[0] for group in groups]
    assert [(code.CodingSchemeDesignator, code.get("CodeValue")) for code in codes[:2]] == [
        ("SCT", "60046008"),
        ("SCT", "36118008"),
    ]
    assert {code.CodingSchemeDesignator for code in codes[2:]} == {"99WARDROUND"}
    assert items(groups[0], "Laterality")[0].ConceptCodeSequence[0].CodeMeaning == "Left"


def corners(region: pydicom.Dataset) -> Box:
    points = np.array(region.GraphicData).reshape(-1, 2)
    return Box(*points.min(axis=0), *points.max(axis=0))


def test_areas_are_coordinates_on_the_original() -> None:
    first, second = items(dataset("dicom-sr"), "Image Region")
    assert corners(first) == Box(430, 640, 690, 880)
    assert corners(second) == Box(280, 480, 590, 800)
    image = first.ContentSequence[0].ReferencedSOPSequence[0]
    assert image.ReferencedSOPInstanceUID == samples.INSTANCE
    assert "ReferencedFrameNumber" not in image


def test_areas_of_a_multi_frame_original_name_the_frame_it_is_stored_as() -> None:
    """The third frame along the slice normal can be the eighth in the file."""
    finding = samples.RICH.findings[0].model_copy(update={"sources": (samples.seen("F1", samples.EFFUSION, frame=3),)})
    report = samples.MINIMAL.model_copy(
        update={"findings": (finding,), "images": (samples.image(frames=9, frames_seen=tuple(range(1, 10))),)}
    )
    picture = picture_of(
        samples.radiograph(), shows=Box(0, 0, 800, 1000), frame=3, sop_instance_uid=samples.INSTANCE, sop_frame=8
    )
    volume = original(SOPClassUID=EnhancedCTImageStorage, NumberOfFrames="9")
    document = dataset("dicom-sr", report, pictures=[picture], originals=[volume])
    (region,) = items(document, "Image Region")
    assert region.ContentSequence[0].ReferencedSOPSequence[0].ReferencedFrameNumber == 8
    capture = dataset("secondary-capture", report, pictures=[picture], originals=[volume])
    assert capture.SourceImageSequence[0].ReferencedFrameNumber == 8


@pytest.mark.parametrize("which", ["rich", "minimal"])
def test_areas_of_what_is_no_dicom_are_coordinates_on_its_capture(which: str) -> None:
    report = samples.RICH.model_copy(update={"images": REPORTS[which].images})
    document = dataset("dicom-sr", report, originals=[])
    capture = dataset("secondary-capture", report, originals=[])
    assert capture.StudyInstanceUID == document.StudyInstanceUID
    region = items(document, "Image Region")[0]
    image = region.ContentSequence[0].ReferencedSOPSequence[0]
    assert image.ReferencedSOPInstanceUID == capture.SOPInstanceUID
    left, top, right, bottom = (round(side) for side in corners(region))
    pixels = capture.pixel_array
    yellow = (pixels == (255, 212, 0)).all(axis=2)  # the outline runs where the coordinates say
    for x, y in ((left, (top + bottom) // 2), (right, (top + bottom) // 2), ((left + right) // 2, bottom)):
        assert yellow[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3].any()


def test_a_capture_shows_the_picture_unchanged_between_its_bands() -> None:
    report = samples.MINIMAL
    pixels = np.arange(600, dtype=np.uint8).reshape(20, 30)
    shown = picture_of(pixels, shows=Box(0, 0, 30, 20))
    capture = dataset("secondary-capture", report, pictures=[shown], originals=[]).pixel_array
    times = capture.shape[1] // 30
    band = (capture.shape[0] - 20 * times) // 2
    assert times * 30 >= 512
    assert (capture[band : band + 20 * times : times, ::times, 0] == pixels).all()
    assert (capture[0, 0] == capture[-1, -1]).all()
    assert capture[:band].max() == 255, "words stand in the band"


def test_a_capture_keeps_what_the_original_says_of_burned_in_text() -> None:
    assert dataset("secondary-capture", originals=[original(BurnedInAnnotation="YES")]).BurnedInAnnotation == "YES"
    assert "BurnedInAnnotation" not in dataset("secondary-capture")


@pytest.mark.parametrize("name", ["dicom-sr", "secondary-capture"])
@pytest.mark.parametrize("patient", ["PLA", "Doe, Jane", "a^b^c^d^e", "山田^太郎", "=山田^太郎"])
def test_a_name_of_any_form_is_copied_and_not_told(patient: str, name: str) -> None:
    """A library that warns of a name would print it; here warnings are errors."""
    assert str(dataset(name, originals=[original(PatientName=patient)]).PatientName) == patient


@pytest.mark.parametrize("name", ["dicom-sr", "secondary-capture"])
def test_damaged_headers_do_no_harm(name: str) -> None:
    damaged = original(NumberOfFrames="1")
    wrong = [("PatientID", "LO", "x" * 200), ("StudyDate", "DA", "yesterday"), ("PatientSex", "CS", "?")]
    for keyword, vr, value in wrong:
        damaged[keyword] = pydicom.DataElement(keyword, vr, value, validation_mode=pydicom.config.IGNORE)
    del damaged.PatientName, damaged.StudyTime
    document = dataset(name, originals=[pydicom.Dataset(), damaged])
    assert document.StudyInstanceUID == samples.STUDY
    assert not any(document[keyword].value for keyword in ("PatientID", "StudyDate", "PatientSex", "PatientName"))
    assert document.PatientBirthDate == "19620101"


def run(*command: str | Path) -> str:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} of DCMTK is not installed")
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if line.startswith(("E:", "F:"))]
    return done.stdout


@pytest.mark.parametrize("which", REPORTS)
def test_dcmtk_reads_the_structured_report(which: str, tmp_path: Path) -> None:
    file = tmp_path / "report.dcm"
    file.write_bytes(made("dicom-sr", REPORTS[which]))
    dump = run("dsrdump", "+Pl", file)
    assert "PRELIMINARY" in dump
    assert "DRAFT. Not a diagnosis" in dump
    run("dsr2html", file, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8", errors="replace")
    assert "<script" not in page
    for statement in samples.RICH.impression if which == "rich" else ():
        assert statement.text in page


@pytest.mark.parametrize("which", REPORTS)
def test_dcmtk_reads_the_capture(which: str, tmp_path: Path) -> None:
    file = tmp_path / "capture.dcm"
    file.write_bytes(made("secondary-capture", REPORTS[which]))
    assert "SecondaryCaptureImageStorage" in run("dcmdump", file)
    run("dcm2pnm", file, tmp_path / "capture.ppm")
    assert (tmp_path / "capture.ppm").read_bytes().startswith(b"P6")
