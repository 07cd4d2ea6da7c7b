"""A DICOM header without the patient, looked for in the bytes that are written."""

from __future__ import annotations

import io

import numpy as np
import pytest
from dicomanonymizer import anonymize_dataset
from PIL import Image
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)

from images.deidentify import canary
from wardround.errors import ImageError
from wardround.images.deidentify import Identifiers
from wardround.images.deidentify.checklist import left_in
from wardround.images.deidentify.dicom import DicomObject
from wardround.images.readers.header import read_header
from wardround.images.readers.quiet import quiet

KEY = Identifiers(b"0123456789abcdef")


def cleaned(data: bytes, identifiers: Identifiers = KEY) -> bytes:
    return DicomObject(canary.file(data)).without_patient(identifiers)[0]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_nothing_of_the_patient_is_left(syntax: str) -> None:
    with quiet():
        before = canary.written(canary.dataset(), syntax)
        assert syntax == DeflatedExplicitVRLittleEndian or len(canary.canaries_in(before)) == len(canary.CANARIES)
        after = cleaned(before)
    assert canary.canaries_in(after) == []
    result = canary.read(after)
    assert np.array_equal(result.pixel_array.ravel(), np.arange(16))
    assert (result.Modality, result.PatientSex, result.PatientAge) == ("CT", "F", "090Y")
    assert result.PatientName == result.PatientID != ""
    assert result.PatientBirthDate == ""
    assert result.AnatomicRegionSequence[0].CodeMeaning == "Abdomen"
    assert [code.CodeValue for code in result.DeidentificationMethodCodeSequence] == ["113100", "113107", "113108"]
    assert result.PatientIdentityRemoved == "YES"
    assert "BurnedInAnnotation" not in result


def test_big_endian_becomes_little() -> None:
    ds = canary.dataset()
    ds.PixelData = np.arange(16, dtype=">u2").tobytes()
    with quiet():
        after = cleaned(canary.written(ds, ExplicitVRBigEndian))
    assert canary.canaries_in(after) == []
    assert np.array_equal(canary.read(after).pixel_array.ravel(), np.arange(16))


