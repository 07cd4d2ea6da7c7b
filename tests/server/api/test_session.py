"""Signing in and out."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from server.people import another, last_events, people, serving, sign_in, store_of
from wardround.store import Actor

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

WRONG = "the name or the password is wrong"


@pytest.fixture
def client(server: TestClient) -> TestClient:
    """A browser that nobody signed in with."""
    return another(server)


def test_in_and_out(client: TestClient) -> None:
    assert client.get("/v1/me").status_code == 401
    signed_in = sign_in(client, "coder")
    assert signed_in.status_code == 201
    assert signed_in.json() == client.get("/v1/me").json()
    me = signed_in.json()
    assert (me["name"], me["role"], me["auth"], me["token"]) == ("coder", "coder", "local", None)
    assert "cases:write" in me["permissions"]
    assert "users:manage" not in me["permissions"]
    cookie = client.cookies["wardround"]
    assert client.delete("/v1/session").status_code == 204
    assert "wardround" not in client.cookies
    client.cookies.set("wardround", cookie)
    assert client.get("/v1/me").json()["title"] == "the session has ended"
    assert last_events(client, 5) == [
        ("anonymous", "read", "route", "denied", "nobody is signed in"),
        (me["id"], "login", "user", "success", ""),
        (me["id"], "create", "session", "success", ""),
        (me["id"], "delete", "session", "success", ""),
        ("anonymous", "read", "route", "denied", "the session has ended"),
    ]


def test_the_cookie(client: TestClient) -> None:
    told = sign_in(client, "reader").headers["set-cookie"]
    value, *attributes = told.split("; ")
    assert len(value.removeprefix("wardround=")) == 43  # 256 bits
    assert {each.lower() for each in attributes} == {"httponly", "max-age=43200", "path=/", "samesite=lax"}


def test_the_cookie_where_there_is_tls(tmp_path: Path) -> None:
    people(tmp_path)
    with serving(tmp_path, auth="local", trusted_proxy="127.0.0.1") as client:
        told = sign_in(client, "reader").headers["set-cookie"]
    assert told.startswith("__Host-wardround=")
    assert "; Secure" in told


def test_only_the_digest_is_kept(client: TestClient) -> None:
    sign_in(client, "reader")
    value = client.cookies["wardround"].encode()
    kept = b"".join(file.read_bytes() for file in store_of(client).folder.rglob("*") if file.is_file())
    assert b"session" in kept
    assert value not in kept


def test_each_sign_in_is_a_new_session(client: TestClient) -> None:
    """Nobody can prepare a session in a browser for somebody else to sign in to."""
    client.cookies.set("wardround", "chosen-by-somebody-else")
    sign_in(client, "reader")
    first = client.cookies.get("wardround", domain="127.0.0.1")
    assert first != "chosen-by-somebody-else"
    client.cookies.clear()
    client.cookies.set("wardround", first)
    sign_in(client, "reader")
    client.cookies.clear()
    client.cookies.set("wardround", first)
    assert client.get("/v1/me").status_code == 401


def test_it_ends_after_twelve_hours(client: TestClient) -> None:
    sign_in(client, "reader")
    store = store_of(client)
    user = store.accounts.user_named("reader")
    assert user is not None
    actor = Actor(id=user.id)
    now = datetime.datetime.now(datetime.UTC)
    for digest, ends in (
        ("0" * 64, now - datetime.timedelta(seconds=1)),
        ("1" * 64, now + datetime.timedelta(hours=1)),
    ):
        store.accounts.open_session(actor, user.id, digest, ends)
    assert store.accounts.session_user("0" * 64) is None
    assert store.accounts.session_user("1" * 64) == user


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("coder", "not-it"),
        ("nobody", "not-it"),
        ("robot", ""),
        ("gone", "four plain words together"),
        ("\0;\ud800", "x"),
    ],
    ids=["password", "name", "no password", "disabled", "no name at all"],
)
def test_what_is_wrong_cannot_be_told(client: TestClient, name: str, password: str) -> None:
    accounts = store_of(client).accounts
    setup = Actor(id="os:setup")
    known = accounts.user_named("coder")
    assert known is not None
    if name == "robot":
        accounts.add_user(setup, name, "coder")
    if name == "gone":
        gone = accounts.add_user(setup, name, "coder", known.password_hash)
        accounts.change_user(setup, gone.id, disabled=True)
    if name.isprintable():
        refused = sign_in(client, name, password)
    else:
        body = b'{"name": "\\u0000;\\ud800", "password": "x"}'
        refused = client.post("/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code in (401, 422)
    if refused.status_code == 401:
        assert refused.json()["title"] == WRONG
        assert refused.headers["www-authenticate"] == "Bearer"
    assert "set-cookie" not in refused.headers
    assert not password or f'"{password}"' not in refused.text


def test_five_wrong_ones_lock_the_name(client: TestClient) -> None:
    """Also for who knows the password, and for a name that is nobody's; who is signed in goes on."""
    before = another(client)
    sign_in(before, "reviewer")
    for name in ("reviewer", "nobody-at-all"):
        statuses = [sign_in(client, name, f"wrong {number}").status_code for number in range(5)]
        assert statuses == [401] * 5
        locked = sign_in(client, name)
        assert locked.status_code == 429
        assert 50 <= int(locked.headers["retry-after"]) <= 60
    assert before.get("/v1/me").status_code == 200
    assert last_events(client, 1) == [("anonymous", "login", "session", "failure", "locked")]
    assert sign_in(client, "reader").status_code == 201


def test_a_name_that_is_nobodys_is_written_nowhere(client: TestClient) -> None:
    """People type their password there."""
    sign_in(client, "hunter2-is-my-password", "x")
    kept = b"".join(file.read_bytes() for file in store_of(client).folder.rglob("*") if file.is_file())
    assert b"hunter2" not in kept


def test_unlocking_by_the_right_password(client: TestClient) -> None:
    for _ in range(3):
        assert [sign_in(client, "admin", "wrong").status_code for _ in range(4)] == [401] * 4
        assert sign_in(client, "admin").status_code == 201


def test_where_nobody_signs_in(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        assert sign_in(client, "reader").status_code == 409
        me = client.get("/v1/me").json()
        assert (me["id"], me["role"], me["auth"]) == (f"os:{me['name']}", "admin", "none")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "coder"},
        {"name": "coder", "password": "x" * 1025},
        {"name": "", "password": "x"},
        [],
        {"name": "c", "password": "secret-x", "more": 1},
    ],
)
def test_a_body_of_another_form(client: TestClient, body: object) -> None:
    refused = client.post("/v1/session", json=body)
    assert refused.status_code == 422
    assert "xxx" not in refused.text
    assert "secret-x" not in refused.text
