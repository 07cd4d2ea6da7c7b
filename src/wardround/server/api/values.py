"""What routes take in their address and query, with its bounds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field
from starlette.convertors import Convertor, register_url_convertor

__all__ = [
    "CaseId",
    "DocumentId",
    "JobId",
    "Limit",
    "Number",
    "Ordinal",
    "Reason",
    "Release",
    "Remark",
    "Round",
    "Search",
    "integral",
    "whole",
]

_ID = "[0-9a-f]{32}"
_EXAMPLE = "6f1d2a8c0b7e4d53a1c9e2f4d6b80517"


class _Id(Convertor[str]):
    """An id in the address; anything else is no address of ours."""

    regex = _ID

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("id", _Id())


def whole(text: str) -> str:
    """``text``, which can be encoded: it holds no half of a surrogate pair."""
    text.encode()
    return text


def integral(value: object) -> object:
    """JSON has one kind of numbers: 3.0 is the whole number 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# bounds stand before a validator of ours: pydantic tells those after it to nobody
Reason = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$"), AfterValidator(whole)]
"""Why something is done, for the audit trail: words of procedure, never patient text."""

Search = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$"), AfterValidator(whole)]
"""Text that a database compares; it keeps no NUL."""

Remark = Annotated[str, Field(max_length=2_000), AfterValidator(whole)]
"""A person's words."""

Ordinal = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(integral)]
"""A number of a body that counts from 1."""

CaseId = Annotated[str, Path(pattern=f"^{_ID}$", description="id of a case", examples=[_EXAMPLE])]
DocumentId = Annotated[str, Path(pattern=f"^{_ID}$", description="id of a document of the case", examples=[_EXAMPLE])]
JobId = Annotated[str, Path(pattern=f"^{_ID}$", description="id of a job", examples=[_EXAMPLE])]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="number of a result of the case, from 1", examples=[1])]
Round = Annotated[int, Path(ge=1, le=1_000_000, description="round of the case's review, from 1", examples=[1])]
Limit = Annotated[int, Query(ge=1, le=500, description="how many at most")]
Release = Annotated[
    str | None,
    Query(
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="id of an installed release of ICD-10-CM; by default the newest that has taken effect",
        examples=["2026-04-01"],
    ),
]
