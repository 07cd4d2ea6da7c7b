"""A batch on Ray: real Ray, on this machine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="the extra wardround[ray] is not installed")
pytest.importorskip("pyarrow", reason="the extra wardround[batch] is not installed")

from batch.lethal import Lethal  # noqa: E402
from wardround.batch import Output, Work, open_source, run  # noqa: E402
from wardround.batch import ray as on_ray  # noqa: E402
from wardround.batch.sources import Source  # noqa: E402
from wardround.coding import Encounter  # noqa: E402
from wardround.errors import InputError  # noqa: E402

NOTES = ("Acute appendicitis.", "Type 2 diabetes mellitus. Hypertension.", "Gout of the left ankle.", "No fever.")
COUNT = 60


@pytest.fixture(scope="module")
def _cluster() -> Iterator[None]:
    """One for all tests here: it takes seconds to begin."""
    with on_ray._cluster(None, 2):
        yield


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Notes in six parts; one line is damaged."""
    path = tmp_path / "notes.jsonl"
    lines = [json.dumps({"id": f"n{number}", "text": NOTES[number % len(NOTES)]}) for number in range(COUNT)]
    lines[33] = "{"
    path.write_text("\n".join(lines), encoding="utf-8")
    return open_source(str(path), Encounter(), size=10)


def kept(folder: Path) -> dict[str, bytes]:
    """The results: what a run left but for when and how it was made."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent != folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.usefixtures("_cluster")
def test_the_files_are_those_of_processes_on_one_machine(source: Source, tmp_path: Path) -> None:
    seen: list[tuple[int, int, int]] = []
    here, there = (Work(output=Output(folder=tmp_path / name)) for name in ("here", "there"))
    run(source, here, processes=1)
    summary = on_ray.run(source, there, processes=2, on_progress=lambda *told: seen.append(told))
    assert kept(tmp_path / "here") == kept(tmp_path / "there")
    assert (summary.counts.notes, summary.counts.failed, summary.parts, summary.processes) == (COUNT, 1, 6, 2)
    assert seen[0] == (0, 0, COUNT)
    assert sorted(done for done, _, _ in seen[1:]) == [10, 20, 30, 40, 50, 60]
    again = on_ray.run(source, there)
    assert (again.counts.notes, len(seen)) == (COUNT, 7)


@pytest.mark.usefixtures("_cluster")
def test_either_goes_on_with_what_the_other_began(source: Source, tmp_path: Path) -> None:
    work = Work(output=Output(folder=tmp_path / "out", format="jsonl"))
    run(source, work, processes=1)
    whole = kept(tmp_path / "out")
    for number in (1, 2, 5):
        work.output.codes(number).unlink()
    (tmp_path / "out" / "summary.json").unlink()
    assert on_ray.run(source, work).notes_now == 30
    assert kept(tmp_path / "out") == whole
    work.output.codes(3).unlink()
    (tmp_path / "out" / "summary.json").unlink()
    assert run(source, work, processes=1).notes_now == 10
    assert kept(tmp_path / "out") == whole


@pytest.mark.usefixtures("_cluster")
def test_a_note_that_kills_its_process_costs_itself_alone(tmp_path: Path) -> None:
    work = Work(output=Output(folder=tmp_path, format="jsonl"))
    summary = on_ray.run(Lethal(4, frozenset({4})), work, processes=2)
    coded = sorted(json.loads(line)["id"] for path in (tmp_path / "codes").iterdir() for line in path.open())
    failed = [json.loads(line)["id"] for path in (tmp_path / "errors").iterdir() for line in path.open()]
    assert (summary.counts.notes, summary.counts.failed) == (12, len(failed))
    assert sorted([*coded, *(f"n{id.removeprefix('note ')}" for id in failed)]) == sorted(f"n{i}" for i in range(12))
    assert all(4 <= int(id.removeprefix("note ")) <= 5 for id in failed)


@pytest.mark.usefixtures("_cluster")
def test_an_actor_that_is_lost_is_made_anew(tmp_path: Path) -> None:
    source = Lethal(60, frozenset())
    run(source, here := Work(output=Output(folder=tmp_path / "here")), processes=1)
    killed: list[int] = []

    def kill() -> None:
        while not (tmp_path / "there" / "codes").exists():
            time.sleep(0.05)
        for actor in _actors():
            os.kill(actor, signal.SIGKILL)
            killed.append(actor)
            break

    thread = threading.Thread(target=kill)
    thread.start()
    summary = on_ray.run(source, Work(output=Output(folder=tmp_path / "there")), processes=2)
    thread.join()
    assert killed
    assert summary.counts.notes == 180
    assert kept(here.output.folder) == kept(tmp_path / "there")


def _actors() -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::MapWorker"):
                yield int(path.parent.name)
        except OSError:
            continue


@pytest.mark.parametrize(
    ("missing", "said"),
    [("out", "does not see the folder of the run"), ("input", "does not see the input"), ("code", "would code other")],
)
def test_a_machine_that_is_not_like_the_others(source: Source, tmp_path: Path, missing: str, said: str) -> None:
    work = Work(output=Output(folder=tmp_path / "out"))
    run(source, work, processes=1)
    here = on_ray._Site.here(source, work)
    here.enter()
    if missing == "out":
        work.output.run.write_text("{}")
    elif missing == "input":
        Path(source.name).unlink()
    else:
        here.identity["release_digest"] = "0"
    with pytest.raises(InputError, match=said):
        here.enter()


def test_on_the_command_line(tmp_path: Path) -> None:
    notes = tmp_path / "notes.jsonl"
    notes.write_text("\n".join(json.dumps({"text": NOTES[0]}) for _ in range(3)), encoding="utf-8")
    command = [sys.executable, "-m", "wardround", "batch", str(notes), str(tmp_path / "out"), "--ray", "local", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["notes"] == 3
    assert not re.search("ray", ran.stdout.replace('"ray', ""), re.IGNORECASE)
    assert not (tmp_path / "nowhere").exists()


def test_where_there_is_no_cluster(tmp_path: Path) -> None:
    notes = tmp_path / "notes.jsonl"
    notes.write_text('{"text": "Gout."}', encoding="utf-8")
    command = [sys.executable, "-m", "wardround", "batch", str(notes), str(tmp_path / "out"), "--ray", "127.0.0.1:9"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("error: 127.0.0.1:9: there is no Ray cluster")
