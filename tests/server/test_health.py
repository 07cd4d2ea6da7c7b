"""Whether the server says truly that it can work."""

from __future__ import annotations

import shutil
import sqlite3
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from wardround import __version__, icd10
from wardround.errors import CodeSetError, StoreError
from wardround.server import Config, create_app
from wardround.server.jobs import JobRunner
from wardround.store.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Config(folder=tmp_path / "store")), base_url="http://127.0.0.1") as client:
        yield client


def failing(client: TestClient) -> dict[str, str]:
    """The parts of the server that fail, and why."""
    response = client.get("/ready")
    if response.status_code == 200:
        return {}
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert response.headers["retry-after"]
    assert client.get("/health").status_code == 200
    return {each["where"]: each["what"] for each in response.json()["errors"]}


def test_a_server_that_has_all_it_needs_is_ready(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok", "version": __version__}
    assert client.get("/ready").json() == {"status": "ready", "release": icd10.load().release.id}


def test_a_database_that_does_not_answer(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(self: Jobs) -> None:
        raise StoreError("the database cannot be reached", where="db", retryable=True)

    monkeypatch.setattr(Jobs, "unfinished", unreachable)
    assert failing(client) == {"database": "the database cannot be reached"}


def test_a_database_that_is_gone(client: TestClient, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "store" / "wardround.db") as database:
        database.execute("DROP TABLE jobs")
    assert failing(client).keys() == {"database"}


def test_a_code_set_that_is_gone(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise CodeSetError("no release is installed")

    monkeypatch.setattr(icd10, "load", gone)
    assert failing(client) == {"code set": "no release is installed"}


def test_a_disk_that_is_nearly_full(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_000))
    assert failing(client) == {"disk": "it is nearly full"}


def test_jobs_that_do_not_run(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JobRunner, "alive", False)
    assert failing(client) == {"jobs": "they do not run"}


def test_metrics_tell_what_was_asked_by_route(client: TestClient) -> None:
    client.get("/health?name=Zebrafinch")
    client.get("/Zebrafinch")
    client.request("ZEBRAFINCH", "/health")
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'wardround_requests_total{method="GET",route="/health",status="2xx"} 1.0' in response.text
    assert 'wardround_requests_total{method="GET",route="unmatched",status="4xx"} 1.0' in response.text
    assert 'wardround_requests_total{method="other",route="/health",status="4xx"} 1.0' in response.text
    assert "Zebrafinch" not in response.text
