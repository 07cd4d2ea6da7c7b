"""The page where the codes of a note are reviewed, and what its scripts ask for besides the REST routes."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from wardround.coding.result import CodingResult, Encounter
from wardround.documents.pages import page_images
from wardround.errors import StoreConflict, UnknownRecord
from wardround.export.visible import visible
from wardround.icd10 import load
from wardround.server.access.identify import Acting, may
from wardround.server.access.policy import permits
from wardround.server.api.values import Ordinal
from wardround.server.reviewing import code_set, final
from wardround.server.services import Serving
from wardround.server.workbench.coding.finding import find
from wardround.server.workbench.coding.history import people_of, rounds_of
from wardround.server.workbench.coding.sheet import Sheet, sheet_of
from wardround.server.workbench.coding.source import source_of
from wardround.server.workbench.coding.undo import steps_back
from wardround.server.workbench.rendering import name_of, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.store import Actor, Review

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_WIDEST = 1600  # pixels of a page's picture; larger ones are drawn smaller
_LONGEST = 4000
_WORKED = 120.0  # seconds that a page tells at a time, at most

Round_ = Annotated[int | None, Query(ge=1, le=10_000)]


class Turn(BaseModel):
    """Which review is meant, as the page last saw it."""

    round: Ordinal
    version: Ordinal


class Worked(BaseModel):
    """Time that somebody worked on a review."""

    round: Ordinal
    seconds: float = Field(gt=0, le=_WORKED)


class Sought(BaseModel):
    """Words that a code is looked for, of a release. They are sent in the body: they may be of a note."""

    words: str = Field(max_length=200)
    release: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


@router.get("/cases/{case}/coding", openapi_extra=permits("cases:read"))
def coding(request: Request, case: str, serving: Serving, acting: Acting, round: Round_ = None) -> Response:
    """The review of the codes of a note. Opening a draft that nobody reviews yet begins its review."""
    store = serving.store
    kept = store.case(acting, case)
    if kept.kind != "note":
        return RedirectResponse(f"/cases/{case}", 303)
    if not kept.results:
        job = store.jobs.job(acting, kept.job) if kept.job else None
        return render(request, "coding/waiting.html", case=kept, job=job)
    can = may(request, "reviews:write")
    reviews = store.reviews(acting, case)
    review = _shown(reviews, acting, round)
    if review is None and can and kept.status != "deleted":
        review = store.begin_review(acting, case, kept.results)
        reviews, kept = store.reviews(acting, case), store.case(acting, case)
    content = store.result(acting, case, review.result if review else None).content
    codes = code_set(content)
    assert codes is not None  # a note's result is of a release
    result = CodingResult.model_validate(content)
    source = source_of(store, acting, kept, result)
    sheet = sheet_of(result, source, review, acting, codes.title, may=can)
    text = source.note.text
    return render(
        request,
        "coding/review.html",
        case=kept,
        document=source.document,
        sheet=sheet,
        states=_states(sheet),
        marked=[
            (f"span:{span.start}-{span.end}", visible(text[span.start : span.end]), said)
            for span, said in sheet.marks.items()
        ],
        rounds=rounds_of(reviews, review),
        names={id: name_of(request, id) for id in people_of(reviews)},
        newer=review is not None and review.signed is None and review.result < kept.results,
        final=final(content, review, codes) if review is not None and review.signed else None,
    )


@router.post("/cases/{case}/coding/undo", openapi_extra=permits("reviews:write"))
def undo(case: str, turn: Turn, serving: Serving, acting: Acting) -> JSONResponse:
    """Take back the last decision of whoever asks, in a review as they last saw it."""
    store = serving.store
    review = store.review(acting, case, turn.round)
    if review.version != turn.version:
        raise StoreConflict("somebody else decided in the meantime", where=case, hint="look at the review again")
    steps = steps_back(review, acting.id)
    if not steps:
        raise StoreConflict("there is nothing of yours to take back", where=case)
    for step in steps:
        review = store.decide(
            acting,
            case,
            step.item,
            step.verb,
            value=step.value,
            reason=step.reason,
            version=review.version,
            round=turn.round,
        )
    return JSONResponse({"version": review.version, "item": steps[0].item})


@router.post("/cases/{case}/coding/worked", openapi_extra=permits("reviews:write"))
def worked(case: str, told: Worked, serving: Serving, acting: Acting) -> Response:
    """Add to the time that was spent on a review."""
    serving.store.worked(acting, case, told.round, told.seconds)
    return Response(status_code=204)


@router.post("/codes/find", openapi_extra=permits("codes:read"))
def find_codes(sought: Sought, serving: Serving) -> JSONResponse:
    """Billable codes for words, each with the way that led to it."""
    codes = load(release=sought.release)
    encounter = Encounter(date=codes.release.valid_from)

    def code(words: str) -> CodingResult:
        return serving.drafting.code(words, encounter, scope="mentions")

    return JSONResponse({"hits": [asdict(hit) for hit in find(codes, code, sought.words)]})


@router.get("/cases/{case}/documents/{document}/pages/{number}.png", openapi_extra=permits("cases:read"))
def page(
    case: str, document: str, number: Annotated[int, Path(ge=1, le=10_000)], serving: Serving, acting: Acting
) -> Response:
    """A page of a document as a picture, upright."""
    data = serving.store.document(acting, case, document)
    ((_, picture),) = page_images(data, [number])
    picture.thumbnail((_WIDEST, _LONGEST))
    drawn = io.BytesIO()
    picture.save(drawn, "PNG")
    return Response(drawn.getvalue(), media_type="image/png", headers={"Cache-Control": "no-store"})


def _shown(reviews: Sequence[Review], actor: Actor, round: int | None) -> Review | None:
    """The review to show: the one that is asked for, one's own open one, the open first one, or what was signed last.

    Raises:
        UnknownRecord: there is no such round.
        StoreConflict: it is another's, and whoever asks makes a second reading, which is blind to it.
    """
    second = next((each for each in reviews if _is_second(each, actor)), None)
    if second is not None and round not in (None, second.round):
        raise StoreConflict("sign your own reading first; it is made without the other one", where=second.case)
    if round is not None:
        found = next((each for each in reviews if each.round == round), None)
        if found is None:
            raise UnknownRecord("the case has no such review")
        return found
    opened = [each for each in reviews if each.signed is None]
    own = [each for each in opened if each.opened_by == actor.id]
    first = [each for each in opened if each.reading == "first"]
    return next(iter([*own, *first, *reversed(reviews)]), None)


def _is_second(review: Review, actor: Actor) -> bool:
    """Whether somebody makes a second reading."""
    return review.reading == "second" and review.signed is None and review.opened_by == actor.id


def _states(sheet: Sheet) -> dict[str, str]:
    """Item of a highlight → how it is drawn."""
    states: dict[str, str] = {card.item: card.state for card in sheet.cards}
    states |= {f"-{each.code}": "down" for each in sheet.turned_down}
    return states | {f"span:{span.start}-{span.end}": "marked" for span in sheet.marks}
