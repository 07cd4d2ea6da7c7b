"""Cases: the list, each one with its documents and drafts, to whom it is given, and putting it away."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from wardround.server import blinding
from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.api.answers import Answer, problems
from wardround.server.api.notes import answered
from wardround.server.api.records import Case, Cases, Drafted, Result, Results
from wardround.server.api.studies import ProtocolName
from wardround.server.api.values import CaseId, DocumentId, Limit, Number, Reason, Search
from wardround.server.drafts import draft_again
from wardround.server.serving import Serving
from wardround.store.records import Kind, Status

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["cases"])

_SHOWN = {"text/plain", "application/pdf", "application/dicom", "image/png", "image/jpeg", "image/tiff", "image/webp"}
"""Types of documents that no browser runs; others are sent as bytes."""


class Assignment(BaseModel):
    """To whom a case is given."""

    model_config = ConfigDict(extra="forbid", strict=True)

    user: str = Field(default="", pattern="^([0-9a-f]{32})?$", description="id of a user; empty for nobody")


class Reasoned(BaseModel):
    """Why something is done, for the audit trail: words of procedure, never patient text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Reason = ""


class DraftOptions(BaseModel):
    """How another draft is to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    scope: Literal["encounter", "mentions"] = Field(default="encounter", description="of a note: what is coded")
    engine: bool = Field(default=False, description="of a note: whether the model helps")
    protocol: ProtocolName | None = Field(
        default=None, description="of a study: name of the protocol; null to choose one"
    )
    locate: bool = Field(default=False, description="of a study: whether the model is asked where findings are")


@router.get("/cases", operation_id="cases_list", openapi_extra=permits("cases:read"), response_model=Cases)
def list_cases(
    serving: Serving,
    acting: Acting,
    status: Annotated[Status | None, Query(description="without it all but the deleted ones")] = None,
    kind: Annotated[Kind | None, Query(description="only notes, or only studies")] = None,
    assignee: Annotated[
        str | None, Query(pattern="^([0-9a-f]{32}|none)$", description="id of a user, or none for nobody's cases")
    ] = None,
    search: Annotated[Search, Query(description="how the case's id or its external id begins")] = "",
    after: Annotated[
        str,
        Query(
            pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00/[0-9a-f]{32})?$",
            description="where the page before ended, as it told",
        ),
    ] = "",
    limit: Limit = 50,
) -> Answer:
    """One page of cases, the newest first."""
    page = serving.store.cases(
        acting,
        status=status,
        kind=kind,
        assignee="" if assignee == "none" else assignee,
        search=search,
        after=after,
        limit=limit,
    )
    return Answer(Cases(cases=[Case.model_validate(each) for each in page.cases], after=page.after))


@router.get(
    "/cases/{case:id}",
    operation_id="cases_get",
    openapi_extra=permits("cases:read"),
    response_model=Case,
    responses=problems(404),
)
def get_case(case: CaseId, serving: Serving, acting: Acting) -> Answer:
    """A case; also a deleted one, until it is removed."""
    return Answer(Case.model_validate(serving.store.case(acting, case)))


@router.delete(
    "/cases/{case:id}",
    operation_id="cases_delete",
    openapi_extra=permits("cases:delete"),
    response_model=Case,
    responses=problems(404, _409="It is deleted already"),
)
def delete_case(
    case: CaseId,
    serving: Serving,
    acting: Acting,
    reason: Annotated[Reason, Query(description="words of procedure, never patient text")] = "",
) -> Answer:
    """Put a case away. It can be restored for 30 days; then it may be removed for good."""
    return Answer(Case.model_validate(serving.store.delete(acting, case, reason)))


@router.post(
    "/cases/{case:id}:restore",
    operation_id="cases_restore",
    openapi_extra=permits("cases:delete"),
    response_model=Case,
    responses=problems(404),
)
def restore_case(case: CaseId, given: Reasoned, serving: Serving, acting: Acting) -> Answer:
    """Take a deleted case back as it was; one that is not deleted stays as it is."""
    return Answer(Case.model_validate(serving.store.restore_deleted(acting, case, given.reason)))


@router.post(
    "/cases/{case:id}:assign",
    operation_id="cases_assign",
    openapi_extra=permits("cases:assign"),
    response_model=Case,
    responses=problems(_404="There is no such case or user", _409="The case is deleted"),
)
def assign_case(case: CaseId, given: Assignment, serving: Serving, acting: Acting) -> Answer:
    """Give a case to a user, or to nobody."""
    return Answer(Case.model_validate(serving.store.assign(acting, case, given.user)))


@router.post(
    "/cases/{case:id}:draft",
    operation_id="cases_draft",
    openapi_extra=permits("cases:write"),
    response_model=Drafted,
    status_code=201,
    responses=problems(
        404, 503, _409="The case is deleted", also={202: {"model": Drafted, "description": "A job makes the draft"}}
    ),
)
def draft_case(case: CaseId, given: DraftOptions, serving: Serving, acting: Acting) -> Answer:
    """Make another draft of a case. Those that are there stay, and so do their reviews."""
    kept = serving.store.case(acting, case)
    made = draft_again(
        serving, acting, kept, scope=given.scope, engine=given.engine, protocol=given.protocol, locate=given.locate
    )
    return answered(made, serving, acting)


@router.get(
    "/cases/{case:id}/documents/{document:id}",
    operation_id="cases_document",
    openapi_extra=permits("cases:read"),
    response_class=StreamingResponse,
    responses=problems(
        404,
        _409="The case is deleted",
        also={
            200: {
                "description": "The document",
                "content": {
                    kind: {"schema": {"type": "string", "format": "binary"}}
                    for kind in (*sorted(_SHOWN), "application/octet-stream")
                },
            }
        },
    ),
)
def get_document(case: CaseId, document: DocumentId, serving: Serving, acting: Acting) -> StreamingResponse:
    """The content of a document, as it was put there."""
    kept = next((each for each in serving.store.case(acting, case).documents if each.id == document), None)
    chunks = serving.store.document_chunks(acting, case, document)
    media_type = kept.media_type if kept is not None and kept.media_type in _SHOWN else "application/octet-stream"
    headers = {"Content-Disposition": f'attachment; filename="{document}"', "X-Content-Type-Options": "nosniff"}
    if kept is not None:
        headers["Content-Length"] = str(kept.size)
    response = StreamingResponse(chunks, media_type=media_type, headers=headers)
    response.headers["Content-Type"] = media_type  # without a charset: it is told as it was put there
    return response


@router.get(
    "/cases/{case:id}/results",
    operation_id="cases_results",
    openapi_extra=permits("cases:read"),
    response_model=Results,
    responses=problems(404, _409="The case is deleted, or its suggestions are not to be seen yet"),
)
def list_results(case: CaseId, serving: Serving, acting: Acting) -> Answer:
    """The drafts of a case in their order; of more than 20 the newest 20."""
    blinding.refuse_blind(serving.store, acting, case)
    last = serving.store.case(acting, case).results
    found = (blinding.result(serving.store, acting, case, number) for number in range(max(1, last - 19), last + 1))
    return Answer(Results(results=[Result.model_validate(each) for each in found]))


@router.get(
    "/cases/{case:id}/results/{number:int}",
    operation_id="cases_result",
    openapi_extra=permits("cases:read"),
    response_model=Result,
    responses=problems(404, _409="The case is deleted, or its suggestions are not to be seen yet"),
)
def get_result(case: CaseId, number: Number, serving: Serving, acting: Acting) -> Answer:
    """A draft of a case."""
    return Answer(Result.model_validate(blinding.result(serving.store, acting, case, number)))
