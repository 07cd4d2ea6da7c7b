import datetime

import pytest

from wardround.errors import CodeSetError
from wardround.icd10 import Release
from wardround.icd10.release import effective_date


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("icd10c-tabular-April-1-2026.xml", (2026, 4, 1)),
        ("icd10cm_tabular_2027.xml", (2026, 10, 1)),
        ("ICD10CM-Tabular-october-1-2025.XML", (2025, 10, 1)),
    ],
)
def test_date_from_name(name, date):
    assert effective_date(name) == datetime.date(*date)


@pytest.mark.parametrize("name", ["tabular.xml", "icd10cm-tabular-Aprile-1-2026.xml", "tabular-June-31-2026.xml", ""])
def test_name_without_date(name):
    with pytest.raises(CodeSetError, match="does not say from when"):
        effective_date(name)


@pytest.mark.parametrize(
    ("start", "fiscal_year", "end", "title"),
    [
        ((2026, 4, 1), 2026, (2026, 9, 30), "FY2026 (April 1, 2026 update)"),
        ((2026, 10, 1), 2027, (2027, 9, 30), "FY2027 (October 1, 2026)"),
    ],
)
def test_release(start, fiscal_year, end, title):
    release = Release(valid_from=datetime.date(*start), source="made up", digest="0")
    assert release.id == release.valid_from.isoformat()
    assert (release.fiscal_year, release.valid_to, release.title) == (fiscal_year, datetime.date(*end), title)
