"""The work on a part, and the files it leaves."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from batch.folders import content, errors, results
from batch.poison import Poisoned
from batch.sources import note, notes_file, opened, write_lines
from wardround.batch import Options, Output, Work
from wardround.batch.counts import Counts
from wardround.batch.output import Format, write_whole
from wardround.coding import Coder
from wardround.errors import InputError, UnknownRelease


def done(folder: Path, path: Path, format: Format = "parquet", size: int = 100) -> Work:
    work = Work(output=Output(folder=folder, format=format))
    for part in opened(path, size).parts():
        work(part)
    return work


def test_a_row_of_the_table_is_the_result(tmp_path: Path) -> None:
    done(tmp_path / "out", notes_file(tmp_path / "notes.jsonl", 3))
    (row, *_) = rows = results(tmp_path / "out")
    assert [row["id"] for row in rows] == ["0", "1", "2"]
    for number, row in enumerate(rows):
        result = Coder().code(note(number), id=str(number)).to_json()
        assert (row["release"], row["scope"], row["setting"]) == ("2026-04-01", "encounter", "outpatient")
        assert row["warnings"] == result["warnings"]
        for code in row["codes"]:
            for evidence in code["evidence"]:
                assert evidence.pop("page") is None
                assert note(number)[evidence["start"] : evidence["end"]] == evidence["text"]
        assert row["codes"] == result["codes"]


def test_a_line_is_the_result_without_its_times(tmp_path: Path) -> None:
    done(tmp_path / "out", notes_file(tmp_path / "notes.jsonl", 2), "jsonl")
    expected = Coder().code(note(1), id="1").to_json()
    expected.pop("timings")
    assert results(tmp_path / "out")[1] == expected


@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_twice_the_same_bytes(tmp_path: Path, format: Format) -> None:
    path = notes_file(tmp_path / "notes.jsonl", 5)
    done(tmp_path / "a", path, format, 2)
    done(tmp_path / "b", path, format, 2)
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert len(content(tmp_path / "a")) == 6


def test_a_folder_of_parts_is_one_table_whatever_is_in_them(tmp_path: Path) -> None:
    lines: list[object] = [{"id": "a", "text": "Gout."}, b"no", {"id": "b", "text": "Nothing at all."}]
    done(tmp_path / "out", write_lines(tmp_path / "notes.jsonl", lines), size=1)
    table = pq.read_table(tmp_path / "out" / "codes")
    assert table.column("id").to_pylist() == ["a", "b"]
    assert pq.read_schema(tmp_path / "out" / "codes" / "part-000001.parquet").equals(table.schema)
    assert errors(tmp_path / "out") == {"line 2": "the line is not JSON"}


@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_half_of_a_surrogate_pair_stops_nothing(tmp_path: Path, format: Format) -> None:
    lines = [b'{"id": "\\udc00", "text": "ASSESSMENT\\nGout\\ud800 of the left foot."}', {"id": "b", "text": "Gout."}]
    done(tmp_path / "out", write_lines(tmp_path / "notes.jsonl", lines), format)
    assert [len(row["id"]) for row in results(tmp_path / "out")] == [1, 1]
    assert errors(tmp_path / "out") == {}


def test_errors_say_where_and_what_to_do_and_nothing_of_the_patient(tmp_path: Path) -> None:
    lines: list[object] = [
        {"id": 1, "text": "Gout, Zebulon.", "age": "Zebulon"},
        {"id": 2, "text": ""},
        b'{"a": Zebulon',
    ]
    done(tmp_path / "out", write_lines(tmp_path / "notes.jsonl", lines))
    text = (tmp_path / "out" / "errors" / "part-000000.jsonl").read_text()
    assert "Zebulon" not in text
    first, *_ = map(json.loads, text.splitlines())
    assert first == {
        "id": "1",
        "where": "line 1",
        "error": 'the field "age" cannot be used',
        "hint": "expected years from 0 to 130; 0.5 is six months",
    }
    assert list(errors(tmp_path / "out")) == ["1", "2", "line 3"]


def test_a_reader_that_breaks_down_costs_the_rest_of_its_part(tmp_path: Path) -> None:
    work = Work(output=Output(folder=tmp_path))
    for part in Poisoned(8, {1: "unreadable", 4: ".memory", 6: ".deep"}).parts():
        work(part)
    assert [row["id"] for row in results(tmp_path)] == ["0", "5", "7"]
    failed = errors(tmp_path)
    assert list(failed) == ["note 1", "note 2", "note 3", "4", "6"]
    assert failed["note 3"] == "unexpected ValueError"
    assert failed["4"].startswith("unexpected MemoryError")
    assert not any("Zebulon" in what for what in failed.values())


def test_what_is_counted(tmp_path: Path) -> None:
    lines: list[object] = [{"text": "ASSESSMENT\n1. Gout.\n2. Possible sepsis."}, {"text": "Well."}, {"id": "x"}]
    work = done(tmp_path / "out", write_lines(tmp_path / "notes.jsonl", lines))
    counts = work.output.counted(0, Counts)
    assert (counts.notes, counts.failed, counts.invalid) == (3, 1, 0)
    assert counts.accepted + counts.review == counts.codes.total() == counts.chapters.total()
    assert counts.chapters["13"] == counts.codes["M10.9"] == 1
    assert counts.lengths == {"0": 1, str(counts.codes.total()): 1}
    assert counts.releases == {"2026-04-01": 2}
    assert counts.statuses.total() == counts.codes.total()
    twice = Counts()
    twice.add(counts)
    twice.add(Counts.from_json(json.loads(json.dumps(counts.to_json()))))
    assert (twice.notes, twice.codes["M10.9"]) == (6, 2)


def test_work_goes_anywhere(tmp_path: Path) -> None:
    work = Work(output=Output(folder=tmp_path), options=Options(scope="mentions"))
    assert pickle.loads(pickle.dumps(work)) == work


def test_a_coder_that_cannot_be_opened_is_no_failure_of_a_note(tmp_path: Path) -> None:
    work = Work(output=Output(folder=tmp_path), options=Options(release="1999-10-01"))
    (part,) = Poisoned(1, {}).parts()
    with pytest.raises(UnknownRelease):
        work(part)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no device that is always full")
    (tmp_path / "codes").mkdir()
    place = tmp_path / "codes" / "part-000000.parquet"
    monkeypatch.setattr("wardround.batch.output.token_hex", lambda size: "0")
    unfinished = place.with_name(f"{place.name}.0.tmp")
    unfinished.symlink_to(full)
    with pytest.raises(InputError, match="No space left") as caught:
        write_whole(place, b"x" * 100_000)
    assert "the same command goes on" in str(caught.value)
    assert not list((tmp_path / "codes").iterdir())
