"""Users: who works here, in which role, and their passwords."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from wardround.errors import NotPermitted, StoreConflict
from wardround.server.access.identify import Acting, Identified
from wardround.server.access.names import check_name
from wardround.server.access.passwords import LONGEST, Passwords, check_password
from wardround.server.access.policy import permits
from wardround.server.access.sessions import begin_session
from wardround.server.access.sign_in import user_of
from wardround.server.problems import Problem
from wardround.server.serving import Serving
from wardround.store import Role, User

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["access"])

_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "It does not go with the users there are"}
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "There is no such user"}}

NewSecret = Annotated[SecretStr, Field(max_length=LONGEST)]


class Account(BaseModel):
    """A user, without their password.

    Attributes:
        password: whether they have one here; those of an identity provider and of programs have none.
    """

    id: str
    name: str
    role: Role
    disabled: bool
    password: bool
    created: datetime.datetime


class Accounts(BaseModel):
    """All users, by name."""

    users: list[Account]


class NewAccount(BaseModel):
    """A user to be.

    Attributes:
        password: without one they cannot sign in; their programs can, with tokens.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    role: Role
    password: NewSecret | None = None


class Change(BaseModel):
    """What is to be another: the role, whether they are disabled, the password; what is null stays."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    disabled: bool | None = None
    password: NewSecret | None = None


class OwnPassword(BaseModel):
    """The password as it was, and as it is to be."""

    model_config = ConfigDict(extra="forbid")

    old: NewSecret
    new: NewSecret


@router.get("/users", operation_id="users_list", openapi_extra=permits("users:manage"))
def users(serving: Serving) -> Accounts:
    """All users, by name."""
    return Accounts(users=[_account(each) for each in serving.store.accounts.users()])


@router.post(
    "/users", operation_id="users_add", status_code=201, openapi_extra=permits("users:manage"), responses=_CONFLICT
)
def add_user(given: NewAccount, request: Request, serving: Serving, acting: Acting) -> Account:
    """Add a user."""
    check_name(given.name)
    kept = _hashed(request, given.name, given.password) if given.password else ""
    return _account(serving.store.accounts.add_user(acting, given.name, given.role, kept))


@router.patch(
    "/users/{user}", operation_id="users_change", openapi_extra=permits("users:manage"), responses=_CONFLICT | _UNKNOWN
)
def change_user(user: str, given: Change, request: Request, serving: Serving, acting: Acting) -> Account:
    """Change a user's role or password, or disable them. Nobody does this to herself or himself."""
    accounts = serving.store.accounts
    if user == acting.id:
        hint = "ask another admin; for your own password there is PUT /v1/me/password"
        raise StoreConflict("nobody changes her or his own user", where="user", hint=hint)
    known = accounts.user(user)
    kept = _hashed(request, known.name, given.password) if given.password else None
    return _account(accounts.change_user(acting, user, role=given.role, disabled=given.disabled, password_hash=kept))


@router.put(
    "/me/password",
    operation_id="password_change",
    status_code=204,
    openapi_extra=permits("signed-in"),
    responses={
        409: {"model": Problem, "description": "Who sends the request has no password here"},
        429: {"model": Problem, "description": "Too many wrong passwords"},
        503: {"model": Problem, "description": "Too many sign in at once"},
    },
)
def change_own_password(
    given: OwnPassword, request: Request, response: Response, serving: Serving, identity: Identified
) -> None:
    """Change your own password; you are signed out everywhere else."""
    if identity.token is not None:
        raise NotPermitted("a token cannot change its owner's password", hint="sign in")
    user = identity.user
    if user is None or not user.password_hash:
        raise StoreConflict("you have no password here")
    state = request.app.state
    user_of(serving, state.passwords, state.denials, user.name, given.old.get_secret_value())
    kept = _hashed(request, user.name, given.new)
    changed = serving.store.accounts.change_user(identity.actor, user.id, password_hash=kept)
    begin_session(request, response, changed)


def _hashed(request: Request, name: str, password: SecretStr) -> str:
    """What is kept of a new password.

    Raises:
        InputError: it would be guessed.
    """
    passwords: Passwords = request.app.state.passwords
    plain = password.get_secret_value()
    check_password(name, plain)
    with passwords.slot():
        return passwords.hash(plain)


def _account(user: User) -> Account:
    return Account(
        id=user.id,
        name=user.name,
        role=user.role,
        disabled=user.disabled,
        password=bool(user.password_hash),
        created=user.created,
    )