@pytest.mark.parametrize(("form", "syntax"), [("JPEG", JPEGBaseline8Bit), ("JPEG2000", JPEG2000Lossless)])
def test_comments_in_compressed_frames_go(form: str, syntax: str) -> None:
    picture = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    buffer = io.BytesIO()
    picture.save(buffer, form, **({"no_jp2": True} if form == "JPEG2000" else {}))
    frame, comment = buffer.getvalue(), canary.NAME.encode()
    if form == "JPEG":
        frame = frame[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + frame[2:]
    else:  # after SIZ, which must be first
        end = 4 + int.from_bytes(frame[4:6], "big")
        frame = frame[:end] + b"\xff\x64" + (len(comment) + 4).to_bytes(2, "big") + b"\0\1" + comment + frame[end:]
    ds = canary.dataset(Rows=8, Columns=8, BitsAllocated=8, BitsStored=8, HighBit=7)
    with quiet():
        before = canary.compressed(ds, frame, syntax)
        after = cleaned(before)
    assert "Quackenbush" in canary.canaries_in(before)
    assert canary.canaries_in(after) == []
    assert np.abs(canary.read(after).pixel_array.astype(int) - np.asarray(picture)).max() <= 2


def test_overlays_in_unused_bits_go() -> None:
    ds = canary.dataset(PixelData=(np.arange(16, dtype="<u2") | 0xF000).tobytes())
    ds.add(DataElement(0x60000100, "US", 16))
    ds.add(DataElement(0x60000102, "US", 12))
    del ds[0x60003000]
    with quiet():
        after = canary.read(cleaned(canary.written(ds)))
    assert np.array_equal(np.frombuffer(after.PixelData, "<u2"), np.arange(16))


def test_junk_behind_the_last_element_goes() -> None:
    with quiet():
        before = (
            canary.written(canary.dataset(PixelData=bytes(32))) + b"\xfe\xff\xdd\xe0\0\0\0\0" + canary.NAME.encode()
        )
        assert canary.canaries_in(cleaned(before)) == []


def test_uids_are_mapped_alike_wherever_they_stand() -> None:
    with quiet():
        first, second = (canary.read(cleaned(canary.written(canary.dataset(number)))) for number in (1, 2))
        other = canary.read(cleaned(canary.written(canary.dataset(1)), Identifiers(b"another key 1234")))
    assert first.ReferencedImageSequence[0].ReferencedSOPInstanceUID == second.SOPInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.StudyInstanceUID == second.StudyInstanceUID != other.StudyInstanceUID
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID
    assert first.SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert first.PatientID == second.PatientID != other.PatientID
    assert first.SOPInstanceUID.startswith("2.25.")
    assert first.SOPInstanceUID.is_valid


def test_days_move_together() -> None:
    with quiet():
        result = canary.read(cleaned(canary.written(canary.dataset())))
    days = np.datetime64("2021-03-15") - KEY.days(canary.ID)
    studied = str(days).replace("-", "")
    assert result.StudyDate == result.ContentDate == studied
    assert result.AcquisitionDateTime == f"{studied}101530.25+0100"
    assert result.PerformedProcedureStepStartDate == str(days - 3).replace("-", "")
    assert result.ReferencedImageSequence[0].ContentDate == studied
    assert result.StudyTime == "101530"


def test_the_same_file_and_key_give_the_same_bytes() -> None:
    with quiet():
        before = canary.written(canary.dataset())
        once, again = cleaned(before), cleaned(before)
        twice = cleaned(once)
    assert once == again
    assert sorted(canary.read(twice).dir()) == sorted(canary.read(once).dir())


@pytest.mark.parametrize(
    ("before", "after"),
    [("089Y", "089Y"), ("090Y", "090Y"), ("103Y", "090Y"), ("011M", "011M"), ("999M", "999M"), ("old", "")],
)
def test_ages_over_89_are_one(before: str, after: str) -> None:
    with quiet():
        result = canary.read(cleaned(canary.written(canary.dataset(PatientAge=before))))
    assert (result.PatientAge or "") == after


@pytest.mark.parametrize("keyword", ["BodyPartExamined", "ScanOptions"])
def test_terms_of_the_standard_are_no_names(keyword: str) -> None:
    ds = canary.dataset(PatientName="CHEST^PHANTOM")
    setattr(ds, keyword, "CHEST")
    with quiet():
        assert canary.read(cleaned(canary.written(ds)))[keyword].value == "CHEST"


def test_what_the_picture_needs_is_not_emptied_but_refused() -> None:
    with quiet(), pytest.raises(ImageError, match=r"identifies the patient: Modality \(") as refused:
        cleaned(canary.written(canary.dataset(Modality="ZEBULON")))
    assert canary.canaries_in(str(refused.value).encode()) == []


def test_the_library_alone_does_not_pass() -> None:
    """It looks at the outermost elements only, and knows what its table knows."""
    with quiet():
        before = canary.written(canary.dataset())
        alone = canary.read(before)
        anonymize_dataset(alone)
        left = left_in(canary.written(alone), read_header(canary.file(before)).dataset, KEY)
    assert {"PatientBirthDateInAlternativeCalendar", "OperatorsName", "ManufacturerModelName", "preamble"} <= set(left)
    assert {"PatientName", "SourceApplicationEntityTitle"} <= set(left)


PUT_BACK = {
    "PatientName": canary.NAME,
    "PatientBirthDate": canary.BORN,
    "StudyDate": canary.STUDIED,
    "SeriesDate": "20150101",
    "StudyInstanceUID": f"{canary.UID}1",
    "FrameOfReferenceUID": "1.2.3.4",
    "StationName": "CT3",
    "PatientAge": "095Y",
    "PatientWeight": "63",
    "ImageComments": "harmless",
    "ManufacturerModelName": "for zebulon",
    "ViewName": f"no {canary.ID.lower()}",
    "KVP": canary.NUMBER,
    "RetrieveURL": "https://pacs.example",
    "RequestAttributesSequence": [canary.item(InstanceNumber=1)],
    "PatientIdentityRemoved": "NO",
    "EncapsulatedDocument": b"%PDF",
    "PerformingPhysicianName": "Someone^Else",
}


@pytest.mark.parametrize("keyword", PUT_BACK)
def test_the_checklist_finds_what_is_put_back(keyword: str) -> None:
    with quiet():
        before = canary.written(canary.dataset())
        original = read_header(canary.file(before)).dataset
        after = canary.read(cleaned(before))
        assert left_in(_rewritten(after), original, KEY) == ()
        setattr(after, keyword, PUT_BACK[keyword])
        assert left_in(_rewritten(after), original, KEY) == (keyword,)


@pytest.mark.parametrize(
    ("tag", "vr", "value", "name"),
    [
        (0x00090010, "LO", "ACME", "(0009,0010)"),
        (0x60000010, "US", 4, "OverlayRows"),
        (0x00189999, "UN", b"what?!", "(0018,9999)"),
        (0x00340007, "OB", b"20200301", "FrameOriginTimestamp"),
    ],
)
def test_the_checklist_finds_foreign_elements(tag: int, vr: str, value: object, name: str) -> None:
    with quiet():
        before = canary.written(canary.dataset())
        after = canary.read(cleaned(before))
        after.add(DataElement(tag, vr, value))
        left = left_in(_rewritten(after), read_header(canary.file(before)).dataset, KEY)
    assert len(left) == 1
    assert left[0] in (name, f"({tag >> 16:04X},{tag & 0xFFFF:04X})")


def _rewritten(ds: Dataset) -> bytes:
    buffer = io.BytesIO()
    ds.save_as(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"BurnedInAnnotation": "NO"}, "NO"),
        ({"BurnedInAnnotation": "YES"}, None),
        ({}, None),
    ],
)
def test_of_burned_in_text_no_more_is_said_than_is_known(more: dict[str, str], told: str | None) -> None:
    with quiet():
        result = canary.read(cleaned(canary.written(canary.dataset(**more))))
    assert result.get("BurnedInAnnotation") == told


@pytest.mark.parametrize(("part", "told"), [("HEAD", "YES"), ("BRAIN", "YES"), ("CHEST", None)])
def test_a_face_may_show_in_a_scan_of_the_head(part: str, told: str | None) -> None:
    with quiet():
        result = canary.read(cleaned(canary.written(canary.dataset(BodyPartExamined=part))))
    assert result.get("RecognizableVisualFeatures") == told


def test_an_object_without_a_picture_is_refused() -> None:
    ds = canary.dataset()
    del ds.PixelData
    with quiet(), pytest.raises(ImageError, match="it has no picture"):
        cleaned(canary.written(ds))


def test_sequences_without_end_are_refused() -> None:
    ds = canary.dataset()
    inner = canary.item(CodeMeaning="end")
    for _ in range(60):
        inner = canary.item(ConceptNameCodeSequence=[inner])
    ds.AnatomicRegionSequence = [inner]
    with quiet(), pytest.raises(ImageError, match="nested too deep"):
        cleaned(canary.written(ds))
