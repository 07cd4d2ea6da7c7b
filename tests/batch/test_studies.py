"""Many studies at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

pytest.importorskip("pydicom", reason="the extra wardround[images] is not installed")

from batch.folders import content, errors
from reporting.made import Seeing, present, write_film
from wardround.batch import Output, run
from wardround.batch.reading import ReadingOptions, StudyWork
from wardround.batch.sources.studies import Studies
from wardround.engines.replay import Recorder
from wardround.errors import EngineRefused, InputError
from wardround.images import read_studies
from wardround.images.folders import gathered, holds_studies
from wardround.reporting import DraftReport, Reader

HISTORY = "Orthopnea and leg swelling."


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Four studies: two loose files of one, one with a history, one that is damaged, one in a folder."""
    folder = tmp_path / "films"
    (folder / "d").mkdir(parents=True)
    write_film(folder / "loose-1.dcm", 1, "1.2.5")
    write_film(folder / "loose-2.dcm", 2, "1.2.5")
    write_film(folder / "b.dcm", 3, "1.2.6")
    (folder / "b.txt").write_text(HISTORY)
    (folder / "c.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"broken")
    write_film(folder / "d" / "one.dcm", 4, "1.2.7")
    return folder


@pytest.fixture
def replay(films: Path, tmp_path: Path) -> str:
    """An engine that answers as one did that sees a pneumothorax everywhere."""
    path = tmp_path / "replies.jsonl"
    with Recorder(Seeing(seen={"pneumothorax": present(side="left")}), path) as engine:
        for name, paths in gathered(films).items():
            if name != "c.dcm":
                (study,) = read_studies(list(paths))
                Reader(engine).read(study, HISTORY if name == "b.dcm" else "", id=name)
    return f"replay:{path}"


def reports(folder: Path) -> list[DraftReport]:
    lines = [line for path in sorted((folder / "reports").iterdir()) for line in path.read_text().splitlines()]
    return [DraftReport.model_validate_json(line) for line in lines]


def work(folder: Path, engine: str, **options: Any) -> StudyWork:
    output = Output(folder=folder, format="jsonl", results="reports")
    return StudyWork(output=output, options=ReadingOptions(engine=engine, **options))


def test_files_of_one_study_are_together(films: Path) -> None:
    (films / "plain.png").touch()
    found = {name: [path.name for path in paths] for name, paths in gathered(films).items()}
    assert found == {
        "1.2.5": ["loose-1.dcm", "loose-2.dcm"],
        "b.dcm": ["b.dcm"],
        "c.dcm": ["c.dcm"],
        "d": ["d"],
        "plain.png": ["plain.png"],
    }


def test_a_folder_of_studies_is_told_from_one_of_notes(films: Path, tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    PIL.Image.new("L", (8, 8)).save(scans / "page.png")
    assert holds_studies(films)
    assert not holds_studies(scans)
    (scans / "brain.nii.gz").touch()
    assert holds_studies(scans)


def test_each_study_gets_its_report_or_an_error(films: Path, replay: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = run(Studies(films, None, 2), work(out, replay), processes=2)
    made = reports(out)
    assert [report.id for report in made] == ["1.2.5", "b.dcm", "d"]
    assert [report.provenance.protocol for report in made] == ["chest-xray", "heart-failure", "chest-xray"]
    assert all(report.impression[0].text.startswith("Left pneumothorax.") for report in made)
    assert list(errors(out)) == ["c.dcm"]
    assert (summary.counts.notes, summary.counts.failed) == (4, 1)
    told = summary.to_json()
    assert (told["studies"], told["reports"], told["failed"]) == (4, 3, 1)
    assert told["findings"]["pneumothorax"] == 3
    assert told["protocols"] == {"chest-xray": 2, "heart-failure": 1}


def test_it_goes_on_and_the_files_are_the_same(films: Path, replay: str, tmp_path: Path) -> None:
    run(Studies(films, None, 2), work(tmp_path / "one", replay), processes=1)
    two = work(tmp_path / "two", replay)
    run(Studies(films, None, 2), two, processes=2)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    two.output.codes(1).unlink()
    two.output.summary.unlink()
    summary = run(Studies(films, None, 2), two, processes=1)
    assert (summary.notes_now, summary.counts.notes) == (2, 4)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    (films / "b.txt").write_text("Fever.")
    with pytest.raises(InputError, match="has changed since"):
        run(Studies(films, None, 2), two, processes=1)
    with pytest.raises(InputError, match="kind was not given, is skin"):
        run(Studies(films, None, 2), work(tmp_path / "two", replay, kind="skin"), processes=1)


def test_an_engine_that_sees_nothing_is_refused(films: Path, tmp_path: Path) -> None:
    blind = tmp_path / "blind.jsonl"
    head = {"schema": "wardround.replies/1", "engine": "blind", "digest": "0", "capabilities": {}}
    blind.write_text(json.dumps(head) + "\n")
    with pytest.raises(EngineRefused, match="sees no images"):
        run(Studies(films, None, 2), work(tmp_path / "out", f"replay:{blind}"), processes=1)


def test_on_the_command_line(films: Path, replay: str, tmp_path: Path) -> None:
    ran = _wardround("batch", films, tmp_path / "out", "--engine", replay, "--json", "--processes", "1")
    assert ran.returncode == 0
    assert ran.stderr.splitlines()[-1].startswith("error: 1 of 4 studies could not be read: see ")
    assert json.loads(ran.stdout)["reports"] == 3
    assert len(reports(tmp_path / "out")) == 3


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ([], 1, "wardround inspect tells what can be known of an image without a model"),
        (["--engine", "replay:nowhere.jsonl"], 1, "there is no file nowhere.jsonl"),
        (["--engine", "https://models.example.org/v1#m"], 1, "--allow-remote"),
        (["--engine", "replay:x", "--report", "page.html"], 2, "--report"),
        (["--engine", "replay:x", "--protocol", "laboratory"], 2, "--protocol"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(
    films: Path, tmp_path: Path, given: list[str], status: int, said: str
) -> None:
    ran = _wardround("batch", films, tmp_path / "out", *given)
    assert (ran.returncode, ran.stdout) == (status, "")
    assert said in ran.stderr


def test_options_of_studies_are_not_for_notes(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").touch()
    ran = _wardround("batch", tmp_path / "notes.jsonl", tmp_path / "out", "--protocol", "chest-xray")
    assert ran.returncode == 2
    assert "belongs to studies" in ran.stderr


def _wardround(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wardround", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
