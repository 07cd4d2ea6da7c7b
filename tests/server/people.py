"""People who use a server, in its store and in clients of it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from starlette.testclient import TestClient

from wardround.server import Config, create_app
from wardround.server.access.tokens import digest_of, new_token
from wardround.server.jobs import JobRunner
from wardround.store import Actor, Role, open_store
from wardround.store.records import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response

    from wardround.store.store import Store

PASSWORD = "four plain words together"
SETUP = Actor(id="os:setup")


# real hashes take a third of a second each, by design; `test_passwords` makes some
_QUICK = PasswordHasher.from_parameters(CHEAPEST)


def people(folder: Path) -> dict[Role, str]:
    """Role → id of a user who has it, by the name of the role and with `PASSWORD`, in a new store."""
    template, ids = _template()
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return ids


@cache
def _template() -> tuple[Path, dict[Role, str]]:
    folder = Path(tempfile.mkdtemp(prefix="wardround-people-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    kept = _QUICK.hash(PASSWORD)
    with open_store(folder=folder) as store:
        return folder, {role: store.accounts.add_user(SETUP, role, role, kept).id for role in ROLES}


@contextmanager
def serving(folder: Path, **config: Any) -> Iterator[TestClient]:
    """A client of a server that has begun, which nobody signed in to; `store_of` gives its store."""
    kind = Config(folder=folder, **config)
    scheme = "https" if kind.secure else "http"
    app = create_app(kind)
    app.state.passwords._hasher = _QUICK
    with (
        patch.object(JobRunner, "start"),
        TestClient(app, f"{scheme}://127.0.0.1", client=("127.0.0.1", 50_000)) as client,
    ):
        yield client


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.services.store  # type: ignore[attr-defined]
    return store


def another(client: TestClient) -> TestClient:
    """Another browser at the same server."""
    return TestClient(client.app, client.base_url, client=("127.0.0.1", 50_001))


def sign_in(client: TestClient, name: str, password: str = PASSWORD) -> Response:
    return client.post("/v1/session", json={"name": name, "password": password})


def bearer(client: TestClient, user: str, *scopes: str) -> dict[str, str]:
    """The header of a new token."""
    token = new_token()
    store_of(client).accounts.add_token(SETUP, user, "test", scopes, digest_of(token))
    return {"Authorization": f"Bearer {token}"}


def last_events(client: TestClient, count: int) -> list[tuple[str, str, str, str, str]]:
    """Actor, action, kind, outcome and reason of the last events."""
    events = [(each.actor, each.action, each.kind, each.outcome, each.reason) for each in store_of(client).events()]
    return events[-count:]
