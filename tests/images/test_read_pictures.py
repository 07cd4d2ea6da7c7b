"""Pictures without a medical header, compared with what was written into them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from images.dicom_files import encoded, make
from wardround.images import ImageError, read
from wardround.images.readers.picture import upright

RNG = np.random.default_rng(3)
GREY = RNG.integers(0, 256, (12, 17), np.uint8)
RGB = RNG.integers(0, 256, (12, 17, 3), np.uint8)
DEEP = RNG.integers(0, 65536, (12, 17), np.uint16)


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, **options)
    return stream.getvalue()


PICTURES = {
    "PNG grey": (saved(Image.fromarray(GREY), "PNG"), GREY, "PNG", 8),
    "PNG colour": (saved(Image.fromarray(RGB), "PNG"), RGB, "PNG", 8),
    "PNG 16 bits": (saved(Image.fromarray(DEEP), "PNG"), DEEP, "PNG", 16),
    "WebP": (saved(Image.fromarray(RGB), "WEBP", lossless=True), RGB, "WebP", 8),
    "TIFF grey": (tiff(GREY), GREY, "TIFF", 8),
    "TIFF colour": (tiff(RGB, photometric="rgb"), RGB, "TIFF", 8),
    "TIFF 16 bits": (tiff(DEEP), DEEP, "TIFF", 16),
    "TIFF big-endian": (tiff(DEEP, byteorder=">"), DEEP, "TIFF", 16),
    "TIFF white is zero": (tiff(255 - GREY, photometric="miniswhite"), GREY, "TIFF", 8),
    "TIFF deflated": (tiff(RGB, photometric="rgb", compression="zlib"), RGB, "TIFF", 8),
    "TIFF in planes": (tiff(np.moveaxis(RGB, -1, 0), photometric="rgb", planarconfig="separate"), RGB, "TIFF", 8),
    "TIFF real numbers": (tiff(DEEP.astype(np.float32) / 7), DEEP.astype(np.float32) / 7, "TIFF", 32),
    "TIFF of BigTIFF": (tiff(GREY, bigtiff=True), GREY, "TIFF", 8),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pixels(name: str) -> None:
    data, expected, format, bits = PICTURES[name]
    study = read(data)
    (series,) = study.series
    (frame,) = series.frames
    assert (study.format, series.bits, series.colour, series.kind) == (format, bits, expected.ndim == 3, "other")
    assert (frame.rows, frame.columns, frame.windows) == (12, 17, ())
    assert series.units == ("display" if bits == 8 else "stored")
    np.testing.assert_array_equal(frame.pixels(), expected)


def test_jpeg() -> None:
    flat = np.full((16, 16, 3), (180, 90, 40), np.uint8)
    frame = read(saved(Image.fromarray(flat), "JPEG", quality=95)).series[0].frames[0]
    np.testing.assert_allclose(frame.pixels(), flat, atol=3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright(orientation: int) -> None:
    expected = np.full((24, 40), 255, np.uint8)
    expected[:8, :8] = 0  # a black corner at the upper left
    # What a camera stores is what `orientation` undoes.
    undone = {6: 8, 8: 6}.get(orientation, orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(upright(expected, undone)), "JPEG", exif=exif, quality=95)
    (series,) = read(data).series
    (frame,) = series.frames
    assert (frame.rows, frame.columns) == expected.shape
    np.testing.assert_allclose(frame.pixels(), expected, atol=8)
    assert ("turn upright" in [step.name for step in series.steps]) == (orientation != 1)


def test_what_is_transparent_is_black() -> None:
    alpha = np.dstack([RGB, np.where(np.arange(17) < 9, 255, 0).astype(np.uint8) * np.ones((12, 1), np.uint8)])
    (series,) = read(saved(Image.fromarray(alpha), "PNG")).series
    pixels = series.frames[0].pixels()
    np.testing.assert_array_equal(pixels[:, :9], RGB[:, :9])
    assert not pixels[:, 9:].any()
    assert "flatten" in [step.name for step in series.steps]


def test_palette_and_cmyk_become_rgb() -> None:
    few = Image.fromarray(RGB).quantize(16)
    np.testing.assert_array_equal(read(saved(few, "PNG")).series[0].frames[0].pixels(), np.asarray(few.convert("RGB")))
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert read(saved(cmyk, "JPEG")).series[0].frames[0].pixels()[0, 0, 0] > 200


def test_pages_of_a_tiff() -> None:
    stack = np.stack([DEEP, DEEP // 2, DEEP // 3])
    (series,) = read(tiff(stack, photometric="minisblack")).series
    assert [frame.frame_number for frame in series.frames] == [1, 2, 3]
    for frame, expected in zip(series.frames, stack, strict=True):
        np.testing.assert_array_equal(frame.pixels(), expected)


def test_pages_of_other_sizes_are_series_of_their_own() -> None:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as out:
        out.write(GREY)
        out.write(RGB, photometric="rgb")
        out.write(GREY)
    assert [(series.colour, len(series.frames)) for series in read(stream.getvalue()).series] == [(False, 2), (True, 1)]


def test_a_tiff_that_is_cut_off() -> None:
    data = tiff(DEEP, metadata=None)
    with pytest.raises(ImageError, match="ends before its picture"):
        read(data[:-200])


def test_only_the_first_frame_of_what_moves() -> None:
    moving = saved(
        Image.fromarray(RGB), "WEBP", save_all=True, append_images=[Image.fromarray(255 - RGB)], lossless=True
    )
    (series,) = read(moving).series
    np.testing.assert_array_equal(series.frames[0].pixels(), RGB)
    assert [notice.code for notice in series.warnings] == ["animated"]


def test_what_a_photo_tells_of_the_patient() -> None:
    exif = Image.Exif()
    exif[0x013B] = "A photographer"
    exif[0x8825] = {1: "N", 2: (51.0, 30.0, 0.0)}
    assert read(saved(Image.fromarray(RGB), "JPEG", exif=exif)).patient_data == ("Artist", "GPSInfo")
    assert read(saved(Image.fromarray(RGB), "JPEG")).patient_data == ()


def test_several_pictures_are_one_study(tmp_path: Path) -> None:
    paths = [tmp_path / "frontal.png", tmp_path / "lateral.jpg"]
    paths[0].write_bytes(saved(Image.fromarray(GREY), "PNG"))
    paths[1].write_bytes(saved(Image.fromarray(RGB), "JPEG"))
    study = read(paths, kind="radiograph")
    assert [(series.kind, series.colour) for series in study.series] == [("radiograph", False), ("radiograph", True)]
    assert (study.format, study.uid) == ("PNG, JPEG", "")
    assert study.digest != read(paths[::-1]).digest


def test_pictures_beside_dicom_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(saved(Image.fromarray(GREY), "PNG"))
    (tmp_path / "image.dcm").write_bytes(encoded(make(modality="CR")))
    study = read(tmp_path)
    assert (study.format, study.left_out) == ("DICOM", ("files of another format: 1",))
