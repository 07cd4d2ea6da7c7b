"""One DICOM object: its values in every form, compared with what pydicom's own functions make of them."""

from __future__ import annotations

import hashlib
import io
import zlib

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from images.dicom_files import CLASSES, encoded, lut, make, ramp
from wardround.images import Frame, Series, Study, Window, read

HTJ2K = "1.2.840.10008.1.2.4.201"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"


def only(study: Study) -> tuple[Series, Frame]:
    (series,) = study.series
    return series, series.frames[0]


def shown(data: bytes) -> np.ndarray:
    return only(read(data))[1].pixels()


# values


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16])
@pytest.mark.parametrize("rescale", [(1, 0), (1, -1024), (2, -5), (0.5, 1.25), (-1, 100)])
def test_rescale(dtype: type, rescale: tuple[float, float]) -> None:
    ds = make(ramp(start=-20 if dtype in (np.int8, np.int16) else 0, dtype=dtype), modality="MR")
    ds.RescaleSlope, ds.RescaleIntercept = rescale
    expected = apply_modality_lut(ramp_of(ds), ds)
    np.testing.assert_allclose(shown(encoded(ds)), expected)


def ramp_of(ds: Dataset) -> np.ndarray:
    dtype = f"<{'i' if ds.PixelRepresentation else 'u'}{ds.BitsAllocated // 8}"
    return np.frombuffer(ds.PixelData, dtype)[: ds.Rows * ds.Columns].reshape(ds.Rows, ds.Columns)


@pytest.mark.parametrize("signed", [False, True])
def test_bits_above_those_stored_are_no_part_of_a_value(signed: bool) -> None:
    """Old files keep an overlay in them."""
    values = ramp(start=-10 if signed else 0, dtype=np.int16)
    stored = (values.astype(np.int32) & 0x0FFF | 0x5000).astype(np.uint16)
    ds = make(stored, modality="MR", BitsStored=12, HighBit=11, PixelRepresentation=int(signed))
    np.testing.assert_array_equal(shown(encoded(ds)), values)


def test_hounsfield_units_are_whole_numbers() -> None:
    series, frame = only(read(encoded(make(ramp(dtype=np.int16), RescaleSlope=1, RescaleIntercept=-1024))))
    assert (series.units, series.kind, frame.pixels().dtype.kind) == ("HU", "ct", "i")
    np.testing.assert_array_equal(frame.pixels(), ramp().astype(int) - 1024)


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ({}, "no-rescale"),
        ({"RescaleSlope": 1, "RescaleIntercept": 0}, "not-hu"),  # unsigned: nothing below water
        ({"RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "MGML"}, "not-hu"),
    ],
)
def test_ct_that_is_not_in_hounsfield_units(elements: dict[str, object], code: str) -> None:
    series, _ = only(read(encoded(make(ramp(), **elements))))
    assert series.units == "stored"
    assert code in [notice.code for notice in series.warnings]


MONOCHROME1 = [
    (np.uint8, 8, None),
    (np.uint16, 10, None),
    (np.uint16, 12, (1, -1000)),
    (np.int16, 16, (2, 3)),
]


@pytest.mark.parametrize(("dtype", "bits", "rescale"), MONOCHROME1)
def test_monochrome1_is_turned_with_its_windows(dtype: type, bits: int, rescale: tuple[int, int] | None) -> None:
    ds = make(ramp(start=-9 if dtype is np.int16 else 0, dtype=dtype), modality="CR", BitsStored=bits, HighBit=bits - 1)
    if rescale:
        ds.RescaleSlope, ds.RescaleIntercept = rescale
    ds.WindowCenter, ds.WindowWidth = 20, 30
    values = apply_modality_lut(ramp_of(ds), ds)
    ds.PhotometricInterpretation = "MONOCHROME1"
    _, frame = only(read(encoded(ds)))
    pixels = frame.pixels()
    assert pixels.flat[0] == pixels.max()  # the lowest value of the ramp is the brightest
    assert len(set((pixels.astype(float) + values).flat)) == 1
    if bits > 8:
        mine = windowed(pixels, frame.windows[0])
        np.testing.assert_allclose(mine, 255 - windowed(values, Window(20, 30)), atol=1e-6)


