"""Made-up studies with made-up drafts: a chest film with its prior, a CT of many slices, and what is awkward."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from images import dicom_files
from wardround.reporting.report import (
    Area,
    Change,
    Differential,
    DraftReport,
    Finding,
    HistorySource,
    ImageInfo,
    ImageSource,
    Provenance,
    Region,
    Statement,
)
from wardround.store import Upload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from wardround.store import Actor, Case
    from wardround.store.store import Store

HISTORY = "64-year-old with heart failure and three days of dyspnea."
EFFUSION = Area(left=340, top=468, right=506, bottom=630)
HEART = Area(left=222, top=330, right=398, bottom=552)


def film(*, effusion: float = 1.0, rows: int = 640, columns: int = 560) -> NDArray[np.uint16]:
    """A chest seen from the front, of ellipses, in 12 bits: spine, ribs, lungs, heart, and fluid at the left base."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)

    def within(cx: float, cy: float, rx: float, ry: float) -> NDArray[np.float64]:
        return np.clip(1.6 - 1.6 * (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2), 0, 1)

    middle = columns / 2
    value = 400 + 1700 * within(middle, rows * 0.62, columns * 0.5, rows * 0.72)
    for side in (-1, 1):
        value -= 1250 * within(middle + side * 118, rows * 0.48, 105, 225)
        for rib in range(9):
            arc = rows * 0.2 + rib * 44 + 0.0016 * (x - middle - side * 120) ** 2
            value += 190 * np.exp(-(((y - arc) / 7) ** 2)) * (np.abs(x - middle - side * 120) < 105)
    value += 620 * np.exp(-(((x - middle) / 26) ** 4)) * (y > 20)
    value += 1000 * within(middle + 30, rows * 0.69, 88, 115)
    value += effusion * 1150 * within(middle + 140, rows * 0.9, 85, 120)
    value += np.random.default_rng(5).normal(0, 22, value.shape)
    return np.clip(value, 0, 4095).astype(np.uint16)


def film_file(pixels: NDArray[Any] | None = None, *, number: int = 1, **elements: Any) -> bytes:
    """A DICOM file of a film."""
    given: dict[str, Any] = {
        "BitsStored": 12,
        "HighBit": 11,
        "PixelSpacing": [0.6, 0.6],
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "PatientOrientation": ["L", "F"],
        "WindowCenter": 1650,
        "WindowWidth": 3200,
    }
    told = {name: value for name, value in (given | elements).items() if value is not None}
    made = dicom_files.make(film() if pixels is None else pixels, modality="DX", number=number, **told)
    return dicom_files.encoded(made)


def ct_slices(count: int = 40, side: int = 128, spacing: float = 2.0, **elements: Any) -> list[Dataset]:
    """Slices of a body with two lungs and a spine, each with its own brightness in a corner."""
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    noise = np.random.default_rng(1).normal(0, 12, (side, side))
    made = []
    for index in range(count):
        along = index / max(1, count - 1)
        body = (x / 0.44) ** 2 + (y / 0.33) ** 2 < 1
        value = np.where(body, 45.0, -1000.0)
        size = 0.35 + 0.65 * np.sin(np.pi * min(max(along, 0.06), 0.94))
        for mid in (-0.19, 0.19):
            value[((x - mid) / (0.14 * size)) ** 2 + ((y + 0.01) / (0.22 * size)) ** 2 < 1] = -820
        value[(x / 0.05) ** 2 + ((y - 0.22) / 0.06) ** 2 < 1] = 420
        value[((x - 0.05) / (0.1 * size)) ** 2 + ((y + 0.06) / (0.11 * size)) ** 2 < 1] = 60
        value[((x - 0.2) / 0.025) ** 2 + ((y - 0.02) / 0.025) ** 2 + ((along - 0.6) / 0.06) ** 2 < 1] = 90
        value = value + noise * body
        value[:4, :4] = index
        given = {
            "BitsStored": 16,
            "ImageOrientationPatient": dicom_files.AXIAL,
            "ImagePositionPatient": [-128, -128, index * spacing],
            "PixelSpacing": [256 / side, 256 / side],
            "SliceThickness": spacing,
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
            "RescaleSlope": 1,
            "RescaleIntercept": -1024,
            "BodyPartExamined": "CHEST",
        }
        stored = (np.round(value) + 1024).astype(np.int16)
        made.append(dicom_files.make(stored, modality="CT", number=index + 1, **(given | elements)))
    return made


def uploads(files: Sequence[bytes], role: str = "image") -> list[Upload]:
    """Files as they come."""
    return [Upload(content=each, media_type="application/dicom", role=role) for each in files]  # type: ignore[arg-type]


def seen(finding: str, area: Area | None = None, frame: int | None = None, **other: Any) -> ImageSource:
    return ImageSource(finding=finding, area=area, frame=frame, **other)


def told(quote: str) -> HistorySource:
    start = HISTORY.index(quote)
    return HistorySource(start=start, end=start + len(quote), text=quote)


def says(text: str, *sources: ImageSource | HistorySource) -> Statement:
    return Statement(text=text, sources=sources)


