"""Accounts: who may still come in, and who no longer."""

from __future__ import annotations

import datetime
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from store.conftest import MARIA
from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store import attempts

if TYPE_CHECKING:
    from wardround.store import User
    from wardround.store.store import Store

AT = datetime.datetime(2026, 5, 1, 8, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@pytest.fixture
def omar(store: Store) -> User:
    return store.accounts.add_user(MARIA, "omar", "reviewer", "$argon2id$x")


def test_a_token_is_valid_until_it_is_not(store: Store, omar: User) -> None:
    accounts = store.accounts
    assert accounts.token_of(digest("t")) is None
    token = accounts.add_token(MARIA, omar.id, "the robot", ["cases:write", "cases:read"], digest("t"), now() + DAY)
    assert (token.user, token.scopes, token.used) == (omar.id, ("cases:read", "cases:write"), None)
    assert accounts.token_of(digest("t")) == (token, omar)
    used = accounts.tokens()[0].used
    assert used is not None
    accounts.token_of(digest("t"))
    assert accounts.tokens(omar.id)[0].used == used  # noted at most once a minute
    assert accounts.tokens("nobody") == ()

    accounts.change_user(MARIA, omar.id, disabled=True)
    assert accounts.token_of(digest("t")) is None
    accounts.change_user(MARIA, omar.id, disabled=False)
    assert accounts.token_of(digest("t")) is not None
    revoked = accounts.revoke_token(MARIA, token.id)
    assert revoked.revoked is not None
    assert accounts.token_of(digest("t")) is None
    assert accounts.revoke_token(MARIA, token.id) == revoked

    accounts.add_token(MARIA, omar.id, "old", [], digest("old"), now() - MINUTE)
    assert accounts.token_of(digest("old")) is None
    assert {each.name for each in accounts.tokens()} == {"the robot", "old"}
    told = [(event.action, event.resource) for event in store.events() if event.kind == "token"]
    assert told[::2] == [("create", token.id), ("delete", token.id)]
    assert digest("t") not in repr(list(store.events())) + repr(token)


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": "a\nb"}, {"name": "x" * 101}, {"scopes": ["a b"]}, {"digest": "secret"}, {"scopes": [""]}],
    ids=str,
)
def test_what_is_no_token(sqlite: Store, change: dict[str, str]) -> None:
    user = sqlite.accounts.add_user(MARIA, "omar", "reader")
    with pytest.raises(InputError):
        sqlite.accounts.add_token(MARIA, **{"user": user.id, "name": "x", "scopes": [], "digest": digest("t")} | change)  # type: ignore[arg-type]
    assert sqlite.accounts.tokens() == ()


def test_a_session_ends(store: Store, omar: User) -> None:
    accounts = store.accounts
    other = accounts.add_user(MARIA, "zoe", "coder")

    def open_all() -> None:
        for secret, user in (("a", omar), ("b", omar), ("c", other)):
            accounts.close_session(MARIA, digest(secret))
            accounts.open_session(MARIA, user.id, digest(secret), now() + DAY)

    def there() -> str:
        return "".join(secret for secret in "abc" if accounts.session_user(digest(secret)) is not None)

    open_all()
    assert accounts.session_user(digest("c")) == other
    accounts.close_session(MARIA, digest("a"))
    assert there() == "bc"
    open_all()
    assert accounts.close_sessions(MARIA, omar.id) == 2
    assert there() == "c"
    open_all()
    accounts.change_user(MARIA, omar.id, role="coder")
    assert there() == "abc"
    accounts.change_user(MARIA, omar.id, password_hash="$argon2id$y")
    assert there() == "c"
    open_all()
    accounts.change_user(MARIA, omar.id, disabled=True)
    assert there() == "c"
    with pytest.raises(StoreConflict, match="disabled"):
        accounts.open_session(MARIA, omar.id, digest("a"), now() + DAY)
    accounts.change_user(MARIA, omar.id, disabled=False)
    assert there() == "c"
    accounts.open_session(MARIA, omar.id, digest("past"), now() - MINUTE)
    assert accounts.session_user(digest("past")) is None
    for verb in (
        lambda: accounts.open_session(MARIA, "nobody", digest("n"), now() + DAY),
        lambda: accounts.close_sessions(MARIA, "nobody"),
        lambda: accounts.revoke_token(MARIA, "none"),
    ):
        with pytest.raises(UnknownRecord):
            verb()


def test_somebody_can_always_manage_users(store: Store) -> None:
    accounts = store.accounts
    first, second = (accounts.add_user(MARIA, name, "admin") for name in ("ada", "ben"))
    accounts.add_user(MARIA, "omar", "reviewer")

    def demote(user: str) -> bool:
        try:
            accounts.change_user(MARIA, user, **({"disabled": True} if user == first.id else {"role": "coder"}))
        except StoreConflict:
            return False
        return True

    with ThreadPoolExecutor(2) as people:
        done = list(people.map(demote, (first.id, second.id)))
    assert sorted(done) == [False, True]
    assert len([each for each in accounts.users() if each.role == "admin" and not each.disabled]) == 1
    last = [event for event in store.events(action="update") if event.outcome == "failure"]
    assert [event.details["error"] for event in last] == ["StoreConflict"]


@pytest.mark.parametrize("name", ["omar", "nobody", "Ann Miller\x00 my password"])
def test_wrong_passwords_in_a_row_lock_a_name(store: Store, omar: User, name: str) -> None:
    accounts = store.accounts
    at = AT
    for _ in range(attempts.ALLOWED - 1):
        assert accounts.attempt(name, at) is None
        assert accounts.failed(name, at) is None
    waits = []
    for _ in range(8):
        assert accounts.attempt(name, at) is None
        until = accounts.failed(name, at)
        assert until is not None
        waits.append((until - at) / MINUTE)
        assert accounts.attempt(name, until - MINUTE / 60) == until
        at = until
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    accounts.succeeded(name)
    assert accounts.attempt(name, at) is None
    assert accounts.failed(name, at) is None
    events = [(event.outcome, event.resource) for event in store.events(action="login")]
    who = omar.id if name == "omar" else ""
    assert events == [("failure", who)] * 12 + [("success", who), ("failure", who)]
    assert "Miller" not in repr(list(store.events()))


def test_many_attempts_at_once_are_no_more_than_in_a_row(store: Store) -> None:
    with ThreadPoolExecutor(8) as people:
        told = list(people.map(lambda _: store.accounts.attempt("omar", AT), range(30)))
    assert told.count(None) == attempts.ALLOWED
    assert store.accounts.attempt("omar", AT + 2 * DAY) is None
    assert store.accounts.failed("omar", AT + 2 * DAY) is None  # begun anew after a day


def test_attempts_are_not_kept_for_ever(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_MOST", 200)

    def kept() -> int:
        with sqlite._database.reading() as session:
            return int(session.connection().exec_driver_sql("SELECT count(*) FROM attempts").scalar() or 0)

    for number in range(250):
        sqlite.accounts.attempt(f"name {number}", AT + number * MINUTE / 60)
    assert kept() <= 200
    sqlite.accounts.attempt("another", AT + 2 * DAY)
    assert kept() == 1
    assert b"name 249" not in b"".join(path.read_bytes() for path in sqlite.folder.glob("*.db*"))
