"""Folders, zip archives and DICOMDIRs: all that is in them, and nothing outside."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.fileset import FileSet

from images.dicom_files import ct_slice, encoded, write
from wardround.images import ImageError, read


def slices(count: int = 4) -> list[bytes]:
    return [encoded(ct_slice(2.0 * k, number=k, value=k)) for k in range(count)]


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("in_memory", [False, True])
def test_a_zip_archive_of_folders(method: int, in_memory: bool, tmp_path: Path) -> None:
    members = {f"study/series {k % 2}/IM{k}": data for k, data in enumerate(slices())}
    members |= {"study/readme.txt": b"hello", "__MACOSX/._IM0": b"x" * 200, "study/.DS_Store": b"x" * 200}
    data = zipped(members, method)
    (tmp_path / "study.zip").write_bytes(data)
    study = read(data if in_memory else tmp_path / "study.zip")
    assert [int(frame.pixels()[0, 0]) for frame in study.series[0].frames] == [k - 1024 for k in range(4)]
    assert study.left_out == ("files that are no images: 1",)


def test_the_same_study_whatever_it_lies_in(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for k, data in enumerate(slices()):
        (folder / f"{k}").write_bytes(data)
    whole = zipped({f"{9 - k}.dcm": data for k, data in enumerate(slices())})
    assert read(folder).digest == read(whole).digest == read(sorted(folder.iterdir(), reverse=True)).digest


@pytest.mark.parametrize(
    "name", ["../outside.dcm", "/etc/outside.dcm", "a/../../outside.dcm", "..\\outside.dcm", "C:/x.dcm"]
)
def test_a_name_that_leads_out_of_the_archive(name: str) -> None:
    with pytest.raises(ImageError, match="leads outside"):
        read(zipped({name: slices(1)[0]}))


def test_archives_that_cannot_be_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.dcm": slices(1)[0]}))
    with pytest.raises(ImageError, match="no file in the archive"):
        read(zipped({"folder/": b""}))
    data[60:90] = bytes(30)
    with pytest.raises(ImageError, match=r"archive is damaged|no format"):
        read(bytes(data))
    encrypted = bytearray(zipped({"a.dcm": b"x" * 400}, zipfile.ZIP_STORED))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(signature) + offset] |= 1
    with pytest.raises(ImageError, match="encrypted"):
        read(bytes(encrypted))


def test_an_archive_in_an_archive_is_not_opened() -> None:
    with pytest.raises(ImageError, match="no format that is known"):
        read(zipped({"inner.zip": zipped({"a.dcm": slices(1)[0]})}))


# folders


def test_an_empty_folder(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "with a folder"):
        folder.mkdir(exist_ok=True)
    with pytest.raises(ImageError, match="no file in the folder") as caught:
        read(tmp_path)
    assert caught.value.where == tmp_path.name


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no such file"):
        read(tmp_path / "nothing.dcm")
    (tmp_path / "empty.dcm").touch()
    with pytest.raises(ImageError, match="the file is empty"):
        read(tmp_path / "empty.dcm")
    with pytest.raises(TypeError):
        read("chest.dcm")  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_what_is_no_file_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path, [ct_slice(0)])
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    (tmp_path / "broken link").symlink_to(tmp_path / "gone")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(read(tmp_path).series[0].frames) == 1


# DICOMDIR


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A disc with three slices in folders and a DICOMDIR that names them."""
    files = FileSet()
    for k in range(3):
        files.add(_file(tmp_path, k))
    files.write(tmp_path / "disc")
    files._stage["t"].cleanup()  # else it warns that nobody did
    return tmp_path / "disc" / "DICOMDIR"


def _file(folder: Path, k: int) -> Path:
    path = folder / f"{k}.dcm"
    ds = ct_slice(2.0 * k, number=k, value=k, SeriesNumber=1, StudyTime="101010", StudyID="1", AccessionNumber="")
    path.write_bytes(encoded(ds))
    return path


def test_a_dicomdir(disc: Path) -> None:
    (series,) = read(disc).series
    assert [int(frame.pixels()[0, 0]) for frame in series.frames] == [-1024, -1023, -1022]
    assert read(disc).digest == read(disc.parent).digest  # of its folder, the DICOMDIR itself is no image


def test_names_on_a_disc_may_have_changed_their_case(disc: Path) -> None:
    for path in sorted(disc.parent.rglob("*"), key=lambda each: -len(each.parts)):
        if path != disc:
            path.rename(path.with_name(path.name.lower()))
    assert len(read(disc).series[0].frames) == 3


def test_files_that_were_not_copied_with_it(disc: Path) -> None:
    images = sorted(path for path in disc.parent.rglob("*") if path.is_file() and path != disc)
    images[0].unlink()
    study = read(disc)
    assert len(study.series[0].frames) == 2
    for path in images[1:]:
        path.unlink()
    with pytest.raises(ImageError, match="no file that the DICOMDIR names"):
        read(disc)


def test_a_dicomdir_that_leads_outside(disc: Path, tmp_path: Path) -> None:
    target = sorted(path for path in disc.parent.rglob("*") if path.is_file() and path != disc)[0]
    outside = tmp_path / "outside.dcm"
    target.rename(outside)
    target.symlink_to(outside)
    with pytest.raises(ImageError, match="outside of its folder"):
        read(disc)


def test_a_dicomdir_with_dots_in_its_names(disc: Path) -> None:
    data = disc.read_bytes()
    name = b"PT000000\\ST000000\\SE000000\\IM000000"
    assert name in data
    (disc.parent.parent / "IM000000").write_bytes(slices(1)[0])
    disc.write_bytes(data.replace(name, b"..\\IM000000".ljust(len(name))))
    with pytest.raises(ImageError, match="outside of its folder"):
        read(disc)


def test_a_damaged_dicomdir(disc: Path) -> None:
    disc.write_bytes(disc.read_bytes()[:400])
    with pytest.raises(ImageError, match="the DICOMDIR is damaged"):
        read(disc)


def test_pixels_from_a_folder_are_those_of_the_files(tmp_path: Path) -> None:
    write(tmp_path, [ct_slice(k, number=k, value=7 * k) for k in range(3)])
    frames = read(tmp_path).series[0].frames
    np.testing.assert_array_equal([frame.pixels()[0, 0] for frame in frames], [-1024, -1017, -1010])
