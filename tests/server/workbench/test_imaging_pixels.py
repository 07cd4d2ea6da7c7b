"""The pixels that the image page draws, and what it is told of them."""

from __future__ import annotations

import datetime
import io
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from PIL import Image

from images import dicom_files
from server.workbench import imaging_cases
from server.workbench.conftest import TESTER
from wardround.errors import StoreConflict, UnknownRecord
from wardround.images import Frame, Geometry, Series
from wardround.server.workbench.imaging import studies as module
from wardround.server.workbench.imaging.orientation import Edges, edges, place
from wardround.server.workbench.imaging.pixels import encoded
from wardround.server.workbench.imaging.studies import Studies
from wardround.server.workbench.imaging.windows import window_of
from wardround.store import Upload, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from server.workbench.conftest import Served
    from wardround.store import Case
    from wardround.store.store import Store

DTYPES = {"uint8": "u1", "rgb": "u1", "int16": "<i2", "uint16": "<u2", "float32": "<f4"}


@pytest.fixture(scope="module", params=["plain", "sealed"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Studies]]:
    """A store without a key, whose studies are read from disk, and one with, whose are read from memory."""
    folder = tmp_path_factory.mktemp("pixels")
    sealed = request.param == "sealed"
    with open_store("", folder / "store", folder / "key" if sealed else None) as store:
        studies = Studies(store, in_memory=sealed)
        yield store, studies
        studies.close()


def values(studies: Studies, case: Case, number: int = 1, **more: Any) -> NDArray[Any]:
    """A frame as the browser gets it."""
    found = studies.frame(TESTER, case.id, more.get("which", "current"), more.get("series", 1), number)
    shape = (found.rows, found.columns, 3) if found.type == "rgb" else (found.rows, found.columns)
    return np.frombuffer(found.data, DTYPES[found.type]).reshape(shape)


@pytest.mark.parametrize(
    ("pixels", "kind"),
    [
        (np.array([[0, 255]], np.uint8), "uint8"),
        (np.array([[0, 65535]], np.uint16), "uint16"),
        (np.array([[0, 4095]], np.uint16), "int16"),
        (np.array([[-1024, 3071]], np.int32), "int16"),
        (np.array([[-1, 65535]], np.int32), "float32"),
        (np.array([[0.25, -7.5]], np.float32), "float32"),
        (np.arange(6, dtype=np.uint8).reshape(1, 2, 3), "rgb"),
    ],
)
def test_values_travel_unchanged_in_the_smallest_type(pixels: NDArray[Any], kind: str) -> None:
    made = encoded(pixels)
    assert (made.type, made.rows, made.columns) == (kind, 1, 2)
    assert np.frombuffer(made.data, DTYPES[kind]).tolist() == pixels.ravel().tolist()


def test_what_is_no_number_becomes_the_lowest_value() -> None:
    made = encoded(np.array([[np.nan, 2.0, -3.0]]))
    assert np.frombuffer(made.data, "<f4").tolist() == [-3.0, 2.0, -3.0]


@pytest.mark.parametrize(
    ("elements", "stored", "expected"),
    [
        ({"RescaleSlope": 1, "RescaleIntercept": -1024}, [[0, 1024], [2048, 4095]], [[-1024, 0], [1024, 3071]]),
        ({"BitsStored": 12, "HighBit": 11}, [[0, 1], [2, 4095]], [[0, 1], [2, 4095]]),
        (
            {"BitsStored": 12, "HighBit": 11, "PhotometricInterpretation": "MONOCHROME1"},
            [[0, 1], [2, 4095]],
            [[4095, 4094], [4093, 0]],
        ),
        ({"RescaleSlope": 0.5, "RescaleIntercept": 0}, [[0, 1], [2, 3]], [[0, 0.5], [1, 1.5]]),
    ],
    ids=["CT", "12 bits", "MONOCHROME1", "fractions"],
)
def test_dicom_values_are_those_after_the_modality_lut(
    opened: tuple[Store, Studies], elements: dict[str, Any], stored: list[list[int]], expected: list[list[float]]
) -> None:
    store, studies = opened
    file = dicom_files.encoded(dicom_files.make(np.array(stored, np.uint16), **elements))
    case = store.add_case(TESTER, "study", imaging_cases.uploads([file]))
    assert values(studies, case).tolist() == expected