def windowed(values: np.ndarray, window: Window) -> np.ndarray:
    """PS3.3 C.11.2.1.2.1."""
    share = (values.astype(float) - (window.centre - 0.5)) / (window.width - 1) + 0.5
    return np.clip(share, 0, 1) * 255


def test_modality_lut() -> None:
    table = [7 * each for each in range(48)]
    for signed in (False, True):
        start = -5 if signed else 0
        ds = make(ramp(start=start, dtype=np.int16 if signed else np.uint16), modality="OT")
        ds.ModalityLUTSequence = [lut(table, first=start)]
        np.testing.assert_array_equal(shown(encoded(ds)), ramp(step=7))


def test_voi_lut() -> None:
    table = [min(4095, 100 * each) for each in range(40)]
    ds = make(modality="DX", VOILUTSequence=[lut(table, first=3, bits=12)])
    expected = apply_voi_lut(ramp_of(ds), ds) / 4095 * 255
    _, frame = only(read(encoded(ds)))
    assert frame.voi is not None
    np.testing.assert_allclose(frame.voi(frame.pixels()), expected, atol=0.51)
    ds.PhotometricInterpretation = "MONOCHROME1"
    _, frame = only(read(encoded(ds)))
    assert frame.voi is not None
    np.testing.assert_allclose(frame.voi(frame.pixels()), 255 - expected, atol=0.51)


def test_several_windows_and_their_functions() -> None:
    ds = make(WindowCenter=[40, -600, 10], WindowWidth=[400, 1500, 0], WindowCenterWidthExplanation=["SOFT", "LUNG"])
    assert only(read(encoded(ds)))[1].windows == (Window(40, 400, "SOFT"), Window(-600, 1500, "LUNG"))
    for function in ("LINEAR_EXACT", "SIGMOID"):
        ds = make(modality="MR", WindowCenter=20, WindowWidth=10, VOILUTFunction=function)
        expected = apply_voi_lut(ramp_of(ds), ds) / 65535 * 255
        _, frame = only(read(encoded(ds)))
        mine = frame.voi(frame.pixels()) if frame.voi else windowed(frame.pixels(), frame.windows[0])
        np.testing.assert_allclose(mine, expected, atol=0.51)


def test_display_values_have_no_window() -> None:
    series, frame = only(read(encoded(make(ramp(dtype=np.uint8), modality="US", WindowCenter=20, WindowWidth=9))))
    assert (series.units, frame.windows, frame.pixels().dtype) == ("display", (), np.uint8)


def test_values_stored_as_real_numbers() -> None:
    values = ramp().astype(np.float32) / 7
    ds = make(modality="MR", PixelData=None, PixelRepresentation=None, BitsStored=None, HighBit=None)
    ds.BitsAllocated, ds.FloatPixelData = 32, values.tobytes()
    np.testing.assert_allclose(shown(encoded(ds)), values)


# colour

RGB = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)


def test_rgb_in_both_planar_configurations() -> None:
    series, frame = only(read(encoded(make(RGB, modality="US"))))
    assert series.colour
    np.testing.assert_array_equal(frame.pixels(), RGB)
    planes = make(RGB, modality="US", PlanarConfiguration=1, PixelData=np.moveaxis(RGB, -1, 0).tobytes())
    np.testing.assert_array_equal(shown(encoded(planes)), RGB)


