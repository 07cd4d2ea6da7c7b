"""Drawn images of nobody, as DICOM files: what looks from afar like a chest film, and like slices of a chest."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 128  # pixels of a slice
_PIXEL = 2.8  # mm
_APART = 11.0  # mm between slices


def chest_film() -> bytes:
    """A frontal film: a wide heart, and a blunted angle at the base of the right lung."""
    return dicom(
        drawn_chest(),
        "film",
        SOPClassUID=DigitalXRayImageStorageForPresentation,
        Modality="DX",
        StudyDate="20260612",
        StudyDescription="Chest PA (drawn, no patient)",
        SeriesDescription="PA",
        ViewPosition="PA",
        PatientOrientation=["L", "F"],
        BurnedInAnnotation="NO",
        PixelIntensityRelationshipSign=-1,
        ImagerPixelSpacing=[0.4, 0.4],
        BitsStored=12,
        HighBit=11,
        PixelRepresentation=0,
        WindowCenter=1900,
        WindowWidth=3600,
    )


def chest_ct(nodule: float, slices: int = 24, *, earlier: bool = False) -> list[bytes]:
    """Slices of a chest from below upwards, with a nodule of this radius in mm in the left lung."""
    volume = drawn_slices(nodule, slices)
    study = "earlier slices" if earlier else "slices"
    return [
        dicom(
            volume[number] + 1024,
            f"{study} {number}",
            study=study,
            SOPClassUID=CTImageStorage,
            Modality="CT",
            StudyDate="20251103" if earlier else "20260520",
            StudyDescription="CT chest (drawn, no patient)",
            SeriesDescription="Axial",
            ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
            InstanceNumber=number + 1,
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            ImagePositionPatient=[-_SIDE * _PIXEL / 2, -_SIDE * _PIXEL / 2, number * _APART],
            PixelSpacing=[_PIXEL, _PIXEL],
            SliceThickness=_APART,
            RescaleIntercept=-1024,
            RescaleSlope=1,
            RescaleType="HU",
            BitsStored=16,
            HighBit=15,
            PixelRepresentation=1,
            WindowCenter=[-500, 40],
            WindowWidth=[1500, 400],
            WindowCenterWidthExplanation=["lung", "soft tissue"],
        )
        for number in range(slices)
    ]


def drawn_slices(nodule: float, slices: int) -> NDArray[np.int16]:
    """Hounsfield units, (slices, rows, columns): body, ribs, spine, lungs with vessels, heart, aorta and a nodule."""
    down, across = (np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32) - _SIDE / 2) * _PIXEL  # mm; the left is at the right
    random = np.random.default_rng(11)
    vessels = random.uniform((-125, -85, 20), (125, 75, 240), (260, 3))
    made = np.empty((slices, _SIDE, _SIDE), np.int16)
    for number in range(slices):
        up = number * _APART
        along = min(1.0, up / 253)  # 0 at the diaphragm, 1 at the apex

        def inside(x: float, y: float, wide: float, high: float) -> NDArray[np.bool_]:
            return ((across - x) / wide) ** 2 + ((down - y) / high) ** 2 < 1

        wide = 162 - 38 * along**3
        value = np.where(inside(0, 0, wide, 112 - 22 * along**3), -95.0, -1000.0)  # skin and fat
        value[inside(0, 0, wide - 11, 101 - 22 * along**3)] = 50  # muscle
        shell = ((across / (wide - 24)) ** 2 + (down / (90 - 20 * along**3)) ** 2) ** 0.5
        slant = np.sin(up / 9 + down / 16 + 0.4)
        value[(np.abs(shell - 1) < 0.055) & (slant > 0.1)] = 480  # ribs
        size = np.sin(np.pi * min(0.94, 0.32 + 0.62 * along)) ** 0.7
        lungs = np.zeros_like(shell, dtype=bool)
        for side in (-1, 1):
            lungs |= inside(side * 72, -2, 60 * size, 82 * size)
        value[lungs] = -850
        for x, y, z in vessels:
            near = 6.2 - abs(z - up) / 9 - (abs(x) - 30) / 30
            if near > 1:
                value[lungs & inside(x, y, near, near)] = -120
        value[inside(18, -22, 62 * (1 - along) ** 0.5 + 14, 50 * (1 - along) ** 0.5 + 14)] = 42  # heart, great vessels
        value[inside(0, 4, 24, 40)] = 30  # mediastinum
        value[inside(24, 46, 13, 13)] = 160  # aorta
        if along > 0.45:
            value[inside(0, 8, 9, 8)] = -990  # trachea
        value[inside(0, 66, 21, 18)] = 320 if number % 3 else 60  # vertebrae and discs
        value[inside(0, 66, 17, 14)] = 170 if number % 3 else 60
        if along < 0.14:
            value[inside(-62, 4, 70 * (0.2 - along) / 0.2, 76 * (0.2 - along) / 0.2)] = 105  # dome of the liver
        reach = nodule**2 - (up - 13 * _APART) ** 2 / 2.4
        if reach > 0:
            value[inside(84, -18, reach**0.5, reach**0.5)] = 45
        noise = random.normal(0, 14, value.shape)
        made[number] = np.clip(value + noise, -1000, 3000)
    return made


def drawn_chest(rows: int = 1024, columns: int = 880) -> NDArray[np.uint16]:
    """What looks from afar like a frontal chest film: a wide heart, and a blunted angle at the base of the right lung.

    12 bits in 16; bright is dense. The right lung is on the left of the picture.
    """
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    u, v = (x / columns - 0.5) * 2, y / rows  # -1 to 1 across, 0 to 1 down

    def ellipse(at: float, down: float, wide: float, high: float, soft: float = 0.08) -> NDArray[np.float32]:
        distance = np.sqrt(((u - at) / wide) ** 2 + ((v - down) / high) ** 2)
        return np.clip((1 - distance) / soft, 0, 1)

    body = ellipse(0, 0.62, 0.98, 0.72, 0.1)
    lungs = np.maximum(ellipse(-0.44, 0.46, 0.36, 0.36), ellipse(0.46, 0.46, 0.34, 0.36))
    lungs *= 1 - ellipse(-0.42, 0.98, 0.5, 0.27, 0.05)  # diaphragm
    lungs *= 1 - ellipse(0.46, 1.0, 0.48, 0.26, 0.05)
    lungs *= 1 - 0.9 * ellipse(-0.78, 0.78, 0.3, 0.14, 0.5)  # fluid in the right angle
    heart = ellipse(0.16, 0.64, 0.44, 0.19, 0.12)
    middle = ellipse(0, 0.42, 0.13, 0.5, 0.5)
    ribs = sum(
        np.exp(-(((v - (0.16 + 0.085 * n) - 0.10 * np.abs(u) ** 1.6) / 0.011) ** 2)) for n in range(9)
    ) * ellipse(0, 0.5, 0.9, 0.45, 0.1)
    vessels = np.exp(-(((np.abs(u) - 0.2) / 0.1) ** 2) - ((v - 0.47) / 0.1) ** 2)
    clavicles = np.exp(-(((v - 0.135 + 0.05 * np.abs(u)) / 0.012) ** 2)) * ellipse(0, 0.13, 0.62, 0.1, 0.2)
    discs = 1 + 0.16 * np.cos(v * 95)
    dense = 0.06 + 0.6 * body - (0.44 - 0.1 * v) * lungs + 0.3 * heart * (0.35 + 0.65 * lungs) + 0.17 * middle * discs
    dense += 0.07 * ribs + 0.1 * clavicles + 0.1 * vessels * lungs
    noise = np.random.default_rng(7).normal(0, 0.012, (rows, columns))
    return np.clip((dense + noise) * 3600, 0, 4095).astype(np.uint16)


def dicom(pixels: NDArray[Any], name: str, *, study: str = "film", **elements: Any) -> bytes:
    """A file of these pixels; its UIDs are made of its name and its study's."""
    file = Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file.file_meta.MediaStorageSOPClassUID = elements["SOPClassUID"]
    file.SOPInstanceUID = generate_uid(entropy_srcs=["wardround example", name, "instance"])
    file.StudyInstanceUID = generate_uid(entropy_srcs=["wardround example", study, "study"])
    file.SeriesInstanceUID = generate_uid(entropy_srcs=["wardround example", study, "series"])
    if elements["Modality"] == "CT":
        file.FrameOfReferenceUID = generate_uid(entropy_srcs=["wardround example", study, "frame"])
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID
    file.PatientName, file.PatientID, file.BodyPartExamined = "Example^Drawn", "DEMO", "CHEST"
    file.Rows, file.Columns = pixels.shape
    file.SamplesPerPixel, file.PhotometricInterpretation, file.BitsAllocated = 1, "MONOCHROME2", 16
    for keyword, value in elements.items():
        setattr(file, keyword, value)
    file.PixelData = pixels.tobytes()
    written = io.BytesIO()
    file.save_as(written, enforce_file_format=True)
    return written.getvalue()
