"""NIfTI volumes, compared with nibabel: the value at every place in the patient must be the same."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.images import Frame, ImageError, Series, read

VALUES = np.random.default_rng(4).integers(-1000, 1000, (5, 6, 7)).astype(np.int16)


def volume(values: np.ndarray = VALUES, affine: np.ndarray | None = None, kind: type = nibabel.Nifti1Image) -> bytes:
    image = kind(values, np.diag([1.0, 2.0, 3.0, 1.0]) if affine is None else affine)
    image.header.set_xyzt_units("mm")
    return bytes(image.to_bytes())


def at(frame: Frame, row: int, column: int) -> np.ndarray:
    """The place of a pixel, in mm of LPS (PS3.3 C.7.6.2.1.1)."""
    geometry = frame.geometry
    assert geometry.position is not None
    assert geometry.spacing is not None
    across = np.array(geometry.row_direction) * geometry.spacing[1] * column
    down = np.array(geometry.column_direction) * geometry.spacing[0] * row
    return np.array(geometry.position) + across + down


def same_in_space(series: Series, data: bytes) -> None:
    """Every corner of every slice holds the value that nibabel finds at that place."""
    image = nibabel.Nifti1Image.from_bytes(data)
    inverse, values = np.linalg.inv(image.affine), image.get_fdata()
    for frame in series.frames:
        pixels = frame.pixels()
        assert pixels.shape == (frame.rows, frame.columns)
        for row, column in itertools.product((0, 1, frame.rows - 1), (0, frame.columns - 1)):
            left, back, up = at(frame, row, column)
            i, j, k = np.rint(inverse @ [-left, -back, up, 1])[:3].astype(int)
            assert pixels[row, column] == pytest.approx(values[i, j, k], rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.permutations(range(3)),
    st.tuples(*[st.sampled_from([-1, 1])] * 3),
    st.tuples(*[st.sampled_from([0.5, 1.0, 5.0])] * 3),
    st.tuples(*[st.floats(-0.2, 0.2)] * 3),
)
def test_every_orientation(
    axes: list[int], signs: tuple[int, ...], sizes: tuple[float, ...], lean: tuple[float, ...]
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, axes] * signs * sizes
    turn, _ = np.linalg.qr(np.eye(3) + np.cross(np.eye(3), lean))
    affine[:3, :3] = (turn * np.sign(np.diag(turn))) @ affine[:3, :3]
    affine[:3, 3] = [10, -20, 30]
    data = volume(affine=affine)
    (series,) = read(data).series
    same_in_space(series, data)
    normals = [np.cross(frame.geometry.row_direction, frame.geometry.column_direction) for frame in series.frames]
    along = [float(np.dot(normals[0], frame.geometry.position)) for frame in series.frames]
    assert along == sorted(along)
    # As a radiologist looks at it: to the right is the patient's left, or the back; down is the back, or the feet.
    right, down = series.frames[0].geometry.row_direction, series.frames[0].geometry.column_direction
    assert right is not None
    assert down is not None
    assert max(right[0], right[1]) > 0.5
    assert max(down[1], -down[2]) > 0.5


@pytest.mark.parametrize(
    ("sizes", "view", "count"),
    [
        ((1, 1, 1), "AXIAL", 7),
        ((1, 1, 4), "AXIAL", 7),
        ((4, 1, 1), "SAGITTAL", 5),
        ((1, 4, 1), "CORONAL", 6),
        ((1, 1.2, 1), "AXIAL", 7),
    ],
)
def test_slices_are_cut_as_they_were_taken(sizes: tuple[float, ...], view: str, count: int) -> None:
    (series,) = read(volume(affine=np.diag([*sizes, 1.0]))).series
    assert (series.view, len(series.frames), series.slice_spacing) == (
        view,
        count,
        max(sizes) if view != "AXIAL" else sizes[2],
    )


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("packed", [False, True])
def test_both_versions_packed_or_not(kind: type, packed: bool, tmp_path: Path) -> None:
    data = volume(kind=kind)
    path = tmp_path / "volume"
    path.write_bytes(gzip.compress(data) if packed else data)
    for source in (path, path.read_bytes()):
        study = read(source)
        assert study.format == "NIfTI"
        np.testing.assert_array_equal(
            np.stack([frame.pixels() for frame in study.series[0].frames]), VALUES[::-1, ::-1].T
        )


def test_scaled_values_and_windows() -> None:
    image = nibabel.Nifti1Image(VALUES, np.eye(4))
    image.header.set_slope_inter(0.5, -3)
    image.header["cal_min"], image.header["cal_max"] = 10, 50
    data = bytes(image.to_bytes())
    (series,) = read(data).series
    assert series.frames[0].windows[0][:2] == (30, 40)
    same_in_space(series, data)


def test_the_user_says_that_it_is_ct() -> None:
    (series,) = read(volume(), kind="ct").series
    assert (series.kind, series.units, series.modality, series.warnings) == ("ct", "HU", "CT", ())
    (series,) = read(volume()).series
    assert (series.kind, series.units, [notice.code for notice in series.warnings]) == (
        "other",
        "stored",
        ["no-modality"],
    )


def test_without_orientation_it_is_told() -> None:
    image = nibabel.Nifti1Image(VALUES, None)
    (series,) = read(bytes(image.to_bytes()), kind="mr").series
    assert [notice.code for notice in series.warnings] == ["no-orientation"]
    assert series.frames[0].geometry.position is None


def test_of_several_volumes_the_first() -> None:
    values = np.stack([VALUES, VALUES + 1, VALUES + 2], axis=-1)
    study = read(volume(values))
    assert study.left_out == ("2 further volumes",)
    np.testing.assert_array_equal(study.series[0].frames[0].pixels(), VALUES[::-1, ::-1, 0].T)


def test_colour() -> None:
    values = np.zeros((4, 5, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    values["G"] = np.arange(40).reshape(4, 5, 2)
    (series,) = read(volume(values)).series
    assert series.colour
    np.testing.assert_array_equal(series.frames[0].pixels()[..., 1], values["G"][::-1, ::-1, 0].T)


def test_what_is_no_number_is_nought() -> None:
    values = VALUES.astype(np.float32)
    values[0, 0, 0] = np.nan
    values[1, 0, 0] = np.inf
    pixels = read(volume(values)).series[0].frames[0].pixels()
    assert np.isfinite(pixels).all()


@pytest.mark.parametrize("packed", [False, True])
def test_cut_off(packed: bool) -> None:
    data = volume()
    cut = gzip.compress(data)[:-60] if packed else data[:-10]
    with pytest.raises(ImageError, match="ends before its volume"):
        read(cut)


def test_complex_numbers_are_refused() -> None:
    with pytest.raises(ImageError, match="no image that can be shown"):
        read(volume(VALUES.astype(np.complex64)))
