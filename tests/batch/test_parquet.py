"""Tables of Parquet, cut into parts."""

from __future__ import annotations

import datetime
import decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.sources import opened, records, told
from wardround.batch.sources import parquet
from wardround.errors import InputError
from wardround.export import Failure
from wardround.records import Record

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["Gout.", "Essential hypertension.", None, "Gout.", "Acute appendicitis."]
MISSING = '! the field "text" is missing'


def written(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


@pytest.mark.parametrize("rows_per_group", [1, 2, 7, 1000])
@pytest.mark.parametrize("size", [1, 5, 64, 100])
def test_the_parts_are_the_table_in_order(tmp_path: Path, rows_per_group: int, size: int) -> None:
    rows = [(str(number), f"Gout {number}.") for number in range(150)]
    path = written(
        tmp_path / "notes.parquet",
        {"id": [id for id, _ in rows], "text": [text for _, text in rows]},
        row_group_size=rows_per_group,
    )
    source = opened(path, size)
    assert told(source) == rows
    backwards = [list(part.records()) for part in reversed(source.parts())]
    assert [each for part in reversed(backwards) for each in part] == records(source)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(8)))
def test_parts_are_read_in_any_order(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.parquet"
    if not path.exists():
        written(path, {"text": [f"Gout {number}." for number in range(31)]}, row_group_size=6)
    parts = opened(path, 4).parts()
    for number in order:
        sources = [each.source for each in parts[number].records() if isinstance(each, Record)]
        assert sources == [f"Gout {n}." for n in range(31)][number * 4 : number * 4 + 4]


def test_a_part_goes_on_where_the_one_before_it_ended(tmp_path: Path) -> None:
    path = written(tmp_path / "notes.parquet", {"text": ["Gout."] * 9})
    first, second, _ = opened(path).parts()
    list(first.records())
    (kept,) = parquet._last
    list(second.records())
    assert parquet._last == [kept]


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=str,
)
def test_kinds_of_text(tmp_path: Path, kind: pa.DataType) -> None:
    texts = pa.array(TEXTS, pa.string()).cast(kind)
    path = written(tmp_path / "notes.parquet", {"id": [1, 2, 3, 3, None], "text": texts})
    expected = [("1", TEXTS[0]), ("2", TEXTS[1]), ("3", MISSING), ("3", TEXTS[3]), ("row 5", TEXTS[4])]
    assert told(opened(path)) == expected


def test_other_columns_may_be_anything_and_are_not_read(tmp_path: Path) -> None:
    nested = pa.array([[{"a": 1, "b": [None]}]])
    path = written(tmp_path / "notes.parquet", {"codes": nested, " Text": ["Gout."], "ID": ["7"], "pdf": [b"\xff"]})
    assert told(opened(path)) == [("7", "Gout.")]


@pytest.mark.parametrize(
    ("column", "value", "field", "expected"),
    [
        ("date", datetime.date(2026, 5, 11), "date", datetime.date(2026, 5, 11)),
        ("date", datetime.datetime(2026, 5, 11, 8, 30), "date", datetime.date(2026, 5, 11)),
        ("date", "2026-05-11", "date", datetime.date(2026, 5, 11)),
        ("age", 44, "age", 44),
        ("age", 0.5, "age", 0.5),
        ("age", decimal.Decimal("44.0"), "age", 44),
        ("sex", "F", "sex", "female"),
        ("setting", "inpatient", "setting", "inpatient"),
        ("setting", None, "setting", "outpatient"),
    ],
)
def test_what_is_said_of_the_encounter(tmp_path: Path, column: str, value: Any, field: str, expected: Any) -> None:
    path = written(tmp_path / "notes.parquet", {"text": ["Gout."], column: [value]})
    (record,) = records(opened(path))
    assert isinstance(record, Record)
    assert getattr(record.encounter, field) == expected


@pytest.mark.parametrize("column", [{"age": ["old"]}, {"id": [1.5]}, {"date": [7]}, {"text": [b"Gout."]}])
def test_a_value_that_cannot_be_used_costs_its_row(tmp_path: Path, column: dict[str, Any]) -> None:
    path = written(tmp_path / "notes.parquet", {"text": ["Gout."], **column})
    (failure,) = records(opened(path))
    assert isinstance(failure, Failure)
    assert failure.error.where == "row 1"


def test_a_table_without_rows_and_one_without_the_column(tmp_path: Path) -> None:
    assert told(opened(written(tmp_path / "a.parquet", {"text": pa.array([], pa.string())}))) == []
    with pytest.raises(InputError, match="no column text"):
        opened(written(tmp_path / "b.parquet", {"note": ["Gout."]})).parts()


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "notes.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        opened(path).parts()


def test_a_folder_of_tables(tmp_path: Path) -> None:
    for name in ("part=b", "part=a"):
        (tmp_path / name).mkdir()
        written(tmp_path / name / "0.parquet", {"text": [name]})
    assert told(opened(tmp_path)) == [("part=a/0.parquet row 1", "part=a"), ("part=b/0.parquet row 1", "part=b")]
