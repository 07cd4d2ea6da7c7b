"""A folder of notes, and what else a source may be called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batch.sources import opened, records, told
from wardround.batch import open_source
from wardround.coding import Encounter
from wardround.errors import InputError


def test_every_file_is_a_record_called_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "ward b" / "old").mkdir(parents=True)
    for name in ("2.txt", "10.pdf", "ward b/letter", "ward b/old/_a.docx", ".hidden", "ward b/.DS_Store"):
        (tmp_path / name).write_text("Gout.")
    assert told(opened(tmp_path, 2)) == [
        (name, tmp_path / name) for name in ("10.pdf", "2.txt", "ward b/letter", "ward b/old/_a.docx")
    ]


def test_there_are_fewer_in_a_part_than_lines_of_a_file(tmp_path: Path) -> None:
    for number in range(101):
        (tmp_path / f"{number}.txt").touch()
    assert [part.count for part in open_source(str(tmp_path), Encounter()).parts()] == [100, 1]


def test_the_fingerprint_notices_a_file_more(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    before = opened(tmp_path).fingerprint
    (tmp_path / "b.txt").touch()
    assert opened(tmp_path).fingerprint != before


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX systems only")
def test_a_name_may_be_any_bytes(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("Gout.")
    (record,) = records(opened(tmp_path))
    assert record.id == "caf�.txt"
    assert len(opened(tmp_path).fingerprint) == 64


@pytest.mark.parametrize(
    ("make", "what"),
    [
        ((), "no such file or folder"),
        (("empty/",), "no files"),
        (("note.txt",), "no source of notes"),
        (("mixed/a.jsonl", "mixed/b.csv"), "tables and other files"),
        (("mixed/a.jsonl", "mixed/b.txt"), "tables and other files"),
    ],
)
def test_what_is_no_source(tmp_path: Path, make: tuple[str, ...], what: str) -> None:
    for name in make:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.mkdir() if name.endswith("/") else path.touch()
    first = tmp_path / make[0].partition("/")[0] if make else tmp_path / "nothing"
    with pytest.raises(InputError, match=what):
        opened(first)


def test_a_query_is_for_a_database_and_a_database_takes_one(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    with pytest.raises(InputError, match="only a database"):
        opened(tmp_path / "a.jsonl", query="select 1")
    with pytest.raises(InputError, match="takes a query"):
        opened("sqlite:///notes.db")
