"""Many frames: grouped, filtered, sorted along the normal, and what is odd about them told."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from images.dicom_files import AXIAL, ROOT, ct_slice, encoded, make, write
from wardround.images import ImageError, Series, Study, read, read_studies

SAGITTAL = [0, 1, 0, 0, 0, -1]
CORONAL = [1, 0, 0, 0, 0, -1]


def heights(series: Series) -> list[float]:
    return [frame.geometry.position[2] for frame in series.frames if frame.geometry.position]


def codes(series: Series) -> list[str]:
    return [notice.code for notice in series.warnings]


def values(series: Series) -> list[int]:
    """The first pixel of every frame."""
    return [int(frame.pixels().flat[0]) for frame in series.frames]


def test_slices_are_sorted_along_the_normal_and_not_by_their_numbers(tmp_path: Path) -> None:
    slices = [ct_slice(height, number=9 - k, value=k) for k, height in enumerate([10, 4, 8, 6, 2])]
    (series,) = read(write(tmp_path, slices)).series
    assert heights(series) == [2, 4, 6, 8, 10]
    assert values(series) == [4 - 1024, 1 - 1024, 3 - 1024, 2 - 1024, 0 - 1024]
    assert (series.slice_spacing, series.view, codes(series)) == (2, "AXIAL", [])


@pytest.mark.parametrize(("orientation", "axis", "view"), [(SAGITTAL, 0, "SAGITTAL"), (CORONAL, 1, "CORONAL")])
def test_other_planes(tmp_path: Path, orientation: list[int], axis: int, view: str) -> None:
    slices = []
    for k in range(4):
        position = [5.0, 5.0, 5.0]
        position[axis] = 3.0 * k
        slices.append(ct_slice(0, number=k + 1, ImageOrientationPatient=orientation, ImagePositionPatient=position))
    (series,) = read(write(tmp_path, slices)).series
    normal = np.cross(orientation[:3], orientation[3:])
    along = [float(np.dot(normal, frame.geometry.position)) for frame in series.frames]
    assert along == sorted(along)
    assert (series.view, series.slice_spacing) == (view, 3)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(7)),
    angles=st.tuples(*[st.floats(-math.pi, math.pi)] * 3),
    gaps=st.lists(st.sampled_from([1.0, 2.5, 4.0]), min_size=6, max_size=6),
)
def test_the_order_of_files_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], angles: tuple[float, ...], gaps: list[float]
) -> None:
    """Nor do the direction of the slices and where the patient lies."""
    rotation = turned(*angles)
    row, column, normal = rotation.T
    places = [0.0, *itertools.accumulate(gaps)]
    slices = [
        ct_slice(
            0,
            number=k + 1,
            value=k,
            ImageOrientationPatient=[f"{each:.8f}" for each in (*row, *column)],
            ImagePositionPatient=[f"{each:.6f}" for each in 100 * row + place * normal],
        )
        for k, place in enumerate(places)
    ]
    folders = [tmp_path_factory.mktemp("order") for _ in range(2)]
    straight = read(write(folders[0], slices))
    mixed = read(write(folders[1], [slices[k] for k in order]))
    assert values(mixed.series[0]) == [k - 1024 for k in range(7)]
    assert (mixed.digest, codes(mixed.series[0])) == (straight.digest, codes(straight.series[0]))
    assert ("uneven-spacing" in codes(mixed.series[0])) == (len(set(gaps)) > 1)
    for frame, place in zip(mixed.series[0].frames, places, strict=True):
        assert frame.geometry.position is not None
        np.testing.assert_allclose(frame.geometry.position, 100 * row + place * normal, atol=1e-4)
        np.testing.assert_allclose(frame.geometry.row_direction, row, atol=1e-6)


def turned(a: float, b: float, c: float) -> np.ndarray:
    x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return z @ y @ x


def test_uneven_gaps_are_told_and_not_averaged(tmp_path: Path) -> None:
    (series,) = read(write(tmp_path, [ct_slice(h, number=k) for k, h in enumerate([0, 2, 4, 10, 12])])).series
    assert series.slice_spacing is None
    (notice,) = series.warnings
    assert notice.code == "uneven-spacing"
    assert "2.00 to 6.00 mm" in notice.message
    assert "missing" in notice.message


def test_a_tilted_gantry_is_told(tmp_path: Path) -> None:
    angle = math.radians(20)
    tilted = [1, 0, 0, 0, math.cos(angle), -math.sin(angle)]
    slices = [ct_slice(5.0 * k, number=k, ImageOrientationPatient=tilted) for k in range(4)]
    (series,) = read(write(tmp_path, slices)).series
    (notice,) = series.warnings
    assert notice.code == "tilted"
    assert "20.0 degrees" in notice.message
    assert series.slice_spacing == pytest.approx(5 * math.cos(angle), abs=1e-3)
    assert "tilted" in codes(read(encoded(ct_slice(0, GantryDetectorTilt="+18.5"))).series[0])


def test_oblique_slices_are_not_tilted(tmp_path: Path) -> None:
    angle = math.radians(20)
    row, column = [1, 0, 0], [0, math.cos(angle), math.sin(angle)]
    normal = np.cross(row, column)
    slices = [
        ct_slice(0, number=k, ImageOrientationPatient=[*row, *column], ImagePositionPatient=list(3 * k * normal))
        for k in range(4)
    ]
    for ds in slices:
        ds.ImageOrientationPatient = [f"{each:.6f}" for each in ds.ImageOrientationPatient]
        ds.ImagePositionPatient = [f"{each:.6f}" for each in ds.ImagePositionPatient]
    (series,) = read(write(tmp_path, slices)).series
    assert (codes(series), series.slice_spacing) == ([], 3)


def test_without_geometry_by_number(tmp_path: Path) -> None:
    slices = [make(np.full((4, 4), n, np.int16), number=n, modality="MR") for n in (10, 2, 33)]
    (series,) = read(write(tmp_path, slices)).series
    assert (values(series), codes(series)) == ([2, 10, 33], ["no-geometry"])


# filtering


def localizer(**elements: object) -> Dataset:
    return ct_slice(
        0, number=90, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], ImageOrientationPatient=CORONAL, **elements
    )


def test_localizers_derived_images_and_duplicates_are_left_out_and_named(tmp_path: Path) -> None:
    slices = [ct_slice(k, number=k) for k in range(4)]
    again = ct_slice(2, number=50, value=9)  # another object at the same place, later
    derived = [
        ct_slice(k, number=60 + k, ImageType=["DERIVED", "SECONDARY", "MPR"], SeriesInstanceUID=f"{ROOT}.7")
        for k in range(3)
    ]
    study = read(write(tmp_path, [*derived, localizer(), again, *slices]))
    (series,) = study.series
    assert values(series) == [-1024] * 4
    assert study.left_out == ("1 duplicate", "1 localizer", "3 derived images")


def test_they_are_read_where_there_is_nothing_better() -> None:
    series = read(encoded(localizer())).series[0]
    assert "localizer" in codes(series)
    assert len(read(encoded(ct_slice(0, ImageType=["DERIVED", "PRIMARY", "AXIAL"]))).series) == 1


def test_a_radiograph_is_derived_and_is_the_image(tmp_path: Path) -> None:
    views = [
        make(modality="DX", number=1, ImageType=["DERIVED", "PRIMARY", ""], ViewPosition="LL"),
        make(modality="DX", number=2, ImageType=["ORIGINAL", "PRIMARY", ""], ViewPosition="PA"),
    ]
    study = read(write(tmp_path, views))
    assert [series.view for series in study.series] == ["PA", "LATERAL"]
    assert study.left_out == ()


def test_the_same_file_twice(tmp_path: Path) -> None:
    study = read(write(tmp_path, [make(modality="CR")] * 2))
    assert len(study.series[0].frames) == 1
    assert study.left_out == ("files that are there twice: 1",)


def test_echoes_phases_and_weights_at_one_place_are_series_of_their_own(tmp_path: Path) -> None:
    slices = [
        ct_slice(
            place, number=n, value=n, Modality="MR", EchoTime=echo, TemporalPositionIdentifier=time, RescaleIntercept=0
        )
        for n, (echo, time, place) in enumerate(itertools.product((10, 80), (1, 2), range(3)))
    ]
    study = read(write(tmp_path, slices))
    assert sorted(values(series) for series in study.series) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert study.left_out == ()


def test_other_sizes_and_directions_are_series_of_their_own(tmp_path: Path) -> None:
    slices = [ct_slice(k, number=k) for k in range(3)]
    slices += [ct_slice(k, number=10 + k, ImageOrientationPatient=SAGITTAL) for k in range(2)]
    slices.append(ct_slice(7, number=20, Rows=8, Columns=6))
    study = read(write(tmp_path, slices))
    assert [len(series.frames) for series in study.series] == [3, 2, 1]  # the one to look at first has the most


def test_two_cine_loops_of_one_series_are_not_joined(tmp_path: Path) -> None:
    loops = [make(np.zeros((5, 4, 4), np.uint8) + k, modality="US", number=k) for k in (1, 2)]
    study = read(write(tmp_path, loops))
    assert [values(series) for series in study.series] == [[1] * 5, [2] * 5]


# studies


def two_studies(folder: Path) -> Path:
    return write(folder, [ct_slice(0, number=1), ct_slice(0, number=2, StudyInstanceUID=f"{ROOT}.99")])


def test_several_studies_are_never_mixed(tmp_path: Path) -> None:
    folder = two_studies(tmp_path / "both")
    with pytest.raises(ImageError, match="images of 2 studies") as caught:
        read(folder)
    assert caught.value.where == "both"
    studies = read_studies(folder)
    assert [study.uid for study in studies] == [f"{ROOT}.2", f"{ROOT}.99"]


# multi-frame objects with functional groups


def enhanced(places: list[float], **per_frame: list[float]) -> Dataset:
    pixels = np.stack([np.full((4, 4), k, np.uint16) for k in range(len(places))])
    ds = make(pixels, modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1")
    shared, plane, measures = Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient = AXIAL
    measures.PixelSpacing, measures.SliceThickness = [0.9, 0.8], 3
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [plane], [measures]
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = []
    for k, place in enumerate(places):
        own, position, values_, voi, content = (Dataset() for _ in range(5))
        position.ImagePositionPatient = [0, 0, place]
        values_.RescaleSlope, values_.RescaleIntercept = 2 + k, -1
        voi.WindowCenter, voi.WindowWidth = 10 * k + 10, 20
        own.PlanePositionSequence, own.PixelValueTransformationSequence = [position], [values_]
        own.FrameVOILUTSequence, own.FrameContentSequence = [voi], [content]
        if "time" in per_frame:
            content.TemporalPositionIndex = per_frame["time"][k]
        ds.PerFrameFunctionalGroupsSequence.append(own)
    return ds


def test_every_frame_of_an_enhanced_object_has_its_own_place_rescale_and_window() -> None:
    (series,) = read(encoded(enhanced([9, 3, 6]))).series
    assert heights(series) == [3, 6, 9]
    assert [frame.frame_number for frame in series.frames] == [2, 3, 1]
    assert values(series) == [1 * 3 - 1, 2 * 4 - 1, 0 * 2 - 1]
    assert [frame.windows[0].centre for frame in series.frames] == [20, 30, 10]
    geometry = series.frames[0].geometry
    assert (geometry.spacing, geometry.thickness, series.slice_spacing) == ((0.9, 0.8), 3, 3)


def test_phases_of_an_enhanced_object() -> None:
    study: Study = read(encoded(enhanced([0, 3, 0, 3], time=[2, 2, 1, 1])))
    assert [[frame.frame_number for frame in series.frames] for series in study.series] == [[1, 2], [3, 4]]
