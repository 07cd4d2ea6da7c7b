"""Every route with every role: who may is decided by the permission that the route names, and by nothing else.

The routes are those that the application has, in its OpenAPI document or not; a new one is tested without a line here.
"""

from __future__ import annotations

import datetime
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from server.people import SETUP, another, bearer, people, serving, store_of
from wardround.server import Config, create_app
from wardround.server.access.policy import PERMISSIONS, ROLES, permission_of, permits
from wardround.server.access.tokens import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.routing import RouteContext

    from wardround.server.access.policy import Permission
    from wardround.store import Role

APP = create_app(Config())  # never started: only its routes are looked at


_PLACEHOLDERS = ("1", "0" * 32)


@dataclass(frozen=True)
class Asked:
    """A route with one of its methods, and an address of it."""

    method: str
    path: str
    permission: Permission | None
    address: str


def asked(app: FastAPI) -> list[Asked]:
    return [
        Asked(method, str(each.path_format), permission_of(each.original_route.openapi_extra), address_of(each))
        for each in iter_route_contexts(app.routes)
        if isinstance(each.original_route, APIRoute)
        for method in sorted(each.methods or ())
    ]


def address_of(route: RouteContext) -> str:
    """The path with something for each parameter that it takes."""
    kinds = route.original_route.param_convertors
    filled = {
        name: next(each for each in _PLACEHOLDERS if re.fullmatch(kind.regex, each)) for name, kind in kinds.items()
    }
    return str(route.path_format).format(**filled)


ASKED = asked(APP)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, dict[Role, str]]]:
    folder = tmp_path_factory.mktemp("store")
    ids = people(folder)
    with serving(folder, auth="local") as client:
        yield client, ids


def status(client: TestClient, each: Asked, headers: dict[str, str] | None = None) -> int:
    return client.request(each.method, each.address, headers=headers, follow_redirects=False).status_code


def signed_in(client: TestClient, user: str) -> TestClient:
    """Another browser with a new session of a user, as some routes end theirs."""
    value = secrets.token_urlsafe()
    expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    store_of(client).accounts.open_session(SETUP, user, digest_of(value), expires)
    browser = another(client)
    browser.cookies.set("wardround", value)
    return browser


def named(each: Asked) -> str:
    return f"{each.method} {each.path}"


def test_there_are_routes() -> None:
    assert len(ASKED) > 20
    assert {each.permission for each in ASKED} <= set(PERMISSIONS)


@pytest.mark.parametrize("each", ASKED, ids=named)
def test_every_route_names_a_permission(each: Asked) -> None:
    assert each.permission is not None, "openapi_extra=permits(…); nobody may ask for this as it stands"


def test_the_document_says_the_same() -> None:
    told = {
        (method.upper(), path): operation["x-permission"]
        for path, operations in APP.openapi()["paths"].items()
        for method, operation in operations.items()
    }
    routes = {(each.method, each.path): each.permission for each in ASKED}
    assert len(told) > 10
    assert told == {key: routes[key] for key in told}


def test_what_is_no_route_of_fastapi_is_the_document_alone() -> None:
    others = [each.path for each in iter_route_contexts(APP.routes) if not isinstance(each.original_route, APIRoute)]
    assert others == ["/openapi.json"]


@pytest.mark.parametrize("each", ASKED, ids=named)
def test_each_role(each: Asked, running: tuple[TestClient, dict[Role, str]]) -> None:
    client, ids = running
    got = {role: status(signed_in(client, ids[role]), each) for role in ROLES}
    got_anonymous = status(another(client), each)
    if each.permission == "public":
        assert got_anonymous not in (401, 403)
    else:
        assert got_anonymous == 401
    for role, granted in ROLES.items():
        if each.permission in granted:
            assert got[role] not in (401, 403, 500), f"{role} may not"
        else:
            assert got[role] == 403, f"{role} may"


@pytest.mark.parametrize("each", [each for each in ASKED if each.permission != "public"], ids=named)
def test_tokens(each: Asked, running: tuple[TestClient, dict[Role, str]]) -> None:
    """The scope alone is not enough, nor is the role; a wrong token is not made good by a session."""
    client, ids = running
    if each.permission != "signed-in":
        other = "metrics:read" if each.permission != "metrics:read" else "audit:read"
        assert status(client, each, bearer(client, ids["admin"], other)) == 403
        for role, granted in ROLES.items():
            if each.permission not in granted:
                assert status(client, each, bearer(client, ids[role], str(each.permission))) == 403
        allowed = status(client, each, bearer(client, ids["admin"], str(each.permission)))
        assert allowed not in (401, 403, 500)
    wrong = {"Authorization": f"Bearer wr_{'0' * 72}"}
    assert status(signed_in(client, ids["admin"]), each, wrong) == 401


def test_a_route_without_a_permission_is_closed_to_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    """However it comes into the application."""
    ran: list[str] = []

    def plain(request: object) -> PlainTextResponse:
        ran.append("plain")
        return PlainTextResponse("plain")

    routes = APIRouter()
    routes.add_route("/plain-in-router", plain)

    @routes.get("/nothing")
    def _() -> None:
        ran.append("nothing")

    @routes.post("/misspelt", openapi_extra={"x-permission": "cases:raed"})
    def _() -> None:
        ran.append("misspelt")

    @routes.websocket("/socket")
    async def _(socket: WebSocket) -> None:
        ran.append("socket")

    with pytest.MonkeyPatch.context() as patch:
        from wardround.server.workbench import workbench

        before = workbench.install

        def more(app: FastAPI) -> None:
            before(app)
            app.include_router(routes, prefix="/more")
            app.mount("/mounted", Starlette(routes=[Route("/", plain)]))
            app.add_route("/plain", plain)
            app.get("/open", openapi_extra=permits("public"))(lambda: ran.append("open"))

        patch.setattr(workbench, "install", more)
        with serving(tmp_path_factory.mktemp("store")) as client:  # as admin
            paths = ("/more/nothing", "/more/plain-in-router", "/mounted/", "/plain")
            assert [client.get(path).status_code for path in paths] == [403] * 4
            assert client.post("/more/misspelt").status_code == 403
            with pytest.raises(WebSocketDisconnect), client.websocket_connect("/more/socket"):
                pass
            assert ran == []
            assert client.get("/open").status_code == 200
            assert ran == ["open"]
