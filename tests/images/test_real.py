"""Real images that lie beside the repository: each is read, or refused for what it truly is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_modality_lut
from pydicom.pixels.processing import apply_color_lut, apply_voi_lut

from wardround.images import ImageError, Window, read, read_studies

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "images"
if not FOLDER.exists():
    FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "images"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of real images is not beside the repository")

REFUSED = {
    "CT_JPEG_retired_55.dcm": "its transfer syntax is retired",
    "CT_no_meta.dcm": "no format that is known",  # a byte was put before it, so that no element stands where it should
    "ECG_waveform.dcm": "a waveform, not an image",
    "MR_truncated.dcm": "the file ends before its pixel data do",
    "RG1_cut60pct.dcm": "the file ends before its pixel data do",
    "SC_140f_broken.dcm": "frame 14 has another size than the header says",
    "SR_not_image.dcm": "a report or another document, not an image",
    "badVR.dcm": "a radiotherapy dose, not an image",
    "no-pixel-data.dcm": "a report or another document, not an image",
}
# kind, modality, units, bits, colour, frames, rows, columns, view
DICOM = {
    "CR-MONO1-10-chest": ("radiograph", "CR", "stored", 10, False, 1, 440, 440, "PA"),
    "CT_J2K_lossless.dcm": ("ct", "CT", "HU", 16, False, 1, 512, 512, "AXIAL"),
    "CT_JPEGLS.dcm": ("ct", "CT", "HU", 16, False, 1, 512, 512, "AXIAL"),
    "CT_RLE.dcm": ("ct", "CT", "HU", 16, False, 1, 512, 512, "AXIAL"),
    "CT_deflated.dcm": ("ct", "CT", "HU", 16, False, 1, 512, 512, "AXIAL"),
    "DX_966_fixed.dcm": ("radiograph", "DX", "stored", 12, False, 1, 2128, 2000, "PA"),
    "DX_veterinary_thorax.dcm": ("radiograph", "DX", "display", 8, False, 1, 169, 211, ""),
    "EnhancedMR_10f.dcm": ("mr", "MR", "stored", 12, False, 10, 64, 64, ""),
    "MG_overlay_oob.dcm": ("radiograph", "MG", "stored", 12, False, 1, 788, 1318, "CC"),
    "MR_overlays.dcm": ("mr", "MR", "stored", 12, False, 1, 484, 484, "AXIAL"),
    "Modality_LUT.dcm": ("other", "OT", "stored", 12, False, 1, 512, 512, ""),
    "NM1_bonescan.dcm": ("other", "NM", "stored", 16, False, 1, 1024, 256, ""),
    "RG1_J2KI.dcm": ("radiograph", "CR", "stored", 15, False, 1, 1955, 1841, "PA"),
    "RG2_JPLY.dcm": ("radiograph", "CR", "stored", 10, False, 1, 2140, 1760, ""),
    "RG3_J2KR.dcm": ("radiograph", "CR", "stored", 10, False, 1, 1760, 1760, "AP"),
    "RSNA_fake_MONOCHROME1.dcm": ("radiograph", "CR", "display", 8, False, 1, 1024, 1024, "PA"),
    "US_burnedin_name.dcm": ("ultrasound", "US", "display", 8, True, 1, 768, 1024, ""),
    "US_echo_65f_burnedin.dcm": ("ultrasound", "US", "display", 8, True, 65, 456, 576, ""),
    "US_palette16.dcm": ("ultrasound", "US", "display", 16, True, 1, 480, 640, ""),
    "US_palette_rle_2f.dcm": ("ultrasound", "US", "display", 8, True, 2, 600, 800, ""),
    "US_ybr422_30f.dcm": ("ultrasound", "US", "display", 8, True, 30, 240, 320, ""),
    "US_ybr_rct_j2k.dcm": ("ultrasound", "US", "display", 8, True, 1, 480, 640, ""),
    "VL1_endoscopy_burnedin.dcm": ("other", "OT", "display", 8, True, 1, 486, 756, ""),
    "VL6_histology.dcm": ("other", "OT", "display", 8, True, 1, 486, 756, ""),
    "VOI_LUT.dcm": ("other", "OT", "display", 8, False, 1, 512, 512, ""),
    "XA1_J2KI.dcm": ("radiograph", "XA", "stored", 10, False, 1, 1024, 1024, ""),
    **{
        f"{name}.dcm": ("ct", "CT", "HU", 16, False, 1, 512, 512, "AXIAL")
        for name in "abd_01 abd_02 abd_03 GE_head_10 GE_head_13 GE_head_16 GE_head_19 lung_1 WG04_CT1".split()
    },
}
PATHS = sorted(FOLDER.glob("*/*"))
SLOW = 4_000_000  # pixels beyond which JPEG 2000 takes a second


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_read_or_refused(path: Path) -> None:
    if path.name in REFUSED:
        with pytest.raises(ImageError) as caught:
            read(path)
        assert REFUSED[path.name] in caught.value.what
        assert caught.value.where == path.name
        return
    study = read(path)
    (series,) = study.series
    first = series.frames[0]
    if path.name in DICOM:
        assert DICOM[path.name] == (
            series.kind,
            series.modality,
            series.units,
            series.bits,
            series.colour,
            len(series.frames),
            first.rows,
            first.columns,
            series.view,
        )
    else:
        magic = path.read_bytes()[:4]
        assert study.format == ("PNG" if magic == b"\x89PNG" else "JPEG")  # some are named for the other
        assert (series.kind, series.units, len(series.frames)) == ("other", "display", 1)
    if first.rows * first.columns < SLOW:
        pixels = series.frames[-1].pixels()
        assert pixels.shape == (first.rows, first.columns) + (3,) * series.colour
        assert pixels.max() > pixels.min()


def test_the_table_names_every_dicom_file() -> None:
    names = {path.name for path in PATHS if path.parent.name == "dicom" or path.suffix == ".dcm"}
    assert names == set(DICOM) | set(REFUSED)


INDEPENDENT = [name for name in DICOM if name not in ("RG2_JPLY.dcm", "DX_966_fixed.dcm")]  # pydicom cannot; slow


@pytest.mark.parametrize("name", INDEPENDENT)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_pixels_are_those_of_pydicom(name: str) -> None:
    """Through its own decoding of the whole, its own modality LUT, VOI LUT and palette."""
    path = next(path for path in PATHS if path.name == name)
    ds = pydicom.dcmread(path, force=True)
    if "TransferSyntaxUID" not in ds.file_meta:
        ds.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    stored = ds.pixel_array
    stored = stored[-1] if int(ds.get("NumberOfFrames") or 1) > 1 else stored
    frame = read(path).series[0].frames[-1]
    pixels = frame.pixels()
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        expected = apply_color_lut(stored, ds)
        np.testing.assert_array_equal(pixels, expected >> 8 if expected.dtype == np.uint16 else expected)
        return
    if stored.ndim == 3:
        np.testing.assert_array_equal(pixels, stored)
        return
    expected = apply_modality_lut(stored, ds).astype(float)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        total = pixels.astype(float) + expected
        assert total.min() == total.max() == (1 << ds.BitsStored) - 1
    else:
        np.testing.assert_array_equal(pixels, expected)
    if "VOILUTSequence" in ds or frame.windows:
        bits = ds.VOILUTSequence[0].LUTDescriptor[2] if "VOILUTSequence" in ds else 0
        voi = apply_voi_lut(apply_modality_lut(stored, ds), ds).astype(float)
        low, high = (0, (1 << bits) - 1) if bits else _range(ds)
        grey = (voi - low) / (high - low) * 255
        grey = 255 - grey if ds.PhotometricInterpretation == "MONOCHROME1" else grey
        mine = frame.voi(pixels) if frame.voi else _windowed(pixels, frame.windows[0])
        np.testing.assert_allclose(mine, grey, atol=1)


def _range(ds: pydicom.Dataset) -> tuple[float, float]:
    """Of what pydicom's windowing gives: the stored values' range, rescaled."""
    bits = ds.BitsStored
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if ds.PixelRepresentation else (0, (1 << bits) - 1)
    slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    return low * slope + intercept, high * slope + intercept


def _windowed(values: np.ndarray, window: Window) -> np.ndarray:
    return np.clip((values.astype(float) - window.centre + 0.5) / (window.width - 1) + 0.5, 0, 1) * 255


def test_the_same_ct_in_five_encodings_is_the_same() -> None:
    names = ["CT_J2K_lossless.dcm", "CT_JPEGLS.dcm", "CT_RLE.dcm", "CT_deflated.dcm"]
    pictures = [read(FOLDER / "dicom" / name).series[0].frames[0].pixels() for name in names]
    for other in pictures[1:]:
        np.testing.assert_array_equal(other, pictures[0])


def test_series_of_a_folder() -> None:
    studies = {study.series[0].frames[0].sop_instance_uid: study for study in read_studies(FOLDER / "ct")}
    sizes = sorted(len(study.series[0].frames) for study in studies.values())
    assert sizes == [1, 1, 3, 4]
    head = next(study.series[0] for study in studies.values() if len(study.series[0].frames) == 4)
    assert [notice.code for notice in head.warnings] == ["uneven-spacing", "tilted"]
    abdomen = next(study.series[0] for study in studies.values() if len(study.series[0].frames) == 3)
    assert (abdomen.slice_spacing, abdomen.warnings) == (1, ())


def test_stripped_headers_are_told() -> None:
    assert [n.code for n in read(FOLDER / "ct" / "lung_1.dcm").series[0].warnings] == ["no-modality"]
    assert [n.code for n in read(FOLDER / "dicom" / "CR-MONO1-10-chest").warnings] == ["no-transfer-syntax"]
