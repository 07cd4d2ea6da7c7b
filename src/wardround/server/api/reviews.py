"""Reviews: deciding the items of a draft, signing them, and amending what was signed.

Every decision names the version of the review it was made on. One that somebody else has decided on since is refused
with 409, so that no decision is made unseen, and none is lost.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from wardround.coding.result import CodingResult
from wardround.errors import InputError, NotPermitted, StoreConflict
from wardround.server import blinding, reviewing
from wardround.server.access.identify import Acting, may
from wardround.server.access.policy import permits
from wardround.server.api.answers import Answer, problems
from wardround.server.api.records import Review, Reviews, review_of
from wardround.server.api.values import CaseId, Ordinal, Remark, Round, whole
from wardround.server.services import Services
from wardround.server.serving import Serving
from wardround.server.source import source_of
from wardround.store import Actor
from wardround.store.records import Reading, Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround import store
    from wardround.documents import Note

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["reviews"])

Version = Annotated[Ordinal, Field(description="of the review, as it was seen")]


class NewReview(BaseModel):
    """A review to be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    result: Ordinal | None = Field(default=None, description="number of a result; null for the newest")
    reading: Reading = Field(
        default="first",
        description="first; second, by somebody else who does not see the first one's decisions; adjudication of both, "
        "which takes the permission reviews:adjudicate",
    )
    blind: bool = Field(
        default=False,
        description="without the suggestions, until they are asked for; of a share of cases in any case",
    )
    reader: str = Field(
        default="",
        pattern="^([0-9a-f]{32})?$",
        description="id of the user who is asked for a second reading, which takes the permission "
        "reviews:adjudicate; by default whoever asks",
    )


class NewDecision(BaseModel):
    """A decision of one item; see the page on reviewing for the items, their verbs and values."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"version": 1, "item": "K35.80", "verb": "accept"}]},
    )

    version: Version
    item: str = Field(
        pattern=r"^[A-Za-z0-9_.:/\[\]#-]{1,100}$",
        description="a code, the id of a finding, span:START-END, sequence, query:N, or report",
    )
    verb: Verb
    value: dict[str, Any] | None = Field(default=None, description="what the item is changed to, or what is added")
    reason: Remark = Field(default="", description="in the person's words")


class Seen(BaseModel):
    """The review as it was seen."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Version


class Withdrawal(BaseModel):
    """A second reading that is taken back."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reader: str = Field(
        default="", pattern="^([0-9a-f]{32})?$", description="id of the user who is asked instead, and begins anew"
    )


class NewAmendment(BaseModel):
    """An amendment to be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"[!-~]"), AfterValidator(whole)] = Field(
        description="why it is amended"
    )
    result: Ordinal | None = Field(
        default=None,
        description="to be reviewed instead of the one that was signed; the round begins without decisions then",
    )


@router.get(
    "/cases/{case:id}/reviews",
    operation_id="reviews_list",
    openapi_extra=permits("cases:read"),
    response_model=Reviews,
    responses=problems(404, _409="The case is deleted"),
)
def list_reviews(case: CaseId, serving: Serving, acting: Acting) -> Answer:
    """All rounds of a case's review."""
    rounds = blinding.reviews(serving.store, acting, case)
    return Answer(Reviews(reviews=[review_of(each) for each in rounds]))


@router.post(
    "/cases/{case:id}/reviews",
    operation_id="reviews_begin",
    openapi_extra=permits("reviews:write"),
    response_model=Review,
    status_code=201,
    responses=problems(
        404,
        _409="Another result is under review, the review is signed, or the case is deleted",
        also={200: {"model": Review, "description": "The review of this result that is open already"}},
    ),
)
def begin_review(case: CaseId, given: NewReview, request: Request, serving: Serving, acting: Acting) -> Answer:
    """Open the review of a draft."""
    if given.reading == "adjudication" and not may(request, "reviews:adjudicate"):
        raise NotPermitted("adjudicating takes the permission reviews:adjudicate")
    if given.reader not in ("", acting.id) and not may(request, "reviews:adjudicate"):
        raise NotPermitted("asking somebody else takes the permission reviews:adjudicate")
    if given.reader and given.reading != "second":
        raise InputError("somebody is asked for a second reading", where="reader")
    _check_reader(serving, given.reader)
    result = blinding.kept_draft(serving.store, acting, case, given.result)
    began = datetime.datetime.now(datetime.UTC)
    review = blinding.begin(
        serving.store, acting, case, result.number, reading=given.reading, blind=given.blind, to=given.reader
    )
    told = review_of(review, result.content if review.opened_by == acting.id or not given.reader else None)
    return Answer(told, 201 if review.opened >= began else 200, location=_address(review))


@router.get(
    "/cases/{case:id}/reviews/{round:int}",
    operation_id="reviews_get",
    openapi_extra=permits("cases:read"),
    response_model=Review,
    responses=problems(404, _409="The case is deleted"),
)
def get_review(case: CaseId, round: Round, serving: Serving, acting: Acting) -> Answer:
    """A round of a case's review, with what is still to be decided."""
    review = blinding.review(serving.store, acting, case, round, bare=True)
    if blinding.hidden(serving.store, acting, case):
        return Answer(review_of(review))
    return Answer(review_of(review, blinding.kept_draft(serving.store, acting, case, review.result).content))


