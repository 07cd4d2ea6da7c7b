"""The page where the codes of a note are reviewed, and what its scripts ask for besides the REST routes."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from wardround.coding.result import CodingResult, Encounter
from wardround.documents.pages import page_images
from wardround.export.visible import visible
from wardround.icd10 import load
from wardround.server import blinding
from wardround.server.access.identify import Acting, may
from wardround.server.access.policy import permits
from wardround.server.reviewing import code_set, final
from wardround.server.serving import Serving
from wardround.server.source import source_of
from wardround.server.workbench.beside import beside
from wardround.server.workbench.coding.finding import find
from wardround.server.workbench.coding.history import people_of, rounds_of
from wardround.server.workbench.coding.questions import questions_of
from wardround.server.workbench.coding.sheet import Sheet, sheet_of
from wardround.server.workbench.opening import opened
from wardround.server.workbench.rendering import name_of, render

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_WIDEST = 1600  # pixels of a page's picture; larger ones are drawn smaller
_LONGEST = 4000

Round_ = Annotated[int | None, Query(ge=1, le=10_000)]


class Sought(BaseModel):
    """Words that a code is looked for, of a release. They are sent in the body: they may be of a note."""

    words: str = Field(max_length=200)
    release: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


@router.get("/cases/{case}/coding", openapi_extra=permits("cases:read"))
def coding(request: Request, case: str, serving: Serving, acting: Acting, round: Round_ = None) -> Response:
    """The review of the codes of a note. It begins with the first decision, not with being looked at."""
    store = serving.store
    kept = store.case(acting, case)
    if kept.kind != "note":
        return RedirectResponse(f"/cases/{case}", 303)
    if not kept.results:
        job = store.jobs.job(acting, kept.job) if kept.job else None
        return render(request, "coding/waiting.html", case=kept, job=job)
    can = may(request, "reviews:write")
    shown = opened(store, acting, kept, round, may=can)
    review, reviews, content = shown.review, shown.reviews, shown.content
    codes = code_set(content)
    assert codes is not None  # a note's result is of a release
    result = CodingResult.model_validate(content)
    whole = blinding.kept_draft(store, acting, case, review.result).content if review and shown.hidden else content
    source = source_of(store, acting, kept, CodingResult.model_validate(whole))  # whose text it is
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
        beside=beside(content, review),
        questions=questions_of(sheet.queries, sheet.review),
        rounds=rounds_of(reviews, review),
        names={id: name_of(request, id) for id in people_of(reviews)},
        newer=review is not None and review.signed is None and review.result < kept.results,
        final=final(content, review, codes) if review is not None and review.signed else None,
    )


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


def _states(sheet: Sheet) -> dict[str, str]:
    """Item of a highlight → how it is drawn."""
    states: dict[str, str] = {card.item: card.state for card in sheet.cards}
    states |= {f"-{each.code}": "down" for each in sheet.turned_down}
    return states | {f"span:{span.start}-{span.end}": "marked" for span in sheet.marks}
