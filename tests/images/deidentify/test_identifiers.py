"""What stands for patients, objects and days."""

from __future__ import annotations

import datetime
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.errors import InputError
from wardround.images.deidentify.identifiers import Identifiers, read_key, shifted_date, shifted_datetime
from wardround.images.deidentify.traces import Traces

DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))


@given(DAYS, DAYS, st.text(max_size=20), st.binary(min_size=16, max_size=40))
def test_intervals_stay(first: datetime.date, second: datetime.date, patient: str, key: bytes) -> None:
    days = Identifiers(key).days(patient)
    assert 365 <= days <= 3650
    moved = [
        datetime.datetime.strptime(shifted_date(f"{day:%Y%m%d}", days), "%Y%m%d").date() for day in (first, second)
    ]
    assert moved[1] - moved[0] == second - first
    assert first - moved[0] == datetime.timedelta(days)


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        ("20200301", "20190302"),
        ("2020.03.01", "20190302"),
        ("20200230", ""),
        ("00010101", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_days(value: str, moved: str) -> None:
    assert shifted_date(value, 365) == moved


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        ("2020", "2019"),
        ("202003", "201903"),
        ("20200301", "20190302"),
        ("202003011015", "201903021015"),
        ("20200301101530.123456-0500", "20190302101530.123456-0500"),
        ("20200301 101530", ""),
    ],
)
def test_days_with_times(value: str, moved: str) -> None:
    assert shifted_datetime(value, 365) == moved


@given(st.text(min_size=1, max_size=64), st.binary(min_size=16, max_size=40))
def test_uids_are_valid(original: str, key: bytes) -> None:
    from pydicom.uid import UID

    mapped = Identifiers(key).uid(original)
    assert UID(mapped).is_valid
    assert mapped == Identifiers(key).uid(f"{original} ")
    assert mapped != Identifiers(key + b"!").uid(original)


def test_one_patient_however_written() -> None:
    identifiers = Identifiers()
    assert identifiers.pseudonym("ab 12 ") == identifiers.pseudonym("AB  12")
    assert identifiers.pseudonym("ab 12") != identifiers.pseudonym("ab 13")
    assert identifiers.pseudonym("ab 12") != Identifiers().pseudonym("ab 12")


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "project.key"
    key = read_key(path)
    assert read_key(path) == key
    assert len(key) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 5000])
def test_what_is_no_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no key"):
        read_key(path)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("for MÜLLER", True),
        ("Mueller", False),
        ("scan ofMuller2", True),  # six letters and more are found inside of words
        ("Lee", True),
        ("sleek", False),
        ("leed", False),
        ("ID 48213", True),
        ("148213", False),
        ("born 03.01.1960", True),
        ("born 3 JAN 1960", False),
        ("born 03-jan-1960", True),
        ("Dr. Test", False),
        ("", False),
    ],
)
def test_traces(text: str, held: bool) -> None:
    assert (text in Traces(["Müller", "Lee", "Dr", "Test"], ["48213", "1"], ["19600103"])) is held
