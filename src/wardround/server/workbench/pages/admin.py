"""Running the place: users, how long cases are kept, and the audit trail."""

from __future__ import annotations

import datetime
from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, BeforeValidator, Field

from wardround.server.access.identify import Acting
from wardround.server.access.passwords import SHORTEST
from wardround.server.access.policy import permits
from wardround.server.serving import Serving
from wardround.server.workbench.rendering import name_of, render
from wardround.store.records import ACTIONS, ROLES

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_PAGE = 100  # events


@router.get("/admin", openapi_extra=permits("users:manage"))
def admin(request: Request, serving: Serving) -> HTMLResponse:
    """Users with their roles, the retention of cases, and how reviews begin."""
    return render(
        request,
        "admin.html",
        users=serving.store.accounts.users(),
        roles=ROLES,
        shortest=SHORTEST,
        days=serving.store.retention(),
        blind=serving.store.blind_share(),
    )


class Asked(BaseModel):
    """Which events of the audit trail are shown; the query of its address."""

    actor: Annotated[str, Field(max_length=100)] = ""
    action: Literal["", "create", "read", "update", "delete", "query", "sign", "export", "login"] = ""
    resource: Annotated[str, Field(max_length=100)] = ""
    since: Annotated[datetime.date | None, BeforeValidator(lambda told: told or None)] = None
    until: Annotated[datetime.date | None, BeforeValidator(lambda told: told or None), Field(lt=datetime.date.max)] = (
        None
    )
    after: Annotated[int, Field(ge=0, le=2**53)] = 0


@router.get("/admin/audit", openapi_extra=permits("audit:read"))
def audit(request: Request, serving: Serving, acting: Acting, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The audit trail from a day on, the oldest event first. Reading it is an event, too."""
    today = datetime.datetime.now(datetime.UTC).date()
    since = asked.since or asked.until or today
    until = asked.until or today
    serving.store.log(
        acting, "query", "audit", of_action=asked.action, of_actor=bool(asked.actor), of_resource=bool(asked.resource)
    )
    events = serving.store.events(
        actor=_id_of(serving, asked.actor.strip()),
        action=asked.action,
        resource=asked.resource.strip(),
        since=_midnight(since),
        until=_midnight(until) + datetime.timedelta(days=1),
        after=asked.after,
    )
    found = list(islice(events, _PAGE + 1))
    shown = found[:_PAGE]
    return render(
        request,
        "audit.html",
        asked=asked,
        since=since,
        until=until,
        events=shown,
        further=shown[-1].sequence if len(found) > _PAGE else 0,
        actions=ACTIONS,
        names={id: name_of(request, id) for id in {event.actor for event in shown}},
    )


def _id_of(serving: Serving, actor: str) -> str:
    """The id of a user whom somebody named; programs are known by what they are called."""
    user = serving.store.accounts.user_named(actor) if actor else None
    return user.id if user else actor


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)
