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

_MONTHS = "january february march april may june july august september october november december".split()
# The official names of the Tabular List: "…tabular-April-1-2026.xml", or by fiscal year alone, "…tabular_2026.xml".
_NAME = re.compile(r"tabular[-_](?:(?P<month>[a-z]+)[-_](?P<day>\d{1,2})[-_])?(?P<year>\d{4})\.xml$", re.IGNORECASE)


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
        month = _MONTHS[day.month - 1].capitalize()
        update = "" if (day.month, day.day) == (10, 1) else " update"
        return f"FY{self.fiscal_year} ({month} {day.day}, {day.year}{update})"


def fiscal_year_end(date: datetime.date) -> datetime.date:
    """The 30 September that ends the fiscal year of ``date``."""
    return datetime.date(date.year + (date.month >= 10), 9, 30)


def effective_date(file_name: str) -> datetime.date:
    """The day from which a Tabular List is in force, read from the name of its file.

    >>> effective_date("icd10cm-tabular-April-1-2026.xml"), effective_date("icd10cm_tabular_2026.xml")
    (datetime.date(2026, 4, 1), datetime.date(2025, 10, 1))

    Raises:
        CodeSetError: the name holds no such date.
    """
    match = _NAME.search(file_name)
    if match is not None:
        year = int(match["year"])
        if match["month"] is None:
            return datetime.date(year - 1, 10, 1)
        try:
            return datetime.date(year, _MONTHS.index(match["month"].lower()) + 1, int(match["day"]))
        except ValueError:
            pass
    raise CodeSetError(
        "the name of this Tabular List does not say from when it is in force",
        where=file_name,
        hint="name it as it is published, for example icd10cm-tabular-April-1-2026.xml",
    )
