"""The audit trail and the retention over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.people import SETUP, serving, store_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with serving(tmp_path_factory.mktemp("store")) as client:
        for number in range(7):
            store_of(client).log(SETUP, "export", "case", f"c{number}", outcome="denied", reason="test", pages=number)
        yield client


def test_page_by_page(client: TestClient) -> None:
    seen, after = [], 0
    while after is not None:
        page = client.get("/v1/audit", params={"actor": SETUP.id, "limit": 3, "after": after}).json()
        seen += [event["resource"] for event in page["events"]]
        after = page["after"]
    assert seen == [f"c{number}" for number in range(7)]


def test_what_an_event_says(client: TestClient) -> None:
    (event,) = client.get("/v1/audit", params={"resource": "c3"}).json()["events"]
    assert (event["actor"], event["action"], event["outcome"]) == (SETUP.id, "export", "denied")
    assert (event["reason"], event["details"]) == ("test", {"pages": 3})
    assert len(event["hash"]) == 64


def test_reading_it_is_an_event(client: TestClient) -> None:
    client.get("/v1/audit", params={"action": "sign", "resource": "c1"})
    *_, last = store_of(client).events()
    assert (last.action, last.kind, last.actor[:3]) == ("query", "audit", "os:")
    assert last.details == {"of_action": "sign", "of_resource": True}


@pytest.mark.parametrize(
    ("chosen", "status"),
    [
        ({"since": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}, 200),
        ({"since": "2020-01-01T00:00:00"}, 422),
        ({"action": "eat"}, 422),
        ({"limit": 0}, 422),
        ({"limit": 501}, 422),
        ({"after": -1}, 422),
        ({"actor": "x" * 101}, 422),
        ({"actor": "\0"}, 200),
    ],
    ids=str,
)
def test_what_can_be_chosen(client: TestClient, chosen: dict[str, str | int], status: int) -> None:
    assert client.get("/v1/audit", params=chosen).status_code == status


def test_retention(client: TestClient) -> None:
    for days in (None, 30, 36_500, None):
        assert client.put("/v1/retention", json={"days": days}).json() == {"days": days}
        assert client.get("/v1/retention").json() == {"days": days}
    for days in (0, 36_501, "x", 1.5):
        assert client.put("/v1/retention", json={"days": days}).status_code == 422
