"""``wardround users``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wardround.server.access.passwords import Passwords
from wardround.server.access.tokens import digest_of
from wardround.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARDROUND_DATA", str(tmp_path))
    return tmp_path / "store"


def test_from_adding_to_disabling(wardround: Run, folder: Path) -> None:
    added = wardround("users", "add", "maria", "--role", "admin", "--password-stdin", stdin=b"four plain words\n")
    assert (added.status, added.out[:14]) == (0, "maria is admin")
    with open_store(folder=folder) as store:
        user = store.accounts.user_named("maria")
        assert user is not None
        assert Passwords().matches(user.password_hash, "four plain words")
    assert wardround("users", "password", "maria", "--password-stdin", stdin=b"other plain words").status == 0
    assert wardround("users", "add", "robot", "--role", "coder", "--no-password").status == 0
    listed = json.loads(wardround("users", "list", "--json").out)
    assert [(each["name"], each["role"], each["password"]) for each in listed] == [
        ("maria", "admin", True),
        ("robot", "coder", False),
    ]
    assert "argon2" not in str(listed)
    assert wardround("users", "change", "robot", "--role", "reader", "--disable").out == "robot is reader, disabled\n"
    shown = wardround("users", "list").out
    assert "disabled" in shown
    last_admin = wardround("users", "change", "maria", "--role", "reader")
    assert last_admin.status == 1


def test_a_token(wardround: Run, folder: Path) -> None:
    wardround("users", "add", "robot", "--role", "coder", "--no-password")
    token = wardround("users", "token", "robot", "--scope", "cases:read", "--scope", "notes:code", "--days", "3").out
    with open_store(folder=folder) as store:
        found = store.accounts.token_of(digest_of(token.strip()))
    assert found is not None
    assert found[0].scopes == ("cases:read", "notes:code")
    assert found[0].expires is not None
    assert (found[0].expires - found[0].created).days in (2, 3)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["add", "jan", "--role", "boss", "--no-password"], "there is no such role"),
        (["add", "jan", "--role", "coder"], "there is no terminal"),
        (["add", "jan", "--role", "coder", "--password-stdin"], "10 to 1,024 characters"),
        (["add", "jan", "--role", "coder", "--no-password", "--password-stdin"], "or without one"),
        (["add", f"m@oidc-{'0' * 24}", "--role", "coder", "--no-password"], "identity provider"),
        (["change", "robot"], "nothing is to be changed"),
        (["change", "nobody", "--disable"], "there is no such user"),
        (["token", "robot", "--scope", "cases:eat"], "there is no scope cases:eat"),
    ],
)
def test_what_cannot_be_done(wardround: Run, command: list[str], said: str) -> None:
    wardround("users", "add", "robot", "--role", "coder", "--no-password")
    told = wardround("users", *command)
    assert (told.status, said in told.err) == (1, True)
