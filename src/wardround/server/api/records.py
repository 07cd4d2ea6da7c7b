"""What routes answer with: the store's records as JSON. Times are UTC."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from wardround.coding.result import CodingResult, Encounter
from wardround.reporting.report import DraftReport
from wardround.server import reviewing
from wardround.store.records import JobState, Kind, Reading, Status, Task, Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround import store

__all__ = [
    "Case",
    "Cases",
    "Decision",
    "Document",
    "Drafted",
    "Item",
    "Job",
    "Jobs",
    "Result",
    "Results",
    "Review",
    "Reviews",
]


class _Record(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Document(_Record):
    """A document of a case. Its file's name is not kept."""

    id: str
    role: Literal["note", "image", "history", "prior"]
    media_type: str
    sha256: str
    size: int = Field(description="bytes")


class Case(_Record):
    """A note or a study, and how far its review is."""

    id: str
    kind: Kind
    status: Status
    encounter: Encounter
    external_id: str = Field(description="what another system calls it; empty if none does")
    assignee: str = Field(description="id of the user who is to review it; empty for nobody")
    created: datetime.datetime
    created_by: str
    updated: datetime.datetime
    keep_until: datetime.datetime | None = Field(description="when it may be removed; null for never")
    documents: list[Document]
    results: int = Field(description="how many drafts there are; the last one is the newest")
    job: str = Field(description="id of its newest job; empty if it never had one")
    job_state: JobState | Literal[""] = Field(description="of that job")


class Cases(BaseModel):
    """Some cases, the newest first."""

    cases: list[Case]
    after: str = Field(description="what the query takes as after for the next page; empty on the last one")


class Result(_Record):
    """A draft, as it was made; it is never changed."""

    case: str = Field(description="empty for a note that is not kept")
    number: int = Field(description="from 1 within the case; 0 for a note that is not kept")
    created: datetime.datetime
    created_by: str
    content: CodingResult | DraftReport = Field(description="as wardround schema describes it")


class Results(BaseModel):
    """The drafts of a case, the newest last."""

    results: list[Result]


class Job(_Record):
    """Long work on a case."""

    id: str
    case: str
    task: Task
    options: dict[str, Any]
    state: JobState
    step: str = Field(description="what is being done; empty when it is not running")
    done: int
    total: int = Field(description="how much of the step there is; 0 where that is not known")
    result: int | None = Field(description="number of the result in the case; null until the job is done")
    error: str = Field(description="what was wrong and what to do; empty unless it failed")
    created: datetime.datetime
    created_by: str
    started: datetime.datetime | None
    finished: datetime.datetime | None


class Jobs(BaseModel):
    """Some jobs, the newest first."""

    jobs: list[Job]


class Drafted(BaseModel):
    """A case with its draft, or with the job that makes it; of a note that is not kept the draft alone."""

    case: Case | None = Field(description="null for a note that is not kept")
    result: Result | None = Field(
        description="null while a job makes it, and where whoever asks reviews the case without it first"
    )
    job: Job | None = Field(description="null where the draft is made at once")


class Decision(_Record):
    """What a person decided of one item; a later one on the same item takes its place."""

    number: int
    item: str
    verb: Verb
    value: dict[str, Any] | None
    reason: str
    by: str
    at: datetime.datetime


class Item(_Record):
    """Something of the draft that is still to be decided."""

    id: str
    kind: Literal["code", "finding", "report"]
    name: str
    why: str = Field(description="what is to be decided of it")


class Review(_Record):
    """The review of one result by one person."""

    case: str
    round: int
    result: int = Field(description="number of the result that is reviewed")
    version: int = Field(description="changes with every decision; to be given back with the next one")
    reading: Reading
    blind: bool = Field(description="begun without the suggestions")
    revealed: datetime.datetime | None = Field(description="when the suggestions of a blind one were shown")
    seconds: float = Field(description="that the reviewer worked on it, as pages told")
    opened: datetime.datetime
    opened_by: str
    reason: str = Field(description="of an amendment; else empty")
    signed: datetime.datetime | None
    signed_by: str
    decisions: list[Decision] = Field(
        description="all of them in their order; none of another reader's, to a second reader before she has signed"
    )
    undecided: list[Item] | None = Field(
        default=None,
        description="what must be decided before it can be signed; null in lists, once it is signed, and while the "
        "suggestions are not shown",
    )


class Reviews(BaseModel):
    """All rounds of a case's review, in order."""

    reviews: list[Review]


def review_of(review: store.Review, content: Mapping[str, Any] | None = None) -> Review:
    """A review as it is answered, with what is undecided where its draft is at hand."""
    told = Review.model_validate(review)
    if content is None or review.signed is not None or (review.blind and review.revealed is None):
        return told
    missing = [Item.model_validate(each) for each in reviewing.undecided(content, review)]
    return told.model_copy(update={"undecided": missing})
