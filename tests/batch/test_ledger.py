"""What a folder is a run of."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from batch.folders import content
from batch.sources import notes_file, opened, write_lines
from wardround.batch import Options, Output, Work
from wardround.batch.ledger import opened as ledger_of
from wardround.batch.output import Format
from wardround.errors import InputError


def begin(
    path: Path, folder: Path, *, size: int = 3, format: Format = "parquet", fresh: bool = False, **options: object
) -> int:
    """Do all that is left, in this process; how many parts it was."""
    work = Work(output=Output(folder=folder, format=format), options=Options(**options))  # type: ignore[arg-type]
    with ledger_of(opened(path, size), work, fresh=fresh) as ledger:
        for part in ledger.pending:
            ledger.done(work(part))
        ledger.summary(1.0, 1)
        return len(ledger.pending)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return notes_file(tmp_path / "notes.jsonl", 4)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"scope": "mentions"}, "scope was encounter, is mentions"),
        ({"format": "jsonl"}, "format was parquet, is jsonl"),
        ({"size": 2}, "source records_per_part was 3, is 2"),
        ({"release": "2026-04-01"}, "release was not given, is 2026-04-01"),
        ({"budget": 5.0}, "budget was not given, is 5.0"),
    ],
)
def test_other_options_are_refused_by_name(tmp_path: Path, path: Path, changed: dict[str, str], told: str) -> None:
    begin(path, tmp_path / "out")
    before = content(tmp_path / "out")
    with pytest.raises(InputError) as caught:
        begin(path, tmp_path / "out", **changed)  # type: ignore[arg-type]
    assert told in caught.value.what
    assert "--fresh" in caught.value.hint
    assert content(tmp_path / "out") == before


def test_a_changed_input_is_refused(tmp_path: Path, path: Path) -> None:
    begin(path, tmp_path / "out")
    write_lines(path, [{"text": "Gout."}])
    with pytest.raises(InputError, match="has changed"):
        begin(path, tmp_path / "out")


def test_as_long_as_nothing_is_done_all_may_change(tmp_path: Path, path: Path) -> None:
    broken = tmp_path / "notes.csv"
    broken.write_text("id,note\n")
    with pytest.raises(InputError, match="no column text"):
        begin(broken, tmp_path / "out")
    assert begin(path, tmp_path / "out", scope="mentions") == 2


def test_an_input_may_move(tmp_path: Path, path: Path) -> None:
    begin(path, tmp_path / "out")
    assert begin(path.rename(tmp_path / "moved.jsonl"), tmp_path / "out") == 0


def test_fresh_removes_what_a_run_left_and_nothing_else(tmp_path: Path, path: Path) -> None:
    begin(path, tmp_path / "out")
    (tmp_path / "out" / "mine.txt").touch()
    assert begin(write_lines(path, [{"text": "Gout."}]), tmp_path / "out", fresh=True, scope="mentions") == 1
    assert (tmp_path / "out" / "mine.txt").exists()
    assert len(list((tmp_path / "out" / "codes").iterdir())) == 1


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, path: Path) -> None:
    for fresh in (False, True):
        with pytest.raises(InputError, match="holds no batch"):
            begin(path, tmp_path, fresh=fresh)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_only_one_run_at_a_time(tmp_path: Path, path: Path) -> None:
    work = Work(output=Output(folder=tmp_path / "out"))
    with ledger_of(opened(path), work), pytest.raises(InputError, match="another run"):
        begin(path, tmp_path / "out")
    assert begin(path, tmp_path / "out") == 2


def test_a_damaged_file_of_the_run_is_told(tmp_path: Path, path: Path) -> None:
    begin(path, tmp_path / "out")
    (tmp_path / "out" / "run.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        begin(path, tmp_path / "out")


def test_a_run_says_of_what_it_is_one_without_times(tmp_path: Path, path: Path) -> None:
    begin(path, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "run.json").read_text())
    assert told["source"]["kind"] == "jsonl"
    assert told["coding"]["newest"] == "2026-04-01"
    assert len(told["coding"]["lexicon_digest"]) > 10
    os.utime(tmp_path / "out" / "run.json")
    assert begin(path, tmp_path / "out") == 0
