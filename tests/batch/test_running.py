"""A batch in several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from batch.folders import content, errors, results
from batch.poison import Poisoned
from batch.sources import notes_file, opened
from engines.scripted_server import ScriptedServer
from wardround.batch import Options, Output, Summary, Work, run
from wardround.errors import EngineError, InputError, UnknownRelease

SRC = Path(__file__).parents[2] / "src"


def ran(path: Path, folder: Path, processes: int = 1, size: int = 5, **options: object) -> Summary:
    work = Work(output=Output(folder=folder), options=Options(**options))  # type: ignore[arg-type]
    return run(opened(path, size), work, processes=processes)


def test_however_many_processes_the_files_are_the_same(tmp_path: Path) -> None:
    path = notes_file(tmp_path / "notes.jsonl", 33)
    summaries = [ran(path, tmp_path / str(count), count) for count in (1, 2, 3)]
    first, *others = [content(tmp_path / str(count)) for count in (1, 2, 3)]
    assert all(other == first for other in others)
    assert [row["id"] for row in results(tmp_path / "2")] == [str(number) for number in range(33)]
    assert {(each.counts.notes, each.counts.failed, each.counts.invalid) for each in summaries} == {(33, 0, 0)}


def test_no_record_stops_the_others(tmp_path: Path) -> None:
    source = Poisoned(12, {1: ".exit", 2: ".abort", 5: "unreadable", 9: "fatal"})
    summary = run(source, Work(output=Output(folder=tmp_path)), processes=2)
    assert errors(tmp_path) == {
        "1": "coding the note kills the process",
        "2": "coding the note kills the process",
        "note 5": "unexpected ValueError",
        "note 6": "unexpected ValueError",
        "note 7": "unexpected ValueError",
        "note 9": "reading the source kills the process",
        "note 10": "reading the source kills the process",
        "note 11": "reading the source kills the process",
    }
    assert [row["id"] for row in results(tmp_path)] == ["0", "3", "4", "8"]
    assert (summary.counts.notes, summary.counts.failed) == (12, 8)


def test_a_record_that_hangs_is_given_up(tmp_path: Path) -> None:
    work = Work(output=Output(folder=tmp_path), patience=2.0)
    run(Poisoned(2, {0: ".hang"}), work, processes=1)
    assert errors(tmp_path) == {"0": "coding the note does not end within 2 seconds"}
    assert [row["id"] for row in results(tmp_path)] == ["1"]


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    path, folder = notes_file(tmp_path / "notes.jsonl", 20), tmp_path / "out"
    ran(path, folder)
    whole = content(folder)
    kept = folder / "codes" / "part-000000.parquet"
    before = kept.stat().st_mtime_ns
    (folder / "codes" / "part-000002.parquet").unlink()
    (folder / "codes" / "part-000001.parquet.7.tmp").write_bytes(b"half")
    summary = ran(path, folder, 2)
    assert content(folder) == whole
    assert kept.stat().st_mtime_ns == before
    assert (summary.counts.notes, summary.notes_now, summary.before) == (20, 5, False)


def test_a_run_that_is_done_says_so_and_does_nothing(tmp_path: Path) -> None:
    path, folder = notes_file(tmp_path / "notes.jsonl", 6), tmp_path / "out"
    first = ran(path, folder)
    before = (folder / "summary.json").stat().st_mtime_ns
    again = ran(path, folder)
    assert (folder / "summary.json").stat().st_mtime_ns == before
    assert (first.before, again.before) == (False, True)
    told = first.to_json()
    assert again.to_json() == told


def test_nothing_to_do(tmp_path: Path) -> None:
    summary = ran(notes_file(tmp_path / "notes.jsonl", 0), tmp_path / "out")
    assert summary.to_json()["notes"] == 0
    assert ran(tmp_path / "notes.jsonl", tmp_path / "out").before


def test_progress_counts_what_was_done_before(tmp_path: Path) -> None:
    path, folder = notes_file(tmp_path / "notes.jsonl", 20), tmp_path / "out"
    ran(path, folder)
    for number in (1, 2):
        (folder / "codes" / f"part-00000{number}.parquet").unlink()
    seen: list[tuple[int, int, int]] = []
    work = Work(output=Output(folder=folder))
    run(opened(path, 5), work, processes=1, on_progress=lambda *told: seen.append(told))
    assert seen[-1] == (20, 10, 20)
    assert seen == sorted(seen)


def test_what_cannot_be_coded_at_all_ends_the_run(tmp_path: Path) -> None:
    path = notes_file(tmp_path / "notes.jsonl", 6)
    with pytest.raises(UnknownRelease):
        ran(path, tmp_path / "out", release="1999-10-01")


def test_a_model_on_a_server_is_asked_by_all_processes(tmp_path: Path) -> None:
    path = notes_file(tmp_path / "notes.jsonl", 2)
    with ScriptedServer() as server:
        summary = ran(path, tmp_path / "out", 2, 1, engine=f"{server.url}#tiny", budget=20.0)
        assert len(server.headers) > 4  # each process finds out what it is, and asks
    assert summary.counts.failed == 0
    work = Work(output=Output(folder=tmp_path / "none"), options=Options(engine=f"{server.url}#tiny"))
    with pytest.raises(EngineError):
        run(opened(path), work, processes=1)


@pytest.mark.skipif(os.getuid() == 0, reason="root writes anywhere")
def test_results_that_cannot_be_written_end_the_run(tmp_path: Path) -> None:
    path, folder = notes_file(tmp_path / "notes.jsonl", 6), tmp_path / "out"
    (folder / "codes").mkdir(parents=True, mode=0o500)
    with pytest.raises(InputError, match="cannot write"):
        ran(path, folder)


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_it_ends_at_once_and_the_same_command_goes_on(tmp_path: Path, sign: int, status: int) -> None:
    path, folder = notes_file(tmp_path / "notes.jsonl", 6000), tmp_path / "out"
    command = [sys.executable, "-m", "wardround", "batch", str(path), str(folder), "--processes", "2"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(SRC)}
    ) as process:
        try:
            while not list(folder.glob("codes/*.parquet")) and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(sign)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == status
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert not list(folder.rglob("*.tmp"))
    assert not (folder / "summary.json").exists()
