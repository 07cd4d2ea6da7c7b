"""Signing in by name and password, and what happens when either is wrong."""

from __future__ import annotations

import datetime
import math
import re
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from wardround.errors import NotSignedIn
from wardround.store import Actor

if TYPE_CHECKING:
    from wardround.server.access.denials import Denials
    from wardround.server.access.passwords import Passwords
    from wardround.server.services import Services
    from wardround.store import User

__all__ = ["user_of"]

_NAME = re.compile(r"[\w.@+-]{1,100}")  # what the store takes for a name
_WRONG = "the name or the password is wrong"


def user_of(services: Services, passwords: Passwords, denials: Denials, name: str, password: str) -> User:
    """The user of this name, if the password is theirs.

    Whether the name is wrong, the password, or the user disabled, cannot be told from outside: the answer is the same,
    as is the work, and names that are nobody's are locked like others.

    Raises:
        NotSignedIn: one of both is wrong.
        HTTPException: too many wrong ones, 429; or too many others at the same time, 503.
    """
    accounts = services.store.accounts
    with passwords.slot():
        now = datetime.datetime.now(datetime.UTC)
        user = accounts.user_named(name) if _NAME.fullmatch(name) else None
        locked = accounts.attempt(name, now)
        if locked is not None:
            denials.wrong_sign_in(services, user.id if user else "", "locked")
            seconds = max(1, math.ceil((locked - now).total_seconds()))
            raise HTTPException(429, "too many wrong passwords; try again later", {"Retry-After": str(seconds)})
        right = passwords.matches(user.password_hash if user else "", password)
        if user is None:
            denials.wrong_sign_in(services, "", "no such user")
            raise NotSignedIn(_WRONG)
        if not right or user.disabled:
            accounts.failed(name, now)
            raise NotSignedIn(_WRONG)
        accounts.succeeded(name)
        if passwords.is_outdated(user.password_hash):
            actor = Actor(id=user.id, role=user.role)
            accounts.change_user(actor, user.id, password_hash=passwords.hash(password))
    return user
