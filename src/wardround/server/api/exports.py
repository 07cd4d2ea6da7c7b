"""Exports: a case's draft, or what was signed of it, in the formats of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from wardround.export import formats
from wardround.export.reports import report_formats
from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.api.answers import problems
from wardround.server.api.values import CaseId
from wardround.server.exporting import MEDIA_TYPES, exported
from wardround.server.serving import Serving

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["exports"])

if TYPE_CHECKING:
    Format = str
else:
    Format = Literal[tuple(dict.fromkeys((*formats(), *report_formats())))]


@router.get(
    "/cases/{case:id}/export",
    operation_id="cases_export",
    openapi_extra=permits("cases:export"),
    response_class=Response,
    responses=problems(
        _404="There is no such case, or nothing was drafted of it yet",
        _409="Nothing is signed, the case is deleted, or its suggestions are not to be seen yet",
        _422="Something that was sent cannot be used, or the format is not for this kind of case",
        also={
            200: {
                "description": "The document; its name says whether it is a draft",
                "content": {
                    kind: {
                        "schema": {"type": "object"}
                        if kind.endswith("json")
                        else {"type": "string", "format": "binary"}
                    }
                    for kind in sorted(set(MEDIA_TYPES.values()))
                },
                "headers": {
                    "Wardround-Status": {
                        "description": "draft, or signed by a person",
                        "schema": {"type": "string", "enum": ["draft", "signed"]},
                    }
                },
            }
        },
    ),
)
def export_case(
    case: CaseId,
    serving: Serving,
    acting: Acting,
    format: Annotated[
        Format,
        Query(
            description="of a note json, csv, markdown, queries, fhir or pdf; of a study markdown, json, html, pdf, "
            "fhir, dicom-sr or secondary-capture"
        ),
    ] = "json",
    of: Annotated[
        Literal["signed", "draft"] | None,
        Query(description="what was signed, or the newest draft; by default what was signed, if anything was"),
    ] = None,
) -> Response:
    """A document of a case. A draft says that it is one."""
    document = exported(serving, acting, case, format, of)
    headers: dict[str, Any] = {
        "Content-Disposition": f'attachment; filename="{document.name}"',
        "Wardround-Status": document.status,
        "X-Content-Type-Options": "nosniff",
    }
    response = Response(document.content, headers=headers)
    response.headers["Content-Type"] = document.media_type
    return response
