"""Files rendered by us and by an independent way (pydicom's own functions, nibabel): the same within one grey level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.pixels import apply_modality_lut, apply_windowing

from images.dicom_files import AXIAL, encoded, make
from wardround.images import read
from wardround.images.render import render
from wardround.images.render.windows import CT_WINDOWS

SHARED = Path(__file__).parents[3] / "shared" / "data" / "images"
REAL = pytest.mark.skipif(not SHARED.is_dir(), reason="the real images are not there: ../shared/data/images")


def padded(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """A picture of levels from 0 to 255 amid black, by numpy's own padding."""
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=2)
    rows, columns = picture.shape[:2]
    side = max(rows, columns)
    spare = [(missing // 2, missing - missing // 2) for missing in (side - rows, side - columns)]
    return np.pad(np.clip(np.rint(picture), 0, 255).astype(np.uint8), (*spare, (0, 0)))


def windowed(dataset: pydicom.Dataset) -> NDArray[np.float64]:
    """CT by pydicom's own windowing (PS3.3 C.11.2.1.2, LINEAR_EXACT), one window after the other."""
    dataset.VOILUTFunction = "LINEAR_EXACT"
    dataset.BitsStored = 16
    channels = []
    for low, high in CT_WINDOWS:
        dataset.WindowCenter, dataset.WindowWidth = (low + high) / 2, high - low
        values = apply_windowing(apply_modality_lut(dataset.pixel_array, dataset), dataset)
        least, greatest = values.min(), values.max()
        ends = _ends(dataset)
        channels.append((values - ends[0]) / (ends[1] - ends[0]) * 255)
        assert least >= ends[0]
        assert greatest <= ends[1]
    return np.stack(channels, axis=-1)


def _ends(dataset: pydicom.Dataset) -> tuple[float, float]:
    """What pydicom scales a window to: the range of the stored values after the rescale."""
    low, high = (-(2**15), 2**15 - 1) if dataset.PixelRepresentation else (0, 2**16 - 1)
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    return low * slope + intercept, high * slope + intercept


def grey(dataset: pydicom.Dataset) -> NDArray[np.float64]:
    """A radiograph: modality LUT, MONOCHROME1 turned, 8 bits as they are, others from least to greatest."""
    values = np.asarray(apply_modality_lut(dataset.pixel_array, dataset), np.float64)
    if dataset.BitsStored == 8:
        return 255 - values if dataset.PhotometricInterpretation == "MONOCHROME1" else values
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        values = -values
    return (values - values.min()) / (values.max() - values.min()) * 255


def assert_same(path: Path, expected: NDArray[Any]) -> None:
    (view,) = render(read(path)).views
    difference = np.abs(view.pixels.astype(int) - padded(expected))
    assert difference.max() <= 1, f"{(difference > 1).mean():.1%} differ, by up to {difference.max()}"


@pytest.mark.parametrize("signed", [True, False])
def test_ct(tmp_path: Path, signed: bool) -> None:
    values = np.arange(-1200, 1200).reshape(40, 60) + (0 if signed else 1200)
    dataset = make(
        values.astype(np.int16 if signed else np.uint16),
        RescaleSlope=1,
        RescaleIntercept=0 if signed else -1200,
        RescaleType="HU",
        ImageOrientationPatient=AXIAL,
        ImagePositionPatient=[0, 0, 0],
        PixelSpacing=[1, 1],
    )
    path = tmp_path / "ct.dcm"
    path.write_bytes(encoded(dataset))
    assert_same(path, windowed(pydicom.dcmread(path)))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_radiograph(tmp_path: Path, photometric: str, bits: int) -> None:
    values = np.random.default_rng(bits).integers(5, 2**bits - 7, (50, 30))
    dataset = make(
        values.astype(np.uint8 if bits == 8 else np.uint16),
        modality="DX",
        PhotometricInterpretation=photometric,
        BitsStored=bits,
        HighBit=bits - 1,
        WindowCenter=100,
        WindowWidth=50,
    )
    path = tmp_path / "film.dcm"
    path.write_bytes(encoded(dataset))
    assert_same(path, grey(pydicom.dcmread(path)))


def test_nifti(tmp_path: Path) -> None:
    volume = np.random.default_rng(0).integers(0, 3000, (20, 24, 9)).astype(np.int16)
    path = tmp_path / "brain.nii.gz"
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([1.0, 1, 3, 1])), path)  # type: ignore[attr-defined,no-untyped-call]
    made = render(read(path, kind="mr"))
    values = nibabel.load(path).get_fdata()  # type: ignore[attr-defined]
    scaled = (values - values.min()) / (values.max() - values.min()) * 255
    assert made.labelled
    shown = {tuple(sorted(view.pixels[..., 0][view.pixels[..., 0] > 0].tolist())) for view in made.views}
    expected = {
        tuple(sorted(level for level in np.rint(scaled[..., place]).astype(int).ravel().tolist() if level > 0))
        for place in range(9)
    }
    assert shown == expected  # slice by slice the same levels, wherever a reader puts rows and columns


@REAL
@pytest.mark.parametrize(
    "name",
    ["ct/GE_head_13.dcm", "ct/WG04_CT1.dcm", "ct/abd_02.dcm", "dicom/CT_JPEGLS.dcm", "dicom/CT_RLE.dcm"],
)
def test_real_ct(name: str) -> None:
    assert_same(SHARED / name, windowed(pydicom.dcmread(SHARED / name)))


@REAL
@pytest.mark.parametrize(
    "name",
    ["RG1_J2KI.dcm", "RG3_J2KR.dcm", "DX_veterinary_thorax.dcm", "MG_overlay_oob.dcm", "RSNA_fake_MONOCHROME1.dcm"],
)
def test_real_radiographs(name: str) -> None:
    assert_same(SHARED / "dicom" / name, grey(pydicom.dcmread(SHARED / "dicom" / name)))


@REAL
@pytest.mark.parametrize("name", ["cxr/ARDSSevere.png", "us/Pneu_Avi_subpleural-consolidation.JPG", "other/retina.jpg"])
def test_real_pictures(name: str) -> None:
    with Image.open(SHARED / name) as image:
        assert_same(SHARED / name, np.asarray(image.convert("RGB")))


@REAL
def test_the_turned_radiograph_is_the_negative_of_its_pixels() -> None:
    path = SHARED / "dicom" / "RSNA_fake_MONOCHROME1.dcm"
    (view,) = render(read(path)).views
    assert np.array_equal(view.pixels[..., 0], 255 - pydicom.dcmread(path).pixel_array)


@REAL
def test_real_enhanced_mr() -> None:
    path = SHARED / "dicom" / "EnhancedMR_10f.dcm"
    values = pydicom.dcmread(path).pixel_array.astype(float)
    shown = np.stack([view.pixels[..., 0] for view in render(read(path)).views])
    levels = sorted(np.rint((values - values.min()) / (values.max() - values.min()) * 255).ravel())
    assert np.abs(np.sort(shown.ravel()) - levels).max() <= 1
