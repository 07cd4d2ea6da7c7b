"""The work list: which cases there are, who has them, how far they are; and how far jobs on them are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from wardround.coding.result import Setting
from wardround.server.access.identify import Acting, may
from wardround.server.access.policy import permits
from wardround.server.serving import Serving
from wardround.server.workbench.rendering import name_of, render
from wardround.store.records import STATUSES, Reader

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wardround.store import Job, Review
    from wardround.store.store import Store

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_PAGE = 50  # cases


class Chosen(BaseModel):
    """What of the list is shown; the query of its address, so that it can be bookmarked."""

    status: Literal["", "new", "drafted", "in_review", "signed", "amended", "deleted"] = ""
    kind: Literal["", "note", "study"] = ""
    assignee: Literal["", "mine", "nobody"] = ""
    task: Literal["", "second", "adjudication"] = ""
    search: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[str, Field(max_length=100)] = ""
    before: Annotated[str, Field(max_length=100)] = ""

    @property
    def filtered(self) -> bool:
        """Whether cases are left out."""
        return bool(self.status or self.kind or self.assignee or self.task or self.search.strip())

    def address(self, **other: str) -> str:
        """The address of the list's first page as chosen, but for ``other``."""
        query = self.model_dump() | {"after": "", "before": ""} | other
        told = {name: value for name, value in query.items() if value}
        return f"/?{urlencode(told)}" if told else "/"

    @property
    def here(self) -> str:
        """The address of this page."""
        return self.address(after=self.after, before=self.before)


@router.get("/", openapi_extra=permits("cases:read"))
def worklist(request: Request, serving: Serving, acting: Acting, chosen: Annotated[Chosen, Query()]) -> HTMLResponse:
    """Cases, the newest first, a page at a time."""
    store = serving.store
    page = store.cases(
        acting,
        status=chosen.status or None,
        kind=chosen.kind or None,
        assignee={"": None, "mine": acting.id, "nobody": ""}[chosen.assignee],
        task=Reader(reading=chosen.task, user=acting.id) if chosen.task else None,
        search=chosen.search.strip(),
        after=chosen.after,
        before=chosen.before,
        limit=_PAGE,
    )
    counts = store.count()
    rounds = store.readings([case.id for case in page.cases])
    people = {case.assignee for case in page.cases} | {each.opened_by for those in rounds.values() for each in those}
    statuses = [each for each in STATUSES if each != "deleted" or may(request, "cases:delete")]
    return render(
        request,
        "worklist.html",
        chosen=chosen,
        page=page,
        counts=counts,
        statuses=statuses,
        total=sum(number for status, number in counts.items() if status != "deleted"),
        tasks={case.id: _task(rounds.get(case.id, ())) for case in page.cases},
        names={id: name_of(request, id) for id in people},
        jobs=_running(store, {case.job for case in page.cases}),
        settings=get_args(Setting),
        people=_people(store) if may(request, "cases:assign") else (),
    )


@router.get("/progress", openapi_extra=permits("cases:read"))
def progress(request: Request, serving: Serving, job: Annotated[list[str], Query(max_length=_PAGE)]) -> HTMLResponse:
    """How far some jobs are. When one of them has ended, the list is told to be loaded anew."""
    jobs = _running(serving.store, job)
    page = render(request, "progress.html", jobs=jobs, swapped=True)
    if len(jobs) < len(set(job)):
        page.headers["HX-Trigger"] = "cases-changed"
    return page


def _running(store: Store, wanted: Collection[str]) -> dict[str, Job]:
    """Those of some jobs that are queued or running, by id. Asks the database for nothing where none can be."""
    return {job.id: job for job in store.jobs.unfinished() if job.id in wanted} if any(wanted) else {}


def _task(rounds: Sequence[Review]) -> Review | str | None:
    """The open second reading of a case, ``adjudication`` where both were signed and nobody settled them, or None."""
    second = next((each for each in reversed(rounds) if each.reading == "second"), None)
    if second is None or second.signed is None:
        return second
    settled = any(each.reading == "adjudication" and each.signed for each in rounds)
    open = any(each.reading == "first" and not each.signed for each in rounds)
    return None if settled or open else "adjudication"


def _people(store: Store) -> list[tuple[str, str]]:
    """Id and name of those who can be given a case."""
    return [(user.id, user.name) for user in store.accounts.users() if not user.disabled and user.role != "reader"]