def test_signed_values(opened: tuple[Store, Studies]) -> None:
    store, studies = opened
    pixels = np.array([[-32768, -1], [0, 32767]], np.int16)
    case = store.add_case(TESTER, "study", imaging_cases.uploads([dicom_files.encoded(dicom_files.make(pixels))]))
    assert values(studies, case).tolist() == pixels.tolist()


def test_frames_of_one_file_and_slices_of_many(opened: tuple[Store, Studies]) -> None:
    store, studies = opened
    clip = np.stack([np.full((4, 5), 10 * number, np.uint8) for number in range(3)])
    one = store.add_case(
        TESTER, "study", imaging_cases.uploads([dicom_files.encoded(dicom_files.make(clip, modality="US"))])
    )
    assert [int(values(studies, one, number)[0, 0]) for number in (1, 2, 3)] == [0, 10, 20]
    files = [dicom_files.encoded(each) for each in reversed(imaging_cases.ct_slices(5, side=16))]
    many = store.add_case(TESTER, "study", imaging_cases.uploads(files))
    assert [int(values(studies, many, number)[0, 0]) for number in range(1, 6)] == [0, 1, 2, 3, 4]


def test_colour_and_grey_of_plain_pictures(opened: tuple[Store, Studies]) -> None:
    store, studies = opened
    colours = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    for pixels, kind in ((colours, "rgb"), (colours[..., 0], "uint8")):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        upload = Upload(content=file.getvalue(), media_type="image/png", role="image")
        case = store.add_case(TESTER, "study", [upload])
        assert studies.frame(TESTER, case.id, "current", 1, 1).type == kind
        assert np.array_equal(values(studies, case), pixels)


def test_nothing_of_a_sealed_store_is_written_in_the_clear(tmp_path: Path) -> None:
    marker = b"Unmistakable^Name"
    with open_store("", tmp_path / "store", tmp_path / "key") as store:
        file = imaging_cases.film_file(PatientName=marker.decode())
        case = store.add_case(TESTER, "study", imaging_cases.uploads([file, imaging_cases.film_file(number=2)]))
        opened = Studies(store, in_memory=True)
        opened.frame(TESTER, case.id, "current", 1, 1)
        found = [path for path in store.folder.rglob("*") if path.is_file() and marker in path.read_bytes()]
        assert found == []


def test_what_is_written_of_a_plain_store_is_its_owners_and_goes(tmp_path: Path) -> None:
    with open_store("", tmp_path / "store") as store:
        case = store.add_case(TESTER, "study", imaging_cases.uploads([imaging_cases.film_file()]))
        opened = Studies(store, in_memory=False)
        opened.frame(TESTER, case.id, "current", 1, 1)
        (folder,) = store.folder.glob(".viewing-*")
        assert folder.stat().st_mode & 0o077 == 0
        opened.close()
        assert not folder.exists()


def test_reading_is_audited_once_for_each_reader(opened: tuple[Store, Studies]) -> None:
    store, studies = opened
    case = store.add_case(TESTER, "study", imaging_cases.uploads([imaging_cases.film_file()] * 3))
    other = type(TESTER)(id="os:other", role="reader")
    for _ in range(3):
        studies.frame(TESTER, case.id, "current", 1, 1)
    studies.frame(other, case.id, "current", 1, 1)
    studies.frame(other, case.id, "current", 1, 1)
    told = [(event.actor, event.kind) for event in store.events(resource=case.id) if event.action == "read"]
    assert told == [("os:tester", "case"), ("os:tester", "document"), ("os:other", "case"), ("os:other", "study")]


