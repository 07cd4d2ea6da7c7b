"""Coding a note: at once, or by a job where it takes long or a model is to help."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

from fastapi import APIRouter, Depends, Header, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from wardround.coding.result import Encounter
from wardround.errors import NotPermitted
from wardround.server import blinding
from wardround.server.access.identify import Acting, may
from wardround.server.access.policy import permits
from wardround.server.api.answers import Answer, joined, problems
from wardround.server.api.bodies import EncounterFields, EncounterGiven, Key, body, media_type, opened_form, parsed
from wardround.server.api.records import Case, Drafted, Job, Result
from wardround.server.api.values import whole
from wardround.server.drafts import Made, draft_note, draft_only
from wardround.server.serving import Serving
from wardround.settings import NOTE_LIMIT
from wardround.store.packing import Json

if TYPE_CHECKING:
    from wardround.server.services import Services
    from wardround.store import Actor

__all__ = ["IdempotencyKey", "answered", "router"]

router = APIRouter(prefix="/v1", tags=["drafts"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern="^[!-~]([ -~]*[!-~])?$",
        description="by which a repeated request is known: with the same body and options it gives the same case",
        examples=["visit-4711-note-1"],
    ),
]


class NoteText(BaseModel):
    """A note as text."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"text": "ASSESSMENT\nAcute appendicitis.", "encounter": {"age": 31}}]},
    )

    text: Annotated[str, Field(min_length=1, max_length=NOTE_LIMIT), AfterValidator(whole)]
    encounter: EncounterGiven = Field(default_factory=EncounterGiven)
    scope: Literal["encounter", "mentions"] = "encounter"
    engine: bool = Field(default=False, description="whether the model helps; then a job makes the draft")
    external_id: Key = Field(default="", description="what another system calls the case")
    keep: bool = Field(default=True, description="whether a case is made of it; else only the draft is answered")


class NoteForm(EncounterFields):
    """A note as a file: text, PDF, a picture of a page, DOCX, RTF, HTML, C-CDA or FHIR JSON."""

    file: str = Field(json_schema_extra={"format": "binary"}, description="the note; scanned or many pages take a job")
    scope: Literal["encounter", "mentions"] = "encounter"
    engine: bool = Field(default=False, description="whether the model helps; then a job makes the draft")
    keep: bool = Field(default=True, description="whether a case is made of it; else only the draft is answered")


class _Fields(EncounterFields):
    scope: Literal["encounter", "mentions"] = "encounter"
    engine: bool = False
    keep: bool = True
    file: list[object] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A note as it was sent, in either form."""

    note: str | BinaryIO
    encounter: Encounter
    scope: Literal["encounter", "mentions"]
    engine: bool
    external_id: str
    keep: bool


async def _given(request: Request) -> AsyncIterator[Given]:
    if media_type(request) == "application/json":
        text = parsed(NoteText, await request.body())
        yield Given(
            note=text.text,
            encounter=text.encounter.known(),
            scope=text.scope,
            engine=text.engine,
            external_id=text.external_id,
            keep=text.keep,
        )
        return
    if media_type(request) != "multipart/form-data":
        raise HTTPException(415, "the body must be application/json or multipart/form-data")
    async with opened_form(request, {"file": 1}) as fields:
        form = parsed(_Fields, fields)
        yield Given(
            note=fields["file"][0],
            encounter=form.known(),
            scope=form.scope,
            engine=form.engine,
            external_id=form.external_id,
            keep=form.keep,
        )


@router.post(
    "/notes:code",
    operation_id="notes_code",
    openapi_extra=permits("notes:code", **body(json=NoteText, form=NoteForm)),
    response_model=Drafted,
    status_code=201,
    responses=problems(
        400,
        415,
        422,
        503,
        _409="The key was used before, with another note or other options",
        also={
            200: {"model": Drafted, "description": "The note is not kept, or was sent before with this key"},
            202: {"model": Drafted, "description": "A job makes the draft"},
        },
    ),
)
def code_note(
    given: Annotated[Given, Depends(_given)],
    request: Request,
    serving: Serving,
    acting: Acting,
    idempotency_key: IdempotencyKey = None,
) -> Answer:
    """The ICD-10-CM codes of a note, each with its quote; kept as a case to be reviewed, unless ``keep`` is false."""
    if not given.keep:
        coded = draft_only(serving, given.note, given.encounter, scope=given.scope, engine=given.engine)
        serving.store.log(acting, "query", "note", codes=len(coded.codes))
        now = datetime.datetime.now(datetime.UTC)
        result = Result(case="", number=0, created=now, created_by=acting.id, content=coded)
        return Answer(Drafted(case=None, result=result, job=None))
    if not may(request, "cases:write"):
        raise NotPermitted("keeping a case takes the permission cases:write", hint="keep=false")
    made = draft_note(
        serving,
        acting,
        given.note,
        given.encounter,
        scope=given.scope,
        engine=given.engine,
        external_id=given.external_id,
        idempotency_key=idempotency_key or "",
    )
    return answered(made, serving, acting)


def answered(made: Made, serving: Services, acting: Actor) -> Answer:
    """A case with its draft or its job, as it is answered; without the draft where somebody may not see it yet."""
    case, result = Case.model_validate(made.case), made.result
    job = None if made.job is None else Job.model_validate(made.job)
    status = 202 if job else 200 if made.case.replayed else 201
    if result is not None:
        share = made.case.blind_share  # where the case was added just now, so that nobody has begun its review
        if share is None:
            hidden = blinding.hidden(serving.store, acting, case.id)
        else:
            hidden = blinding.hidden_at_first(acting, case.id, share)
        result = None if hidden else result
    if result is not None and isinstance(result.content, Json):  # as it is answered, and not checked again
        about = {name: getattr(result, name) for name in ("case", "number", "created", "created_by")}
        known = Result.model_construct(**about, content=None).model_dump_json(by_alias=True, exclude={"content"})
        told = joined(
            case=case.model_dump_json(by_alias=True).encode(),
            result=known[:-1].encode() + b',"content":' + result.content.text + b"}",
            job=b"null",
        )
        return Answer(told, status, location=made.location)
    drafted = Drafted(case=case, result=None if result is None else Result.model_validate(result), job=job)
    return Answer(drafted, status, location=made.location)
