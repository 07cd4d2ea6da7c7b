"""What decisions say besides their verb: one shape for each kind of item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from wardround.coding.result import Evidence
from wardround.errors import InputError
from wardround.reporting.report import Area, Certainty, Presence, Side

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ASSERTIONS",
    "AddedCode",
    "AddedFinding",
    "ChangedCode",
    "ChangedFinding",
    "DifferentialText",
    "Mark",
    "QueryText",
    "RegionText",
    "ReportText",
    "Sequence",
    "parsed",
]

ASSERTIONS = {
    "present": "present",
    "absent": "negated",
    "possible": "possible",
    "hypothetical": "hypothetical",
    "historical": "historical",
    "family": "family",
}
"""What a span can be marked as → the assertion of the quotes on it."""

_LARGEST = 1_000_000  # pixels of a frame's side

Code = Annotated[str, StringConstraints(min_length=1, max_length=24)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Sentences = Annotated[tuple[Sentence, ...], Field(max_length=200)]
Place = Annotated[int, Field(ge=0, le=10_000_000)]


def _drawn(area: Area) -> Area:
    if not (area.left < area.right <= _LARGEST and area.top < area.bottom <= _LARGEST):
        raise ValueError("an area is inside the frame, and ends to the right of and below where it begins")
    return area


Drawn = Annotated[Area, AfterValidator(_drawn)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AddedCode(_Value):
    """``add`` of a code, whose item is the code: the code and the words of the note that it rests on."""

    code: Code
    start: Place = Field(description="first character of the quote, in code points from 0")
    end: Place = Field(description="one past the last character")
    evidence: Evidence | None = Field(default=None, description="the quote; made by the server")


class ChangedCode(_Value):
    """``change`` of a suggestion: the code in its place, or other words that it rests on, or both."""

    code: Code | None = None
    start: Place | None = None
    end: Place | None = None
    evidence: Evidence | None = Field(default=None, description="the quote; made by the server")

    @model_validator(mode="after")
    def _whole(self) -> ChangedCode:
        if (self.start is None) != (self.end is None):
            raise ValueError("a span has a start and an end")
        if self.code is None and self.start is None:
            raise ValueError("nothing is changed")
        return self


class Mark(_Value):
    """``mark`` of a span, whose item is ``span:START-END``: what the note says there."""

    assertion: Literal["present", "absent", "possible", "hypothetical", "historical", "family"]


class QueryText(_Value):
    """``change`` of a question to the provider, whose item is ``query:N``: its whole text."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"\S")]


class Sequence(_Value):
    """``change`` of the ``sequence``: codes in order, the principal first; codes it does not name come after them."""

    codes: Annotated[tuple[Code, ...], Field(max_length=1_000)]


class ChangedFinding(_Value):
    """``change`` of a finding: what is otherwise than the draft has it."""

    name: Name | None = None
    presence: Presence | None = None
    side: Side | None = None
    location: Words | None = None
    size: Words | None = None
    certainty: Certainty | None = None
    critical: bool | None = None
    area: Drawn | None = Field(default=None, description="where it is, in the frame that the draft names")

    @model_validator(mode="after")
    def _something(self) -> ChangedFinding:
        if not self.model_dump(exclude_none=True):
            raise ValueError("nothing is changed")
        return self


class AddedFinding(_Value):
    """``add`` of a finding that the draft has not; its item is ``A1``, ``A2`` …"""

    name: Name
    structure: Words = ""
    observation: Words = ""
    presence: Presence = "present"
    side: Side = "not stated"
    location: Words = ""
    size: Words = ""
    certainty: Certainty = "definite"
    critical: bool = False
    series: int = Field(default=1, ge=1, le=100_000)
    frame: int | None = Field(default=None, ge=1, le=1_000_000)
    area: Drawn | None = None


class RegionText(_Value):
    """The sentences under one heading of the findings."""

    name: Name
    statements: Sentences


class DifferentialText(_Value):
    """One diagnosis to weigh."""

    condition: Name
    supports: Sentences = ()
    contradicts: Sentences = ()


class ReportText(_Value):
    """``change`` of the ``report``: its parts as they are to stand; parts that are left out stay as they are.

    A sentence that the draft has keeps the sources it has there; another one is the reviewer's.
    """

    title: Name | None = None
    technique: Sentences | None = None
    clinical_information: Sentences | None = None
    comparison: Sentences | None = None
    regions: Annotated[tuple[RegionText, ...], Field(max_length=100)] | None = None
    impression: Sentences | None = None
    differential: Annotated[tuple[DifferentialText, ...], Field(max_length=100)] | None = None
    recommendations: Sentences | None = None
    not_assessed: Sentences | None = None
    limitations: Sentences | None = None

    @model_validator(mode="after")
    def _something(self) -> ReportText:
        if not self.model_fields_set:
            raise ValueError("nothing is changed")
        return self


T = TypeVar("T", bound=BaseModel)


def parsed(shape: type[T], value: Mapping[str, object] | None) -> T:
    """``value`` in a shape.

    Raises:
        InputError: it has not this shape; the message does not repeat it.
    """
    if value is None:
        raise InputError("this decision takes a value", where="value")
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(["value", *(str(part) for part in first["loc"])])
        if first["type"] == "value_error":
            what = str(first["ctx"]["error"])  # of a validator of ours, which repeats nothing
        elif first["type"] == "extra_forbidden":
            where, what = "value", f"it may have {', '.join(shape.model_fields)}"
        else:
            what = str(first["msg"])
        raise InputError(what, where=where) from None