def test_frames_are_kept_within_bounds(opened: tuple[Store, Studies], monkeypatch: pytest.MonkeyPatch) -> None:
    store, studies = opened
    monkeypatch.setattr(module, "_BYTES", 3 * 16 * 16 * 2)
    monkeypatch.setattr(module, "_CASES", 1)
    files = [dicom_files.encoded(each) for each in imaging_cases.ct_slices(8, side=16)]
    case = store.add_case(TESTER, "study", imaging_cases.uploads(files))
    assert [int(values(studies, case, number)[0, 0]) for number in (1, 2, 3, 4, 5, 1)] == [0, 1, 2, 3, 4, 0]
    assert len(studies._frames) == 3
    store.add_case(TESTER, "study", imaging_cases.uploads(files[:2]))
    second = store.add_case(TESTER, "study", imaging_cases.uploads(files[:1]))
    values(studies, second)
    assert list(studies._open) == [second.id]
    assert int(values(studies, case, 2)[0, 0]) == 1


def series(frame: Frame, **more: Any) -> Series:
    told: dict[str, Any] = {"uid": "1", "modality": "CT", "kind": "ct", "units": "HU", "frames": (frame,)}
    return Series(**told | more)


def frame_of(pixels: NDArray[Any], **more: Any) -> Frame:
    return Frame(rows=pixels.shape[0], columns=pixels.shape[1], load=lambda: pixels, **more)


def test_the_first_window() -> None:
    ramp = np.arange(1001, dtype=np.int16).reshape(7, 143)
    plain = frame_of(ramp)
    assert window_of(series(plain), plain, ramp).name == "soft tissue"
    scaled = window_of(series(plain, units="stored"), plain, ramp)
    assert (scaled.centre, scaled.width, scaled.source) == (500.5, 991.0, "values")
    bright = frame_of(
        ramp, voi=lambda given: np.where(given < 300, 0, np.where(given > 700, 255, 128)).astype(np.uint8)
    )
    through = window_of(series(bright, units="stored"), bright, ramp)
    assert (through.centre, through.width, through.source) == (500.5, 401.0, "lut")
    grey = ramp.astype(np.uint8)
    assert window_of(series(frame_of(grey), units="display"), frame_of(grey), grey).source == "display"
    same = np.full((4, 4), 7, np.int16)
    assert window_of(series(frame_of(same), units="stored"), frame_of(same), same).width == 2


def test_sides_and_places() -> None:
    sagittal = Geometry(row_direction=(0, 1, 0), column_direction=(0, 0, -1), position=(-12.5, 0, 0))
    assert edges(sagittal) == Edges("A", "H", "P", "F")
    assert place(sagittal) == 12.5
    assert edges(Geometry(patient_orientation=("L", "F"))) == Edges("R", "H", "L", "F")
    oblique = Geometry(row_direction=(0.8, 0.6, 0), column_direction=(0, 0, -1))
    assert edges(oblique).right == "LP"
    assert edges(Geometry(patient_orientation=("X", "Y"))) == Edges()
    assert place(Geometry()) is None


def get(served: Served, path: str, **headers: str) -> httpx.Response:
    return httpx.get(served.address + path, headers={"Accept": "application/json", **headers}, timeout=30)


@pytest.mark.parametrize("spacing", [None, [0, 0]], ids=["missing", "zero"])
def test_an_image_without_spacing_is_shown_and_says_so(served: Served, spacing: list[int] | None) -> None:
    case = imaging_cases.kept(served.store, TESTER, [imaging_cases.film_file(PixelSpacing=spacing)])
    (shown,) = get(served, f"/cases/{case.id}/images").json()["studies"][0]["series"]
    assert shown["spacing"] is None
    assert any("pixels" in notice for notice in shown["notices"])
    raw = get(served, f"/cases/{case.id}/series/1/frames/1.raw")
    assert raw.headers["Pixels"] == "int16 640 560"
    assert np.array_equal(np.frombuffer(raw.content, "<i2").reshape(640, 560), imaging_cases.film())


