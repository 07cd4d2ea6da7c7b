"""Fills a folder with the example cases that `make demo-serve` shows: notes with their codes, and a drawn chest film.

The film's draft report was not made by a model: what "was seen" on it stands in examples/cases/cases.toml, and the
report says so. Cases that are in the folder already are not added again.
"""

from __future__ import annotations

import datetime
import io
import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from wardround import images
from wardround.coding import Coder, Encounter
from wardround.engines import Capabilities, Engine, Raw, Request
from wardround.reporting import Reader, load
from wardround.store import Actor, Upload, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from wardround.store.store import Store

CASES = Path(__file__).parents[1] / "examples" / "cases"
DEMO = Actor(id="system")
PROTOCOL = "heart-failure"


def main(folder: Path) -> None:
    told = tomllib.loads((CASES / "cases.toml").read_text(encoding="utf-8"))
    with open_store(folder=folder) as store:
        there = {case.external_id for case in store.cases(DEMO, search="DEMO-", limit=500).cases}
        coder = Coder()
        for study in told["study"]:
            if study["external_id"] not in there:
                add_study(store, study)
        for note in reversed(told["note"]):  # the list shows the newest first
            if note["external_id"] not in there:
                add_note(store, coder, note)


def add_note(store: Store, coder: Coder, told: Mapping[str, Any]) -> None:
    """A note, with the codes that the embedded coder suggests."""
    text = (CASES / told["file"]).read_text(encoding="utf-8")
    encounter = encounter_of(told)
    draft = coder.code(text, encounter).model_dump(mode="json", by_alias=True)
    upload = Upload(content=text.encode(), media_type="text/plain")
    store.add_case(DEMO, "note", [upload], encounter, external_id=told["external_id"], draft=draft)


def add_study(store: Store, told: Mapping[str, Any]) -> None:
    """A drawn film, with the report that is made of what `told` says was seen."""
    film = as_dicom(drawn_chest())
    study = images.read(film)
    report = Reader(Told(told["seen"])).read(study, told["history"], protocol=PROTOCOL, id="example draft", locate=True)
    uploads = [
        Upload(content=film, media_type="application/dicom", role="image"),
        Upload(content=told["history"].encode(), media_type="text/plain", role="history"),
    ]
    draft = report.model_dump(mode="json", by_alias=True)
    store.add_case(DEMO, "study", uploads, encounter_of(told), external_id=told["external_id"], draft=draft)


def encounter_of(told: Mapping[str, Any]) -> Encounter:
    return Encounter(**{name: told[name] for name in ("setting", "date", "age", "sex") if name in told})


class Told(Engine):
    """Answers what it was told: no model. Every report by it names it as its engine."""

    name = "example draft, written by hand"
    digest = "0" * 64
    capabilities = Capabilities(images=True)

    def __init__(self, seen: Mapping[str, Mapping[str, Any]]) -> None:
        self._seen = seen
        normal = [each for each in load(PROTOCOL).observations if each.normal]
        self._normal = {each.id for each in normal if not seen.keys() & set(each.contrary)}

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw]]:
        for number, request in enumerate(requests):
            yield number, Raw(text=json.dumps(self._answer(request)))

    def stream(self, request: Request) -> Iterator[str]:
        yield json.dumps(self._answer(request))

    def _answer(self, request: Request) -> dict[str, Any]:
        assert request.schema is not None
        asked = list(request.schema["properties"])
        if asked == ["boxes"]:
            question = str(request.messages[-1])
            boxes = [told["box"] for name, told in self._seen.items() if "box" in told and name in question]
            return {"boxes": [{"box_2d": box, "label": "area"} for box in boxes]}
        if not request.images:
            return {name: [] for name in asked}
        return {name: self._looked(name) for name in asked}

    def _looked(self, name: str) -> dict[str, Any]:
        if name in self._seen:
            told = {key: value for key, value in self._seen[name].items() if key != "box"}
            return {"presence": "present", "certainty": "probable", **told}
        return {"presence": "present" if name in self._normal else "absent", "certainty": "definite"}


def drawn_chest(rows: int = 1024, columns: int = 880) -> NDArray[np.uint16]:
    """What looks from afar like a frontal chest film: a wide heart, and a blunted angle at the base of the right lung.

    12 bits in 16; bright is dense. The right lung is on the left of the picture.
    """
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    u, v = (x / columns - 0.5) * 2, y / rows  # -1 to 1 across, 0 to 1 down

    def ellipse(at: float, down: float, wide: float, high: float, soft: float = 0.08) -> NDArray[np.float32]:
        distance = np.sqrt(((u - at) / wide) ** 2 + ((v - down) / high) ** 2)
        return np.clip((1 - distance) / soft, 0, 1)

    body = ellipse(0, 0.62, 0.98, 0.72, 0.1)
    lungs = np.maximum(ellipse(-0.44, 0.46, 0.36, 0.36), ellipse(0.46, 0.46, 0.34, 0.36))
    lungs *= 1 - ellipse(-0.42, 0.98, 0.5, 0.27, 0.05)  # diaphragm
    lungs *= 1 - ellipse(0.46, 1.0, 0.48, 0.26, 0.05)
    lungs *= 1 - 0.9 * ellipse(-0.78, 0.78, 0.3, 0.14, 0.5)  # fluid in the right angle
    heart = ellipse(0.16, 0.64, 0.44, 0.19, 0.12)
    middle = ellipse(0, 0.42, 0.13, 0.5, 0.5)
    ribs = sum(
        np.exp(-(((v - (0.16 + 0.085 * n) - 0.10 * np.abs(u) ** 1.6) / 0.011) ** 2)) for n in range(9)
    ) * ellipse(0, 0.5, 0.9, 0.45, 0.1)
    vessels = np.exp(-(((np.abs(u) - 0.2) / 0.1) ** 2) - ((v - 0.47) / 0.1) ** 2)
    dense = 0.06 + 0.74 * body - 0.5 * lungs + 0.42 * heart * (0.4 + 0.6 * lungs) + 0.28 * middle
    dense += 0.09 * ribs + 0.14 * vessels * lungs
    noise = np.random.default_rng(7).normal(0, 0.012, (rows, columns))
    return np.clip((dense + noise) * 3600, 0, 4095).astype(np.uint16)


def as_dicom(pixels: NDArray[np.uint16]) -> bytes:
    """A film as a digital radiograph of nobody."""
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film.SOPClassUID = film.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    uids = [generate_uid(entropy_srcs=["wardround example film", part]) for part in ("instance", "study", "series")]
    film.SOPInstanceUID, film.StudyInstanceUID, film.SeriesInstanceUID = uids
    film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
    film.PatientName, film.PatientID = "Example^Drawn", "DEMO"
    film.StudyDate = datetime.date(2026, 6, 12).strftime("%Y%m%d")
    film.StudyDescription, film.SeriesDescription = "Chest PA (drawn, no patient)", "PA"
    film.Modality, film.BodyPartExamined, film.ViewPosition = "DX", "CHEST", "PA"
    film.PatientOrientation = ["L", "F"]
    film.BurnedInAnnotation, film.PixelIntensityRelationshipSign = "NO", -1
    film.Rows, film.Columns = pixels.shape
    film.ImagerPixelSpacing = [0.4, 0.4]
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.WindowCenter, film.WindowWidth = 1900, 3600
    film.PixelData = pixels.tobytes()
    written = io.BytesIO()
    film.save_as(written, enforce_file_format=True)
    return written.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
