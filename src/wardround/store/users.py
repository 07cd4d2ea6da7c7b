"""Users in the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store.cases import new_id, now
from wardround.store.records import ROLES, User
from wardround.store.schema import UserRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from wardround.store.records import Role

__all__ = ["add", "change", "found", "named", "users"]

_NAME = re.compile(r"[\w.@+-]{1,100}")


def add(session: Session, name: str, role: Role, password_hash: str) -> User:
    """A new user.

    Raises:
        InputError: the name or the role cannot be.
        StoreConflict: somebody has this name.
    """
    if not _NAME.fullmatch(name):
        raise InputError("a name has 1 to 100 letters, digits and . @ + - _", where="name")
    _check(role)
    if named(session, name) is not None:
        raise StoreConflict("there is a user of this name", where="name")
    row = UserRow(id=new_id(), name=name, role=role, password_hash=password_hash, disabled=False, created=now())
    session.add(row)
    session.flush()
    return _user(row)


def change(session: Session, user: str, *, role: Role | None, password_hash: str | None, disabled: bool | None) -> User:
    """The user with what is not None changed.

    Raises:
        UnknownRecord: there is no such user.
        InputError: there is no such role.
    """
    row = session.get(UserRow, user, with_for_update=True)
    if row is None:
        raise UnknownRecord("there is no such user")
    if role is not None:
        _check(role)
        row.role = role
    if password_hash is not None:
        row.password_hash = password_hash
    if disabled is not None:
        row.disabled = disabled
    session.flush()
    return _user(row)


def found(session: Session, user: str) -> User:
    """The user with this id.

    Raises:
        UnknownRecord: there is none.
    """
    row = session.get(UserRow, user)
    if row is None:
        raise UnknownRecord("there is no such user")
    return _user(row)


def named(session: Session, name: str) -> User | None:
    """The user who signs in by this name."""
    row = session.scalars(select(UserRow).where(UserRow.name == name)).one_or_none()
    return _user(row) if row else None


def users(session: Session) -> tuple[User, ...]:
    """All users, by name."""
    return tuple(_user(row) for row in session.scalars(select(UserRow).order_by(UserRow.name)))


def _check(role: str) -> None:
    if role not in ROLES:
        raise InputError(f"a role is one of {', '.join(ROLES)}", where="role")


def _user(row: UserRow) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=cast("Role", row.role),
        password_hash=row.password_hash,
        disabled=row.disabled,
        created=row.created,
    )
