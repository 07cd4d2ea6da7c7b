"""The audit trail: who read and changed what."""

from __future__ import annotations

import datetime
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.serving import Serving
from wardround.store import Event
from wardround.store.records import Action, Outcome

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["access"])

Id = Annotated[str, Query(max_length=100)]


class AuditEvent(BaseModel):
    """One event.

    Attributes:
        sequence: from 1, without gaps.
        actor: id of a user, or of a program: ``system``, ``os:maria``; ``anonymous`` for nobody known.
        kind: of the resource: ``case``, ``user``, ``route`` …
        reason: why it was done, or why it was denied.
        hash: SHA-256 of the event before with this one.
    """

    sequence: int
    at: datetime.datetime
    actor: str
    role: str
    action: Action
    kind: str
    resource: str
    outcome: Outcome
    reason: str
    details: dict[str, Any]
    previous: str
    hash: str


class AuditPage(BaseModel):
    """Events, the oldest first.

    Attributes:
        after: for the next page; null on the last one.
    """

    events: list[AuditEvent]
    after: int | None


@router.get("/audit", operation_id="audit_list", openapi_extra=permits("audit:read"))
def audit(
    serving: Serving,
    acting: Acting,
    actor: Id = "",
    action: Action | None = None,
    resource: Id = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPage:
    """Events of the audit trail as chosen, ``since`` ≤ time < ``until``, the oldest first. Reading it is one, too."""
    # not what was asked for: that may be anything
    told = {"of_actor": bool(actor), "of_action": action or "", "of_resource": bool(resource)}
    chosen_by = {name: value for name, value in told.items() if value}
    serving.store.log(acting, "query", "audit", "", outcome="success", reason="", **chosen_by)
    chosen = serving.store.events(
        actor=actor, action=action or "", resource=resource, since=since, until=until, after=after
    )
    found = list(islice(chosen, limit + 1))
    return AuditPage(
        events=[_event(each) for each in found[:limit]], after=found[limit - 1].sequence if len(found) > limit else None
    )


def _event(event: Event) -> AuditEvent:
    return AuditEvent(**{name: getattr(event, name) for name in AuditEvent.model_fields})
