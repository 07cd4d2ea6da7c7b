"""Reading a study: its files are kept, and a job drafts the report."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, Field
from pydantic.json_schema import SkipJsonSchema

from wardround.images import Kind
from wardround.reporting.protocol import names
from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.api.answers import Answer, problems
from wardround.server.api.bodies import EncounterFields, body, opened_form, parsed
from wardround.server.api.notes import IdempotencyKey, answered
from wardround.server.api.records import Drafted
from wardround.server.api.values import whole
from wardround.server.drafts import draft_study
from wardround.server.limits import FORM_LIMITS, check_pictures
from wardround.server.serving import Serving

__all__ = ["ProtocolName", "router"]

router = APIRouter(prefix="/v1", tags=["drafts"])

if TYPE_CHECKING:
    ProtocolName = str
else:
    ProtocolName = Literal[names()]
    """One of the protocols that come with the program."""

_FILES = FORM_LIMITS["max_files"]
_LONGEST_HISTORY = 100_000  # characters


class _Options(EncounterFields):
    history: Annotated[str, Field(max_length=_LONGEST_HISTORY), AfterValidator(whole)] = Field(
        default="", description="clinical information"
    )
    protocol: ProtocolName | SkipJsonSchema[None] = Field(
        default=None, description="by name; by default chosen by the study and the history"
    )
    kind: Kind | SkipJsonSchema[None] = Field(default=None, description="of plain pictures, which do not tell it")
    locate: bool = Field(default=False, description="also ask where each finding is")


class StudyForm(_Options):
    """The files of a study: DICOM, NIfTI, pictures, or a zip of them."""

    files: list[Annotated[str, Field(json_schema_extra={"format": "binary"})]] = Field(
        min_length=1, max_length=_FILES, description="the study"
    )
    prior: list[Annotated[str, Field(json_schema_extra={"format": "binary"})]] = Field(
        default_factory=list, max_length=_FILES, description="an earlier study, to compare with"
    )


class _Fields(_Options):
    files: list[object] = Field(min_length=1)
    prior: list[object] = Field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A study as it was sent."""

    files: list[BinaryIO]
    prior: list[BinaryIO]
    options: _Options


async def _given(request: Request) -> AsyncIterator[Given]:
    async with opened_form(request, {"files": _FILES, "prior": _FILES}) as fields:
        options = parsed(_Fields, fields)
        check_pictures([*fields["files"], *fields.get("prior", [])])
        yield Given(files=fields["files"], prior=fields.get("prior", []), options=options)


@router.post(
    "/studies:read",
    operation_id="studies_read",
    openapi_extra=permits("cases:write", **body(form=StudyForm)),
    response_model=Drafted,
    status_code=202,
    responses=problems(
        400,
        415,
        422,
        _409="The key was used before, with another study or other options",
        _503="There is no model that sees images",
        also={200: {"model": Drafted, "description": "The study was sent before with this key, and is drafted"}},
    ),
)
def read_study(
    given: Annotated[Given, Depends(_given)],
    serving: Serving,
    acting: Acting,
    idempotency_key: IdempotencyKey = None,
) -> Answer:
    """Keep a study as a case, and draft its report by a job. Takes a model that sees images."""
    options = given.options
    made = draft_study(
        serving,
        acting,
        given.files,
        options.known(),
        prior=given.prior,
        history=options.history,
        protocol=options.protocol,
        kind=options.kind,
        locate=options.locate,
        external_id=options.external_id,
        idempotency_key=idempotency_key or "",
    )
    return answered(made, serving, acting)
