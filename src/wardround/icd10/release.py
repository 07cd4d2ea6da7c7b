"""A release of ICD-10-CM: what it is called and on which dates its codes are in force.

The classification changes on 1 October, when a fiscal year starts, and sometimes again on 1 April. A release is named
after the day it takes effect and holds until the fiscal year ends on 30 September; where two releases of one fiscal
year cover a date, the later one is in force.

Source: ICD-10-CM Official Guidelines for Coding and Reporting, cover page ("effective … through September 30").
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from wardround.errors import CodeSetError

__all__ = ["Release"]

MONTHS = "january february march april may june july august september october november december".split()
# A day as the official names have it, "April-1-2026", or without its number, "April-2025": the first of the month.
_DAY = re.compile(
    rf"(?<![a-z])(?P<month>{'|'.join(MONTHS)})[-_ ](?:(?P<day>\d{{1,2}})[-_ ])?(?P<year>\d{{4}})(?!\d)", re.IGNORECASE
)
# Names that give a fiscal year and nothing else, "icd10cm_tabular_2026.xml", "icd10cm-drug-2025-XML.xml".
_YEAR = re.compile(r"(?:tabular|index|neoplasm|drug)[-_](?P<year>\d{4})(?:[-_]xml)?\.xml$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """One release.

    Attributes:
        valid_from: first day on which its codes are in force.
        valid_to: last day of the fiscal year; a later release of the same year supersedes it earlier.
        source: where the tables came from, with version ("simple-icd-10-cm 1.5.0").
        digest: SHA-256 of the Tabular List's file, in hexadecimal.
    """

    valid_from: datetime.date
    source: str
    digest: str

    @property
    def id(self) -> str:
        """The first day in force, ISO 8601: ``2026-04-01``."""
        return self.valid_from.isoformat()

    @property
    def fiscal_year(self) -> int:
        """The fiscal year of the United States government (1 October to 30 September) that it belongs to."""
        return fiscal_year_end(self.valid_from).year

    @property
    def valid_to(self) -> datetime.date:
        """30 September of the fiscal year."""
        return fiscal_year_end(self.valid_from)

    @property
    def title(self) -> str:
        """For people: ``FY2026 (April 1, 2026 update)``."""
        day = self.valid_from
        month = MONTHS[day.month - 1].capitalize()
        update = "" if (day.month, day.day) == (10, 1) else " update"
        return f"FY{self.fiscal_year} ({month} {day.day}, {day.year}{update})"


def fiscal_year_end(date: datetime.date) -> datetime.date:
    """The 30 September that ends the fiscal year of ``date``."""
    return datetime.date(date.year + (date.month >= 10), 9, 30)


def fiscal_year_start(year: int) -> datetime.date:
    """1 October of the year before: the first day of a fiscal year."""
    return datetime.date(year - 1, 10, 1)


def named_day(name: str) -> datetime.date | None:
    """The day that the name of a file or archive gives; None if it gives none.

    >>> named_day("april-1-2026-code-tables-tabular-and-index.zip"), named_day("icd10cm-tabular-April-2025.xml")
    (datetime.date(2026, 4, 1), datetime.date(2025, 4, 1))
    """
    match = _DAY.search(name)
    if match is None:
        return None
    try:
        return datetime.date(int(match["year"]), MONTHS.index(match["month"].lower()) + 1, int(match["day"] or 1))
    except ValueError:  # the 31st of June
        return None


def effective_date(file_name: str) -> datetime.date:
    """The day from which an official file is in force, read from its name.

    >>> effective_date("icd10cm-index-April-1-2026.xml"), effective_date("icd10cm_tabular_2026.xml")
    (datetime.date(2026, 4, 1), datetime.date(2025, 10, 1))

    Raises:
        CodeSetError: the name holds no such date.
    """
    day = named_day(file_name)
    if day is not None:
        return day
    match = _YEAR.search(file_name)
    if match is not None and int(match["year"]) > datetime.MINYEAR:
        return fiscal_year_start(int(match["year"]))
    raise CodeSetError(
        "the name of this file does not say from when it is in force",
        where=file_name,
        hint="name it as it is published, for example icd10cm-tabular-April-1-2026.xml",
    )
