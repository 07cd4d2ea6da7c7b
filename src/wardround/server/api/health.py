"""Whether the server is alive, whether it can work, and what it has done."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel

from wardround import __version__, icd10
from wardround.errors import WardroundError
from wardround.server.access.policy import permits
from wardround.server.limits import FREE_SPACE
from wardround.server.metrics import CONTENT_TYPE
from wardround.server.problems import Problem, answer, problem
from wardround.server.services import Services
from wardround.server.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["router"]

router = APIRouter(tags=["server"])


class Health(BaseModel):
    """That the server answers."""

    status: Literal["ok"] = "ok"
    version: str = __version__


class Ready(BaseModel):
    """That the server can work."""

    status: Literal["ready"] = "ready"
    release: str


@router.get("/health", operation_id="health", openapi_extra=permits("public"))
def health() -> Health:
    """Whether the process is alive. Asks nothing else."""
    return Health()


@router.get(
    "/ready",
    operation_id="ready",
    openapi_extra=permits("public"),
    response_model=Ready,
    responses={503: {"model": Problem, "description": "It cannot work; the problem names the parts that fail."}},
)
def ready(serving: Serving) -> Ready | Response:
    """Whether the server can work: database, code set, disk, jobs."""
    failing = [{"where": name, "what": what} for name, check in _PARTS.items() if (what := _checked(check, serving))]
    if failing:
        return answer(problem(503, "the server cannot work", retryable=True, errors=failing))
    return Ready(release=icd10.load().release.id)


@router.get(
    "/metrics",
    operation_id="metrics",
    openapi_extra=permits("metrics:read"),
    response_class=PlainTextResponse,
    responses={200: {"description": "In Prometheus's text format.", "content": {"text/plain": {}}}},
)
def metrics(serving: Serving) -> Response:
    """Numbers about the server, none of them about a patient."""
    states = [job.state for job in serving.store.jobs.unfinished()]
    return Response(serving.metrics.text(serving.store.folder, states), media_type=CONTENT_TYPE)


def _database(services: Services) -> str:
    services.store.jobs.unfinished()
    return ""


def _code_set(services: Services) -> str:
    icd10.load()
    return ""


def _disk(services: Services) -> str:
    return "" if shutil.disk_usage(services.store.folder).free >= FREE_SPACE else "it is nearly full"


def _jobs(services: Services) -> str:
    return "" if services.jobs.alive else "they do not run"


_PARTS: dict[str, Callable[[Services], str]] = {
    "database": _database,
    "code set": _code_set,
    "disk": _disk,
    "jobs": _jobs,
}
"""Part of the server → what is wrong with it; nothing if it works."""


def _checked(check: Callable[[Services], str], services: Services) -> str:
    try:
        return check(services)
    except WardroundError as error:
        return error.what
    except OSError:
        return "it cannot be read"
