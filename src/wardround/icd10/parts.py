"""The parts of a release: which one an official file is, told from its content and checked against its name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from wardround.errors import CodeSetError
from wardround.icd10.release import effective_date, fiscal_year_end
from wardround.icd10.xmlfile import beginning

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from wardround.icd10.xmlfile import Beginning

__all__ = ["PARTS", "Origin", "Part", "PartName", "digest", "recognise"]

PartName = Literal["tabular", "index", "external", "neoplasm", "drug"]
PARTS: tuple[PartName, ...] = get_args(PartName)
"""The Tabular List, the Alphabetic Index, the Index of External Causes, the Tables of Neoplasms and of Drugs."""

_NAMED: dict[str, PartName] = {"tabular": "tabular", "eindex": "external", "neoplasm": "neoplasm", "drug": "drug"}
_TABLES: dict[str, PartName] = {"neoplasm": "neoplasm", "substance": "drug"}  # heading of the first column → part
_WORD = re.compile(rf"(?<![a-z])({'|'.join(_NAMED)})s?(?![a-z])")  # "index" alone stands in the names of all but one
_OFFICIAL = re.compile(r"icd-?10-?cm?[-_ ]?(?:tabular|e?index|neoplasm|drug)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a file came from.

    Attributes:
        name: the zip, folder, file or package (with its version) that held it.
        digest: SHA-256 of that zip or file, in hexadecimal; empty for a folder or package.
        url: where it was downloaded; empty if it was not.
    """

    name: str
    digest: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One official file.

    Attributes:
        name: which part of a release it is.
        path: the file, under the name it came with.
        fiscal_year: as it says itself.
        digest: SHA-256 of the file, in hexadecimal.
        origin: where it came from.
    """

    name: PartName
    path: Path
    fiscal_year: int
    digest: str
    origin: Origin

    @property
    def day(self) -> datetime.date | None:
        """The first day in force by the file's name, if that has a date."""
        try:
            return effective_date(self.path.name)
        except CodeSetError:
            return None

    @property
    def years(self) -> tuple[int, ...]:
        """The fiscal years it bears: that of its content and, where it is another, that of its name."""
        named = fiscal_year_end(self.day).year if self.day else self.fiscal_year
        return (self.fiscal_year,) if named == self.fiscal_year else (self.fiscal_year, named)


def recognise(path: Path, origin: Origin) -> Part | None:
    """The part that the XML file at ``path`` is; None for a file that is none, such as a list of changes.

    Raises:
        CodeSetError: it is damaged, does not name its fiscal year, or its content and its name disagree.
    """
    try:
        told = beginning(path)
    except CodeSetError:
        if _OFFICIAL.search(path.name) or path.stat().st_size == 0:
            raise
        return None
    if told.attributes.get("isAddenda") == "true" or "addend" in path.name.lower():
        return None
    name = _name(told)
    if name is None:
        if _OFFICIAL.search(path.name):
            raise CodeSetError("this is none of the files that make up a release of ICD-10-CM", where=path.name)
        return None
    named = {_NAMED[word] for word in _WORD.findall(path.name.lower())}
    if named and name not in named:
        raise CodeSetError(f"its name says {' and '.join(sorted(named))}, its content {name}", where=path.name)
    if not re.fullmatch(r"[12]\d{3}", told.version, re.ASCII):
        raise CodeSetError("it does not name its fiscal year", where=path.name)
    return Part(name=name, path=path, fiscal_year=int(told.version), digest=digest(path), origin=origin)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        CodeSetError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CodeSetError(f"the file cannot be read: {error.strerror}", where=path.name) from error


def _name(told: Beginning) -> PartName | None:
    if told.root == "ICD10CM.tabular":
        return "tabular"
    if told.root != "ICD10CM.index":
        return None
    if told.columns:
        return _TABLES.get(told.columns[0].strip().lower())
    title = told.title.upper()
    return "external" if "EXTERNAL CAUSE" in title else "index" if "INDEX" in title else None
