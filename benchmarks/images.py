"""How long it takes from files to the pictures that a model is shown, and how much memory, beside SimpleITK.

The files are made here: a chest radiograph of 2,500 x 2,048 pixels of 12 bits, and 300 CT slices of 512 x 512, with
noise, which compresses worse than patients do. Each measurement is a process of its own, with the packages imported
before the clock starts; memory is the peak of the whole process, Python included.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.speed import metered

__all__ = ["images"]

_SLICES = 300
_CT_SIDE = 512
_FILM = (2500, 2048)
_RUNS = 3
_PLAIN, _JPEG_2000 = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.90"


def images(say: Callable[[str], None]) -> dict[str, object]:
    """All figures, as plain values: for each task the best of three runs in seconds, and the greatest peak in MB."""
    if importlib.util.find_spec("pydicom") is None:
        say("images: pip install 'wardround[images]' to measure them")
        return {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        say("images: making the files")
        _films(home)
        _volume(home / "ct")
        tasks = {
            "film": ("film", home / "film.dcm"),
            "film_jpeg_2000": ("film", home / "film-jpeg-2000.dcm"),
            "ct": ("ct", home / "ct"),
            "ct_all": ("ct_all", home / "ct"),
        }
        if importlib.util.find_spec("SimpleITK") is not None:
            tasks |= {"film_simpleitk": ("simpleitk", home / "film.dcm"), "ct_simpleitk": ("simpleitk", home / "ct")}
        result: dict[str, object] = {"slices": _SLICES, "slice_side": _CT_SIDE, "film_size": _FILM}
        for name, (task, source) in tasks.items():
            say(f"images: {name}")
            result[name] = _measured(task, source, home / "seconds.json")
        return result


def _measured(task: str, source: Path, written: Path) -> dict[str, float]:
    runs = []
    for _ in range(_RUNS):
        peak = metered([sys.executable, "-m", "benchmarks.images", task, str(source), str(written)], dict(os.environ))[
            2
        ]
        runs.append((*json.loads(written.read_text()), peak))
    return {
        "seconds": round(min(run[0] for run in runs), 3),
        "cpu_seconds": round(min(run[1] for run in runs), 3),
        "peak_mb": round(max(run[2] for run in runs), 1),
    }


# the files


def _films(folder: Path) -> None:
    import numpy as np

    rows, columns = _FILM
    y, x = np.mgrid[0:rows, 0:columns]
    noise = np.random.default_rng(0).normal(0, 20, _FILM)
    pixels = np.clip(2000 + 1500 * np.sin(x / 300) * np.cos(y / 400) + noise, 0, 4095).astype(np.uint16)
    dataset = _dataset(
        "1.2.840.10008.5.1.4.1.1.1.1",
        pixels,
        Modality="DX",
        BodyPartExamined="CHEST",
        ViewPosition="PA",
        BitsStored=12,
        PixelRepresentation=0,
        ImagerPixelSpacing=[0.14, 0.14],
    )
    dataset.save_as(folder / "film.dcm", enforce_file_format=True)
    dataset.compress(_JPEG_2000, encoding_plugin="pylibjpeg")
    dataset.save_as(folder / "film-jpeg-2000.dcm", enforce_file_format=True)


def _volume(folder: Path) -> None:
    import numpy as np
    from pydicom.uid import generate_uid

    folder.mkdir()
    y, x = np.mgrid[0:_CT_SIDE, 0:_CT_SIDE]
    body = np.where(np.hypot(x - _CT_SIDE / 2, y - _CT_SIDE / 2) < _CT_SIDE * 0.4, 40, -1000)
    noise = np.random.default_rng(0).normal(0, 15, (_CT_SIDE, _CT_SIDE))
    series, study = generate_uid(), generate_uid()
    for number in range(_SLICES):
        pixels = (body + np.roll(noise, number, axis=0) + 1024).astype(np.int16)
        dataset = _dataset(
            "1.2.840.10008.5.1.4.1.1.2",
            pixels,
            Modality="CT",
            StudyInstanceUID=study,
            SeriesInstanceUID=series,
            InstanceNumber=number + 1,
            ImagePositionPatient=[-180, -180, number],
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            PixelSpacing=[0.7, 0.7],
            SliceThickness=1,
            RescaleSlope=1,
            RescaleIntercept=-1024,
            RescaleType="HU",
            BitsStored=16,
            PixelRepresentation=1,
        )
        dataset.save_as(folder / f"{number:03}.dcm", enforce_file_format=True)


def _dataset(kind: str, pixels: Any, **elements: Any) -> Any:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import generate_uid

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = _PLAIN
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = kind
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = 16
    for name, value in elements.items():
        setattr(dataset, name, value)
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelData = pixels.tobytes()
    return dataset


# the tasks, each in a process of its own


def _ours(source: Path, everything: bool) -> Iterator[int]:
    import wardround.images.readers.opening  # which images.read does when it is called
    from wardround.images import read
    from wardround.images.render import render

    yield 0  # the packages are there
    for view in render(read(source), at_most=10_000 if everything else None).views:
        yield view.pixels.nbytes


def _simpleitk(source: Path) -> Iterator[int]:
    import SimpleITK as sitk  # noqa: N813  as everybody names it

    yield 0
    if source.is_dir():
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(source)))
        yield sitk.GetArrayFromImage(reader.Execute()).nbytes
    else:
        yield sitk.GetArrayFromImage(sitk.ReadImage(str(source))).nbytes


def _main(task: str, source: Path, written: Path) -> None:
    work = _simpleitk(source) if task == "simpleitk" else _ours(source, task == "ct_all")
    next(work)
    wall, cpu = time.perf_counter(), time.process_time()
    if sum(work) == 0:
        raise RuntimeError("nothing was decoded")
    written.write_text(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), encoding="utf-8")


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
