"""What reading an image gives: the published shape of a draft report.

Every statement names its sources. Boxes count pixels of the frame as stored, frames count from 1, spans of the history
count Unicode code points. The JSON Schema of :class:`DraftReport` is printed by ``wardround schema report``.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "DISCLAIMER",
    "Area",
    "Certainty",
    "Change",
    "Contradiction",
    "Differential",
    "Direction",
    "DraftReport",
    "Finding",
    "HistorySource",
    "ImageInfo",
    "ImageSource",
    "Presence",
    "Provenance",
    "Region",
    "Removed",
    "Side",
    "Source",
    "Statement",
]

DISCLAIMER = "DRAFT. Not a diagnosis; for review by a qualified professional."
"""Stands on every form of every report."""

Presence = Literal["present", "absent", "not assessable"]
Side = Literal["left", "right", "bilateral", "midline", "not stated"]
Certainty = Literal["definite", "probable", "possible"]
Direction = Literal["better", "worse", "same", "new", "resolved", "not comparable"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Area(_Model):
    """A rectangle of a frame, in pixels of the frame as stored, ``[left, right)`` by ``[top, bottom)``."""

    left: float = Field(ge=0)
    top: float = Field(ge=0)
    right: float = Field(gt=0)
    bottom: float = Field(gt=0)


class ImageSource(_Model):
    """The image that a statement comes from."""

    kind: Literal["image"] = "image"
    study: Literal["current", "prior"] = "current"
    series: int = Field(default=1, ge=1, description="number of the series, from 1")
    frame: int | None = Field(default=None, ge=1, description="number of the frame; null for the series as a whole")
    area: Area | None = Field(default=None, description="approximate area, where it was located")
    finding: str | None = Field(default=None, description="id of the finding it is taken from")


class HistorySource(_Model):
    """Words of the clinical history that a statement comes from."""

    kind: Literal["history"] = "history"
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    text: str = Field(description="exactly history[start:end]")


Source = Annotated[ImageSource | HistorySource, Field(discriminator="kind")]


class Finding(_Model):
    """What the first pass saw, or did not see, of one thing the protocol asks about, from the image alone."""

    id: str = Field(description="F1, F2 … in the order of the protocol")
    structure: str = Field(description="id of the protocol's structure, e.g. pleura")
    observation: str = Field(description="id of what was looked for, e.g. pleural_effusion")
    name: str = Field(description="in words: pleural effusion")
    presence: Presence
    normal: bool = Field(default=False, description="whether its presence is the normal state")
    side: Side = "not stated"
    location: str = ""
    size: str = Field(default="", description="in words")
    certainty: Certainty = "definite"
    critical: bool = Field(default=False, description="present and to be told to the clinician directly")
    sources: tuple[Source, ...] = ()


class Statement(_Model):
    """One sentence and where it comes from."""

    text: str
    sources: tuple[Source, ...] = Field(min_length=1)
    written_by: Literal["model", "wardround", "reviewer"] = Field(
        default="wardround",
        description="the model's words, checked against the sources; a fixed form, filled in; or the reviewer's words",
    )


class Region(_Model):
    """The findings of one region, in sentences."""

    name: str = Field(description="heading, e.g. Lungs and airways")
    statements: tuple[Statement, ...]


class Differential(_Model):
    """One diagnosis to weigh, with what speaks for and against it."""

    condition: str
    supports: tuple[Statement, ...] = ()
    contradicts: tuple[Statement, ...] = ()


class Change(_Model):
    """How one finding compares with the prior study."""

    finding: str = Field(description="id of the finding; empty where it is only in the prior study")
    name: str
    direction: Direction
    statement: Statement


class Contradiction(_Model):
    """Two places of the report that cannot both be true."""

    kind: Literal["side", "presence", "normality", "comparison", "image and history"]
    message: str
    findings: tuple[str, ...] = ()


class Removed(_Model):
    """Why something that the model wrote is not in the report, and how often."""

    reason: str
    count: int = Field(ge=1)


class ImageInfo(_Model):
    """An image that was looked at."""

    study: Literal["current", "prior"]
    format: str
    modality: str
    kind: str
    body_part: str
    view: str
    date: datetime.date | None = None
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    frames: int
    frames_seen: tuple[int, ...] = Field(description="the frames that the model was shown")
    rows: int
    columns: int
    digest: str = Field(description="SHA-256 of the files")
    steps: tuple[str, ...] = Field(description="how the pixels came to be what the model was shown")
    warnings: tuple[str, ...] = ()


class Provenance(_Model):
    """How the report came to be."""

    wardround: str
    engine: str
    engine_digest: str
    remote: bool = False
    protocol: str
    protocol_reason: str = Field(default="", description="why this protocol: chosen by whom, or by what")
    protocol_digest: str
    history_digest: str = Field(default="", description="SHA-256 of the history; empty where none was given")
    prompt_digests: tuple[str, ...]
    seed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class DraftReport(_Model):
    """A draft report of one imaging study.

    It is preliminary for as long as no person has signed it.
    """

    schema_version: Literal["1"] = "1"
    id: str = Field(description="name of the study's file or folder, or what the caller gave")
    status: Literal["preliminary"] = "preliminary"
    disclaimer: str = DISCLAIMER
    title: str = Field(description="what was examined, e.g. Chest radiograph, PA")
    technique: tuple[Statement, ...] = ()
    clinical_information: tuple[Statement, ...] = ()
    comparison: tuple[Statement, ...] = ()
    findings: tuple[Finding, ...] = ()
    regions: tuple[Region, ...] = ()
    impression: tuple[Statement, ...] = Field(default=(), description="numbered, the most urgent first")
    differential: tuple[Differential, ...] = ()
    recommendations: tuple[Statement, ...] = ()
    changes: tuple[Change, ...] = ()
    not_assessed: tuple[str, ...] = Field(default=(), description="what was asked about and could not be judged")
    limitations: tuple[str, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    removed: tuple[Removed, ...] = ()
    warnings: tuple[str, ...] = ()
    images: tuple[ImageInfo, ...]
    provenance: Provenance
