"""Whole slides: a pyramid made here, whose regions must be those of the picture it was made from."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from wardround.images import ImageError, read

pytest.importorskip("openslide")

SIDE = 1024
BASE = np.zeros((SIDE, SIDE, 3), np.uint8)
BASE[..., 0] = np.arange(SIDE)[:, None] // 4
BASE[..., 1] = np.arange(SIDE)[None, :] // 4
BASE[..., 2] = 77


def pyramid(path: Path, *, mpp: float = 0.5) -> Path:
    """A tiled TIFF of three levels, each half of the one before."""
    options = {"tile": (256, 256), "photometric": "rgb", "compression": "zlib", "metadata": None}
    resolution = {"resolution": (10_000 / mpp, 10_000 / mpp), "resolutionunit": "CENTIMETER"}
    with tifffile.TiffWriter(path) as out:
        for level in range(3):
            out.write(BASE[:: 2**level, :: 2**level], subfiletype=int(level > 0), **options, **resolution)
    return path


def test_a_slide_gives_its_levels_and_regions(tmp_path: Path) -> None:
    study = read(pyramid(tmp_path / "slide.tiff"))
    (series,) = study.series
    assert (study.format, series.kind, series.modality, series.colour) == ("whole slide", "slide", "SM", True)
    slide = series.slide
    assert slide is not None
    assert [(level.width, level.height, level.downsample) for level in slide.levels] == [
        (1024, 1024, 1),
        (512, 512, 2),
        (256, 256, 4),
    ]
    assert slide.mpp == pytest.approx(0.5)
    for level, times in enumerate((1, 2, 4)):
        found = slide.region(level, 40, 60, 100, 30)
        expected = BASE[::times, ::times][60:90, 40:140]
        np.testing.assert_array_equal(found, expected)


def test_what_lies_outside_is_white(tmp_path: Path) -> None:
    slide = read(pyramid(tmp_path / "slide.tiff")).series[0].slide
    assert slide is not None
    found = slide.region(0, 1000, 0, 60, 10)
    np.testing.assert_array_equal(found[:, :24], BASE[:10, 1000:])
    assert (found[:, 24:] == 255).all()


def test_the_overview(tmp_path: Path) -> None:
    (frame,) = read(pyramid(tmp_path / "slide.tiff")).series[0].frames
    pixels = frame.pixels()
    assert pixels.shape == (frame.rows, frame.columns, 3) == (1024, 1024, 3)
    assert abs(pixels.astype(int) - BASE).max() <= 2


@pytest.mark.parametrize("region", [(3, 0, 0, 9, 9), (-1, 0, 0, 9, 9), (0, 0, 0, 0, 9), (0, 0, 0, 100_000, 100_000)])
def test_regions_that_make_no_sense(region: tuple[int, ...], tmp_path: Path) -> None:
    slide = read(pyramid(tmp_path / "slide.tiff")).series[0].slide
    assert slide is not None
    with pytest.raises(ValueError, match=r"level|region"):
        slide.region(*region)


def test_a_small_tiff_in_tiles_is_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "picture.tiff"
    tifffile.imwrite(path, BASE[:300, :300], tile=(256, 256), photometric="rgb")
    study = read(path)
    assert study.format == "TIFF"
    np.testing.assert_array_equal(study.series[0].frames[0].pixels(), BASE[:300, :300])


def test_a_slide_in_memory_is_a_picture_of_its_finest_level(tmp_path: Path) -> None:
    """OpenSlide reads from disk only."""
    study = read(pyramid(tmp_path / "slide.tiff").read_bytes())
    assert (study.format, [(f.rows, f.columns) for f in study.series[0].frames]) == ("TIFF", [(1024, 1024)])


def test_without_the_extra_a_slide_that_is_too_large_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openslide", None)
    path = tmp_path / "large.tiff"
    tifffile.imwrite(path, np.zeros((8, 8), np.uint8), metadata=None)
    with tifffile.TiffFile(path, mode="r+") as found:
        for name in ("ImageWidth", "ImageLength"):
            found.pages[0].tags[name].overwrite(20_000)
    with pytest.raises(ImageError) as caught:
        read(path)
    assert "wardround[slides]" in caught.value.hint
