"""The REST interface on both databases: notes, jobs, cases and reviews, and what is there after another start."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from engines.scripted_server import ScriptedServer
from store.conftest import database
from wardround.server import Config, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTE = "ASSESSMENT\n1. Acute appendicitis.\n2. Essential hypertension.\n"
NOTES = "/v1/notes:code"
PATIENCE = 120.0  # seconds


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database; empty for SQLite's own."""
    return "" if request.param == "sqlite" else database(request.getfixturevalue("postgresql"))


@contextmanager
def served(folder: Path, url: str, engine: str) -> Iterator[TestClient]:
    app = create_app(Config(folder=folder / "store", database=url, engine=engine))
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        yield client


def ended(client: TestClient, job: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while (told := client.get(f"/v1/jobs/{job}").json())["state"] in ("queued", "running"):
        assert time.monotonic() < end, told
        time.sleep(0.02)
    return dict(told)


def test_a_walk(tmp_path: Path, url: str) -> None:
    with ScriptedServer() as model:
        engine = f"{model.url}#tiny"
        with served(tmp_path, url, engine) as client:
            key = {"Idempotency-Key": "visit-1"}
            first = client.post(NOTES, json={"text": NOTE, "external_id": "visit-1"}, headers=key)
            again = client.post(NOTES, json={"text": NOTE, "external_id": "visit-1"}, headers=key)
            other = client.post(NOTES, json={"text": NOTE, "scope": "mentions"}, headers=key)
            assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409), first.text
            case = first.json()["case"]["id"]
            assert again.json()["case"]["id"] == case

            asked = client.post(NOTES, json={"text": NOTE, "engine": True, "external_id": "visit-2"})
            assert asked.status_code == 202, asked.text
            helped = asked.json()["case"]["id"]
            job = ended(client, asked.json()["job"]["id"])
            assert (job["state"], job["result"]) == ("done", 1), job
            assert [each["id"] for each in client.get("/v1/jobs", params={"state": "done"}).json()["jobs"]] == [
                job["id"]
            ]

            page = client.get("/v1/cases", params={"limit": 1}).json()
            rest = client.get("/v1/cases", params={"limit": 1, "after": page["after"]}).json()
            assert [each["id"] for each in (*page["cases"], *rest["cases"])] == [helped, case]
            found = client.get("/v1/cases", params={"search": "visit-1"}).json()["cases"]
            assert [each["id"] for each in found] == [case]

            review = client.post(f"/v1/cases/{case}/reviews", json={}).json()
            decisions = f"/v1/cases/{case}/reviews/1/decisions"
            for item in review["undecided"]:
                body = {"version": review["version"], "item": item["id"], "verb": "accept"}
                review = client.post(decisions, json=body).json()
            late = client.post(decisions, json={**body, "version": 1})
            assert (late.status_code, late.headers["content-type"]) == (409, "application/problem+json")
            signed = client.post(f"/v1/cases/{case}/reviews/1:sign", json={"version": review["version"]})
            assert signed.status_code == 200, signed.text

            client.delete(f"/v1/cases/{helped}").raise_for_status()
            gone = client.post(f"/v1/cases/{helped}:draft", json={})
            assert gone.status_code == 409
            client.post(f"/v1/cases/{helped}:restore", json={}).raise_for_status()
        with served(tmp_path, url, engine) as client:
            assert client.get("/ready").status_code == 200
            assert client.get(f"/v1/cases/{case}").json()["status"] == "signed"
            assert client.get(f"/v1/cases/{helped}").json()["status"] == "drafted"
            assert client.get(f"/v1/cases/{case}/export").headers["wardround-status"] == "signed"
            kinds = [(each["action"], each["kind"]) for each in client.get("/v1/audit").json()["events"]]
            for event in (("create", "case"), ("create", "job"), ("sign", "review"), ("delete", "case")):
                assert event in kinds, kinds
