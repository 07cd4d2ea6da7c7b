"""The page where the report of a study is reviewed beside its images."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from wardround.errors import UnknownRecord
from wardround.server.access.identify import Acting, may
from wardround.server.access.policy import permits
from wardround.server.serving import Serving
from wardround.server.workbench.beside import beside
from wardround.server.workbench.imaging.sheet import Sheet, sheet_of
from wardround.server.workbench.opening import opened
from wardround.server.workbench.rendering import name_of, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.server.services import Services
    from wardround.store import Actor, Case, Review

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

Round = Annotated[int | None, Query(ge=1, le=10_000)]


@router.get("/cases/{case}/imaging", openapi_extra=permits("cases:read"))
def imaging(request: Request, case: str, serving: Serving, acting: Acting, round: Round = None) -> Response:
    """The images of a study and its draft report. The review begins with the first decision."""
    kept = serving.store.case(acting, case)
    if kept.kind != "study":
        return RedirectResponse(f"/cases/{case}", 303)
    return _page(request, "imaging/review.html", serving, acting, kept, round)


@router.get("/cases/{case}/imaging/sheet", openapi_extra=permits("cases:read"))
def sheet(request: Request, case: str, serving: Serving, acting: Acting, round: Round = None) -> Response:
    """The report's side of the page alone, as it stands after a decision."""
    kept = serving.store.case(acting, case)
    if kept.kind != "study":
        raise UnknownRecord("there is no such study", where=case)
    return _page(request, "imaging/sheet.html", serving, acting, kept, round)


def _page(request: Request, template: str, serving: Services, actor: Actor, case: Case, round: int | None) -> Response:
    store = serving.store
    job = store.jobs.job(actor, case.job) if case.job else None
    shown, review, newer, found = None, None, False, None
    reviews: Sequence[Review] = ()
    if case.results:
        found = opened(store, actor, case, round, may=may(request, "reviews:write"))
        review, reviews = found.review, found.reviews
        shown = sheet_of(found.content, review)
        newer = review is not None and review.signed is None and review.result < case.results
    return render(
        request,
        template,
        case=case,
        job=job,
        sheet=shown,
        mode=(mode := _mode(request, shown)),
        marks=[asdict(mark) for mark in shown.marks] if shown is not None and mode != "blind" else [],
        watermark=_watermark(shown),
        newer=newer,
        beside=beside(found.content, review) if found else None,
        rounds=[each for each in reviews if not _alone(review) or each is review],
        names=_names(request, reviews, shown),
        priors=any(document.role == "prior" for document in case.documents),
    )


def _alone(review: Review | None) -> bool:
    """Whether this is an open second reading, which is blind to the first."""
    return review is not None and review.reading == "second" and review.signed is None


def _mode(request: Request, sheet: Sheet | None) -> str:
    """What can be done: ``none`` without a draft, ``blind``, ``reviewing``, ``signed`` or only ``reading``."""
    if sheet is None:
        return "none"
    if sheet.signed:
        return "signed"
    if sheet.review is None or not may(request, "reviews:write"):
        return "reading"
    return "blind" if sheet.review.blind and sheet.review.revealed is None else "reviewing"


def _watermark(sheet: Sheet | None) -> str:
    if sheet is not None and sheet.signed:
        return "Preliminary – for review by a qualified professional; not a diagnosis"
    return "DRAFT – not a diagnosis"


def _names(request: Request, reviews: Sequence[Review], sheet: Sheet | None) -> dict[str, str]:
    ids = {id for each in reviews for id in (each.opened_by, each.signed_by)}
    if sheet is not None:
        ids |= {card.decision.by for card in sheet.cards if card.decision}
        ids |= {sheet.review.opened_by, sheet.review.signed_by} if sheet.review else set()
    return {id: name_of(request, id) for id in ids if id}
