"""Users in the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, select

from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store.cases import ID, new_id, now
from wardround.store.records import ROLES, User
from wardround.store.schema import UserRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from wardround.store.records import Role

__all__ = ["add", "change", "found", "locked", "named", "user_of", "users"]

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
    return user_of(row)


def change(session: Session, user: str, *, role: Role | None, password_hash: str | None, disabled: bool | None) -> User:
    """The user with what is not None changed.

    Raises:
        UnknownRecord: there is no such user.
        InputError: there is no such role.
        StoreConflict: there would be no admin any more who is not disabled.
    """
    row = locked(session, user)
    was_admin = row.role == "admin" and not row.disabled
    if role is not None:
        _check(role)
        row.role = role
    if password_hash is not None:
        row.password_hash = password_hash
    if disabled is not None:
        row.disabled = disabled
    session.flush()
    if was_admin and (row.role != "admin" or row.disabled) and not _admins(session):
        raise StoreConflict("this is the last admin who is not disabled", hint="make somebody else an admin first")
    return user_of(row)


def found(session: Session, user: str) -> User:
    """The user with this id.

    Raises:
        UnknownRecord: there is none.
    """
    row = session.get(UserRow, user) if ID.fullmatch(user) else None
    if row is None:
        raise UnknownRecord("there is no such user")
    return user_of(row)


def locked(session: Session, user: str) -> UserRow:
    """The row of a user, which no other transaction changes until this one ends.

    Raises:
        UnknownRecord: there is none.
    """
    row = session.get(UserRow, user, with_for_update=True) if ID.fullmatch(user) else None
    if row is None:
        raise UnknownRecord("there is no such user")
    return row


def named(session: Session, name: str) -> User | None:
    """The user who signs in by this name."""
    if not _NAME.fullmatch(name):
        return None
    row = session.scalars(select(UserRow).where(UserRow.name == name)).one_or_none()
    return user_of(row) if row else None


def users(session: Session) -> tuple[User, ...]:
    """All users, by name."""
    return tuple(user_of(row) for row in session.scalars(select(UserRow).order_by(UserRow.name)))


def _admins(session: Session) -> int:
    query = select(func.count()).select_from(UserRow).where(UserRow.role == "admin", UserRow.disabled.is_(False))
    return session.scalar(query) or 0


def _check(role: str) -> None:
    if role not in ROLES:
        raise InputError(f"a role is one of {', '.join(ROLES)}", where="role")


def user_of(row: UserRow) -> User:
    """The user of a row."""
    return User(
        id=row.id,
        name=row.name,
        role=cast("Role", row.role),
        password_hash=row.password_hash,
        disabled=row.disabled,
        created=row.created,
    )
