"""What coding a note gives: the published shape of a result.

Offsets count Unicode code points of the note's text as it was given, ``[start, end)``; ``evidence.text`` is always
exactly ``note[start:end]``. The JSON Schema of :class:`CodingResult` is printed by ``wardround schema``.

What belongs to a note that was read from pages (``places``, ``read_confidence``, ``pages``, ``confirm``, ``reader``) is
left out of the JSON of one that was not.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = [
    "CodingResult",
    "Confirm",
    "Encounter",
    "Evidence",
    "Finding",
    "Page",
    "Place",
    "Provenance",
    "Query",
    "ReleaseInfo",
    "Scope",
    "Setting",
    "Severity",
    "Status",
    "Suggestion",
]

Setting = Literal["outpatient", "inpatient"]
Scope = Literal["encounter", "mentions"]
Status = Literal["accepted", "review", "rejected"]
Severity = Literal["info", "review", "reject"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _blank_is_unknown(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _sex(value: object) -> object:
    if isinstance(value, str):
        return {
            "f": "female",
            "m": "male",
            "w": "female",
            "woman": "female",
            "man": "male",
            "": None,
            "unknown": None,
        }.get(value.strip().lower(), value.strip().lower())
    return value


class Encounter(_Model):
    """What is known of the visit besides its note.

    Attributes:
        setting: decides how uncertain diagnoses are coded (Guidelines II.H and IV.H).
        date: of the encounter or discharge; selects the release. Unknown: the newest one that has taken effect.
        age: in years.
        sex: as recorded for the encounter.
    """

    setting: Setting = "outpatient"
    date: Annotated[datetime.date | None, BeforeValidator(_blank_is_unknown)] = None
    age: Annotated[Annotated[float, Field(ge=0, le=130)] | None, BeforeValidator(_blank_is_unknown)] = None
    sex: Annotated[Literal["female", "male"] | None, BeforeValidator(_sex)] = None


def _is_none(value: object) -> bool:
    return value is None


class Page(_Model):
    """A page that the note was read from."""

    number: int = Field(ge=1)
    width: float = Field(description="in points of 1/72 inch for a PDF, in pixels for a picture, upright")
    height: float
    reader: str = Field(description="what read its characters: pdf text, pdf text layer, tesseract 5.3.0")


class Place(_Model):
    """A box of one page."""

    page: int = Field(ge=1)
    box: tuple[float, float, float, float] = Field(
        description="left, top, right, bottom in the page's units, from its upper left corner"
    )


class Evidence(_Model):
    """Words of the note that a code rests on."""

    start: int = Field(ge=0, description="first character, counted in Unicode code points from 0")
    end: int = Field(gt=0, description="one past the last character")
    text: str = Field(description="exactly note[start:end]")
    section: str = Field(description="kind of the note's section it stands in, e.g. assessment")
    assertion: str = Field(description="present, negated, possible, hypothetical, historical or family")
    places: tuple[Place, ...] | None = Field(
        default=None, exclude_if=_is_none, description="where it stands on the pages; left out for a note without pages"
    )
    read_confidence: float | None = Field(
        default=None,
        exclude_if=_is_none,
        description="how sure the reader was of its least certain word, 0 to 1; left out for a note without pages",
    )


class Confirm(_Model):
    """A word that matters and was read with low confidence: compare it with the page."""

    kind: Literal["number", "negation", "side"]
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    text: str = Field(description="exactly note[start:end]")
    confidence: float = Field(ge=0, le=1, description="how sure the reader was")
    places: tuple[Place, ...]


class Finding(_Model):
    """What a coding rule has to say about a code, or about several together."""

    rule: str = Field(description="name of the rule")
    section: str = Field(
        description="section of the ICD-10-CM Official Guidelines it applies; empty for our own checks"
    )
    severity: Severity = Field(
        description="info: changes nothing; review: a person must decide; reject: cannot be reported as it stands"
    )
    codes: tuple[str, ...] = Field(description="the codes it is about, in sequence")
    message: str


class Query(_Model):
    """The draft of a question to the provider, where the note leaves open what a code needs.

    It quotes what the note says, suggests nothing, and always offers another answer and none
    (ACDIS/AHIMA, Guidelines for Achieving a Compliant Query Practice).
    """

    topic: str = Field(description="what is asked about, such as heart failure: type and acuity")
    rule: str = Field(description="name of the rule that asks")
    section: str = Field(description="section of the ICD-10-CM Official Guidelines that makes the answer matter")
    codes: tuple[str, ...] = Field(description="the codes that may change with the answer")
    indicators: tuple[Evidence, ...] = Field(min_length=1, description="the clinical indicators, as the note has them")
    question: str
    options: tuple[str, ...] = Field(min_length=3, description="the last two: another answer, and none")
    letter: str | None = Field(
        default=None,
        exclude_if=_is_none,
        description="the whole of it as a reviewer wrote it, in place of the draft; left out where nobody did",
    )


class Suggestion(_Model):
    """One code with everything that speaks for and against it."""

    code: str
    description: str
    status: Status
    role: Literal["principal", "secondary"] = Field(
        description="principal: the principal diagnosis (inpatient) or the first-listed one (outpatient)"
    )
    confidence: float = Field(ge=0, le=1, description="the probability that people would give this code too")
    evidence: tuple[Evidence, ...] = Field(
        description="at least one quote; none only for what a model named without one, which is rejected for it"
    )
    route: tuple[str, ...] = Field(description="how the words led to the code, step by step")
    findings: tuple[Finding, ...] = ()

    @model_validator(mode="after")
    def _has_evidence(self) -> Self:
        if not self.evidence and self.status != "rejected":
            raise ValueError("a code that is proposed has evidence")
        return self


class ReleaseInfo(_Model):
    """The release of ICD-10-CM that all codes of a result are valid in."""

    id: str
    title: str
    fiscal_year: int
    valid_from: datetime.date
    valid_to: datetime.date


class Provenance(_Model):
    """What made a result: enough to make it again."""

    wardround: str
    coder: str = Field(
        description="embedded: no model took part; assisted: a model beside it; direct: a model alone, as a baseline"
    )
    release_digest: str
    lexicon_digest: str
    index_digest: str | None = Field(default=None, description="of the Alphabetic Index; null where none is installed")
    engine: str | None = Field(default=None, description="the runtime and the model that took part")
    engine_digest: str | None = Field(default=None, description="of the weights, where the runtime knows it")
    prompt_digest: str | None = Field(default=None, description="of the wording of what the model is asked")
    tokens: int | None = Field(default=None, description="that the model read and wrote for this note")
    reader: str | None = Field(
        default=None,
        exclude_if=_is_none,
        description="what read the note, with the OCR program if one took part; left out for plain text",
    )
    target_precision: float | None = Field(
        default=None,
        exclude_if=_is_none,
        description="that accepted codes were to have; left out where none was asked for",
    )
    site: str | None = Field(
        default=None, exclude_if=_is_none, description="digest of the site model; left out where none took part"
    )


class CodingResult(_Model):
    """The codes of one note.

    ``codes`` holds what is proposed (accepted or review), in sequence, the principal first; ``rejected`` what was
    considered and turned down, each with the finding that says why; ``queries`` what only the provider can answer.
    """

    schema_: Literal["wardround.coding/1"] = Field(default="wardround.coding/1", alias="schema")
    id: str | None = None
    release: ReleaseInfo
    scope: Scope
    setting: Setting
    codes: tuple[Suggestion, ...]
    rejected: tuple[Suggestion, ...] = ()
    queries: tuple[Query, ...] = ()
    warnings: tuple[str, ...] = ()
    confirm: tuple[Confirm, ...] | None = Field(
        default=None,
        exclude_if=_is_none,
        description="numbers, negations and sides read with low confidence; left out for a note without pages",
    )
    pages: tuple[Page, ...] | None = Field(
        default=None, exclude_if=_is_none, description="of the note; left out for a note without pages"
    )
    provenance: Provenance
    timings: dict[str, float] = Field(default_factory=dict, description="milliseconds by step")

    @property
    def accepted(self) -> tuple[Suggestion, ...]:
        """The codes that need no second look."""
        return tuple(code for code in self.codes if code.status == "accepted")

    @property
    def review(self) -> tuple[Suggestion, ...]:
        """The codes that a person should look at first."""
        return tuple(code for code in self.codes if code.status == "review")

    def to_json(self) -> dict[str, object]:
        """The result as plain JSON values, in the published shape."""
        return self.model_dump(mode="json", by_alias=True)
