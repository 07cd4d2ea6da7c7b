"""Users and their passwords over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.people import PASSWORD, SETUP, another, bearer, last_events, sign_in, store_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from wardround.store import Role

NEW = "some other plain words"


@pytest.fixture
def admin(server: TestClient) -> TestClient:
    browser = another(server)
    assert sign_in(browser, "admin").status_code == 201
    return browser


def test_list(admin: TestClient) -> None:
    listed = admin.get("/v1/users")
    assert {"admin", "coder", "reader", "reviewer"} <= {each["name"] for each in listed.json()["users"]}
    assert "argon2" not in listed.text


def test_add_sign_in_and_disable(admin: TestClient) -> None:
    added = admin.post("/v1/users", json={"name": "jan", "role": "coder", "password": NEW})
    assert added.status_code == 201
    assert {key: added.json()[key] for key in ("name", "role", "disabled", "password")} == {
        "name": "jan", "role": "coder", "disabled": False, "password": True,
    }  # fmt: skip
    jan = another(admin)
    assert sign_in(jan, "jan", NEW).status_code == 201
    path = f"/v1/users/{added.json()['id']}"
    assert admin.patch(path, json={"role": "reader"}).json()["role"] == "reader"
    assert jan.get("/v1/me").json()["role"] == "reader"  # at once
    assert admin.patch(path, json={"disabled": True}).json()["disabled"] is True
    assert jan.get("/v1/me").status_code == 401
    assert sign_in(jan, "jan", NEW).status_code == 401
    assert admin.post("/v1/users", json={"name": "jan", "role": "coder"}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x y", "role": "coder"},
        {"name": "kim", "role": "boss"},
        {"name": "kim", "role": "coder", "password": "password123"},
        {"name": "kim-kim-kim", "role": "coder", "password": "kim-kim-kim"},
        {"name": f"maria@oidc-{'0' * 24}", "role": "admin", "password": NEW},
    ],
    ids=str,
)
def test_who_cannot_be_added(admin: TestClient, body: dict[str, str]) -> None:
    refused = admin.post("/v1/users", json=body)
    assert refused.status_code == 422
    assert "password" not in body or f'"{body["password"]}"' not in refused.text


def test_nobody_changes_themselves(admin: TestClient, ids: dict[Role, str]) -> None:
    for change in ({"role": "reader"}, {"disabled": True}, {"password": NEW}):
        assert admin.patch(f"/v1/users/{ids['admin']}", json=change).status_code == 409
    assert admin.patch("/v1/users/nobody", json={"role": "reader"}).status_code == 404


def test_an_admin_gives_another_password(admin: TestClient, ids: dict[Role, str]) -> None:
    reader = another(admin)
    sign_in(reader, "reader")
    assert admin.patch(f"/v1/users/{ids['reader']}", json={"password": NEW}).status_code == 200
    assert reader.get("/v1/me").status_code == 401
    assert sign_in(reader, "reader").status_code == 401
    assert sign_in(reader, "reader", NEW).status_code == 201


def test_your_own_password(server: TestClient) -> None:
    here, there = another(server), another(server)
    sign_in(here, "coder")
    sign_in(there, "coder")
    before = here.cookies["wardround"]
    assert here.put("/v1/me/password", json={"old": "wrong", "new": NEW}).status_code == 401
    assert here.put("/v1/me/password", json={"old": PASSWORD, "new": "password123"}).status_code == 422
    assert here.get("/v1/me").status_code == 200
    assert here.put("/v1/me/password", json={"old": PASSWORD, "new": NEW}).status_code == 204
    assert here.get("/v1/me").status_code == 200
    assert here.cookies["wardround"] != before
    assert there.get("/v1/me").status_code == 401
    assert sign_in(there, "coder", NEW).status_code == 201


def test_a_token_does_not_change_its_owners_password(server: TestClient, ids: dict[Role, str]) -> None:
    client = another(server)
    headers = bearer(client, ids["reviewer"], "cases:read")
    assert client.put("/v1/me/password", json={"old": PASSWORD, "new": NEW}, headers=headers).status_code == 403


def test_every_refusal_says_its_reason(server: TestClient, ids: dict[Role, str]) -> None:
    client = another(server)
    sign_in(client, "reviewer")
    assert client.post("/v1/users", json={"name": "eve", "role": "admin"}).status_code == 403
    assert last_events(client, 1) == [(ids["reviewer"], "create", "route", "denied", "needs users:manage")]
    assert [event.details for event in store_of(client).events()][-1]["route"] == "/v1/users"
    for _ in range(3):
        assert client.post("/v1/users", json={}).status_code == 403
    assert client.get("/v1/users").status_code == 403
    denials = client.app.state.denials  # type: ignore[attr-defined]
    for told in denials._told.values():
        told[0] -= 61
    assert client.post("/v1/users", json={}).status_code == 403
    details = [event.details for event in store_of(client).events()][-2:]
    assert [each.get("left_out") for each in details] == [None, 3]  # the first one is of another method
    store_of(client).verify_audit()


def test_a_hash_of_other_parameters_is_made_anew(server: TestClient, ids: dict[Role, str]) -> None:
    from argon2 import PasswordHasher

    accounts = store_of(server).accounts
    older = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    accounts.change_user(SETUP, ids["reviewer"], password_hash=older)
    client = another(server)
    assert sign_in(client, "reviewer").status_code == 201
    assert accounts.user(ids["reviewer"]).password_hash != older
    assert client.get("/v1/me").status_code == 200
    assert sign_in(another(server), "reviewer").status_code == 201
