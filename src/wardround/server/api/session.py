"""Signing in and out, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from wardround.errors import StoreConflict
from wardround.server.access.identify import Acting, Identified, Identity, identity_of
from wardround.server.access.passwords import LONGEST
from wardround.server.access.policy import PERMISSIONS, Permission, permits
from wardround.server.access.sessions import begin_session, end_session
from wardround.server.access.sign_in import user_of
from wardround.server.config import Auth
from wardround.server.problems import Problem
from wardround.server.serving import Serving
from wardround.store import Role

if TYPE_CHECKING:
    from wardround.server.config import Config

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["access"])

Named = Annotated[str, Field(min_length=1, max_length=100)]


class Password(BaseModel):
    """A name and its password."""

    model_config = ConfigDict(extra="forbid")

    name: Named
    password: SecretStr = Field(max_length=LONGEST)


class Me(BaseModel):
    """Who sends the request.

    Attributes:
        id: as the audit trail names them.
        permissions: what they may do by this request.
        auth: how people sign in here.
        token: id of the token that was shown; None for people in a browser.
    """

    id: str
    name: str
    role: Role
    permissions: list[Permission]
    auth: Auth
    token: str | None


@router.get("/me", operation_id="me_get", openapi_extra=permits("signed-in"))
def me(identity: Identified, serving: Serving) -> Me:
    """Who sends the request, and what they may do."""
    return _me(identity, serving.config)


@router.post(
    "/session",
    operation_id="session_open",
    status_code=201,
    openapi_extra=permits("public"),
    responses={
        401: {"model": Problem, "description": "The name or the password is wrong"},
        409: {"model": Problem, "description": "Nobody signs in here with a password"},
        429: {"model": Problem, "description": "Too many wrong passwords"},
        503: {"model": Problem, "description": "Too many sign in at once"},
    },
)
def sign_in(given: Password, request: Request, response: Response, serving: Serving) -> Me:
    """Sign in with a password; the answer sets the cookie of the session."""
    if serving.config.auth != "local":
        hint = "go to /sign-in/oidc" if serving.config.auth == "oidc" else ""
        raise StoreConflict("nobody signs in here with a password", hint=hint)
    state = request.app.state
    user = user_of(serving, state.passwords, state.denials, given.name, given.password.get_secret_value())
    begin_session(request, response, user)
    return _me(identity_of(user), serving.config)


@router.delete("/session", operation_id="session_close", status_code=204, openapi_extra=permits("signed-in"))
def sign_out(request: Request, response: Response, acting: Acting) -> None:
    """Sign out."""
    end_session(request, response, acting)


def _me(identity: Identity, config: Config) -> Me:
    return Me(
        id=identity.actor.id,
        name=identity.name,
        role=identity.actor.role or "admin",
        permissions=[each for each in PERMISSIONS if each in identity.permissions],
        auth=config.auth,
        token=identity.token.id if identity.token else None,
    )
