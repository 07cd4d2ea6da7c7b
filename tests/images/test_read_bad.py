"""What must not be read: each with its reason, never with another exception, within limits of memory."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from images.dicom_files import ct_slice, encoded, make, ramp, write
from wardround.errors import ImageError
from wardround.images import read

BIG = ramp(64, 64, step=3, dtype=np.uint16)
JPEG_2000 = imagecodecs.jpeg2k_encode(BIG, reversible=True, codecformat="j2k")


def in_jpeg_2000(ds: Dataset, frames: list[bytes]) -> bytes:
    ds.PixelData = encapsulate(frames)
    return encoded(ds, JPEG2000Lossless)


def without(keyword: str) -> bytes:
    return encoded(make(**{keyword: None}))


def report() -> bytes:
    ds = make(modality="SR")
    for keyword in ("PixelData", "Rows", "Columns", "BitsAllocated"):
        delattr(ds, keyword)
    return encoded(ds)


def nested(depth: int) -> bytes:
    """Sequences within sequences of undefined length, written by hand: pydicom would not."""
    whole = encoded(make(StudyID="1"))
    at = whole.index(b"\x20\x00\x10\x00", 300)
    opened = b"\x18\x00\x12\x90SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    closed = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    return whole[:at] + opened * depth + closed * depth + whole[at:]


def retired() -> bytes:
    return renamed("1.2.840.10008.1.2.4.55")


def private_syntax() -> bytes:
    return renamed("1.2.840.99999.1.2.4.99")


def renamed(syntax: str) -> bytes:
    """A file whose meta information names another syntax of the same length."""
    data = encoded(make(PixelData=encapsulate([b"\xff\xd8\xff\xd9"])), JPEGLSLossless)
    return data.replace(JPEGLSLossless.encode(), syntax.encode())


WHOLE = encoded(make(BIG))
PNG = imagecodecs.png_encode(BIG)
JPEG = imagecodecs.jpeg_encode(np.zeros((64, 64, 3), np.uint8))

BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "it is empty"),
    "text": (lambda: b"Chest X-ray of a patient, without an image.", "no format that is known"),
    "random bytes": (lambda: random.Random(1).randbytes(2000), "no format that is known"),
    "PDF": (lambda: b"%PDF-1.7\n" + b"x" * 600, "no format that is known"),
    "cut within its header": (lambda: WHOLE[:400], "it holds no image"),
    "cut within its pixels": (lambda: WHOLE[:-100], "ends before its pixel data"),
    "cut by one byte": (lambda: WHOLE[:-1], "ends before its pixel data"),
    "cut within a fragment": (lambda: in_jpeg_2000(make(BIG), [JPEG_2000])[:-60], "ends before its pixel data"),
    "shorter pixels than declared": (lambda: encoded(make(BIG, Rows=65)), "shorter than its header says"),
    "more frames than there are": (lambda: encoded(make(BIG, NumberOfFrames=3)), "shorter than its header says"),
    "more compressed frames than there are": (
        lambda: in_jpeg_2000(make(BIG, NumberOfFrames=3), [JPEG_2000] * 2),
        "3 frames, and there are 2",
    ),
    "no pixel data": (lambda: without("PixelData"), "it has no pixel data"),
    "empty pixel data": (lambda: encoded(make(PixelData=b"")), "it has no pixel data"),
    "no rows": (lambda: without("Rows"), "how many rows and columns"),
    "no bits": (lambda: without("BitsAllocated"), "bits allocated"),
    "bits that make no sense": (lambda: encoded(make(BitsAllocated=12)), "bits allocated"),
    "more bits stored than allocated": (lambda: encoded(make(BitsStored=17)), "bits allocated"),
    "an unknown photometric interpretation": (
        lambda: encoded(make(PhotometricInterpretation="CMYK")),
        "photometric interpretation",
    ),
    "colour in one sample": (lambda: encoded(make(PhotometricInterpretation="RGB")), "photometric interpretation"),
    "a rescale that makes no sense": (lambda: encoded(make(RescaleSlope="1e40", RescaleIntercept=0)), "its rescale"),
    "four samples": (lambda: encoded(make(SamplesPerPixel=4)), "4 samples per pixel"),
    "a palette that is missing": (lambda: encoded(make(PhotometricInterpretation="PALETTE COLOR")), "no palette"),
    "a compressed picture larger than its header says": (
        lambda: in_jpeg_2000(make(BIG, Rows=8, Columns=8), [JPEG_2000]),
        "another size than the header says",
    ),
    "a compressed picture that is none": (lambda: in_jpeg_2000(make(BIG), [b"junk" * 20]), "frame 1 is damaged"),
    "pixels that are not compressed, though the header says so": (
        lambda: encoded(make(BIG)).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0"),
        "are not compressed",
    ),
    "pixels that are compressed, though the header does not say so": (
        lambda: in_jpeg_2000(make(BIG), [JPEG_2000]).replace(
            b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.1".ljust(22, b"\0")
        ),
        "are compressed",
    ),
    "a retired syntax": (retired, "retired: JPEG Full Progression"),
    "a private syntax": (private_syntax, "transfer syntax is unknown"),
    "a structured report": (report, "a report or another document, not an image"),
    "a radiotherapy dose": (
        lambda: encoded(make(modality="OT", Modality="RTDOSE")),
        "a radiotherapy dose, not an image",
    ),
    "a segmentation": (lambda: encoded(make(modality="OT", Modality="SEG")), "a segmentation, not an image"),
    "sequences 300 deep": (lambda: nested(300), "nested too deeply"),
    "a cut PNG": (lambda: PNG[:-20], "ends before its picture"),
    "a cut JPEG": (lambda: JPEG[:-20], "ends before its picture"),
    "a PNG without its header": (lambda: PNG[:8] + PNG[33:], "the picture is damaged"),
    "huge rows and columns": (lambda: encoded(make(Rows=65535, Columns=65535)), "more than 100,000,000 pixels"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name: str) -> None:
    build, reason = BAD[name]
    data = build()
    with pytest.raises(ImageError) as caught:
        read(data)
    assert reason in caught.value.what
    assert "Nobody" not in str(caught.value)
    assert caught.value.__cause__ is None  # the cause would quote the header


def test_every_refusal_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "cut.dcm"
    path.write_bytes(WHOLE[:-100])
    with pytest.raises(ImageError) as caught:
        read(path)
    assert (caught.value.where, bool(caught.value.hint)) == ("cut.dcm", True)


@pytest.mark.parametrize("depth", [1, 20])
def test_sequences_of_a_sensible_depth_are_read(depth: int) -> None:
    assert read(nested(depth)).series[0].frames[0].pixels().shape == (6, 8)


def test_pixels_damaged_within_are_refused_when_decoded() -> None:
    damaged = bytearray(in_jpeg_2000(make(BIG), [JPEG_2000]))
    at = damaged.index(b"\xff\x93")  # the start of the data of the first tile
    damaged[at + 2 : at + 40] = bytes(38)
    (series,) = read(bytes(damaged)).series
    try:
        pixels = series.frames[0].pixels()
    except ImageError:
        return
    assert pixels.shape == BIG.shape  # a codec may mend a picture; it never changes its size


def test_rle_that_ends_early() -> None:
    ds = make(BIG, modality="MR", PixelData=encapsulate([struct.pack("<16L", 2, 64, 70, *[0] * 13) + b"\x05abcdef\0"]))
    with pytest.raises(ImageError, match=r"damaged|decoded"):
        read(encoded(ds, RLELossless)).series[0].frames[0].pixels()


@pytest.mark.parametrize("program", [b"MZ\x90\0", b"\x7fELF", b"#!/bin/sh\n"])
def test_a_preamble_that_is_a_program_is_told(program: bytes) -> None:
    """It is data to us, and dangerous only when someone starts the file."""
    study = read(encoded(make(), preamble=program.ljust(128, b"\0")))
    assert [notice.code for notice in study.warnings] == ["executable-preamble"]


def test_a_preamble_of_tiff_is_none(tmp_path: Path) -> None:
    assert read(encoded(make(), preamble=b"II*\0".ljust(128, b"\0"))).warnings == ()


def test_more_pixel_data_than_declared_are_left_out_and_told() -> None:
    ds = make(np.stack([BIG, BIG + 1]), modality="MR", NumberOfFrames=1)
    (series,) = read(encoded(ds)).series
    assert len(series.frames) == 1
    assert "excess-pixel-data" in [notice.code for notice in series.warnings]


def test_the_mark_at_the_end_may_be_missing() -> None:
    data = in_jpeg_2000(make(BIG), [JPEG_2000])
    assert data.endswith(b"\xfe\xff\xdd\xe0\0\0\0\0")
    (series,) = read(data[:-8]).series
    np.testing.assert_array_equal(series.frames[0].pixels(), BIG)
    assert "unclosed" in [notice.code for notice in series.warnings]


def test_one_bad_file_among_good_ones(tmp_path: Path) -> None:
    folder = write(tmp_path / "ct", [ct_slice(k, number=k) for k in range(3)])
    (folder / "bad.dcm").write_bytes(WHOLE[:-100])
    (folder / "notes.txt").write_text("not an image")
    study = read(folder)
    assert len(study.series[0].frames) == 3
    assert study.left_out == ("bad.dcm: the file ends before its pixel data do", "files that are no images: 1")


def test_a_file_that_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(WHOLE)
    study = read(path)
    path.unlink()
    with pytest.raises(ImageError, match="no longer be read"):
        study.series[0].frames[0].pixels()


# bombs


MEGABYTE = 1 << 20


def zeros(megabytes: int) -> bytes:
    """Deflated zeros: one block, made once, which may stand any number of times."""
    machine = zlib.compressobj(9, wbits=-15)
    block = machine.compress(bytes(MEGABYTE)) + machine.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes


END = b"\x03\0"  # an empty last block


def begun(plain: bytes) -> bytes:
    machine = zlib.compressobj(9, wbits=-15)
    return machine.compress(plain) + machine.flush(zlib.Z_FULL_FLUSH)


def deflate_bomb() -> bytes:
    """A header that says 64 × 64 pixels, and a gigabyte and a half of zeros after it."""
    whole = encoded(make(BIG), "1.2.840.10008.1.2.1.99")
    meta = 144 + struct.unpack("<L", whole[140:144])[0]
    return whole[:meta] + begun(zlib.decompress(whole[meta:], -15)) + zeros(1500) + END


def header_bomb() -> bytes:
    """An element of a gigabyte before the pixels."""
    whole = encoded(make(BIG), "1.2.840.10008.1.2.1.99")
    meta = 144 + struct.unpack("<L", whole[140:144])[0]
    return whole[:meta] + begun(b"\x09\x00\x10\x10OB\0\0" + struct.pack("<L", 1 << 30)) + zeros(1024) + END


def png_bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = struct.pack(">LLBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    rows = chunk(b"IDAT", b"\x78\xda" + zeros(860) + END)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


def tiff_bomb() -> bytes:
    side, packed = 40_000, b"\x78\xda" + zeros(1600) + END
    fields = [
        (256, side),
        (257, side),
        (258, 8),
        (259, 8),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, side),
        (279, len(packed)),
    ]
    table = b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in fields)
    return struct.pack("<2sHL", b"II", 42, 8 + len(packed)) + packed + struct.pack("<H", len(fields)) + table + bytes(4)


def gzip_bomb() -> bytes:
    """A NIfTI header of 2 × 2 × 2, and a gigabyte after it."""
    header = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.uint8), np.eye(4)).header
    start = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 255])
    return start + begun(header.binaryblock + bytes(12)) + zeros(1024) + END


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.dcm", bytes(128 * MEGABYTE))
    return stream.getvalue()


BOMBS = {
    "deflated pixels": (deflate_bomb, "inflates to far more"),
    "deflated header": (header_bomb, "inflates to far more"),
    "PNG": (png_bomb, "more than 100,000,000 pixels"),
    "TIFF": (tiff_bomb, "more than 100,000,000 pixels"),
    "NIfTI": (gzip_bomb, "unpacks to far more"),
    "zip": (zip_bomb, "unpacks to too much"),
}
# In a process of its own, whose memory the system measures: before, with all libraries loaded, and at the most.
MEASURED = """
import sys
from pathlib import Path
from wardround.images import read, ImageError
import wardround.images.readers.opening
def most():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
before = most()
for path in sys.argv[1:]:
    try:
        read(Path(path))
    except ImageError as error:
        print(most() - before, error.what)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell how much memory was used")
