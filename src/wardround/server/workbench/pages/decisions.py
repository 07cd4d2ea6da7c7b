"""What the pages of both reviews send besides the REST routes: taking back the last decision, and time worked."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from wardround.errors import StoreConflict
from wardround.server import blinding
from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.api.values import Ordinal
from wardround.server.serving import Serving
from wardround.server.workbench.undo import steps_back

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_WORKED = 120.0  # seconds that a page tells at a time, at most


class Turn(BaseModel):
    """Which review is meant, as the page last saw it."""

    round: Ordinal
    version: Ordinal


class Worked(BaseModel):
    """Time that somebody worked on a review."""

    round: Ordinal
    seconds: float = Field(gt=0, le=_WORKED)


@router.post("/cases/{case}/undo", openapi_extra=permits("reviews:write"))
def undo(case: str, turn: Turn, serving: Serving, acting: Acting) -> JSONResponse:
    """Take back the last decision of whoever asks, in a review as they last saw it."""
    store = serving.store
    review = blinding.review(store, acting, case, turn.round)
    if review.version != turn.version:
        raise StoreConflict("somebody else decided in the meantime", where=case, hint="look at the review again")
    steps = steps_back(review, acting.id)
    if not steps:
        raise StoreConflict("there is nothing of yours to take back", where=case)
    for step in steps:
        review = store.decide(
            acting,
            case,
            step.item,
            step.verb,
            value=step.value,
            reason=step.reason,
            version=review.version,
            round=turn.round,
        )
    return JSONResponse({"version": review.version, "item": steps[0].item})


@router.post("/cases/{case}/worked", openapi_extra=permits("reviews:write"))
def worked(case: str, told: Worked, serving: Serving, acting: Acting) -> Response:
    """Add to the time that was spent on a review."""
    serving.store.worked(acting, case, told.round, told.seconds)
    return Response(status_code=204)