@router.post(
    "/cases/{case:id}/reviews/{round:int}/decisions",
    operation_id="reviews_decide",
    openapi_extra=permits("reviews:write"),
    response_model=Review,
    status_code=201,
    responses=problems(
        _404="There is no such case, review or code",
        _409="Somebody else decided since this version, the review is signed, or the case is deleted",
    ),
)
def decide(case: CaseId, round: Round, given: NewDecision, serving: Serving, acting: Acting) -> Answer:
    """Decide one item. What was decided of it before no longer holds; ``withdraw`` takes that back too."""
    review = blinding.review(serving.store, acting, case, round)
    blinding.check_unaided(review, given.item, given.verb)
    content = blinding.kept_draft(serving.store, acting, case, review.result).content
    value = reviewing.checked(
        content,
        review,
        given.item,
        given.verb,
        given.value,
        reviewing.code_set(content),
        lambda: _note(serving, acting, case, content),
    )
    decided = serving.store.decide(
        acting,
        case,
        given.item,
        given.verb,
        version=given.version,
        value=value,
        reason=given.reason,
        round=round,
    )
    return Answer(review_of(decided, content), 201, location=_address(decided))


@router.post(
    "/cases/{case:id}/reviews/{round:int}:sign",
    operation_id="reviews_sign",
    openapi_extra=permits("reviews:sign"),
    response_model=Review,
    responses=problems(
        404, _409="Something is undecided, which where names; somebody decided since this version; or it is signed"
    ),
)
def sign(case: CaseId, round: Round, given: Seen, serving: Serving, acting: Acting) -> Answer:
    """Sign a review in which everything is decided. It is never changed again; it can be amended."""
    review = blinding.review(serving.store, acting, case, round)
    content = blinding.kept_draft(serving.store, acting, case, review.result).content
    if review.signed is None and review.version == given.version:
        blinding.check_signable(review)
        reviewing.final(content, review, reviewing.code_set(content))
    elif review.signed is None:  # not what was checked would be signed, if it came to this version meanwhile
        raise StoreConflict("somebody else decided in the meantime", where=case, hint="look at the review again")
    signed = serving.store.sign(acting, case, version=given.version, round=round)
    return Answer(review_of(signed))


@router.post(
    "/cases/{case:id}/reviews/{round:int}:reveal",
    operation_id="reviews_reveal",
    openapi_extra=permits("reviews:write"),
    response_model=Review,
    responses=problems(404, _409="The review is signed, or the case is deleted"),
)
def reveal(case: CaseId, round: Round, request: Request, serving: Serving, acting: Acting) -> Answer:
    """Show the suggestions of a review that was begun without them. What was decided before stays known as such."""
    review = blinding.reveal(serving.store, acting, case, round, others=may(request, "reviews:adjudicate"))
    return Answer(review_of(review, blinding.kept_draft(serving.store, acting, case, review.result).content))


@router.post(
    "/cases/{case:id}/reviews/{round:int}:withdraw",
    operation_id="reviews_withdraw",
    openapi_extra=permits("reviews:adjudicate"),
    response_model=Reviews,
    responses=problems(404, _409="It is no open second reading, its new reader takes part, or the case is deleted"),
)
def withdraw(case: CaseId, round: Round, given: Withdrawal, serving: Serving, acting: Acting) -> Answer:
    """Take back a second reading that is not signed, with what was decided in it, or give it to somebody else."""
    _check_reader(serving, given.reader)
    serving.store.withdraw_reading(acting, case, round, reader=given.reader)
    return list_reviews(case, serving, acting)


@router.post(
    "/cases/{case:id}/reviews:amend",
    operation_id="reviews_amend",
    openapi_extra=permits("reviews:sign"),
    response_model=Review,
    status_code=201,
    responses=problems(404, _409="Nothing is signed, an amendment is open, or the case is deleted"),
)
def amend(case: CaseId, given: NewAmendment, serving: Serving, acting: Acting) -> Answer:
    """Open the next round after a signed one, which stays as it is."""
    blinding.refuse_alone(serving.store, acting, case)
    review = serving.store.amend(acting, case, given.reason, result=given.result)
    content = blinding.kept_draft(serving.store, acting, case, review.result).content
    return Answer(review_of(review, content), 201, location=_address(review))


def _check_reader(serving: Services, reader: str) -> None:
    reviewers = [each.id for each in serving.store.accounts.users() if each.role != "reader" and not each.disabled]
    if reader and reader not in reviewers:
        raise InputError("there is nobody with this id who can review", where="reader")


def _note(serving: Services, acting: Actor, case: str, content: Mapping[str, Any]) -> Note:
    """The note that a draft was made of; its spans are those of the draft."""
    result = CodingResult.model_validate(content)
    source = source_of(serving.store, acting, serving.store.case(acting, case), result)
    if not source.exact:
        what = "the note reads differently now than when the draft was made"
        raise StoreConflict(what, where=case, hint="make another draft")
    return source.note


def _address(review: store.Review) -> str:
    return f"/v1/cases/{review.case}/reviews/{review.round}"
