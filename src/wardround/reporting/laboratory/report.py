"""What reading a laboratory report gives: the published shape of its rows.

Every cell is exactly what is printed, with its page and its box; what is not printed is null. Boxes are in the units
of their page: points of 1/72 inch for a PDF, pixels for a picture. The patient's name and numbers are not taken over.
The JSON Schema of :class:`LaboratoryReport` is printed by ``wardround schema laboratory``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wardround.reporting.report import DISCLAIMER, Area, Removed

__all__ = ["CELLS", "LaboratoryCell", "LaboratoryPage", "LaboratoryProvenance", "LaboratoryReport", "LaboratoryRow"]

CELLS = ("section", "test", "value", "unit", "reference_range", "flag", "method", "previous_result", "comment")
"""The cells of a row, in the order of every table of them."""

FlagMeaning = Literal["low", "high", "critical low", "critical high", "critical", "abnormal", "normal"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LaboratoryCell(_Model):
    """Words of a page."""

    text: str = Field(min_length=1, description="exactly the words that are printed, with single spaces")
    page: int | None = Field(default=None, ge=1, description="number of the page, from 1; null in a text without pages")
    area: Area | None = Field(default=None, description="the box around the words; null in a text without pages")
    confidence: float = Field(ge=0, le=1, description="of the reader, for its least certain word; 1 for text of a file")
    doubtful: bool = Field(default=False, description="read with low confidence, or not surely a cell of this row")


class LaboratoryRow(_Model):
    """One result as it is printed, and beside it what could be worked out from that in one way only."""

    id: str = Field(description="R1, R2 … in reading order")
    test: LaboratoryCell
    value: LaboratoryCell
    unit: LaboratoryCell | None = None
    reference_range: LaboratoryCell | None = None
    flag: LaboratoryCell | None = Field(default=None, description="the mark that is printed; never one worked out")
    section: LaboratoryCell | None = Field(default=None, description="the heading the row stands under")
    method: LaboratoryCell | None = None
    previous_result: LaboratoryCell | None = None
    comment: LaboratoryCell | None = None
    number: float | None = Field(default=None, description="the value, if it is a number and can be read in one way")
    comparator: Literal["<", "<=", ">", ">="] | None = Field(default=None, description="where the value is a limit")
    low: float | None = Field(default=None, description="lower end of the reference range, if it can be read")
    high: float | None = Field(default=None, description="upper end of the reference range, if it can be read")
    flag_meaning: FlagMeaning | None = Field(default=None, description="what the printed flag says, if that is known")
    outside_range: bool | None = Field(
        default=None,
        description="whether the value is outside the printed range, worked out; null if it cannot be told",
    )
    read_by: Literal["layout", "model"] = Field(
        default="layout", description="layout: from where the words stand; model: named by it, and found on the page"
    )
    completed: tuple[str, ...] = Field(default=(), description="cells that only the model named; all are on the page")


class LaboratoryPage(_Model):
    """A page that was read."""

    number: int = Field(ge=1)
    width: float
    height: float
    reader: str = Field(description="what read its characters: pdf text, tesseract 5.3.0 …")


class LaboratoryProvenance(_Model):
    """How the rows came to be."""

    wardround: str
    reader: str = Field(description="what read the characters; empty for plain text")
    source_digest: str = Field(description="SHA-256 of the file")
    engine: str | None = Field(default=None, description="the model that was asked too; null if none was")
    engine_digest: str = ""
    remote: bool = False
    prompt_digests: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = Field(default=0.0, description="that the model took")


class LaboratoryReport(_Model):
    """The results that a laboratory report shows. Preliminary: read by a program, and not checked by a person."""

    schema_version: Literal["1"] = "1"
    id: str = Field(description="name of the file, or what the caller gave")
    status: Literal["preliminary"] = "preliminary"
    disclaimer: str = DISCLAIMER
    rows: tuple[LaboratoryRow, ...] = ()
    notices: tuple[str, ...] = Field(default=(), description="what a person should know of how it was read")
    removed: tuple[Removed, ...] = Field(default=(), description="what the model named and the page does not bear out")
    pages: tuple[LaboratoryPage, ...] = ()
    provenance: LaboratoryProvenance

    @model_validator(mode="after")
    def _on_its_pages(self) -> LaboratoryReport:
        numbers = {page.number for page in self.pages}
        for row in self.rows:
            for name in CELLS:
                cell: LaboratoryCell | None = getattr(row, name)
                if cell is not None and cell.page is not None and cell.page not in numbers:
                    raise ValueError("a cell stands on a page that is not there")
        return self
