"""Answers of the REST interface, and how its document describes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Answer", "joined", "problems"]

_PROBLEMS = {
    400: "The body cannot be read",
    404: "There is none, or none any more",
    409: "It does not go with what is there by now",
    413: "The body is too large",
    415: "The body is of another type",
    422: "Something that was sent cannot be used",
    429: "Too often",
    502: "The model broke down",
    503: "It cannot be done now, or not without a model",
}


class Answer(JSONResponse):
    """A record as JSON. Half of a surrogate pair, which a note's file may hold, is escaped.

    Args:
        record: what is answered; as JSON, or as its text, where that is at hand.
        status: of the answer.
        location: of what was made.
    """

    def __init__(self, record: BaseModel | Mapping[str, Any] | bytes, status: int = 200, *, location: str = "") -> None:
        headers = {"Location": location} if location else None
        content = record if isinstance(record, Mapping | bytes) else record.model_dump(mode="json", by_alias=True)
        super().__init__(content, status, headers=headers)

    def render(self, content: Any) -> bytes:
        if isinstance(content, bytes):
            return content
        try:
            return super().render(content)
        except UnicodeEncodeError:
            return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


def joined(**members: bytes) -> bytes:
    """A JSON object of members that are JSON.

    >>> joined(case=b"null", result=b"{}")
    b'{"case":null,"result":{}}'
    """
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), text) for name, text in members.items()) + b"}"


def problems(
    *statuses: int, also: Mapping[int, dict[str, Any]] = MappingProxyType({}), **described: str
) -> dict[int | str, dict[str, Any]]:
    """What a route gives as ``responses`` for problems it may answer with, besides those that all routes have.

    Args:
        statuses: such as 404.
        also: answers that are no problems, as FastAPI takes them.
        described: what one of them means here: ``_409="the case is deleted"``.
    """
    told: Mapping[int, str] = _PROBLEMS | {int(name[1:]): text for name, text in described.items()}
    chosen = dict.fromkeys((*statuses, *(int(name[1:]) for name in described)))
    answers: dict[int | str, dict[str, Any]] = {status: dict(answer) for status, answer in also.items()}
    answers.update({status: {"description": told[status]} for status in sorted(chosen)})
    return answers