def image_info(**other: Any) -> ImageInfo:
    values: dict[str, Any] = {
        "study": "current",
        "format": "DICOM",
        "modality": "DX",
        "kind": "radiograph",
        "body_part": "CHEST",
        "view": "PA",
        "frames": 1,
        "frames_seen": (1,),
        "rows": 640,
        "columns": 560,
        "digest": "a1" * 32,
        "steps": ("scale: least to greatest value",),
    }
    return ImageInfo(**values | other)


def provenance() -> Provenance:
    return Provenance(
        wardround="0.7.0",
        engine="scripted",
        engine_digest="",
        protocol="chest-xray",
        protocol_digest="d4" * 32,
        prompt_digests=("e5" * 8,),
    )


def chest_report(*, prior: bool = True) -> DraftReport:
    """A draft of the film: four findings, two of them with an area."""
    return DraftReport(
        id="study",
        title="Chest radiograph, PA",
        technique=(says("Single frontal radiograph.", seen("F3")),),
        clinical_information=(says("Heart failure, three days of dyspnea.", told("heart failure")),),
        findings=(
            Finding(
                id="F1", structure="pleura", observation="pleural_effusion", name="pleural effusion",
                presence="present", side="right", location="costophrenic angle", size="small", certainty="probable",
                sources=(seen("F1", EFFUSION, 1),),
            ),
            Finding(
                id="F2", structure="heart", observation="enlarged_cardiac_silhouette",
                name="enlarged cardiac silhouette", presence="present", size="mild", sources=(seen("F2", HEART, 1),),
            ),
            Finding(
                id="F3", structure="lungs", observation="consolidation", name="consolidation", presence="absent",
                sources=(seen("F3"),),
            ),
            Finding(
                id="F4", structure="pleura", observation="pneumothorax", name="pneumothorax",
                presence="not assessable", critical=False, sources=(seen("F4"),),
            ),
        ),
        regions=(
            Region(name="Lungs and airways", statements=(says("No consolidation.", seen("F3")),)),
            Region(
                name="Pleura",
                statements=(says("Small right pleural effusion, probable.", seen("F1", EFFUSION, 1)),),
            ),
            Region(
                name="Heart and mediastinum",
                statements=(says("The cardiac silhouette is mildly enlarged.", seen("F2", HEART, 1)),),
            ),
        ),
        impression=(
            says("Small right pleural effusion, probable.", seen("F1", EFFUSION, 1)),
            says("Mildly enlarged heart, in keeping with known heart failure.", seen("F2"), told("heart failure")),
        ),
        differential=(
            Differential(
                condition="Decompensated heart failure",
                supports=(says("Enlarged cardiac silhouette and effusion.", seen("F1"), seen("F2")),),
            ),
        ),
        recommendations=(says("Lateral view, or ultrasound of the pleura.", seen("F1")),),
        changes=(
            Change(
                finding="F1", name="pleural effusion", direction="new",
                statement=says("The effusion was not there before.", seen("F1"), seen("F1", study="prior", frame=1)),
            ),
        ) if prior else (),
        not_assessed=("Pneumothorax",),
        limitations=("One view only.",),
        images=(image_info(), image_info(study="prior")) if prior else (image_info(),),
        provenance=provenance(),
    )  # fmt: skip


def ct_report(count: int, frame: int) -> DraftReport:
    """A draft of a CT: one nodule, in one slice."""
    nodule = Area(left=86, top=62, right=94, bottom=70)
    return DraftReport(
        id="ct",
        title="CT of the chest",
        findings=(
            Finding(
                id="F1", structure="lungs", observation="nodule", name="pulmonary nodule", presence="present",
                side="left", size="6 mm", sources=(seen("F1", nodule, frame),),
            ),
        ),
        regions=(Region(name="Lungs", statements=(says("A nodule of the left lung.", seen("F1", nodule, frame)),)),),
        impression=(says("Nodule of the left lung.", seen("F1", nodule, frame)),),
        images=(
            image_info(
                modality="CT", kind="ct", frames=count, frames_seen=(frame,), rows=128, columns=128, view="AXIAL"
            ),
        ),
        provenance=provenance(),
    )  # fmt: skip


def kept(
    store: Store,
    actor: Actor,
    files: Sequence[bytes],
    report: DraftReport | None = None,
    *,
    prior: Sequence[bytes] = (),
) -> Case:
    """A case of a study, drafted if there is a report."""
    case = store.add_case(actor, "study", [*uploads(files), *uploads(prior, "prior")])
    if report is not None:
        store.add_result(actor, case.id, json.loads(report.model_dump_json()))
    return case


def chest_case(store: Store, actor: Actor, *, prior: bool = True) -> Case:
    """The film and its draft, with a film from before that shows no fluid."""
    before = [film_file(film(effusion=0.0), number=7, StudyInstanceUID=dicom_files.ROOT + ".9")] if prior else []
    return kept(store, actor, [film_file()], chest_report(prior=prior), prior=before)


def ct_case(store: Store, actor: Actor, *, prior: bool = False) -> Case:
    """Forty slices, with a prior of thirty over the same range."""
    current = [dicom_files.encoded(each) for each in ct_slices(40)]
    before = (
        [dicom_files.encoded(each) for each in ct_slices(27, spacing=3.0, StudyInstanceUID=dicom_files.ROOT + ".8")]
        if prior
        else []
    )
    return kept(store, actor, current, ct_report(40, 24), prior=before)
