"""Studies made by hand, and a model that says what a test wants it to say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engines.scripted import Scripted
from wardround.engines import Capabilities, Raw, Usage
from wardround.images.study import Frame, Series, Study
from wardround.reporting import load, names

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wardround.engines import Request
    from wardround.errors import EngineError

__all__ = ["ABSENT", "Seeing", "answers", "film", "kind_of", "present", "slices", "sonogram", "study", "write_film"]

ABSENT = {"presence": "absent"}
_NORMAL = {each.id: each.contrary for name in names() for each in load(name).observations if each.normal}
Told = Mapping[str, Mapping[str, Any]]


def present(**more: Any) -> dict[str, Any]:
    return {"presence": "present", "certainty": "definite", **more}


def study(
    *pictures: NDArray[Any], kind: str = "radiograph", modality: str = "DX", body_part: str = "CHEST", **more: Any
) -> Study:
    """A study of one series; ``more`` goes to the series, and what a study has to the study."""
    own = {name: more.pop(name) for name in ("date", "warnings", "left_out", "format") if name in more}
    frames = tuple(
        Frame(rows=pixels.shape[0], columns=pixels.shape[1], load=lambda pixels=pixels: pixels) for pixels in pictures
    )
    values: dict[str, Any] = {
        "uid": "1.2.3",
        "modality": modality,
        "kind": kind,
        "body_part": body_part,
        "units": "stored",
        "frames": frames,
        "bits": 16,
        **more,
    }
    return Study(**{"format": "DICOM", "digest": "0" * 64, "series": (Series(**values),), **own})


def film(seed: int = 0, rows: int = 100, columns: int = 80, **more: Any) -> Study:
    """A chest film of noise, higher than it is wide."""
    pixels = np.random.default_rng(seed).integers(0, 4096, (rows, columns), dtype=np.uint16)
    return study(pixels, **{"view": "PA", **more})


def slices(count: int = 5, side: int = 32, **more: Any) -> Study:
    """A CT series, each slice of one value."""
    pictures = [np.full((side, side), -1000 + 10 * number, dtype=np.int16) for number in range(count)]
    return study(*pictures, **{"kind": "ct", "modality": "CT", "units": "HU", "view": "AXIAL", **more})


def sonogram(**more: Any) -> Study:
    """An ultrasound picture of the pelvis, made for display."""
    pixels = np.random.default_rng(3).integers(0, 256, (60, 90), dtype=np.uint8)
    return study(pixels, kind="ultrasound", modality="US", body_part="PELVIS", units="display", bits=8, **more)


def write_film(path: Path, seed: int = 0, uid: str = "1.2.3", side: int = 64, **header: str) -> Path:
    """A chest film of noise as DICOM; ``header`` goes into it."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film.SOPClassUID = film.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    film.SOPInstanceUID = film.file_meta.MediaStorageSOPInstanceUID = f"{uid}.{seed + 1}.1"
    film.StudyInstanceUID, film.SeriesInstanceUID = uid, f"{uid}.{seed + 1}"
    film.PatientName, film.PatientID, film.StudyDate = "Made^Up", "0", "20261103"
    film.Modality, film.BodyPartExamined, film.ViewPosition = "DX", "CHEST", "PA"
    film.Rows, film.Columns = side, side - 8
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.PixelData = np.random.default_rng(seed).integers(0, 4096, (side, side - 8), dtype=np.uint16).tobytes()
    for keyword, value in header.items():
        setattr(film, keyword, value)
    film.save_as(path, enforce_file_format=True)
    return path


def kind_of(request: Request) -> str:
    """What a request asks: looking, comparing, locating, or a part of the writing."""
    assert request.schema is not None
    names = list(request.schema["properties"])
    if request.images:
        if names == ["boxes"]:
            return "locating"
        return "comparing" if all("enum" in each for each in request.schema["properties"].values()) else "looking"
    if names == ["sentences"]:
        item = request.schema["properties"]["sentences"]["items"]["properties"]
        return "findings" if "region" in item else "clinical information"
    return names[0]


def answers(
    seen: Told | None = None,
    written: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    boxes: Sequence[Mapping[str, Any]] = (),
    changes: Mapping[str, str] | None = None,
    default: Mapping[str, Any] = ABSENT,
) -> Callable[[Request], str]:
    """A model that saw ``seen`` and else what is normal, and writes ``written``, by what `kind_of` says."""

    def answer(request: Request) -> str:
        assert request.schema is not None
        asked = list(request.schema["properties"])
        kind = kind_of(request)
        if kind == "looking":
            return json.dumps({name: (seen or {}).get(name, _usual(name, seen or {}, default)) for name in asked})
        if kind == "comparing":
            return json.dumps({name: (changes or {}).get(name, "same") for name in asked})
        if kind == "locating":
            return json.dumps({"boxes": list(boxes)})
        empty: dict[str, Any] = {name: [] for name in asked}
        return json.dumps({**empty, **(written or {}).get(kind, {})})

    return answer


def _usual(name: str, seen: Told, default: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is normal is there, unless something was seen that cannot be there together with it."""
    if default != ABSENT or name not in _NORMAL or any(seen.get(each, ABSENT) != ABSENT for each in _NORMAL[name]):
        return default
    return present()


class Seeing(Scripted):
    """A scripted model that sees images."""

    capabilities = Capabilities(images=True)

    def __init__(self, answer: Callable[[Request], Raw | str | EngineError] | None = None, **told: Any) -> None:
        super().__init__(answer or answers(**told))

    def requests(self, kind: str) -> list[Request]:
        return [request for request in self.asked if kind_of(request) == kind]


NO_ANSWER = Raw(text="<unused94>thought\nfirst I look at", usage=Usage(prompt_tokens=1))