def test_bombs_are_refused_in_little_memory(tmp_path: Path) -> None:
    paths = []
    for name, (build, _) in BOMBS.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(build())
    ran = subprocess.run([sys.executable, "-c", MEASURED, *map(str, paths)], capture_output=True, text=True, timeout=60)
    assert ran.stderr == ""
    for line, (_, reason) in zip(ran.stdout.splitlines(), BOMBS.values(), strict=True):
        megabytes, what = line.split(" ", 1)
        assert reason in what
        assert int(megabytes) < 100, line


# whatever the bytes

SMALL = [
    encoded(make(ramp(4, 4), modality="MR")),
    encoded(ct_slice(0)),
    encoded(make(ramp(4, 4), modality="MR"), "1.2.840.10008.1.2"),
    encoded(make(ramp(4, 4), modality="MR"), "1.2.840.10008.1.2.1.99"),
    in_jpeg_2000(make(BIG, modality="MR"), [JPEG_2000]),
    encoded(make(np.zeros((2, 3, 4, 3), np.uint8), modality="US")),
    PNG,
    JPEG,
]


def taken(data: bytes) -> None:
    """Read, and decode what was read."""
    with contextlib.suppress(ImageError):
        for series in read(data).series:
            for frame in series.frames[:2]:
                frame.pixels()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600))
@pytest.mark.parametrize("start", [b"", bytes(128) + b"DICM", b"\x08\x00\x05\x00CS", b"\x89PNG\r\n\x1a\n", b"II*\0"])
def test_any_bytes(start: bytes, data: bytes) -> None:
    taken(start + data)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SMALL),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
    st.floats(0.3, 1),
)
def test_any_damage(data: bytes, changes: list[tuple[float, int]], kept: float) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        # Where headers are: after the preamble, which nobody reads.
        start = 132 if data[128:132] == b"DICM" else 8
        damaged[start + int(place * (len(damaged) - start))] = value
    taken(bytes(damaged[: max(140, int(kept * len(damaged)))] if kept < 0.6 else damaged))


def test_reading_a_large_file_keeps_no_pixels(tmp_path: Path) -> None:
    path = tmp_path / "large.dcm"
    path.write_bytes(encoded(make(np.zeros((40, 512, 512), np.uint16), modality="MR")))
    read(path)  # what is loaded once
    tracemalloc.start()
    study = read(path)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(study.series[0].frames) == 40
    assert kept < 1_000_000