def test_what_the_page_is_told(served: Served) -> None:
    case = imaging_cases.ct_case(served.store, TESTER, prior=True)
    told = get(served, f"/cases/{case.id}/images").json()
    current, prior = told["studies"]
    (series,) = current["series"]
    assert (current["which"], prior["which"]) == ("current", "prior")
    assert (len(series["frames"]), len(prior["series"][0]["frames"])) == (40, 27)
    assert (series["title"], series["units"], series["volume"]) == ("CT chest axial", "HU", True)
    assert series["spacing"] == [2.0, 2.0]
    assert series["edges"] == ["R", "A", "L", "P"]
    assert [frame["place"] for frame in series["frames"][:3]] == [0.0, 2.0, 4.0]
    assert "Test" not in json.dumps(told)


def test_a_turned_film_has_its_window_turned(served: Served) -> None:
    file = imaging_cases.film_file(PhotometricInterpretation="MONOCHROME1", WindowCenter=1000, WindowWidth=500)
    case = imaging_cases.kept(served.store, TESTER, [file])
    (series,) = get(served, f"/cases/{case.id}/images").json()["studies"][0]["series"]
    assert series["turned"]
    assert (series["window"]["centre"], series["window"]["width"]) == (3096, 500)


def test_what_cannot_be_read_is_a_problem_that_names_no_patient(served: Served) -> None:
    cut = imaging_cases.film_file()[:-5000]
    case = imaging_cases.kept(served.store, TESTER, [cut])
    (study,) = get(served, f"/cases/{case.id}/images").json()["studies"]
    assert study["series"] == []
    assert "end" in study["problem"] or "cut" in study["problem"] or "bytes" in study["problem"]
    answer = get(served, f"/cases/{case.id}/series/1/frames/1.raw")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Test" not in answer.text + study["problem"]


@pytest.mark.parametrize("path", ["series/2/frames/1.raw", "series/1/frames/2.raw", "series/0/frames/1.raw"])
def test_what_is_not_there_is_404(served: Served, path: str) -> None:
    case = imaging_cases.kept(served.store, TESTER, [imaging_cases.film_file()])
    assert get(served, f"/cases/{case.id}/{path}").status_code == 404


def test_a_deleted_case_shows_no_pixels(served: Served) -> None:
    case = imaging_cases.kept(served.store, TESTER, [imaging_cases.film_file()])
    served.store.delete(TESTER, case.id)
    assert get(served, f"/cases/{case.id}/images").status_code == 409
    assert get(served, f"/cases/{case.id}/series/1/frames/1.raw").status_code == 409


@pytest.mark.parametrize("purged", [False, True])
def test_a_case_that_is_deleted_while_it_is_looked_at_shows_no_more(
    opened: tuple[Store, Studies], purged: bool
) -> None:
    store, studies = opened
    case = store.add_case(TESTER, "study", imaging_cases.uploads([imaging_cases.film_file()]))
    studies.frame(TESTER, case.id, "current", 1, 1)
    store.delete(TESTER, case.id)
    if purged:
        store.purge(TESTER, datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=31))
    with pytest.raises(UnknownRecord if purged else StoreConflict):
        studies.frame(TESTER, case.id, "current", 1, 1)
    assert case.id not in studies._open


def test_what_nobody_looks_at_goes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 0.05)
    monkeypatch.setattr(module, "_LOOK", 0.02)
    with open_store("", tmp_path / "store") as store:
        case = store.add_case(TESTER, "study", imaging_cases.uploads([imaging_cases.film_file()]))
        opened = Studies(store, in_memory=False)
        opened.frame(TESTER, case.id, "current", 1, 1)
        until = time.monotonic() + 10
        while list(store.folder.glob(".viewing-*")) and time.monotonic() < until:
            time.sleep(0.02)
        assert list(store.folder.glob(".viewing-*")) == []
        opened.close()


def test_browsers_keep_no_pixels(served: Served) -> None:
    case = imaging_cases.kept(served.store, TESTER, [imaging_cases.film_file()])
    answer = get(served, f"/cases/{case.id}/series/1/frames/1.raw", **{"Accept-Encoding": "gzip"})
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers  # this machine asks itself
