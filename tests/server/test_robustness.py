"""The server where something around it fails: clear answers, and nothing that is half there."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy

from server.listening import answer_to, listening
from wardround.server import Config, create_app, limits
from wardround.server.problems import MEDIA_TYPE
from wardround.server.spooling import spooling
from wardround.store import Actor, database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from wardround.icd10 import CodeSet

NOTE = {"text": "ASSESSMENT\nAcute appendicitis.\n"}
FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("robust") / "store"


@pytest.fixture(scope="module")
def app(folder: Path, codes: CodeSet) -> Iterator[FastAPI]:
    assert codes.release.id  # compiled before anything is timed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_PATIENCE", 0.3)
        yield create_app(Config(folder=folder))


@pytest.fixture(scope="module")
def port(app: FastAPI, folder: Path) -> Iterator[int]:
    with spooling(folder), listening(app) as port:
        note = {**NOTE, "keep": False}  # what the first note waits for is no matter of these tests
        assert httpx.post(f"http://127.0.0.1:{port}/v1/notes:code", json=note, timeout=120).status_code == 200
        yield port


@pytest.fixture
def client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client


@pytest.fixture
def unchanged(client: httpx.Client, folder: Path) -> Iterator[None]:
    """Makes sure that a test leaves no case and no file behind."""

    def there() -> tuple[int, set[Path]]:
        cases = client.get("/v1/cases", params={"limit": 100}).json()["cases"]
        return len(cases), {path for path in (folder / "documents").rglob("*") if path.is_file()}

    def spools() -> list[Path]:
        return [path for spool in folder.glob(".spool-*") for path in spool.iterdir()]

    before = there()
    yield
    until = time.monotonic() + 60
    while spools() and time.monotonic() < until:
        time.sleep(0.05)
    assert spools() == []
    assert there() == before


def is_problem(response: httpx.Response, status: int) -> bool:
    return (response.status_code, response.headers["content-type"]) == (status, MEDIA_TYPE)


@pytest.mark.usefixtures("unchanged")
def test_a_locked_database_is_told_and_comes_back(client: httpx.Client, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "wardround.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        response = client.post("/v1/notes:code", json=NOTE)
        assert is_problem(response, 503)
        assert response.headers["retry-after"]
        assert response.json()["retryable"]
        assert client.get("/ready").status_code == 200  # reading is possible
        other.execute("ROLLBACK")
    assert client.post("/v1/notes:code", json={**NOTE, "keep": False}).status_code == 200


@pytest.mark.usefixtures("unchanged")
def test_a_disk_that_is_full_while_a_document_is_written(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        response = client.post("/v1/notes:code", json=NOTE)
    assert is_problem(response, 507)
    assert response.headers["retry-after"]


def test_a_database_that_is_full(client: httpx.Client, app: FastAPI) -> None:
    engine = app.state.services.store._database._engine

    def limit(connection: Any, record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    before = len(client.get("/v1/cases", params={"limit": 100}).json()["cases"])
    engine.dispose()
    sqlalchemy.event.listen(engine, "connect", limit)
    try:
        answers = [client.post("/v1/notes:code", json={"text": f"Gout {'x' * 9_000} {each}"}) for each in range(20)]
    finally:
        sqlalchemy.event.remove(engine, "connect", limit)
        engine.dispose()
    kept = sum(each.status_code == 201 for each in answers)
    assert is_problem(answers[-1], 507)
    assert {each.status_code for each in answers} == {201, 507}
    cases = client.get("/v1/cases", params={"limit": 100}).json()["cases"]
    assert len(cases) == before + kept
    for case in cases:
        assert client.get(f"/v1/cases/{case['id']}/results/1").status_code == 200
        document = case["documents"][0]["id"]
        assert client.get(f"/v1/cases/{case['id']}/documents/{document}").text.startswith(("Gout", "ASSESSMENT"))
    assert client.post("/v1/notes:code", json=NOTE).status_code == 201


@pytest.mark.usefixtures("unchanged")
def test_an_upload_that_ends_in_the_middle(port: int) -> None:
    head = (
        f"POST /v1/studies:read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM}\r\nContent-Length: 9000000\r\n\r\n"
    )
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        connection.sendall(head.encode() + PART + bytes(3_000_000))
    threading.Event().wait(0.3)


@pytest.mark.usefixtures("unchanged")
def test_an_upload_that_stops_in_the_middle(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_SILENCE", 0.3)
    monkeypatch.setattr(limits, "_LINGER", 0.1)
    head = (
        f"POST /v1/studies:read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM}\r\nContent-Length: 9000000\r\n\r\n"
    )
    assert answer_to(port, head.encode(), PART, bytes(3_000_000)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.usefixtures("unchanged")
def test_no_route_takes_more_than_it_may(app: FastAPI, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_LINGER", 0.0)
    asked = 0
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            for type_ in ("application/json", "application/x-www-form-urlencoded", FORM, "text/plain", "x"):
                head = f"{method.upper()} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {type_}\r\n"
                head += f"Content-Length: {limits.STUDY_LIMIT + 1}\r\n\r\n"
                assert answer_to(port, head.encode()).startswith(b"HTTP/1.1 413 "), (method, path, type_)
                asked += 1
    assert asked > 100


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("signature", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM"])
def test_a_picture_may_have_50_mb(client: httpx.Client, monkeypatch: pytest.MonkeyPatch, signature: bytes) -> None:
    monkeypatch.setattr(limits, "IMAGE_LIMIT", 1_000_000)
    content = signature + bytes(1_000_000)
    response = client.post("/v1/studies:read", files={"files": ("x", content)})
    assert is_problem(response, 413)
    assert "a picture may have" in response.json()["title"]


def test_fifty_clients_at_once_are_all_answered(client: httpx.Client, app: FastAPI) -> None:
    statuses: list[int] = []

    def post(number: int) -> None:
        headers = {"Idempotency-Key": f"client-{number}"}
        statuses.append(client.post("/v1/notes:code", json=NOTE, headers=headers, timeout=60).status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 503}, statuses
    kept = app.state.services.store.cases(Actor(id="test"), limit=100).cases
    assert statuses.count(201) <= len(kept)
