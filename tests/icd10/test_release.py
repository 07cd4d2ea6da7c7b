import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icd10.official import PARTS, name
from wardround.errors import CodeSetError
from wardround.icd10 import Release
from wardround.icd10.release import effective_date, named_day


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("icd10c-tabular-April-1-2026.xml", (2026, 4, 1)),
        ("icd10cm_tabular_2027.xml", (2026, 10, 1)),
        ("ICD10CM-Tabular-october-1-2025.XML", (2025, 10, 1)),
        ("icd10cm-tabular-April-2025.xml", (2025, 4, 1)),
        ("icd10cm-tabular-2024.xml", (2023, 10, 1)),
        ("icd10cm-index-2025.xml", (2024, 10, 1)),
        ("icd10cm_eindex_2026.xml", (2025, 10, 1)),
        ("icd10cm-eindex-April-1-2026-XML.xml", (2026, 4, 1)),
        ("icd10cm-drug-2026-XML.xml", (2025, 10, 1)),
        ("icd10cm-neoplasm-April-1-2026-XML.xml", (2026, 4, 1)),
    ],
)
def test_date_from_name(name, date):
    assert effective_date(name) == datetime.date(*date)


@given(day=st.dates(datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)), part=st.sampled_from(PARTS))
def test_every_official_name_gives_its_day(day, part):
    assert effective_date(name(part, day.isoformat())) == day


@given(st.text(max_size=60))
def test_any_name_gives_a_day_or_says_that_it_does_not(text):
    named_day(text)
    try:
        assert effective_date(text) >= datetime.date.min
    except CodeSetError as error:
        assert error.where == text  # noqa: PT017  most texts give none


@pytest.mark.parametrize(
    "name",
    [
        "tabular.xml",
        "icd10cm-tabular-Aprile-1-2026.xml",
        "tabular-June-31-2026.xml",
        "icd10cm-tabular-20261.xml",
        "icd10cm-tabular-2026.xml.part",
        "icd10cm-tabular-0000.xml",
        "icd10cm-tabular-0001.xml",
        "april-1-20267.zip",
        "",
    ],
)
def test_name_without_date(name):
    with pytest.raises(CodeSetError, match="does not say from when"):
        effective_date(name)


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("april-1-2026-code-tables-tabular-and-index.zip", (2026, 4, 1)),
        ("April 1 2026 Code Tables.zip", (2026, 4, 1)),
        ("2027-code-tables-tabular-and-index.zip", None),
        ("icd10cm_tabular_2027.xml", None),
    ],
)
def test_day_in_the_name_of_an_archive(name, date):
    assert named_day(name) == (datetime.date(*date) if date else None)


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
