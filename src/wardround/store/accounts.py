"""Accounts: users, the tokens of their programs, and where they are signed in."""

from __future__ import annotations

import datetime
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from wardround.errors import InputError, StoreConflict, StoreError, UnknownRecord
from wardround.store import attempts, users
from wardround.store.audit import Entry, append
from wardround.store.audited import told
from wardround.store.cases import ID, new_id, now
from wardround.store.records import Actor, Token
from wardround.store.schema import SessionRow, TokenRow, UserRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from wardround.store.audited import Audited
    from wardround.store.records import Outcome, Role, User

__all__ = ["Accounts"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SCOPE = re.compile(r"[a-z]+([:-][a-z]+)*")
_LONGEST = 100  # characters of a token's name, or of a scope
_NOTED = datetime.timedelta(minutes=1)  # how exactly a token tells when it was used
_NOBODY = Actor(id="anonymous")


class Accounts:
    """Users, API tokens, sessions and attempts to sign in; `Store.accounts`. Safe to share between threads.

    Passwords, tokens and what a browser shows of its session are checked by the caller; what is kept of them are hashes
    and digests. Reading an account is no event of the audit trail, as it is no patient data; every change is.
    """

    def __init__(self, audited: Audited) -> None:
        self._audited = audited
        self._database = audited.database

    # Users

    def add_user(self, actor: Actor, name: str, role: Role, password_hash: str = "") -> User:
        """Add somebody who may work with the store. Audited: create.

        Raises:
            InputError: the name or the role cannot be.
            StoreConflict: somebody has this name.
        """
        entry = Entry(actor=actor, action="create", kind="user", details={"role": told(role)})
        with self._audited.acting(entry, exclusive=True) as session:
            user = users.add(session, name, role, password_hash)
            entry.resource = user.id
            return user

    def change_user(
        self,
        actor: Actor,
        user: str,
        *,
        role: Role | None = None,
        password_hash: str | None = None,
        disabled: bool | None = None,
    ) -> User:
        """Change what is not None. Audited: update, with what was changed, and never the hash.

        Another password, and disabling, end all sessions of the user.

        Raises:
            UnknownRecord: there is no such user.
            InputError: there is no such role.
            StoreConflict: there would be no admin any more who is not disabled.
        """
        changed = {"role": role, "disabled": disabled, "password": True if password_hash is not None else None}
        details: dict[str, object] = {name: value for name, value in changed.items() if value is not None}
        entry = Entry(actor=actor, action="update", kind="user", resource=user, details=details)
        with self._audited.acting(entry, exclusive=True) as session:
            after = users.change(session, user, role=role, password_hash=password_hash, disabled=disabled)
            if password_hash is not None or after.disabled:
                entry.details["sessions_ended"] = _end_sessions(session, user)
            return after

    def user(self, user: str) -> User:
        """A user by id.

        Raises:
            UnknownRecord: there is no such user.
        """
        with self._database.reading() as session:
            return users.found(session, user)

    def user_named(self, name: str) -> User | None:
        """A user by the name they sign in with."""
        with self._database.reading() as session:
            return users.named(session, name)

    def users(self) -> tuple[User, ...]:
        """All users, by name."""
        with self._database.reading() as session:
            return users.users(session)

    # Tokens

    def add_token(
        self,
        actor: Actor,
        user: str,
        name: str,
        scopes: Iterable[str],
        digest: str,
        expires: datetime.datetime | None = None,
    ) -> Token:
        """Keep a token of a user's program. Audited: create, with the scopes.

        Args:
            actor: who acts.
            user: id of its owner.
            name: what its owner calls it, at most 100 printable characters.
            scopes: permissions that it is limited to, such as ``cases:read``.
            digest: SHA-256 of the token, 64 hexadecimal digits.
            expires: None for never.

        Raises:
            InputError: the name, a scope or the digest cannot be.
            UnknownRecord: there is no such user.
        """
        chosen = tuple(sorted(set(scopes)))
        if not 0 < len(name) <= _LONGEST or not name.isprintable():
            raise InputError(f"a token's name has 1 to {_LONGEST} printable characters", where="name")
        if not all(_SCOPE.fullmatch(scope) and len(scope) <= _LONGEST for scope in chosen):
            raise InputError("a scope is a permission, such as cases:read", where="scopes")
        _check(digest)
        try:
            expires = expires and expires.astimezone(datetime.UTC)
        except OverflowError:
            raise InputError("there is no such time in UTC", where="expires") from None
        entry = Entry(actor=actor, action="create", kind="token", details={"user": told(user), "scopes": list(chosen)})
        with self._audited.acting(entry) as session:
            row = TokenRow(
                id=new_id(),
                user_id=users.found(session, user).id,
                name=name,
                scopes=" ".join(chosen),
                digest=digest,
                created=now(),
                expires=expires,
            )
            session.add(row)
            entry.resource = row.id
            return _token(row)

    def token_of(self, digest: str) -> tuple[Token, User] | None:
        """The token with this digest and its owner; None unless it is valid: neither expired nor revoked, its owner not
        disabled. That it was used is noted, at most once a minute.
        """
        if not _DIGEST.fullmatch(digest):
            return None
        at = now()
        query = select(TokenRow, UserRow).join(UserRow, UserRow.id == TokenRow.user_id)
        with self._database.reading() as session:
            found = session.execute(query.where(TokenRow.digest == digest)).one_or_none()
            if found is None:
                return None
            row, owner = found
            if row.revoked is not None or owner.disabled or (row.expires is not None and row.expires <= at):
                return None
            token, user = _token(row), users.user_of(owner)
        if token.used is None or token.used <= at - _NOTED:
            with suppress(StoreError), self._database.writing(lasting=False) as session:
                session.execute(update(TokenRow).where(TokenRow.id == token.id).values(used=at))
        return token, user

    def tokens(self, user: str = "") -> tuple[Token, ...]:
        """The tokens of a user, or of all, the newest first; also those that are valid no longer."""
        if user and not ID.fullmatch(user):
            return ()
        query = select(TokenRow).order_by(TokenRow.created.desc(), TokenRow.id)
        with self._database.reading() as session:
            return tuple(
                _token(row) for row in session.scalars(query.where(TokenRow.user_id == user) if user else query)
            )

    def revoke_token(self, actor: Actor, token: str) -> Token:
        """Make a token invalid for ever; one that is stays as it is. Audited: delete.

        Raises:
            UnknownRecord: there is no such token.
        """
        with self._audited.acting(Entry(actor=actor, action="delete", kind="token", resource=token)) as session:
            row = session.get(TokenRow, token, with_for_update=True) if ID.fullmatch(token) else None
            if row is None:
                raise UnknownRecord("there is no such token")
            row.revoked = row.revoked or now()
            return _token(row)

    # Sessions

    def open_session(self, actor: Actor, user: str, digest: str, expires: datetime.datetime) -> None:
        """Keep that a user is signed in. Audited: create.

        Args:
            actor: who acts.
            user: its id.
            digest: SHA-256 of what the browser shows, 64 hexadecimal digits.
            expires: when the session ends by itself.

        Raises:
            InputError: the digest cannot be.
            UnknownRecord: there is no such user.
            StoreConflict: they are disabled.
        """
        _check(digest)
        with self._audited.acting(Entry(actor=actor, action="create", kind="session", resource=user)) as session:
            at = now()
            session.execute(delete(SessionRow).where(SessionRow.expires <= at))
            owner = users.locked(session, user)  # not disabled meanwhile
            if owner.disabled:
                raise StoreConflict("the user is disabled", where="user")
            session.add(SessionRow(digest=digest, user_id=owner.id, created=at, expires=expires))

    def session_user(self, digest: str) -> User | None:
        """Who is signed in by this session; None if it ended, or they are disabled."""
        if not _DIGEST.fullmatch(digest):
            return None
        query = select(UserRow).join(SessionRow, SessionRow.user_id == UserRow.id)
        query = query.where(SessionRow.digest == digest, SessionRow.expires > now(), UserRow.disabled.is_(False))
        with self._database.reading() as session:
            row = session.scalars(query).one_or_none()
            return users.user_of(row) if row else None

    def close_session(self, actor: Actor, digest: str) -> None:
        """Sign out; nothing happens to a session that is not there. Audited: delete.

        Raises:
            InputError: the digest cannot be.
        """
        _check(digest)
        entry = Entry(actor=actor, action="delete", kind="session")
        with self._audited.acting(entry) as session:
            query = delete(SessionRow).where(SessionRow.digest == digest).returning(SessionRow.user_id)
            ended = list(session.scalars(query))
            entry.resource = "".join(ended)
            entry.details["sessions_ended"] = len(ended)

    def close_sessions(self, actor: Actor, user: str) -> int:
        """Sign a user out everywhere; how many sessions there were. Audited: delete.

        Raises:
            UnknownRecord: there is no such user.
        """
        entry = Entry(actor=actor, action="delete", kind="session", resource=user)
        with self._audited.acting(entry) as session:
            ended = _end_sessions(session, users.found(session, user).id)
            entry.details["sessions_ended"] = ended
            return ended

    # Attempts to sign in

    def attempt(self, name: str, at: datetime.datetime) -> datetime.datetime | None:
        """To be asked before a password is checked: until when this name is locked, None if it may try.

        An attempt that may is counted as a wrong one until `succeeded` says otherwise. Five in a row lock the name for
        a minute, each further one for twice as long, up to an hour; the count is forgotten a day after the last one.
        """
        with self._database.writing(lasting=False) as session:
            self._database.serialise(session)  # two first attempts at a name do not both add its row
            return attempts.count(session, name, at)

    def failed(self, name: str, at: datetime.datetime) -> datetime.datetime | None:
        """The password of the last `attempt` was wrong; until when the name is locked now. Audited: login, failure."""
        with self._database.writing() as session:
            until = attempts.locked(session, name, at)
            append(session, _login(users.named(session, name), "failure", locked=until is not None))
            return until

    def succeeded(self, name: str) -> None:
        """The password of the last `attempt` was right, so the count begins anew. Audited: login, success."""
        with self._database.writing() as session:
            attempts.forget(session, name)
            append(session, _login(users.named(session, name), "success"))


def _login(user: User | None, outcome: Outcome, **details: object) -> Entry:
    """Who gives a name is that user only if it was the right password."""
    actor = Actor(id=user.id, role=user.role) if user and outcome == "success" else _NOBODY
    resource = user.id if user else ""
    return Entry(actor=actor, action="login", kind="user", resource=resource, outcome=outcome, details=details)


def _end_sessions(session: Session, user: str) -> int:
    return len(session.scalars(delete(SessionRow).where(SessionRow.user_id == user).returning(SessionRow.digest)).all())


def _check(digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise InputError("a digest has 64 hexadecimal digits", where="digest")


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        user=row.user_id,
        name=row.name,
        scopes=tuple(row.scopes.split()),
        created=row.created,
        expires=row.expires,
        used=row.used,
        revoked=row.revoked,
    )
