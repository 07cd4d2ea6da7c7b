"""Who sends a request, and whether its route lets them in: asked before every route."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from wardround.errors import NotPermitted, NotSignedIn
from wardround.server.access.policy import ROLES, Permission, permission_of, permissions_of
from wardround.server.access.sessions import session_digest, session_user
from wardround.server.access.tokens import bearer, digest_of, is_token
from wardround.store import Actor, Token, User

if TYPE_CHECKING:
    from wardround.server.access.denials import Denials
    from wardround.server.services import Services

__all__ = ["Acting", "Identified", "Identity", "authorised", "identity_of", "may"]

_NO_TOKEN = 'Bearer error="invalid_token"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who sends a request.

    Attributes:
        name: to be shown to people.
        permissions: what they may do by this request: less than their role by a token.
        user: of the store; None for the user of this machine who started the server.
        token: that they showed; None for people in a browser.
    """

    actor: Actor
    name: str
    permissions: frozenset[Permission]
    user: User | None = None
    token: Token | None = None


async def authorised(request: Request) -> None:
    """Find out who sends the request, and refuse it unless its route's permission is theirs.

    A route that names no permission is refused to everybody. Refusals are events of the audit trail.

    Raises:
        NotSignedIn: the route is not public, and nobody is signed in, or the token is not valid.
        NotPermitted: somebody is, and may not.
    """
    needed = permission_of(getattr(request.scope.get("route"), "openapi_extra", None))
    if needed == "public":
        return
    identity: Identity | None = getattr(request.state, "identity", None)
    if identity is None and (identity := _own(request)) is not None:
        _remember(request, identity)
    if identity is None or needed not in identity.permissions:
        await run_in_threadpool(_authorise, request, needed)  # it asks the store, or tells it of a refusal


def _authorise(request: Request, needed: Permission | None) -> None:
    denials: Denials = request.app.state.denials
    identity: Identity | None = getattr(request.state, "identity", None)
    if identity is None:
        try:
            identity = _identity(request)
        except NotSignedIn as error:
            denials.refused(request, error.what)
            raise
        _remember(request, identity)
    if needed is None or needed not in identity.permissions:
        denials.refused(request, f"needs {needed}" if needed else "the route names no permission", identity.actor)
        raise NotPermitted(f"this takes the permission {needed}" if needed else "nobody may do this")


def identity_of(user: User, token: Token | None = None) -> Identity:
    """Who acts as a user: with all that their role may do, or with what a token of theirs is limited to."""
    return Identity(
        actor=Actor(id=user.id, role=user.role),
        name=user.name,
        permissions=permissions_of(user.role, token.scopes if token else None),
        user=user,
        token=token,
    )


def may(request: Request, permission: Permission) -> bool:
    """Whether whoever sends this request has a permission; for what a page shows."""
    identity: Identity | None = getattr(request.state, "identity", None)
    return permission == "public" or (identity is not None and permission in identity.permissions)


def _identity(request: Request) -> Identity:
    services: Services = request.app.state.services
    shown = bearer(request.headers)
    if shown is not None:  # a wrong token is refused, whatever else the request brings
        found = services.store.accounts.token_of(digest_of(shown)) if is_token(shown) else None
        if found is None:
            request.state.challenge = _NO_TOKEN
            raise NotSignedIn("the token is not valid", where="Authorization")
        token, owner = found
        return identity_of(owner, token)
    if (own := _own(request)) is not None:
        return own
    user = session_user(request)
    if user is None:
        what = "the session has ended" if session_digest(request) else "nobody is signed in"
        raise NotSignedIn(what, hint="POST /v1/session, or a token in the header Authorization")
    return identity_of(user)


def _own(request: Request) -> Identity | None:
    """Who started the server, where whoever reaches it without a token is that user."""
    services: Services = request.app.state.services
    return None if services.config.auth != "none" or bearer(request.headers) is not None else _starter()


@cache
def _starter() -> Identity:
    """The user of this machine who started the server."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        name = "unknown"
    return Identity(actor=Actor(id=f"os:{name}", role="admin"), name=name, permissions=ROLES["admin"])


def _remember(request: Request, identity: Identity) -> None:
    request.state.identity = identity
    request.state.actor = identity.actor


async def _acting(request: Request) -> Actor:
    actor: Actor = request.state.actor
    return actor


async def _identified(request: Request) -> Identity:
    identity: Identity = request.state.identity
    return identity


Acting = Annotated[Actor, Depends(_acting)]
"""As a parameter of a route, who sends the request."""

Identified = Annotated[Identity, Depends(_identified)]
"""As a parameter of a route, who sends the request and what they may do."""
