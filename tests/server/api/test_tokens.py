"""Tokens over REST."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from server.people import another, people, serving, sign_in, store_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from wardround.store import Role


@pytest.fixture
def coder(server: TestClient) -> TestClient:
    browser = another(server)
    sign_in(browser, "coder")
    return browser


def made(client: TestClient, *scopes: str, **more: Any) -> dict[str, Any]:
    answered = client.post("/v1/tokens", json={"name": "night batch", "scopes": list(scopes), **more})
    assert answered.status_code == 201, answered.text
    return answered.json()


def shown(token: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token['token']}"}


def test_made_used_and_revoked(coder: TestClient, ids: dict[Role, str]) -> None:
    token = made(coder, "cases:read", "users:manage")
    assert (token["user"], token["scopes"]) == (ids["coder"], ["cases:read", "users:manage"])
    program = another(coder)
    me = program.get("/v1/me", headers=shown(token)).json()
    assert (me["name"], me["token"]) == ("coder", token["id"])
    assert me["permissions"] == ["public", "signed-in", "cases:read"]  # a coder does not manage users
    assert token["token"] not in coder.get("/v1/tokens").text
    assert coder.delete(f"/v1/tokens/{token['id']}").json()["revoked"] is not None
    refused = program.get("/v1/me", headers=shown(token))
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_it_is_kept_nowhere(coder: TestClient) -> None:
    token = made(coder, "cases:read")["token"].encode()
    kept = b"".join(file.read_bytes() for file in store_of(coder).folder.rglob("*") if file.is_file())
    assert b"night batch" in kept
    assert token not in kept


def test_it_expires(coder: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    token = made(coder, "cases:read", expires=then.isoformat())
    program = another(coder)
    assert program.get("/v1/me", headers=shown(token)).status_code == 200
    monkeypatch.setattr("wardround.store.accounts.now", lambda: then)
    assert program.get("/v1/me", headers=shown(token)).status_code == 401


@pytest.mark.parametrize(
    "given",
    [
        {"scopes": []},
        {"scopes": ["cases:eat"]},
        {"scopes": ["public"]},
        {"scopes": ["cases:read"], "expires": "2020-01-01T00:00:00Z"},
        {"scopes": ["cases:read"], "expires": "2999-01-01T00:00:00"},
        {"scopes": ["cases:read"], "name": ""},
        {"scopes": ["cases:read"], "name": "\n"},
        {"scopes": ["cases:read"], "more": 1},
    ],
    ids=str,
)
def test_what_cannot_be_made(coder: TestClient, given: dict[str, Any]) -> None:
    assert coder.post("/v1/tokens", json={"name": "x", **given}).status_code == 422


def test_whose_they_are(server: TestClient, coder: TestClient, ids: dict[Role, str]) -> None:
    """Nobody but an admin sees, makes or revokes those of others."""
    admin = another(server)
    sign_in(admin, "admin")
    theirs = made(admin, "cases:read", user=ids["reader"])
    assert theirs["user"] == ids["reader"]
    assert theirs["id"] in {each["id"] for each in admin.get("/v1/tokens").json()["tokens"]}
    assert theirs["id"] not in {each["id"] for each in coder.get("/v1/tokens").json()["tokens"]}
    assert coder.delete(f"/v1/tokens/{theirs['id']}").status_code == 404
    other = {"name": "x", "scopes": ["cases:read"], "user": ids["admin"]}
    assert coder.post("/v1/tokens", json=other).status_code == 403
    assert admin.delete(f"/v1/tokens/{theirs['id']}").status_code == 200
    assert admin.delete("/v1/tokens/none").status_code == 404
    assert admin.post("/v1/tokens", json=other | {"user": "none"}).status_code == 404


def test_a_token_makes_none_and_revokes_itself_alone(coder: TestClient) -> None:
    one, two = made(coder, "cases:read"), made(coder, "cases:read")
    program = another(coder)
    wider = {"name": "x", "scopes": ["cases:write"]}
    assert program.post("/v1/tokens", json=wider, headers=shown(one)).status_code == 403
    assert program.delete(f"/v1/tokens/{two['id']}", headers=shown(one)).status_code == 404
    assert program.delete(f"/v1/tokens/{one['id']}", headers=shown(one)).status_code == 200
    assert program.get("/v1/me", headers=shown(one)).status_code == 401
    assert program.get("/v1/me", headers=shown(two)).status_code == 200


def test_it_ends_with_its_owner(server: TestClient, ids: dict[Role, str]) -> None:
    admin = another(server)
    sign_in(admin, "admin")
    token = made(admin, "cases:read", user=ids["reviewer"])
    program = another(server)
    assert program.get("/v1/me", headers=shown(token)).status_code == 200
    admin.patch(f"/v1/users/{ids['reviewer']}", json={"disabled": True})
    assert program.get("/v1/me", headers=shown(token)).status_code == 401


def test_where_nobody_signs_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tokens are of users; whoever started the server is none, and may make them for others."""
    folder = tmp_path_factory.mktemp("store")
    ids = people(folder)
    with serving(folder) as client:
        own = client.post("/v1/tokens", json={"name": "x", "scopes": ["cases:read"]})
        assert own.status_code == 409
        token = made(client, "cases:read", user=ids["reader"])
        assert client.get("/v1/me", headers=shown(token)).json()["role"] == "reader"
        assert client.get("/v1/me", headers={"Authorization": "Bearer nonsense"}).status_code == 401
        assert client.get("/v1/me").json()["role"] == "admin"


def test_a_time_that_is_none_in_utc_is_refused(coder: TestClient) -> None:
    last = {"name": "for ever", "scopes": ["cases:read"], "expires": "9999-12-31T23:59:59-12:00"}
    answer = coder.post("/v1/tokens", json=last)
    assert (answer.status_code, answer.json()["where"]) == (422, "expires")
    assert coder.get("/v1/tokens").status_code == 200
