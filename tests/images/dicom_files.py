"""Synthetic DICOM objects, made when a test needs them: nobody's images, and every element can be set or left out."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "US": "1.2.840.10008.5.1.4.1.1.6.1",
    "OT": "1.2.840.10008.5.1.4.1.1.7",
    "SR": "1.2.840.10008.5.1.4.1.1.88.11",
}
ROOT = "1.2.826.0.1.3680043.8.498.1"  # pydicom's own root
AXIAL = [1, 0, 0, 0, 1, 0]


def ramp(rows: int = 6, columns: int = 8, *, start: int = 0, step: int = 1, dtype: Any = np.uint16) -> NDArray[Any]:
    """Values that are all different, so that a turned or shifted picture is found out."""
    return (start + step * np.arange(rows * columns)).reshape(rows, columns).astype(dtype)


def make(pixels: NDArray[Any] | None = None, *, modality: str = "CT", number: int = 1, **elements: Any) -> Dataset:
    """A DICOM object: ``pixels`` are (rows, columns), (frames, rows, columns), or these with 3 samples at the end.

    ``elements`` are set by keyword at the end; None takes an element away.
    """
    pixels = ramp() if pixels is None else pixels
    ds = Dataset()
    ds.SOPClassUID = CLASSES[modality]
    ds.SOPInstanceUID = f"{ROOT}.1.{number}"
    ds.StudyInstanceUID = f"{ROOT}.2"
    ds.SeriesInstanceUID = f"{ROOT}.3"
    ds.Modality = modality
    ds.PatientName = "Test^Nobody"
    ds.PatientID = "T1"
    ds.StudyDate = "20260102"
    ds.InstanceNumber = number
    colour = pixels.shape[-1] == 3 and pixels.ndim >= 3
    shape = pixels.shape[:-1] if colour else pixels.shape
    if len(shape) == 3:
        ds.NumberOfFrames = shape[0]
    ds.Rows, ds.Columns = shape[-2:]
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = ds.BitsStored = pixels.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    data = pixels.tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW" if pixels.dtype.itemsize > 1 else "OB"
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def ct_slice(height: float, *, number: int = 1, value: int = 0, **elements: Any) -> Dataset:
    """An axial slice at ``height`` mm, whose pixels are all ``value``."""
    given = {
        "ImageOrientationPatient": AXIAL,
        "ImagePositionPatient": [0, 0, height],
        "PixelSpacing": [0.5, 0.5],
        "SliceThickness": 2,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
    }
    return make(np.full((6, 8), value, np.int16), number=number, **(given | elements))


def encoded(ds: Dataset, syntax: str = ExplicitVRLittleEndian, *, preamble: bytes = b"\0" * 128) -> bytes:
    """The file of ``ds``; pixel data of a compressed ``syntax`` must be encapsulated already."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = UID(syntax)
    if meta.TransferSyntaxUID.is_encapsulated and "PixelData" in ds:
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
    stream = io.BytesIO()
    implicit, little = meta.TransferSyntaxUID.is_implicit_VR, meta.TransferSyntaxUID.is_little_endian
    file = FileDataset(stream, ds, preamble, meta, is_implicit_VR=implicit, is_little_endian=little)
    file.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def compressed(ds: Dataset, syntax: str, frames: Iterable[bytes]) -> bytes:
    """The file of ``ds`` with these compressed frames for its pixels."""
    ds.PixelData = encapsulate(list(frames))
    return encoded(ds, syntax)


def lut(values: list[int], *, first: int = 0, bits: int = 16) -> Dataset:
    """An item of a sequence of lookup tables."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(values), first, bits])
    item.add_new("LUTData", "US", values)
    return item


def write(folder: Path, objects: Iterable[Dataset]) -> Path:
    """Files ``0.dcm``, ``1.dcm`` … in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, ds in enumerate(objects):
        (folder / f"{index}.dcm").write_bytes(encoded(ds))
    return folder
