"""How long cases are kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.serving import Serving

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["access"])


class Retention(BaseModel):
    """How long cases are kept that are added from now on.

    Attributes:
        days: null for always.
    """

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=36_500)] | None


@router.get("/retention", operation_id="retention_get", openapi_extra=permits("users:manage"))
def retention(serving: Serving) -> Retention:
    """How long cases are kept that are added from now on."""
    return Retention(days=serving.store.retention())


@router.put("/retention", operation_id="retention_set", openapi_extra=permits("users:manage"))
def set_retention(given: Retention, serving: Serving, acting: Acting) -> Retention:
    """Set how long cases are kept; those that are there already keep their time."""
    serving.store.set_retention(acting, given.days)
    return given
