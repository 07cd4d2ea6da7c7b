"""What every request meets before any route: the proxy it came through, the name and the site it comes from.

What has no permission of its own to ask for is refused here: websockets, and routes and mounts that are not FastAPI's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.routing import APIRoute, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.routing import Match

from wardround.errors import WardroundError
from wardround.server.access.headers import add_headers
from wardround.server.access.identify import authorised
from wardround.server.access.origin import SAFE, known_names, name_of, of_another_site
from wardround.server.access.tokens import bearer
from wardround.server.logs import METHODS
from wardround.server.problems import answer, problem

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wardround.server.access.denials import Denials
    from wardround.server.config import Config
    from wardround.server.problems import Problem

__all__ = ["Guard"]

_OPEN = frozenset({"/openapi.json"})
"""Routes that are not FastAPI's, and that whoever reaches the server may ask for."""


class Guard:
    """Middleware that refuses what should reach no route, and adds the headers that browsers must heed to all answers.

    Args:
        app: what comes after it.
        guarded: the application whose routes these are.
        config: of the server.
    """

    def __init__(self, app: ASGIApp, *, guarded: FastAPI, config: Config) -> None:
        self._app = app
        self._config = config
        self._names = known_names(config)
        routes = tuple(iter_route_contexts(guarded.routes))
        self._routes = tuple(each for each in routes if isinstance(each.original_route, APIRoute))
        self._closed = tuple(each for each in routes if each not in self._routes and each.path not in _OPEN)
        # addresses without parameters → what was found for them; they are as many as there are routes
        self._paths = frozenset(str(each.path) for each in self._routes if "{" not in str(each.path))
        self._met: dict[tuple[str, str], tuple[bool, APIRoute | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answered(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                add_headers(headers, scope["path"], secure=self._config.secure)
                if message["status"] == 401:
                    headers["WWW-Authenticate"] = scope.get("state", {}).get("challenge", "Bearer")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            if refusal.status == 403:
                denials: Denials = scope["app"].state.denials
                await run_in_threadpool(denials.refused, Request(scope), refusal.title)
            await answer(refusal)(scope, receive, sending)
            return
        try:
            if scope["method"] not in SAFE:
                try:
                    await self._authorise(scope)
                except WardroundError as error:
                    told = scope["app"].exception_handlers[WardroundError](Request(scope), error)
                    await told(scope, receive, sending)
                    return
            await self._app(scope, receive, sending)
        except Exception as error:
            # answered here: what Starlette answers to it would go out without these headers
            handler = scope["app"].exception_handlers.get(Exception)
            if handler is not None and not begun:
                await handler(Request(scope), error)(scope, receive, sending)
            raise

    async def _authorise(self, scope: Scope) -> None:
        """Ask before the body is read; FastAPI reads it before it asks, and anybody could fill the disk."""
        _, route = self._meets(scope)
        if route is not None:
            scope["route"] = route
            await authorised(Request(scope))

    def _meets(self, scope: Scope) -> tuple[bool, APIRoute | None]:
        """Whether a request meets what nobody may ask for, and the route that it meets."""
        asked = scope["method"], scope["path"]
        if asked in self._met:
            return self._met[asked]
        closed = any(route.matches(scope)[0] is not Match.NONE for route in self._closed)
        full = (each.original_route for each in self._routes if each.matches(scope)[0] is Match.FULL)
        found = closed, next((route for route in full if isinstance(route, APIRoute)), None)
        if scope["method"] in METHODS and scope["path"] in self._paths and scope.get("root_path", "") == "":
            self._met[asked] = found
        return found

    def _refusal(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or name_of(hosts[0]) not in self._names:
            hint = "name it when the server is started: --name"
            return problem(421, "this server is not reached by this name", where="Host", hint=hint)
        if bearer(headers) is None and of_another_site(scope["method"], scope["scheme"], headers):
            return problem(403, "a page of another site sent this", where="Origin")
        if self._meets(scope)[0]:
            return problem(403, "nobody may do this")
        return None
