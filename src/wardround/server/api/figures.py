"""How people decided, and how many cases are reviewed without suggestions first."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.api.values import integral
from wardround.server.figures import Figures, figures
from wardround.server.serving import Serving

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["reviews"])


class Reviewing(BaseModel):
    """How reviews begin.

    Attributes:
        blind_percent: of how many cases in a hundred the suggestions are shown only after the reviewer gave her own.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    blind_percent: Annotated[int, Field(ge=0, le=100), BeforeValidator(integral)]


@router.get("/figures", operation_id="figures_get", openapi_extra=permits("figures:read"))
def get_figures(
    serving: Serving,
    since: Annotated[datetime.date | None, Query(description="signed on this day or later, UTC")] = None,
    until: Annotated[datetime.date | None, Query(description="signed before this day, UTC")] = None,
) -> Figures:
    """How people decided: acceptance, time, agreement, precision, with and without suggestions."""
    return figures(serving.store.figures(_midnight(since), _midnight(until)))


@router.get("/reviewing", operation_id="reviewing_get", openapi_extra=permits("users:manage"))
def reviewing(serving: Serving) -> Reviewing:
    """How reviews begin."""
    return Reviewing(blind_percent=serving.store.blind_share())


@router.put("/reviewing", operation_id="reviewing_put", openapi_extra=permits("users:manage"))
def set_reviewing(given: Reviewing, serving: Serving, acting: Acting) -> Reviewing:
    """Set how reviews begin; those that have begun stay as they are."""
    serving.store.set_blind_share(acting, given.blind_percent)
    return given


def _midnight(day: datetime.date | None) -> datetime.datetime | None:
    return None if day is None else datetime.datetime.combine(day, datetime.time(), datetime.UTC)
