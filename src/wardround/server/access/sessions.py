"""Sessions of people who signed in: a cookie with 256 random bits, of which only the digest is kept.

A session ends 12 hours after signing in, at signing out, and when its user is disabled or gets another password. The
cookie is ``SameSite=Lax``: with ``Strict`` a browser would not send it after the identity provider sent it back here,
nor when somebody follows a link from the record to a case. What that lets through, another site's link, changes
nothing, as nothing is changed by GET and `wardround.server.access.origin` refuses the rest.
"""

from __future__ import annotations

import datetime
import secrets
from typing import TYPE_CHECKING

from wardround.server.access.tokens import digest_of
from wardround.store import Actor

if TYPE_CHECKING:
    from fastapi import Request, Response

    from wardround.server.config import Config
    from wardround.server.services import Services
    from wardround.store import User

__all__ = ["LIFETIME", "begin_session", "cookie_name", "end_session", "session_digest", "session_user"]

LIFETIME = datetime.timedelta(hours=12)


def cookie_name(config: Config) -> str:
    """Of the session's cookie. Browsers let no other host and no plain http set one with the prefix ``__Host-``."""
    return "__Host-wardround" if config.secure else "wardround"


def session_digest(request: Request) -> str:
    """The digest of the session that a request names, whether there is one or not; empty if it names none."""
    services: Services = request.app.state.services
    value = request.cookies.get(cookie_name(services.config), "")
    return digest_of(value) if value else ""


def session_user(request: Request) -> User | None:
    """The user whose session a request names, if it goes on."""
    services: Services = request.app.state.services
    digest = session_digest(request)
    return services.store.accounts.session_user(digest) if digest else None


def begin_session(request: Request, response: Response, user: User) -> None:
    """Sign somebody in with ``response``. The session that the browser had ends, so that nobody can prepare one."""
    services: Services = request.app.state.services
    actor = Actor(id=user.id, role=user.role)
    if session_user(request) is not None:
        services.store.accounts.close_session(actor, session_digest(request))
    value = secrets.token_urlsafe(32)
    expires = datetime.datetime.now(datetime.UTC) + LIFETIME
    services.store.accounts.open_session(actor, user.id, digest_of(value), expires)
    response.set_cookie(
        cookie_name(services.config),
        value,
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        secure=services.config.secure,
        httponly=True,
        samesite="lax",
    )


def end_session(request: Request, response: Response, actor: Actor) -> None:
    """Sign somebody out with ``response``."""
    services: Services = request.app.state.services
    digest = session_digest(request)
    if digest:
        services.store.accounts.close_session(actor, digest)
    name = cookie_name(services.config)
    response.delete_cookie(name, path="/", secure=services.config.secure, httponly=True, samesite="lax")
