"""The work list: which cases there are, who has them, and how far they are."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.services import Serving
from wardround.server.workbench.rendering import name_of, render
from wardround.store.records import STATUSES

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_PAGE = 50  # cases


class Chosen(BaseModel):
    """What of the list is shown; the query of its address, so that it can be bookmarked."""

    status: Literal["", "new", "drafted", "in_review", "signed", "amended", "deleted"] = ""
    kind: Literal["", "note", "study"] = ""
    assignee: Literal["", "mine", "nobody"] = ""
    search: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[str, Field(max_length=100)] = ""

    @property
    def filtered(self) -> bool:
        """Whether it is less than everything."""
        return bool(self.status or self.kind or self.assignee or self.search)

    def address(self, **other: str) -> str:
        """The address of the list as chosen, but for ``other``."""
        query = {name: value for name, value in (self.model_dump() | other).items() if value}
        return f"/?{urlencode(query)}" if query else "/"


@router.get("/", openapi_extra=permits("cases:read"))
def worklist(request: Request, serving: Serving, acting: Acting, chosen: Annotated[Chosen, Query()]) -> HTMLResponse:
    """Cases, the newest first, a page at a time."""
    assignee = {"": None, "mine": acting.id, "nobody": ""}[chosen.assignee]
    page = serving.store.cases(
        acting,
        status=chosen.status or None,
        kind=chosen.kind or None,
        assignee=assignee,
        search=chosen.search.strip(),
        after=chosen.after,
        limit=_PAGE,
    )
    names = {id: name_of(request, id) for id in {case.assignee for case in page.cases}}
    return render(request, "worklist.html", chosen=chosen, page=page, statuses=STATUSES, names=names)
