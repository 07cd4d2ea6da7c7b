"""Signing in by an identity provider: the two addresses of it, and which user somebody is.

Who somebody is follows from the issuer and the subject of the ID token alone: the name of their user ends in
``@oidc-`` and the beginning of the SHA-256 of both. What stands before it is what the provider called them when they
first came, for people to read. So nobody becomes another by taking their name, at the provider or here: such names
are given to nobody else, and a user with a password is never one of the provider's.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from typing import TYPE_CHECKING, Annotated

from cryptography.fernet import Fernet, InvalidToken
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from wardround.errors import NotPermitted, StoreConflict
from wardround.server.access.origin import is_here
from wardround.server.access.policy import permits
from wardround.server.access.provider import Provider
from wardround.server.access.sessions import begin_session
from wardround.server.serving import Serving
from wardround.store import Actor
from wardround.store.records import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from wardround.server.config import Config
    from wardround.server.services import Services
    from wardround.store import Role, User

__all__ = ["Provider", "role_of", "router", "user_of"]

router = APIRouter(prefix="/sign-in/oidc", include_in_schema=False)

_BEGUN = 600  # seconds that a sign-in may take
_SEAL = Fernet(Fernet.generate_key())  # of this process: a sign-in that was begun before a restart begins anew
_SYSTEM = Actor(id="system")


@router.get("", openapi_extra=permits("public"))
def begin(request: Request, next: Annotated[str, Query(max_length=2000)] = "/") -> RedirectResponse:
    """To the identity provider."""
    provider: Provider = request.app.state.provider
    begun = provider.begin(_redirect_uri(request))
    kept = {
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "next": next if is_here(next) else "/",
    }
    response = RedirectResponse(begun.address, 303)
    name, secure = _cookie(request)
    value = _SEAL.encrypt(json.dumps(kept).encode()).decode()
    response.set_cookie(name, value, max_age=_BEGUN, path="/", secure=secure, httponly=True, samesite="lax")
    return response


@router.get("/callback", openapi_extra=permits("public"))
def callback(
    request: Request,
    serving: Serving,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> RedirectResponse:
    """Back from the identity provider, with a code for who signed in."""
    try:
        response = _signed_in(request, serving, state, code)
    except NotPermitted as error:
        request.app.state.denials.wrong_sign_in(serving, "", error.what)
        raise
    name, secure = _cookie(request)
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def user_of(services: Services, claims: Mapping[str, Any], role: Role) -> User:
    """The user of the claims of an ID token, added when they first come; they have the role that the provider says.

    Raises:
        NotPermitted: they are disabled here, or somebody gave their user a password.
    """
    accounts = services.store.accounts
    subject = f"{claims['iss']}|{claims['sub']}"
    suffix = f"@oidc-{hashlib.sha256(subject.encode()).hexdigest()[:24]}"
    user = next((each for each in accounts.users() if each.name.endswith(suffix)), None)
    if user is None:
        called = re.sub(r"[^\w.+-]", "", str(claims.get("preferred_username", "")).partition("@")[0])[:60]
        try:
            return accounts.add_user(_SYSTEM, f"{called or 'user'}{suffix}", role)
        except StoreConflict:  # they came twice at once
            user = next(each for each in accounts.users() if each.name.endswith(suffix))
    if user.password_hash:
        raise NotPermitted("this user signs in with a password", hint="an admin can remove the password")
    if user.disabled:
        raise NotPermitted("this user is disabled", hint="ask an admin")
    return user if user.role == role else accounts.change_user(_SYSTEM, user.id, role=role)


def role_of(claim: object) -> Role | None:
    """The role that a claim names, or the one that may most of a list; None if it names none."""
    named = claim if isinstance(claim, list) else [claim]
    return next((role for role in reversed(ROLES) if role in named), None)


def _signed_in(request: Request, services: Services, state: str, code: str) -> RedirectResponse:
    begun = _begun(request)
    if not state or not secrets.compare_digest(begun.get("state", "").encode(), state.encode()):
        raise NotPermitted("this sign-in was not begun here, or too long ago", hint="sign in again")
    if not code:
        raise NotPermitted("the identity provider signed in nobody", hint="sign in again, or ask whoever runs it")
    provider: Provider = request.app.state.provider
    claims = provider.finish(
        code, nonce=begun["nonce"], verifier=begun["verifier"], redirect_uri=_redirect_uri(request)
    )
    role = role_of(claims.get(services.config.oidc_role_claim))
    if role is None:
        hint = f"one of {', '.join(ROLES)}, from whoever runs the identity provider"
        raise NotPermitted("you are known, but have no role here", hint=hint)
    user = user_of(services, claims, role)
    response = RedirectResponse(begun["next"], 303)
    begin_session(request, response, user)
    services.store.log(Actor(id=user.id, role=user.role), "login", "user", user.id, provider=True)
    return response


def _begun(request: Request) -> dict[str, str]:
    """What the browser keeps of the sign-in that it began; empty if it began none."""
    name, _ = _cookie(request)
    try:
        kept: dict[str, str] = json.loads(_SEAL.decrypt(request.cookies.get(name, "").encode(), ttl=_BEGUN))
    except InvalidToken:
        return {}
    return kept


def _cookie(request: Request) -> tuple[str, bool]:
    config: Config = request.app.state.services.config
    return ("__Host-wardround-oidc" if config.secure else "wardround-oidc"), config.secure


def _redirect_uri(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/sign-in/oidc/callback"
