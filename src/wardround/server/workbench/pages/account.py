"""Your own account: password and tokens."""

from __future__ import annotations

import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from wardround.server.access.identify import Identified
from wardround.server.access.passwords import SHORTEST
from wardround.server.access.policy import SCOPES, permits
from wardround.server.serving import Serving
from wardround.server.workbench.rendering import render

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/account", openapi_extra=permits("signed-in"))
def account(request: Request, serving: Serving, identity: Identified) -> Response:
    """Changing the password, and the tokens of programs that act for you."""
    if identity.user is None:  # nobody signs in here
        return RedirectResponse("/", 303)
    return render(
        request,
        "account.html",
        user=identity.user,
        tokens=[each for each in serving.store.accounts.tokens(identity.user.id) if each.revoked is None],
        scopes=[each for each in SCOPES if each in identity.permissions],
        shortest=SHORTEST,
        now=datetime.datetime.now(datetime.UTC),
    )