def test_colour_of_16_bits_is_shown_in_8() -> None:
    ds = make((RGB.astype(np.uint16) << 4) | 7, modality="OT", BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(shown(encoded(ds)), RGB)


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_ybr(photometric: str) -> None:
    flat = np.broadcast_to(np.array([200, 60, 90], np.uint8), (6, 8, 3))
    ybr = np.broadcast_to(np.array([105, 119, 196], np.uint8), (6, 8, 3))  # of that colour, by PS3.3 C.7.6.3.1.2
    ds = make(np.ascontiguousarray(ybr), modality="US", PhotometricInterpretation=photometric)
    if photometric == "YBR_FULL_422":
        ds.PixelData = bytes([105, 105, 119, 196]) * (6 * 8 // 2)
    np.testing.assert_allclose(shown(encoded(ds)), flat, atol=2)


@pytest.mark.parametrize("bits", [8, 16])
def test_palette(bits: int) -> None:
    ds = make(ramp(dtype=np.uint8), modality="US", PhotometricInterpretation="PALETTE COLOR")
    colours = np.random.default_rng(2).integers(0, 256, (3, 48), np.uint16)
    for name, values in zip(("Red", "Green", "Blue"), colours, strict=True):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [48, 0, bits])
        data = (values << 8 | 3).astype("<u2") if bits == 16 else values.astype(np.uint8)
        setattr(ds, f"{name}PaletteColorLookupTableData", data.tobytes())
    np.testing.assert_array_equal(shown(encoded(ds)).reshape(48, 3), colours.T)


# encodings

BIG = ramp(64, 64, step=3, dtype=np.uint16)
SIGNED = ramp(64, 64, start=-2000, dtype=np.int16)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_plain_encodings(syntax: str) -> None:
    ds = make(SIGNED if syntax != ExplicitVRBigEndian else SIGNED.astype(">i2"))
    np.testing.assert_array_equal(shown(encoded(ds, syntax)), SIGNED)


def test_deflated() -> None:
    series, frame = only(read(encoded(make(SIGNED), DeflatedExplicitVRLittleEndian)))
    np.testing.assert_array_equal(frame.pixels(), SIGNED)
    assert "inflate" in [step.name for step in series.steps]


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.parametrize("pixels", [BIG, SIGNED], ids=["unsigned", "signed"])
def test_compressed_without_loss(syntax: str, pixels: np.ndarray) -> None:
    ds = pydicom.dcmread(io.BytesIO(encoded(make(pixels, modality="MR"))))
    ds.compress(syntax, generate_instance_uid=False)
    np.testing.assert_array_equal(shown(encoded(ds, syntax)), pixels)


def test_high_throughput_jpeg_2000() -> None:
    frame = imagecodecs.htj2k_encode(BIG, reversible=True) if hasattr(imagecodecs, "htj2k_encode") else None
    if frame is None:
        pytest.skip("this imagecodecs cannot write HTJ2K")
    ds = make(BIG, modality="MR")
    ds.PixelData = encapsulate([frame])
    np.testing.assert_array_equal(shown(encoded(ds, HTJ2K)), BIG)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57"])
def test_jpeg_of_12_bits(syntax: str) -> None:
    smooth = ramp(64, 64, step=1, dtype=np.uint16) // 2 + 300
    lossless = syntax.endswith("57")
    frame = imagecodecs.ljpeg_encode(smooth, bitspersample=12) if lossless else jpeg_12(smooth)
    ds = make(smooth, modality="CR", BitsStored=12, HighBit=11, PixelData=encapsulate([frame]))
    np.testing.assert_allclose(shown(encoded(ds, syntax)), smooth, atol=0 if lossless else 30)


def jpeg_12(pixels: np.ndarray) -> bytes:
    return imagecodecs.jpeg_encode(pixels, level=95, bitspersample=12, colorspace="GRAYSCALE")


def test_jpeg_baseline_in_colour_of_several_frames() -> None:
    smooth = np.stack([np.full((16, 16, 3), (90 + k, 120, 60), np.uint8) for k in range(5)])
    frames = [imagecodecs.jpeg_encode(each, level=98) for each in smooth]
    ds = make(smooth, modality="US", PhotometricInterpretation="YBR_FULL_422", PixelData=encapsulate(frames))
    (series,) = read(encoded(ds, JPEGBaseline8Bit)).series
    assert len(series.frames) == 5
    for frame, expected in zip(series.frames, smooth, strict=True):
        np.testing.assert_allclose(frame.pixels(), expected, atol=3)


def test_a_frame_in_several_fragments_and_frames_without_a_table() -> None:
    frames = [imagecodecs.jpegls_encode(BIG + k) for k in range(3)]
    ds = make(np.stack([BIG] * 3), modality="MR", PixelData=encapsulate(frames, fragments_per_frame=2, has_bot=False))
    (series,) = read(encoded(ds, JPEGLSLossless)).series
    for k, frame in enumerate(series.frames):
        np.testing.assert_array_equal(frame.pixels(), BIG + k)


def test_frames_deflated_one_by_one() -> None:
    frames = []
    for k in range(2):
        machine = zlib.compressobj(wbits=-15)
        frames.append(machine.compress((BIG + k).tobytes()) + machine.flush())
    frames = [frame + b"\0" * (len(frame) % 2) for frame in frames]
    ds = make(np.stack([BIG] * 2), modality="MR", PixelData=encapsulate(frames))
    named = encoded(ds, JPEGLSLossless).replace(JPEGLSLossless.encode(), DEFLATED_FRAMES.encode() + b"\0")
    (series,) = read(named).series
    np.testing.assert_array_equal(series.frames[1].pixels(), BIG + 1)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_a_file_without_preamble_and_meta(syntax: str) -> None:
    whole = encoded(make(SIGNED), syntax)
    start = whole.index(b"\x08\x00\x16\x00", 300)
    study = read(whole[start:])
    np.testing.assert_array_equal(only(study)[1].pixels(), SIGNED)
    assert "no-transfer-syntax" in [notice.code for notice in study.warnings]


# what it tells


def test_what_the_header_tells() -> None:
    ds = make(
        modality="DX",
        PatientSex="F",
        PatientAge="061Y",
        BodyPartExamined="CHEST",
        ViewPosition="LL",
        ImageLaterality="L",
        PatientOrientation=["A", "F"],
        ImagerPixelSpacing=[0.2, 0.1],
        ReferringPhysicianName="Doe^Jane",
        OperatorsName="",
    )
    study = read(encoded(ds))
    series, frame = only(study)
    assert (study.format, study.age, study.sex, str(study.date)) == ("DICOM", 61, "female", "2026-01-02")
    assert study.patient_data == ("PatientID", "PatientName", "ReferringPhysicianName")
    assert (series.kind, series.body_part, series.view, series.laterality) == ("radiograph", "CHEST", "LATERAL", "L")
    assert (frame.geometry.spacing, frame.geometry.patient_orientation) == ((0.2, 0.1), ("A", "F"))


@pytest.mark.parametrize(
    ("elements", "age"),
    [
        ({"PatientAge": "018M"}, 1.5),
        ({"PatientAge": "010D"}, 0.03),
        ({"PatientAge": "45"}, 45),
        ({"PatientAge": "old"}, None),
        ({"PatientAge": "000Y", "PatientBirthDate": "19860102"}, 40),
        ({"PatientBirthDate": "1986.01.02"}, 40),
        ({"PatientBirthDate": "20270102"}, None),
        ({"PatientBirthDate": "20260102"}, None),  # the day of the study: blanked
        ({"PatientBirthDate": "18000101"}, None),
        ({}, None),
    ],
)
def test_age(elements: dict[str, str], age: float | None) -> None:
    with pydicom.config.disable_value_validation():
        data = encoded(make(**elements))
    assert read(data).age == pytest.approx(age, abs=0.01) if age else read(data).age is None


@pytest.mark.parametrize("modality", list(CLASSES)[:5])
def test_a_stripped_header_is_read_with_a_notice(modality: str) -> None:
    bare = make(modality=modality, Modality=None, PatientName=None, PatientID=None, StudyDate=None, InstanceNumber=None)
    study = read(encoded(bare))
    (series,) = study.series
    assert (series.kind, study.patient_data, study.date) == (
        read(encoded(make(modality=modality))).series[0].kind,
        (),
        None,
    )
    assert "no-modality" in [notice.code for notice in series.warnings]


def test_the_user_says_what_it_is() -> None:
    assert read(encoded(make(modality="OT"))).series[0].kind == "other"
    assert read(encoded(make(modality="OT")), kind="fundus").series[0].kind == "fundus"


def test_an_overlay_is_left_out_and_told() -> None:
    ds = make(modality="MR")
    ds.add_new(0x60000010, "US", 6)
    ds.add_new(0x60000011, "US", 8)
    ds.add_new(0x60003000, "OW", b"\xff" * 6)
    series, frame = only(read(encoded(ds)))
    np.testing.assert_array_equal(frame.pixels(), ramp())
    assert "leave out overlays" in [step.name for step in series.steps]


def test_ultrasound_regions() -> None:
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 1, 2
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 6, 99
    ds = make(RGB, modality="US", SequenceOfUltrasoundRegions=[region])
    assert only(read(encoded(ds)))[0].ultrasound_regions == ((1, 2, 7, 6),)


def test_the_digest_is_of_the_file() -> None:
    data = encoded(make())
    assert read(data).digest == hashlib.sha256(data).hexdigest()
