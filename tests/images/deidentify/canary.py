"""DICOM files of patients who do not exist, whose data stand wherever a header has room for them."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import numpy as np
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.dataelem import DataElement
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from wardround.images.readers.base import HEAD, File

NAME = "Quackenbush^Zebulon"
ID = "QX-7781-ZZ"
NUMBER = "778123459"
BORN, STUDIED, PERFORMED = "19310217", "20210315", "20210312"
DOCTOR = "Snickerdoodle^Ignatius"
HOSPITAL = "Wobblethorpe Infirmary"
UID = "1.2.826.0.1.3680043.778123459."
CANARIES = [
    *("Quackenbush", "Zebulon", ID, NUMBER, BORN, STUDIED, PERFORMED, "Snickerdoodle", "Ignatius", HOSPITAL, UID),
    *("ACC99887766", "17 Umbrella Crescent", "555-0187", "WOBBLECT3", "SN-424242", "1931-02-17"),
]


def file(data: bytes, name: str = "scan.dcm") -> File:
    """``data`` as a reader is given it."""
    return File(name=name, size=len(data), open=partial(io.BytesIO, data), head=data[:HEAD])


def dataset(instance: int = 1, **more: Any) -> Dataset:
    """A small CT slice with the patient's data in elements of every value representation."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    ds.SOPInstanceUID = f"{UID}3.{instance}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{UID}1", f"{UID}2"
    ds.FrameOfReferenceUID = f"{UID}4"
    ds.Modality = "CT"
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = STUDIED
    ds.StudyTime, ds.ContentTime = "101530", "101531.5"
    ds.AcquisitionDateTime = f"{STUDIED}101530.25+0100"
    ds.PerformedProcedureStepStartDate = PERFORMED
    ds.AccessionNumber = "ACC99887766"
    ds.PatientName, ds.PatientID, ds.OtherPatientIDs = NAME, ID, NUMBER
    ds.PatientBirthDate, ds.PatientBirthTime, ds.PatientSex, ds.PatientAge = BORN, "0405", "F", "094Y"
    ds.PatientAddress, ds.PatientTelephoneNumbers = "17 Umbrella Crescent", "555-0187"
    ds.PatientBirthDateInAlternativeCalendar = "Bahman 1309, Quackenbush"
    ds.ReferringPhysicianName, ds.OperatorsName = DOCTOR, DOCTOR
    ds.InstitutionName, ds.StationName, ds.DeviceSerialNumber = HOSPITAL, "WOBBLECT3", "SN-424242"
    ds.RetrieveAETitle = "WOBBLECT3"  # AE
    ds.StudyDescription = f"follow-up of {NAME}"  # LO, in the table
    ds.ManufacturerModelName = "Scanner of ZEBULON"  # LO, not in the table
    ds.ConvolutionKernel = f"B30 {ID}"  # SH
    ds.ScanOptions = "QUACKENBUSH"  # CS
    ds.KVP, ds.ExposureTime = NUMBER, NUMBER  # DS, IS
    ds.ImageComments = f"{NAME}, born 1931-02-17"  # LT
    ds.AcquisitionProtocolDescription = "as for Mrs. Quackenbush"  # LT
    ds.DerivationDescription = "for Ignatius"  # ST
    ds.RetrieveURL = "https://pacs.example/Quackenbush"  # UR
    ds.LongCodeValue = ID  # UC
    ds.PixelDataProviderURL = f"https://pacs.example/{ID}"
    ds.TextValue = NAME  # UT
    ds.ReferencedImageSequence = [item(ReferencedSOPInstanceUID=f"{UID}3.2", PatientName=NAME, ContentDate=STUDIED)]
    deep = item(CodeMeaning=f"seen by {DOCTOR}", AcquisitionDateTime=STUDIED, OperatorsName=DOCTOR)
    deep.add(DataElement(0x00091001, "LO", NAME))
    ds.AnatomicRegionSequence = [
        item(CodeValue="T-D4000", CodeMeaning="Abdomen", AnatomicRegionModifierSequence=[deep])
    ]
    ds.RequestAttributesSequence = [item(RequestedProcedureID=NUMBER, RequestedProcedureDescription=NAME)]
    ds.IconImageSequence = [item(Rows=1, Columns=1, BitsAllocated=8, PixelData=NAME.encode() + b"\0")]
    ds.add(DataElement(0x00090010, "LO", "ACME 1.0"))
    ds.add(DataElement(0x00091002, "UN", NAME.encode() + b"\0"))
    ds.add(DataElement(0x00091003, "SQ", Sequence([item(PatientName=NAME)])))
    ds.add(DataElement(0x60000010, "US", 4))
    ds.add(DataElement(0x60000011, "US", 4))
    ds.add(DataElement(0x60000022, "LO", NAME))
    ds.add(DataElement(0x60003000, "OW", (NAME + ID).encode() + b"\0"))
    ds.add(DataElement(0x50003000, "OW", NAME.encode() + b"\0"))
    ds.add(DataElement(0x00189999, "UN", NAME.encode() + b"\0"))  # an element of the future
    ds.Rows = ds.Columns = 4
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = np.arange(16, dtype="<u2").tobytes() + NAME.encode() + b"\0"  # and what nobody counts
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    return ds


def item(**elements: Any) -> Dataset:
    """What stands in a sequence."""
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, [*value] if isinstance(value, list) else value)
    return ds


def written(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The file, with a patient in its preamble and its meta information too."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.SourceApplicationEntityTitle = "WOBBLECT3"
    meta.add(DataElement(0x00020100, "UI", f"{UID}9"))
    meta.add(DataElement(0x00020102, "OB", NAME.encode() + b"\0"))
    whole = FileDataset(None, ds, preamble=NAME.encode().ljust(128, b"\0"), file_meta=meta)
    buffer = io.BytesIO()
    dcmwrite(buffer, whole, enforce_file_format=True)
    return buffer.getvalue()


def compressed(ds: Dataset, frame: bytes, syntax: str) -> bytes:
    """The file with one compressed frame."""
    ds["PixelData"] = DataElement(0x7FE00010, "OB", encapsulate([frame]))
    ds["PixelData"].is_undefined_length = True
    return written(ds, syntax)


def read(data: bytes) -> Dataset:
    """The object in a file."""
    return dcmread(io.BytesIO(data))


def canaries_in(data: bytes) -> list[str]:
    """Which of the patient's data stand in the bytes, in whatever case, in one byte a character or in two."""
    lower = data.lower()
    return [c for c in CANARIES if c.lower().encode() in lower or c.lower().encode("utf-16-le") in lower]
