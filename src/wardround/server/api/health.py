"""Whether the server is alive, and whether it can work."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from wardround import __version__
from wardround.server.access.policy import permits

__all__ = ["router"]

router = APIRouter(tags=["server"])


class Health(BaseModel):
    """That the server answers."""

    status: Literal["ok"] = "ok"
    version: str = __version__


@router.get("/health", openapi_extra=permits("public"))
def health() -> Health:
    """Whether the process is alive. Asks nothing else."""
    return Health()
