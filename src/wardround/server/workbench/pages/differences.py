"""The second reading of a case: asking for it, and settling where the two readings differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from wardround.errors import InputError, StoreConflict
from wardround.server import blinding
from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.differences import Row, differences
from wardround.server.serving import Serving
from wardround.server.workbench.rendering import name_of, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.store import Actor, Review
    from wardround.store.store import Store

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


class Taken(BaseModel):
    """An item that is decided as one of the readers did, in a review as the page last saw it."""

    round: int = Field(ge=1)
    version: int = Field(ge=1)
    item: str = Field(max_length=100)
    reading: Literal["first", "second"]


@router.get("/cases/{case}/differences", openapi_extra=permits("cases:read"))
def page(request: Request, case: str, serving: Serving, acting: Acting) -> HTMLResponse:
    """How far the second reading of a case is; when both are signed, where they differ."""
    store = serving.store
    kept = store.case(acting, case)
    blinding.refuse_alone(store, acting, case)
    rounds = blinding.reviews(store, acting, case)
    first, second, settling = _readings(rounds)
    both = first is not None and second is not None and first.signed and second.signed
    rows: tuple[Row, ...] = ()
    if first and second and both:
        content = blinding.kept_draft(store, acting, case, first.result).content
        rows = differences(content, first, second, settling)
    people = {id for each in rounds for id in (each.opened_by, each.signed_by)}
    took_part = {id for each in rounds if each.reading != "second" for id in (each.opened_by, each.signed_by)}
    took_part |= {decision.by for each in rounds if each.reading != "second" for decision in each.decisions}
    return render(
        request,
        "differences.html",
        case=kept,
        first=first,
        second=second,
        settling=settling,
        both=both,
        same=[each for each in rows if each.same],
        apart=[each for each in rows if not each.same],
        left=sum(not each.settled for each in rows),
        names={id: name_of(request, id) for id in people if id},
        others=[
            (user.id, user.name)
            for user in store.accounts.users()
            if user.role != "reader" and not user.disabled and user.id not in took_part
        ],
    )


@router.post("/cases/{case}/differences/begin", openapi_extra=permits("reviews:adjudicate"))
def begin(case: str, serving: Serving, acting: Acting) -> JSONResponse:
    """Begin the adjudication, or go on with it: what both readers agree on is decided as they did."""
    store = serving.store
    first, second, settling = _both(store, acting, case)
    if settling is None:
        settling = blinding.begin(store, acting, case, first.result, reading="adjudication")
    if settling.signed is None:
        for row in _rows(store, acting, case, first, second, settling):
            if row.same and not row.settled:
                settling = _decided(store, acting, case, row, "first", settling, settling.version)
    return JSONResponse({"round": settling.round, "version": settling.version})


@router.post("/cases/{case}/differences/take", openapi_extra=permits("reviews:adjudicate"))
def take(case: str, taken: Taken, serving: Serving, acting: Acting) -> JSONResponse:
    """Decide an item as one of the readers did."""
    store = serving.store
    first, second, settling = _both(store, acting, case)
    if settling is None or settling.round != taken.round:
        raise StoreConflict("the adjudication has not begun", where=case)
    rows = _rows(store, acting, case, first, second, settling)
    row = next((each for each in rows if each.item == taken.item), None)
    if row is None:
        raise InputError("neither reader decided this item", where="item")
    settling = _decided(store, acting, case, row, taken.reading, settling, taken.version)
    return JSONResponse({"round": settling.round, "version": settling.version})


def _readings(rounds: Sequence[Review]) -> tuple[Review | None, Review | None, Review | None]:
    """The first reading as it stands, the second, and the adjudication of them."""
    first = next((each for each in reversed(rounds) if each.reading == "first"), None)
    second = next((each for each in reversed(rounds) if each.reading == "second"), None)
    settling = next((each for each in reversed(rounds) if each.reading == "adjudication"), None)
    if settling is not None:  # amendments come after it
        before = [each for each in rounds if each.reading == "first" and each.round < settling.round]
        first = before[-1] if before else first
    return first, second, settling


def _both(store: Store, actor: Actor, case: str) -> tuple[Review, Review, Review | None]:
    first, second, settling = _readings(blinding.reviews(store, actor, case))
    if first is None or second is None or first.signed is None or second.signed is None:
        raise StoreConflict("both readings must be signed before they are adjudicated", where=case)
    return first, second, settling


def _rows(store: Store, actor: Actor, case: str, first: Review, second: Review, settling: Review) -> tuple[Row, ...]:
    return differences(blinding.kept_draft(store, actor, case, first.result).content, first, second, settling)


def _decided(
    store: Store,
    actor: Actor,
    case: str,
    row: Row,
    reading: Literal["first", "second"],
    settling: Review,
    version: int,
) -> Review:
    side = row.first if reading == "first" else row.second
    return store.decide(
        actor,
        case,
        row.item,
        side.verb,
        value=side.value,
        reason=side.reason,
        version=version,
        round=settling.round,
    )
