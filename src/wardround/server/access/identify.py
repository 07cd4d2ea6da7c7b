"""Who sends a request, and whether its route lets them in: asked before every route."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from wardround.errors import NotPermitted, NotSignedIn
from wardround.server.access.policy import ROLES, Permission, permission_of
from wardround.store import Actor

if TYPE_CHECKING:
    from wardround.server.services import Services

__all__ = ["Acting", "authorise", "may"]


def authorise(request: Request) -> None:
    """Find out who sends the request, and refuse it unless its route's permission is theirs.

    A route that names no permission is refused to everybody.

    Raises:
        NotSignedIn: the route is not public, and nobody is signed in.
        NotPermitted: somebody is, and may not.
    """
    needed = permission_of(getattr(request.scope.get("route"), "openapi_extra", None))
    if needed == "public":
        return
    identified = _identified(request)
    if identified is None:
        raise NotSignedIn("sign in first", hint="POST /v1/session, or a token in the header Authorization")
    request.state.actor, request.state.permissions = identified
    if needed is None or not may(request, needed):
        services: Services = request.app.state.services
        reason = f"needs {needed}" if needed else "the route names no permission"
        services.store.log(request.state.actor, "read", "route", outcome="denied", reason=reason)
        raise NotPermitted(f"this takes the permission {needed}" if needed else "nobody may do this")


def may(request: Request, permission: Permission) -> bool:
    """Whether whoever sends this request has a permission; for what a page shows."""
    return permission == "public" or permission in getattr(request.state, "permissions", ())


def _identified(request: Request) -> tuple[Actor, frozenset[Permission]] | None:
    services: Services = request.app.state.services
    if services.config.auth == "none":
        return Actor(id=f"os:{getpass.getuser()}", role="admin"), ROLES["admin"]
    return None


async def _acting(request: Request) -> Actor:
    actor: Actor = request.state.actor
    return actor


Acting = Annotated[Actor, Depends(_acting)]
"""As a parameter of a route, who sends the request."""
