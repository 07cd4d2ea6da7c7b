"""Hosts, sites, proxies and headers, before any route."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from server.people import last_events, serving, store_of
from wardround.server.access.headers import CONTENT_SECURITY_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Of a server whose user acts without signing in: all that keeps other sites out is tested here."""
    with serving(tmp_path_factory.mktemp("store"), names=("Wardround.example",)) as client:
        yield client


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8765", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8765", True),
        ("wardround.example", True),
        ("wardround.example.:443", True),
        ("evil.example", False),
        ("wardround.example.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@localhost", False),
        ("localhost@evil.example", False),
        ("localhost/evil", False),
        ("localhost:x", False),
        ("0.0.0.0", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_the_name_that_the_server_is_called_by(client: TestClient, host: str, known: bool) -> None:
    answered = client.get("/v1/me", headers={"Host": host})
    assert answered.status_code == (200 if known else 421)
    assert known or answered.json()["where"] == "Host"


SITES = [
    ({}, True),  # a program
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"}, False),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"}, True),
    ({"Origin": "http://127.0.0.1"}, True),
    ({"Origin": "http://127.0.0.1:80"}, True),
    ({"Origin": "http://127.0.0.1:81"}, False),
    ({"Origin": "https://127.0.0.1"}, False),
    ({"Origin": "http://evil.example"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "http://127.0.0.1.evil.example"}, False),
    ({"Origin": ""}, False),
]


@pytest.mark.parametrize(("headers", "passes"), SITES, ids=str)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_site_that_a_request_comes_from(
    client: TestClient, method: str, headers: dict[str, str], passes: bool
) -> None:
    answered = client.request(method, "/v1/retention", headers=headers)
    assert (answered.status_code != 403) == passes
    if not passes:
        assert answered.json()["title"] == "a page of another site sent this"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_may_come_from_anywhere(client: TestClient, method: str) -> None:
    assert client.request(method, "/v1/me", headers={"Sec-Fetch-Site": "cross-site"}).status_code in (200, 405)


def test_no_other_site_can_read(client: TestClient) -> None:
    """No answer names another origin, so that browsers keep it from the page that asked."""
    for method in ("GET", "OPTIONS"):
        answered = client.request(
            method, "/v1/me", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"}
        )
        assert not [name for name in answered.headers if name.startswith("access-control")]


def test_what_shows_a_token_comes_from_no_page(client: TestClient) -> None:
    """A page of another site cannot send one unasked; so it is looked at, and it is wrong."""
    headers = {"Authorization": "Bearer wr_wrong", "Sec-Fetch-Site": "cross-site"}
    assert client.put("/v1/retention", headers=headers).status_code == 401


def test_a_refusal_is_an_event_and_a_flood_is_not(client: TestClient) -> None:
    client.app.state.denials.__init__()  # type: ignore[attr-defined]
    before = sum(1 for _ in store_of(client).events())
    for _ in range(75):
        client.put("/v1/retention", headers={"Sec-Fetch-Site": "cross-site"})
    assert sum(1 for _ in store_of(client).events()) - before == 60
    assert last_events(client, 1) == [("anonymous", "update", "route", "denied", "a page of another site sent this")]
    client.app.state.denials._window["route"] -= 61  # type: ignore[attr-defined]
    client.put("/v1/retention", headers={"Sec-Fetch-Site": "cross-site"})
    assert [event.details for event in store_of(client).events()][-1]["left_out"] == 15


ANSWERS = [
    ("GET", "/health", 200),
    ("GET", "/v1/me", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/nothing", 404),
    ("DELETE", "/health", 405),
    ("PUT", "/v1/retention", 422),
    ("GET", "/v1/users/", 307),
]
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "content-security-policy": CONTENT_SECURITY_POLICY,
}


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_what_browsers_are_told(client: TestClient, method: str, path: str, status: int) -> None:
    answered = client.request(method, path, follow_redirects=False)
    assert answered.status_code == status
    assert ALWAYS.items() <= dict(answered.headers).items()
    assert "permissions-policy" in answered.headers
    assert "strict-transport-security" not in answered.headers


def test_what_browsers_are_told_of_refusals(client: TestClient) -> None:
    for headers in ({"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert ALWAYS.items() <= dict(client.post("/v1/session", headers=headers).headers).items()


def test_what_browsers_are_told_of_defects(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("text of a patient")

    monkeypatch.setattr(store_of(client), "retention", broken)
    answered = TestClient(client.app, "http://127.0.0.1", raise_server_exceptions=False).get("/v1/retention")
    assert answered.status_code == 500
    assert ALWAYS.items() <= dict(answered.headers).items()
    assert "patient" not in answered.text


def test_the_policy_lets_nothing_in() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["object-src"] == rules["base-uri"] == "'none'"


TOLD = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "wardround.example"}


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    config = {"auth": "local", "host": "0.0.0.0", "trusted_proxy": "192.0.2.0/28", "names": ("wardround.example",)}
    with serving(tmp_path_factory.mktemp("store"), **config) as client:
        yield client


def come_from(client: TestClient, address: str) -> TestClient:
    return TestClient(client.app, "http://wardround.example", client=(address, 50_000))


@pytest.mark.parametrize(
    ("address", "status"),
    [("192.0.2.1", 200), ("192.0.2.15", 200), ("::ffff:192.0.2.1", 200), ("127.0.0.1", 200), ("192.0.2.16", 403)],
)
def test_only_the_proxy_reaches_it(proxied: TestClient, address: str, status: int) -> None:
    answered = come_from(proxied, address).get("/health")
    assert answered.status_code == status


def test_what_the_proxy_tells_counts(proxied: TestClient) -> None:
    proxy = come_from(proxied, "192.0.2.1")
    inside = {"Host": "10.1.1.1:8765"}
    assert proxy.get("/health", headers=inside).status_code == 421
    assert proxy.get("/health", headers=inside | TOLD).status_code == 200
    own = {"Origin": "https://wardround.example"}
    assert proxy.post("/v1/session", json={}, headers=inside | TOLD | own).status_code == 422
    other = {"Origin": "http://wardround.example"}
    assert proxy.post("/v1/session", json={}, headers=inside | TOLD | other).status_code == 403
    assert proxy.get("/health", headers=TOLD).headers["strict-transport-security"] == "max-age=31536000"


def test_what_others_tell_does_not(proxied: TestClient, client: TestClient) -> None:
    here = come_from(proxied, "127.0.0.1")
    assert here.get("/health", headers={"Host": "evil.example"} | TOLD).status_code == 421
    assert client.get("/health", headers={"Host": "evil.example"} | TOLD).status_code == 421
