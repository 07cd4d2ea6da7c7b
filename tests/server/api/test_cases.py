"""Cases over REST: the list in pages, documents as they were, drafts, assignment, putting away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.api.conftest import NOTE
from wardround.store import Actor, Upload

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from wardround.server.services import Services

TESTER = Actor(id="os:tester", role="admin")


def add(client: TestClient, **more: object) -> str:
    id: str = client.post("/v1/notes:code", json={"text": NOTE, **more}).json()["case"]["id"]
    return id


def test_the_list_in_pages(client: TestClient) -> None:
    added = [add(client, external_id=f"page-{number}") for number in range(5)]
    found, after = [], ""
    while True:
        page = client.get("/v1/cases", params={"search": "page-", "limit": 2, "after": after}).json()
        found += [case["id"] for case in page["cases"]]
        after = page["after"]
        if not after:
            break
    assert found == added[::-1]
    assert client.get("/v1/cases", params={"kind": "study"}).json() == {"cases": [], "after": ""}
    assert client.get("/v1/cases", params={"assignee": "none", "search": "page-1"}).json()["cases"][0]["id"] == added[1]


@pytest.mark.parametrize("query", ["status=lost", "kind=letter", "limit=0", "limit=501", "after=x", "assignee=maria"])
def test_a_list_that_cannot_be(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/cases?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == f"query.{query.partition('=')[0]}"


def test_a_document_is_as_it_was_put_there(client: TestClient, services: Services) -> None:
    page = b"<html><script>alert(1)</script></html>"
    case = services.store.add_case(TESTER, "note", [Upload(content=page, media_type="text/html")])
    answer = client.get(f"/v1/cases/{case.id}/documents/{case.documents[0].id}")
    assert answer.content == page
    assert answer.headers["content-type"] == "application/octet-stream"  # no browser runs it
    assert answer.headers["content-disposition"].startswith("attachment")
    assert client.get(f"/v1/cases/{case.id}/documents/{'0' * 32}").status_code == 404


def test_put_away_and_taken_back(client: TestClient, services: Services) -> None:
    case = add(client)
    assert client.delete(f"/v1/cases/{case}", params={"reason": "test"}).json()["status"] == "deleted"
    assert client.delete(f"/v1/cases/{case}").status_code == 409
    assert client.get(f"/v1/cases/{case}/results/1").status_code == 409
    assert client.post(f"/v1/cases/{case}:restore", json={"reason": "wrong one"}).json()["status"] == "drafted"
    *_, event = services.store.events(resource=case)
    assert event.reason == "wrong one"


def test_given_to_somebody(client: TestClient, services: Services) -> None:
    case = add(client)
    user = services.store.accounts.add_user(TESTER, "anna", "coder").id
    assert client.post(f"/v1/cases/{case}:assign", json={"user": user}).json()["assignee"] == user
    assert client.get("/v1/cases", params={"assignee": user}).json()["cases"][0]["id"] == case
    assert client.post(f"/v1/cases/{case}:assign", json={"user": ""}).json()["assignee"] == ""
    assert client.post(f"/v1/cases/{case}:assign", json={"user": "0" * 32}).status_code == 404


def test_another_draft(client: TestClient) -> None:
    case = add(client)
    answer = client.post(f"/v1/cases/{case}:draft", json={"scope": "mentions"})
    assert answer.status_code == 201
    assert (answer.json()["result"]["number"], answer.json()["result"]["content"]["scope"]) == (2, "mentions")
    results = client.get(f"/v1/cases/{case}/results").json()["results"]
    assert [each["number"] for each in results] == [1, 2]
    assert client.get(f"/v1/cases/{case}/results/3").status_code == 404
    assert client.post(f"/v1/cases/{case}:draft", json={"protocol": "/etc/passwd"}).status_code == 422


def test_a_case_that_is_not_there(client: TestClient) -> None:
    answer = client.get(f"/v1/cases/{'0' * 32}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-record")
