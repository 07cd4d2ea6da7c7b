"""Errors as Problem Details (RFC 9457): one shape on every route, without what the client sent."""

from __future__ import annotations

import errno
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from wardround.errors import (
    CodeSetError,
    EngineError,
    EngineFailed,
    InputError,
    NotPermitted,
    NotSignedIn,
    ServerError,
    StoreConflict,
    StoreError,
    UnknownCode,
    UnknownRecord,
    UnknownRelease,
    WardroundError,
)

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

__all__ = [
    "MEDIA_TYPE",
    "Problem",
    "ProblemResponse",
    "answer",
    "full_disk",
    "install",
    "is_full",
    "problem",
    "problem_of",
]

MEDIA_TYPE = "application/problem+json"

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Problem(BaseModel):
    """What went wrong, as RFC 9457 describes it.

    Attributes:
        type: names the kind of problem, relative to the server: ``/problems/unknown-record``.
        title: the problem in one sentence, without patient text.
        status: the HTTP status.
        where: the field, record or option it concerns.
        hint: what can be done about it.
        retryable: whether the same request may succeed later.
        errors: the fields of the request that cannot be used: where each is, and why.
    """

    type: str = "about:blank"
    title: str
    status: int
    where: str = ""
    hint: str = ""
    retryable: bool = False
    errors: list[dict[str, str]] = Field(default_factory=list)


class ProblemResponse(JSONResponse):
    """A problem as an answer."""

    media_type = MEDIA_TYPE


# the first that fits
_STATUS: tuple[tuple[type[WardroundError], int], ...] = (
    (UnknownRecord, 404),
    (UnknownCode, 404),
    (UnknownRelease, 422),
    (StoreConflict, 409),
    (InputError, 422),
    (EngineFailed, 502),
    (EngineError, 503),
    (NotSignedIn, 401),
    (NotPermitted, 403),
    (ServerError, 400),
    (StoreError, 500),
    (CodeSetError, 500),
)


def problem(status: int, title: str = "", **more: Any) -> Problem:
    """A problem that no error of ours stands for."""
    phrase = HTTPStatus(status).phrase
    kind = phrase.lower().replace(" ", "-")
    return Problem(type=f"/problems/{kind}", title=title or phrase, status=status, **more)


def problem_of(error: WardroundError) -> Problem:
    """What ``error`` is to a client."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if error.retryable and status in (500, 502):
        status = 503
    name = "".join(f"-{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("-")
    return Problem(
        type=f"/problems/{name}",
        title=error.what,
        status=status,
        where=error.where,
        hint=error.hint,
        retryable=error.retryable,
    )


def answer(told: Problem, headers: dict[str, str] | None = None) -> ProblemResponse:
    """The answer that tells a problem."""
    more = {"Retry-After": "1"} if told.retryable else {}
    return ProblemResponse(told.model_dump(mode="json"), told.status, headers=more | (headers or {}))


def is_full(error: BaseException | None) -> bool:
    """Whether it is a full disk that an error comes from."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL" or getattr(error, "sqlstate", "") == "53100":
            return True
        error = error.__cause__ or error.__context__
    return False


def full_disk() -> Problem:
    """That the disk is full, or nearly."""
    return problem(507, "the server's disk is full", hint="its operator must free some space", retryable=True)


def install(app: FastAPI) -> None:
    """Let ``app`` tell all its errors as problems."""

    @app.exception_handler(WardroundError)
    def _(request: Request, error: WardroundError) -> ProblemResponse:
        return answer(full_disk() if is_full(error) else problem_of(error))

    @app.exception_handler(HTTPException)
    def _(request: Request, error: HTTPException) -> ProblemResponse:
        if is_full(error):  # while a form was written to disk
            return answer(full_disk())
        # Starlette's own texts name no input
        return answer(problem(error.status_code, str(error.detail)), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    def _(request: Request, error: RequestValidationError) -> ProblemResponse:
        fields = [{"where": _where(each), "what": _plain(each)} for each in error.errors()]
        return answer(problem(422, "the request does not have the form it needs", errors=fields))

    @app.exception_handler(Exception)
    def _(request: Request, error: Exception) -> ProblemResponse:
        return answer(problem(500, f"wardround itself has a defect: {type(error).__name__}"))


def _where(error: dict[str, Any]) -> str:
    """Which field is wrong; one that we do not know is not named, as its name is the client's."""
    place = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    return ".".join(map(str, place))


def _plain(error: dict[str, Any]) -> str:
    """What is wrong with a field, without its value: Pydantic's messages quote it where a validator raised."""
    quotes = error["type"] in ("value_error", "assertion_error") or error["type"].startswith("union_tag")
    return "it cannot be used" if quotes else str(error["msg"])
