"""Reports and pictures to export: a rich one, the smallest one, one whose every text means harm. All are made up."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wardround.boxes import Box
from wardround.export.reports.picture import Picture, picture_of
from wardround.reporting.report import (
    Area,
    Change,
    Contradiction,
    Differential,
    DraftReport,
    Finding,
    HistorySource,
    ImageInfo,
    ImageSource,
    Provenance,
    Region,
    Removed,
    Statement,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIME = datetime.datetime(2026, 11, 3, 9, 30, tzinfo=datetime.UTC)
ROWS, COLUMNS = 1000, 800
STUDY, SERIES, INSTANCE = (
    "1.2.826.0.1.3680043.10.99.1",
    "1.2.826.0.1.3680043.10.99.1.1",
    "1.2.826.0.1.3680043.10.99.1.1.1",
)
HISTORY = "64-year-old with heart failure, three days of dyspnea and left-sided chest discomfort. No fever."
EFFUSION = Area(left=430, top=640, right=690, bottom=880)
HEART = Area(left=280, top=480, right=590, bottom=800)


def seen(finding: str | None = None, area: Area | None = None, **other: Any) -> ImageSource:
    return ImageSource(finding=finding, area=area, **other)


def told(quote: str) -> HistorySource:
    start = HISTORY.index(quote)
    return HistorySource(start=start, end=start + len(quote), text=quote)


def says(text: str, *sources: ImageSource | HistorySource) -> Statement:
    return Statement(text=text, sources=sources or (seen(),))


def image(study: Literal["current", "prior"] = "current", **other: Any) -> ImageInfo:
    values: dict[str, Any] = {
        "study": study,
        "format": "DICOM",
        "modality": "DX",
        "kind": "radiograph",
        "body_part": "CHEST",
        "view": "PA",
        "date": datetime.date(2026, 11, 3) if study == "current" else datetime.date(2026, 8, 14),
        "study_instance_uid": STUDY if study == "current" else STUDY + "9",
        "series_instance_uid": SERIES if study == "current" else SERIES + "9",
        "frames": 1,
        "frames_seen": (1,),
        "rows": ROWS,
        "columns": COLUMNS,
        "digest": ("a1" if study == "current" else "b2") * 32,
        "steps": ("rescale: slope 1, intercept 0", "window: 2048 around 1024", "pad to a square of 1000"),
        "warnings": (),
    }
    return ImageInfo(**values | other)


def provenance(**other: Any) -> Provenance:
    values: dict[str, Any] = {
        "wardround": "0.5.0",
        "engine": "transformers:google/medgemma-1.5-4b-it",
        "engine_digest": "sha256:" + "c3" * 32,
        "protocol": "chest-radiograph",
        "protocol_digest": "d4" * 32,
        "prompt_digests": ("e5" * 8, "f6" * 8),
        "seed": 7,
        "prompt_tokens": 1834,
        "completion_tokens": 912,
        "seconds": 41.37,
    }
    return Provenance(**values | other)


RICH = DraftReport(
    id="study-0042",
    title="Chest radiograph, PA",
    technique=(says("Single frontal (PA) radiograph of the chest."),),
    clinical_information=(
        says("64-year-old with heart failure.", told("heart failure")),
        says("Three days of dyspnea and left-sided chest discomfort.", told("three days of dyspnea")),
    ),
    comparison=(says("Chest radiograph of 14 August 2026.", seen(study="prior", frame=1)),),
    findings=(
        Finding(
            id="F1", structure="pleura", observation="pleural_effusion", name="pleural effusion", presence="present",
            side="left", location="costophrenic angle", size="small to moderate", certainty="probable",
            sources=(seen("F1", EFFUSION, frame=1),),
        ),
        Finding(
            id="F2", structure="pleura", observation="pneumothorax", name="pneumothorax", presence="present",
            side="left", location="apex", size="small", certainty="possible", critical=True, sources=(seen("F2"),),
        ),
        Finding(
            id="F3", structure="heart", observation="enlarged_cardiac_silhouette", name="enlarged cardiac silhouette",
            presence="present", size="mild", sources=(seen("F3", HEART, frame=1),),
        ),
        Finding(
            id="F4", structure="lungs", observation="consolidation", name="consolidation", presence="absent",
            sources=(seen("F4"),),
        ),
        Finding(
            id="F5", structure="lines", observation="clear_airway", name="midline trachea", presence="present",
            normal=True, side="midline", sources=(seen("F5"),),
        ),
        Finding(
            id="F6", structure="bones", observation="rib_fracture", name="rib fracture", presence="not assessable",
            sources=(seen("F6"),),
        ),
    ),
    regions=(
        Region(name="Lungs and airways", statements=(
            says("No consolidation.", seen("F4")),
            says("The trachea is in the midline.", seen("F5")),
        )),
        Region(name="Pleura", statements=(
            says("Left pleural effusion, blunting the costophrenic angle.", seen("F1", EFFUSION, frame=1)),
            says("A small left apical pneumothorax is possible.", seen("F2")),
        )),
        Region(name="Heart and mediastinum", statements=(
            says("The cardiac silhouette is mildly enlarged.", seen("F3", HEART, frame=1)),
        )),
    ),
    impression=(
        says("Possible small left apical pneumothorax; confirm at once.", seen("F2")),
        says("Small to moderate left pleural effusion, larger than before.", seen("F1"), seen("F1", study="prior")),
        says("Mildly enlarged heart, in keeping with known heart failure.", seen("F3"), told("heart failure")),
    ),
    differential=(
        Differential(
            condition="Decompensated heart failure",
            supports=(
                says("Enlarged cardiac silhouette and effusion.", seen("F1"), seen("F3")),
                says("Known heart failure with dyspnea.", told("heart failure, three days of dyspnea")),
            ),
            contradicts=(says("The effusion is on one side only.", seen("F1")),),
        ),
        Differential(
            condition="Parapneumonic effusion",
            supports=(says("Effusion on one side.", seen("F1")),),
            contradicts=(says("No consolidation.", seen("F4")), says("No fever.", told("No fever"))),
        ),
    ),
    recommendations=(
        says("Expiratory or lateral decubitus view, or ultrasound, to settle the pneumothorax.", seen("F2")),
        says("Clinical correlation with volume status.", told("heart failure")),
    ),
    changes=(
        Change(
            finding="F1", name="pleural effusion", direction="worse",
            statement=says("The left effusion is larger.", seen("F1"), seen("F1", study="prior")),
        ),
        Change(finding="", name="right basal atelectasis", direction="resolved",
               statement=says("The right basal atelectasis is gone.", seen(study="prior"))),
    ),
    not_assessed=("Rib fracture", "Pulmonary embolism: cannot be seen on a radiograph"),
    limitations=("One view only.", "A small pneumothorax can be missed on a single film."),
    contradictions=(
        Contradiction(kind="side", message="The impression says left, and F3 has no side.", findings=("F1", "F3")),
        Contradiction(kind="image and history", message="The history denies fever; a warning speaks of infection."),
    ),
    removed=(Removed(reason="a sentence without a source", count=2), Removed(reason="a repeated sentence", count=1)),
    warnings=("The image has text burned in.",),
    images=(image(warnings=("The lower edge may be cropped.",)), image("prior")),
    provenance=provenance(),
)  # fmt: skip

MINIMAL = DraftReport(
    id="x",
    title="Image",
    images=(
        image(
            format="PNG", modality="", kind="other", body_part="", view="", date=None, study_instance_uid="",
            series_instance_uid="", steps=(), rows=20, columns=30,
        ),
    ),
    provenance=provenance(prompt_digests=(), engine_digest=""),
)  # fmt: skip

HARM = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp; & ]]> -->",
    "# not a heading\n\n- not a list\n1. nor this | nor | a table",
    "[click](javascript:alert(1)) ![p](http://evil.example/p.png) `code` **bold** _it_ ~~gone~~ <http://evil.example>",
    "see www.evil.example and https://evil.example/?q=1 and a@evil.example",
    "left\u202etfel\u202c \u200fright\u200b \u2066x\u2069",
    "lung \U0001f469\u200d\u2695\ufe0f \U0001fac1 \u80ba\u708e \u05e8\u05d9\u05d0\u05d5\u05ea \u0631\u0626\u0629",
    "esc\x1b[31m bell\x07 nul\x00 del\x7f c1\x9b lone \ud800 end\ufffe",
    "<para><font size=99>big</font></para> <b>unclosed %(x)s {y} \\backslash ^caret^ =S=",
    "long " + "verylongwordwithoutanybreakatall" * 12 + " " + "many words " * 60,
    "   ",
)


def hostile() -> DraftReport:
    """Every field that a person or a model can write holds one of the texts that mean harm, in turn."""
    turn = iter(range(10**6))

    def harm() -> str:
        return HARM[next(turn) % len(HARM)]

    def statements(count: int) -> tuple[Statement, ...]:
        return tuple(
            Statement(text=harm(), sources=(seen("F<1>"), HistorySource(start=0, end=9, text=harm())))
            for _ in range(count)
        )

    rounds = len(HARM)
    return DraftReport(
        id=harm(),
        disclaimer="Signed and final. " + harm(),
        title=HARM[0],
        technique=statements(rounds),
        clinical_information=statements(rounds),
        comparison=statements(rounds),
        findings=tuple(
            Finding(
                id=f"F<{number}>", structure=harm(), observation=harm(), name=harm(), presence="present", side="left",
                location=harm(), size=harm(), critical=number % 2 == 0, sources=(seen("F<1>", EFFUSION, frame=1),),
            )
            for number in range(rounds)
        ),
        regions=tuple(Region(name=harm(), statements=statements(3)) for _ in range(rounds)),
        impression=statements(rounds),
        differential=tuple(
            Differential(condition=harm(), supports=statements(1), contradicts=statements(1)) for _ in range(rounds)
        ),
        recommendations=statements(rounds),
        changes=tuple(
            Change(finding="F<1>", name=harm(), direction="new", statement=statements(1)[0]) for _ in range(rounds)
        ),
        not_assessed=HARM,
        limitations=HARM,
        contradictions=tuple(
            Contradiction(kind="side", message=harm(), findings=("F<1>", harm())) for _ in range(rounds)
        ),
        removed=tuple(Removed(reason=harm(), count=3) for _ in range(rounds)),
        warnings=HARM,
        images=(
            image(
                format=HARM[0], modality=HARM[0], body_part=HARM[1], view=HARM[2], kind=HARM[3],
                study_instance_uid=HARM[0], series_instance_uid=HARM[6], digest=HARM[4], steps=HARM, warnings=HARM,
            ),
        ),
        provenance=provenance(
            wardround=HARM[0], engine=HARM[6], engine_digest=HARM[8], protocol=HARM[2], protocol_digest=HARM[4],
            prompt_digests=HARM,
        ),
    )  # fmt: skip


def radiograph() -> NDArray[np.uint8]:
    """Something that looks like a chest from afar: (ROWS, COLUMNS), uint8."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(float)
    grey = 150 - 40 * np.abs(x - COLUMNS / 2) / COLUMNS
    for centre in (0.32, 0.68):
        lung = ((x / COLUMNS - centre) / 0.15) ** 2 + ((y / ROWS - 0.45) / 0.33) ** 2
        grey -= 110 / (1 + np.exp(12 * (lung - 1)))
    for rib in range(8):
        curve = 150 + rib * 75 + 0.0006 * (x - COLUMNS / 2) ** 2
        grey += 18 * np.exp(-(((y - curve) / 9) ** 2))
    heart = ((x / COLUMNS - 0.54) / 0.19) ** 2 + ((y / ROWS - 0.64) / 0.16) ** 2
    grey += 70 / (1 + np.exp(10 * (heart - 1)))
    grey += 60 / (1 + np.exp(-(y - 790) / 25)) * (x > COLUMNS / 2)
    return np.clip(grey, 0, 255).astype(np.uint8)


def pictures() -> tuple[Picture, ...]:
    """The current picture at half its size, and the prior one."""
    whole = Box(0, 0, COLUMNS, ROWS)
    pixels = radiograph()
    return (
        picture_of(pixels[::2, ::2], shows=whole, caption="Current, PA, 3 November 2026", sop_instance_uid=INSTANCE),
        picture_of(pixels[::4, ::-4], shows=whole, study="prior", caption="PA, 14 August 2026"),
    )
