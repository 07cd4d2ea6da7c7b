"""Signing in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from wardround.server.access.origin import is_here
from wardround.server.access.policy import permits
from wardround.server.serving import Serving
from wardround.server.workbench.rendering import render

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/sign-in", openapi_extra=permits("public"))
def sign_in(request: Request, serving: Serving, next: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    """The form for name and password, or the way to the identity provider."""
    if serving.config.auth == "none":
        return RedirectResponse("/", 303)
    return render(request, "sign_in.html", next=next if is_here(next) else "/")
