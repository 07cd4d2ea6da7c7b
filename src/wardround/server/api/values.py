"""What routes take in their address and query, with its bounds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator
from starlette.convertors import Convertor, register_url_convertor

__all__ = ["CaseId", "DocumentId", "JobId", "Limit", "Number", "Printable", "Release", "Round", "whole"]

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
    """``text``, which can be encoded: it holds no half of a surrogate pair, and no NUL, which no database keeps."""
    text.encode()
    if "\0" in text:
        raise ValueError("there is a NUL in it")
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has characters that are not printable")
    return text


Printable = Annotated[str, AfterValidator(_printable)]
"""One line of text, as the store takes it for names."""

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
