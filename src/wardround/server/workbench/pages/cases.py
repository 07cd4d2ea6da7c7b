"""The way from a case to the page where it is reviewed."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.serving import Serving

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/cases/{case}", openapi_extra=permits("cases:read"))
def case(case: str, serving: Serving, acting: Acting) -> RedirectResponse:
    """To the review of the codes of a note, or of the report of a study."""
    kind = serving.store.case(acting, case).kind
    return RedirectResponse(f"/cases/{case}/{'coding' if kind == 'note' else 'imaging'}", 303)
