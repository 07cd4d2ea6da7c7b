"""Jobs: long work on cases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.api.answers import Answer, problems
from wardround.server.api.records import Job, Jobs
from wardround.server.api.values import JobId, Limit
from wardround.server.serving import Serving
from wardround.store.records import JobState

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["jobs"])


@router.get("/jobs", operation_id="jobs_list", openapi_extra=permits("cases:read"), response_model=Jobs)
def list_jobs(
    serving: Serving,
    acting: Acting,
    case: Annotated[str, Query(pattern="^([0-9a-f]{32})?$", description="id of a case; empty for all")] = "",
    state: Annotated[JobState | None, Query(description="only those in this state")] = None,
    limit: Limit = 100,
) -> Answer:
    """Jobs, the newest first."""
    found = serving.store.jobs.jobs(acting, case, state, limit)
    return Answer(Jobs(jobs=[Job.model_validate(each) for each in found]))


@router.get(
    "/jobs/{job:id}",
    operation_id="jobs_get",
    openapi_extra=permits("cases:read"),
    response_model=Job,
    responses=problems(404),
)
def get_job(job: JobId, serving: Serving, acting: Acting) -> Answer:
    """A job, and how far it is."""
    return Answer(Job.model_validate(serving.store.jobs.job(acting, job)))


@router.post(
    "/jobs/{job:id}:cancel",
    operation_id="jobs_cancel",
    openapi_extra=permits("cases:write"),
    response_model=Job,
    responses=problems(404, _409="The job is done or failed"),
)
def cancel_job(job: JobId, serving: Serving, acting: Acting) -> Answer:
    """Stop a job; what it is doing at the moment may take until its next step."""
    cancelled = serving.store.jobs.cancel(acting, job)
    serving.jobs.cancel(job)
    return Answer(Job.model_validate(cancelled))
