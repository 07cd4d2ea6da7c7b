"""Requests that no page and no client of ours sends: each is refused in plain words, and none is a defect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from server.people import people, serving, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

HUGE = 10**30


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("store")
    people(folder)
    with serving(folder, auth="local") as client:
        sign_in(client, "admin")
        yield client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/static/x/a%00b", 404),
        (f"/static/x/{'a' * 3000}", 404),
        ("/static/x/..%2f..%2frendering.py", 404),
        ("/static/x//etc/passwd", 404),
        ("/admin/audit?until=9999-12-31", 422),
        ("/admin/audit?actor=%00", 200),
        ("/?search=%00", 200),
        ("/cases/%00", 404),
    ],
)
def test_addresses(admin: TestClient, path: str, status: int) -> None:
    assert admin.get(path).status_code == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/cases/{case}/undo", {"round": HUGE, "version": 1}),
        ("/cases/{case}/undo", {"round": 2**31, "version": 1}),
        ("/cases/{case}/worked", {"round": HUGE, "seconds": 1}),
    ],
)
def test_numbers_that_no_database_keeps(admin: TestClient, path: str, body: dict[str, Any]) -> None:
    answer = admin.post(path.format(case="0" * 32), json=body)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "body.round")


def test_a_password_that_is_no_text_is_a_wrong_one(admin: TestClient) -> None:
    json = {"Content-Type": "application/json"}
    answer = admin.post("/v1/session", content=r'{"name": "admin", "password": "\ud800"}', headers=json)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("order", "note", "status"),
    [
        (r'{"resourceType": "ServiceRequest", "code": {"text": "\ud800"}}', "{}", 422),
        ('{"resourceType": "ServiceRequest", "quantity": 1e999}', "{}", 422),
        ('{"resourceType": ["ServiceRequest"], "code": 5}', "{}", 200),
        ("{}", '{"resourceType": "DocumentReference", "status": [1], "docStatus": {}}', 200),
        ("5", '{"resourceType": "DocumentReference", "content": 5, "type": [1], "date": {"a": 1}}', 200),
    ],
)
def test_resources_that_are_none(admin: TestClient, order: str, note: str, status: int) -> None:
    sent = f'"context": {{"draftOrders": {order}}}, "prefetch": {{"notes": {note}}}'
    call = f'{{"hook": "order-sign", "hookInstance": "x", {sent}}}'
    json = {"Content-Type": "application/json"}
    assert admin.post("/cds-services/wardround-orders", content=call, headers=json).status_code == status


def test_a_page_of_a_problem_says_what_its_answer_says(admin: TestClient) -> None:
    page = admin.post("/admin", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["allow"]) == (405, "GET")
    assert page.headers["content-type"].startswith("text/html")
