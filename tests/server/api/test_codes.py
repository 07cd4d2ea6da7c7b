"""The classification over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


def test_search(client: TestClient) -> None:
    told = client.get("/v1/codes", params={"search": "essential hypertension", "limit": 3}).json()
    assert (told["release"], told["codes"][0]["code"]) == ("2026-04-01", "I10")
    assert len(told["codes"]) == 3
    assert client.get("/v1/codes").status_code == 422


def test_one_code(client: TestClient) -> None:
    told = client.get("/v1/codes/e11").json()
    assert (told["code"], told["billable"], told["level"]) == ("E11", False, "category")
    assert "E11.6" in told["children"]
    assert told["use_additional"][0]["source"] == "E11"


def test_no_code_names_the_nearest(client: TestClient) -> None:
    answer = client.get("/v1/codes/E11.66")
    assert answer.status_code == 404
    assert "E11.65" in answer.json()["hint"]


@pytest.mark.parametrize("path", ["/v1/codes?search=gout", "/v1/codes/I10?x=1"])
def test_no_release(client: TestClient, path: str) -> None:
    answer = client.get(f"{path}&release=1999-10-01")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-release")


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ({"codes": ["I10"]}, []),
        ({"codes": ["F02.80", "G30.9"]}, ["manifestation"]),
        ({"codes": ["O80"], "encounter": {"sex": "male"}}, ["sex"]),
    ],
)
def test_check(client: TestClient, body: dict[str, Any], rules: list[str]) -> None:
    found = {finding["rule"] for finding in client.post("/v1/codes:check", json=body).json()["findings"]}
    assert found >= set(rules)
    assert bool(found) == bool(rules)
