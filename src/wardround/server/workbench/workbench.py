"""The pages, the files they need, and errors as pages."""

from __future__ import annotations

import mimetypes
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wardround.errors import NotSignedIn, WardroundError
from wardround.server.access.policy import permits
from wardround.server.problems import Problem
from wardround.server.workbench.pages import routers
from wardround.server.workbench.rendering import STATIC, render, static_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

__all__ = ["install"]

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2"}
_YEAR = 31_536_000  # seconds

files = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Add the pages to ``app``, and tell browsers of errors by pages; everybody else gets the problem as before."""
    for router in (*routers, files):
        app.include_router(router)
    told_before: dict[Any, Callable[..., Any]] = dict(app.exception_handlers)

    def told(kind: type[Exception], request: Request, error: Exception) -> Response:
        answer: Response = told_before[kind](request, error)
        return _page(request, answer) if _is_page(request) else answer

    @app.exception_handler(WardroundError)
    def _(request: Request, error: WardroundError) -> Response:
        if isinstance(error, NotSignedIn) and _is_page(request):
            return _to_sign_in(request)
        return told(WardroundError, request, error)

    for kind in (HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, partial(told, kind))


@files.get("/static/{version}/{path:path}", openapi_extra=permits("public"))
def static(version: str, path: str) -> Response:
    """A file that pages load. Browsers keep it for good if it is of the version that runs."""
    try:
        file = (STATIC / path).resolve()
        known = file.is_relative_to(STATIC.resolve()) and file.is_file()
    except (OSError, ValueError):  # no file can have such a name
        known = False
    if not known:
        raise HTTPException(404)
    media_type = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    keep = f"public, max-age={_YEAR}, immutable" if version == static_version() else "no-cache"
    return FileResponse(file, media_type=media_type, headers={"Cache-Control": keep})


def _is_page(request: Request) -> bool:
    """Whether a person waits for a page: a browser that goes to an address, or htmx for a part of one."""
    return "text/html" in request.headers.get("accept", "") or request.headers.get("hx-request") == "true"


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?next={quote(asked, safe='')}" if request.method == "GET" and asked != "/" else "/sign-in"
    return RedirectResponse(target, 303)


def _page(request: Request, told: Response) -> Response:
    """A problem as a page, with what else its answer says, such as when to come again."""
    page = render(request, "problem.html", told.status_code, problem=Problem.model_validate_json(bytes(told.body)))
    for name, value in told.headers.items():
        page.headers.setdefault(name, value)
    return page
