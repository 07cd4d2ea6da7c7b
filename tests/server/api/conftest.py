"""An application with a store of its own, asked in the process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from server.people import people, serving
from wardround.server import Config, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from wardround.server.services import Services
    from wardround.store import Role

NOTE = "ASSESSMENT\n1. Essential hypertension.\n2. Type 2 diabetes mellitus with hyperglycemia.\n3. Cough.\n"
ENGINE = {"schema": "wardround.replies/1", "engine": "none", "digest": "", "capabilities": {"images": True}}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Config(folder=tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        yield client


@pytest.fixture
def services(app: FastAPI, client: TestClient) -> Services:
    services: Services = app.state.services
    return services


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server with a model that sees images, and never answers."""
    folder = tmp_path_factory.mktemp("seeing")
    (folder / "replies.jsonl").write_text(json.dumps(ENGINE) + "\n")
    app = create_app(Config(folder=folder / "store", engine=f"replay:{folder / 'replies.jsonl'}"))
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        yield client


@pytest.fixture(scope="module")
def ids() -> dict[Role, str]:
    """Role → id of the user of `server` who has it."""
    return {}


@pytest.fixture(scope="module")
def server(ids: dict[Role, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a server with a user of each role."""
    folder = tmp_path_factory.mktemp("store")
    ids.update(people(folder))
    with serving(folder, auth="local") as client:
        yield client
