"""Tokens by which programs act for a user."""

from __future__ import annotations

import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from wardround.errors import InputError, NotPermitted, StoreConflict, UnknownRecord
from wardround.server.access.identify import Identified, Identity
from wardround.server.access.policy import SCOPES, permits
from wardround.server.access.tokens import digest_of, new_token
from wardround.server.problems import Problem
from wardround.server.services import Services
from wardround.server.serving import Serving
from wardround.store import Token

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["access"])

Scope = Literal[*SCOPES]  # type: ignore[valid-type]


class ApiToken(BaseModel):
    """A token, without what its bearer shows.

    Attributes:
        user: id of its owner.
        expires, used, revoked: null for never.
    """

    id: str
    user: str
    name: str
    scopes: list[str]
    created: datetime.datetime
    expires: datetime.datetime | None
    used: datetime.datetime | None
    revoked: datetime.datetime | None


class ApiTokens(BaseModel):
    """Tokens, the newest first; also those that are valid no longer."""

    tokens: list[ApiToken]


class NewToken(BaseModel):
    """A token to be.

    Attributes:
        name: what it is for.
        scopes: what its bearer may do, as far as its owner's role may.
        expires: null for never.
        user: id of its owner; without one, who sends the request.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES))
    expires: AwareDatetime | None = None
    user: str = ""


class ShownToken(ApiToken):
    """A new token.

    Attributes:
        token: for the header ``Authorization: Bearer …``; shown this once.
    """

    token: str


@router.get("/tokens", operation_id="tokens_list", openapi_extra=permits("signed-in"))
def tokens(serving: Serving, identity: Identified) -> ApiTokens:
    """Your own tokens; all of them for those who manage users."""
    user = "" if "users:manage" in identity.permissions else identity.actor.id
    return ApiTokens(tokens=[_told(each) for each in serving.store.accounts.tokens(user)])


@router.post(
    "/tokens",
    operation_id="tokens_add",
    status_code=201,
    openapi_extra=permits("signed-in"),
    responses={
        404: {"model": Problem, "description": "There is no such user"},
        409: {"model": Problem, "description": "Who sends the request is no user of the store"},
    },
)
def add_token(given: NewToken, serving: Serving, identity: Identified) -> ShownToken:
    """Make a token; a program that shows one acts for its owner, within the token's scopes."""
    if identity.token is not None:
        raise NotPermitted("a token cannot make tokens", hint="sign in")
    if given.user and given.user != identity.actor.id and "users:manage" not in identity.permissions:
        raise NotPermitted("tokens of others take the permission users:manage")
    if not given.user and identity.user is None:
        raise StoreConflict("you are no user of the store", where="user", hint="name the user it is for")
    if given.expires is not None and given.expires <= datetime.datetime.now(datetime.UTC):
        raise InputError("it would be expired already", where="expires")
    token = new_token()
    owner = given.user or identity.actor.id
    kept = serving.store.accounts.add_token(
        identity.actor, owner, given.name, given.scopes, digest_of(token), given.expires
    )
    return ShownToken(**_told(kept).model_dump(), token=token)


@router.delete(
    "/tokens/{token}",
    operation_id="tokens_revoke",
    openapi_extra=permits("signed-in"),
    responses={404: {"model": Problem, "description": "There is no such token, or it is somebody else's"}},
)
def revoke_token(token: str, serving: Serving, identity: Identified) -> ApiToken:
    """Make a token of yours invalid; any, if you manage users. A token by itself revokes none but itself."""
    if not _may_revoke(serving, identity, token):
        raise UnknownRecord("there is no such token")
    return _told(serving.store.accounts.revoke_token(identity.actor, token))


def _may_revoke(services: Services, identity: Identity, token: str) -> bool:
    if "users:manage" in identity.permissions:
        return True
    if identity.token is not None:
        return identity.token.id == token
    return any(each.id == token for each in services.store.accounts.tokens(identity.actor.id))


def _told(token: Token) -> ApiToken:
    return ApiToken(
        id=token.id,
        user=token.user,
        name=token.name,
        scopes=list(token.scopes),
        created=token.created,
        expires=token.expires,
        used=token.used,
        revoked=token.revoked,
    )
