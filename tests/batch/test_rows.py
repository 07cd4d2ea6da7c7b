"""Files of CSV, cut into parts."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.sources import opened, records, told
from wardround.errors import InputError
from wardround.records import Record

MISSING = '! the field "text" is missing'
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL)), st.integers(1, 5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_parts_are_the_file_in_order(rows: list[tuple[str, str]], size: int, end: str, mark: bool) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(("ID", " text "))
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.csv"
        path.write_bytes(b"\xef\xbb\xbf" * mark + out.getvalue().encode())
        assert told(opened(path, size)) == rows


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,text\n", []),
        ("text", []),
        ("id,text\n1,Gout.\n\n,\n1,Gout.", [("1", "Gout."), ("1", "Gout.")]),
        ('id,text\n1,"two\nlines, a ""quote"""\n2,Gout.', [("1", 'two\nlines, a "quote"'), ("2", "Gout.")]),
        ('text,x\r\n"two\r\nlines",7\r\nGout.,8', [("line 2", "two\r\nlines"), ("line 4", "Gout.")]),
        ('id,text\n1,5" tall\n2,Gout.', [("1", '5" tall'), ("2", "Gout.")]),
        ("id,text\n1\n2,\n3,Gout.,more", [("1", MISSING), ("2", MISSING), ("3", "Gout.")]),
        ('id,text\n1,"never closed\n2,Gout.\n', [("1", "never closed\n2,Gout.\n")]),
    ],
)
def test_odd_files(tmp_path: Path, content: str, expected: list[tuple[str, str]]) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(content.encode())
    for size in (1, 2, 50):
        assert told(opened(path, size)) == expected


def test_bytes_that_are_no_utf8_cost_their_row(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(b"id,text\n1,caf\xe9\n2,Gout.\n")
    assert told(opened(path)) == [("line 2", "! the row is not UTF-8"), ("2", "Gout.")]


def test_a_note_may_be_long(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(f"id,text\n1,{'x' * 900_000}\n2,Gout.\n")
    assert [len(str(text)) for _, text in told(opened(path))] == [900_000, 5]


def test_tabs_separate_in_a_file_called_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.tsv"
    path.write_text("id\ttext\tage\tother\n1\tGout, left foot.\t44\t\n")
    (record,) = records(opened(path))
    assert isinstance(record, Record)
    assert (record.source, record.encounter.age) == ("Gout, left foot.", 44)


@pytest.mark.parametrize("content", [b"", b"id,note\n1,Gout.\n", b"\n", b"\x00\xff\xfe"])
def test_a_file_without_the_column_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no column text"):
        opened(path).parts()
