"""The classification: searching it, its codes, and checking lists of codes by the coding rules."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from wardround import icd10
from wardround.coding.result import Finding
from wardround.server.access.policy import permits
from wardround.server.api.answers import Answer, problems
from wardround.server.api.bodies import EncounterGiven
from wardround.server.api.values import Release, Search, whole

if TYPE_CHECKING:
    from wardround.coding import Checker

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["codes"])


class CodeFound(BaseModel):
    """A code that a search found."""

    code: str
    title: str
    billable: bool = Field(description="whether it is valid for reporting as it stands")


class CodesFound(BaseModel):
    """What a search found, the best first."""

    release: str
    codes: list[CodeFound]


class Note(BaseModel):
    """An instructional note of the Tabular List that holds for a code."""

    text: str
    source: str = Field(description="the code, block or chapter it is printed under")


class Code(CodeFound):
    """Everything known of a code."""

    release: str
    level: Literal["category", "subcategory", "code"]
    parent: str | None
    children: list[str]
    chapter: str
    block: str
    inclusion_terms: list[str]
    seventh_characters: dict[str, str] = Field(description="character → what it says")
    includes: list[Note]
    excludes1: list[Note]
    excludes2: list[Note]
    code_first: list[Note]
    use_additional: list[Note]
    code_also: list[Note]


class CodeList(BaseModel):
    """A list of codes to be checked."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"codes": ["F02.80", "G30.9"]}]}
    )

    codes: list[Annotated[str, Field(min_length=1, max_length=24), AfterValidator(whole)]] = Field(
        min_length=1, max_length=200, description="in sequence, the principal or first-listed one first"
    )
    encounter: EncounterGiven = Field(default_factory=EncounterGiven)
    release: str | None = Field(
        default=None,
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="id of an installed release; by default that of the encounter's date",
    )


class Checked(BaseModel):
    """What the rules find wrong with a list of codes; nothing if it may be reported as it stands."""

    release: str
    findings: list[Finding]


@router.get(
    "/codes",
    operation_id="codes_search",
    openapi_extra=permits("codes:read"),
    response_model=CodesFound,
    responses=problems(_422="Something that was sent cannot be used, or no such release is installed"),
)
def search_codes(
    search: Annotated[Search, Query(min_length=1, description="words of a description, or a code", examples=["gout"])],
    release: Release = None,
    limit: Annotated[int, Query(ge=1, le=100, description="how many at most")] = 20,
) -> Answer:
    """Codes by the words of their descriptions and inclusion terms, the best first."""
    codes = icd10.load(release)
    found = [
        CodeFound(code=each.code, title=each.title, billable=each.billable) for each in codes.search(search, limit)
    ]
    return Answer(CodesFound(release=codes.release.id, codes=found))


@router.get(
    "/codes/{code}",
    operation_id="codes_get",
    openapi_extra=permits("codes:read"),
    response_model=Code,
    responses=problems(
        _404="The release has no such code; the hint names the nearest",
        _422="Something that was sent cannot be used, or no such release is installed",
    ),
)
def get_code(
    code: Annotated[
        str,
        Path(pattern=r"^[A-Za-z0-9.]{1,24}$", description="a code; case and the dot are free", examples=["K35.80"]),
    ],
    release: Release = None,
) -> Answer:
    """Everything known of a code: its description, what is below it, and the notes that hold for it."""
    codes = icd10.load(release)
    found = codes.code(code)
    notes = ("includes", "excludes1", "excludes2", "code_first", "use_additional", "code_also")
    return Answer(
        Code(
            release=codes.release.id,
            code=found.code,
            title=found.title,
            billable=found.billable,
            level=found.level,
            parent=found.parent,
            children=list(found.children),
            chapter=found.chapter.title,
            block=found.block.title,
            inclusion_terms=list(found.inclusion_terms),
            seventh_characters=dict(found.seventh_characters),
            **{kind: [Note(text=each.text, source=each.source) for each in getattr(found, kind)] for kind in notes},
        )
    )


@router.post(
    "/codes:check",
    operation_id="codes_check",
    openapi_extra=permits("codes:read"),
    response_model=Checked,
    responses=problems(_422="Something that was sent cannot be used, or no installed release fits"),
)
def check_codes(given: CodeList) -> Answer:
    """What the coding rules find wrong with a list of codes, of a person or of any program."""
    checker = _checker(given.release)
    encounter = given.encounter.known()
    findings = list(checker.check(given.codes, encounter))
    return Answer(Checked(release=checker.release(encounter).id, findings=findings))


@lru_cache(8)
def _checker(release: str | None) -> Checker:
    from wardround.coding import Checker

    return Checker(release)
