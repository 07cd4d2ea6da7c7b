"""A batch on Ray: real Ray, on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="the extra wardround[ray] is not installed")
pytest.importorskip("pyarrow", reason="the extra wardround[batch] is not installed")

from batch.sources import notes_file, opened
from wardround.batch import Options, Output, Work
from wardround.batch import ray as on_ray
from wardround.errors import InputError

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of each course; a program of its own ran them."""
    path = os.pathsep.join([str(TESTS.parent / "src"), str(TESTS), os.environ.get("PYTHONPATH", "")])
    ran = subprocess.run(
        [sys.executable, "-m", "batch.on_ray", str(tmp_path_factory.mktemp("ray"))],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False)
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    return {each["course"]: each for each in told}


def test_the_files_are_those_of_processes_and_either_way_goes_on(courses: dict[str, dict[str, Any]]) -> None:
    told = courses["same files"]
    assert told["summary"] == {"notes": 33, "failed": 0, "now": 33, "processes": 2}
    assert told["again"] == {"notes": 33, "failed": 0, "now": 33, "processes": 2}
    assert told["seen"][0] == [0, 0, 33]
    assert [done for done, _, _ in told["seen"]] == sorted(done for done, _, _ in told["seen"])
    assert told["seen"][-1] == [33, 0, 33]
    assert len(told["seen"]) == 8  # each of the seven parts is told of as it is done
    assert told["done"] == [13, 13]
    assert told["same"] == [True, True, True]


def test_neither_a_record_nor_a_lost_actor_stops_the_others(courses: dict[str, dict[str, Any]]) -> None:
    told = courses["poisoned"]
    assert told["killed"] == 1
    assert told["errors"] == {
        "1": "coding the note kills the process",
        "note 9": "reading the source kills the process",
        "note 10": "reading the source kills the process",
        "note 11": "reading the source kills the process",
    }
    assert told["coded"] == ["0", "2", "3", "4", "5", "6", "7", "8"]
    assert told["summary"] == {"notes": 12, "failed": 4, "now": 12, "processes": 2}


def test_what_an_actor_refuses_reaches_the_one_who_asked(courses: dict[str, dict[str, Any]]) -> None:
    assert "would code otherwise: release_digest" in courses["refused"]["told"]
    assert courses["refused"]["done"] == 0


def test_where_there_is_no_cluster(courses: dict[str, dict[str, Any]]) -> None:
    assert courses["nowhere"]["told"].startswith("127.0.0.1:9: there is no Ray cluster")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, None),
        ({"run": b"{}"}, "does not see the folder of the run"),
        ({"source": "nowhere.jsonl"}, "does not see the input"),
        ({"identity": {"release_digest": "0"}}, "would code otherwise: release_digest"),
    ],
)
def test_a_machine_that_is_not_like_the_others_is_told(tmp_path: Path, other: dict[str, Any], said: str | None) -> None:
    source = opened(notes_file(tmp_path / "notes.jsonl", 3))
    work = Work(output=Output(folder=tmp_path / "out"))
    with on_ray.opened(source, work):
        site = replace(on_ray._Site.here(source, work), **other)
        with pytest.raises(InputError, match=said) if said else nullcontext():
            site.enter()


def test_on_the_command_line(tmp_path: Path) -> None:
    path = notes_file(tmp_path / "notes.jsonl", 3)
    command = [sys.executable, "-m", "wardround", "batch", str(path), str(tmp_path / "out"), "--json"]
    ran = subprocess.run(
        [*command, "--ray", "local", "--processes", "1"], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0
    assert all(line.startswith("coding: ") for line in ran.stderr.splitlines())  # Ray itself says nothing
    assert json.loads(ran.stdout)["notes"] == 3


def test_a_batch_is_not_begun_from_outside(tmp_path: Path) -> None:
    source = opened(notes_file(tmp_path / "notes.jsonl", 3))
    with pytest.raises(InputError, match="not begun from outside a Ray cluster") as raised:
        on_ray.run(source, Work(output=Output(folder=tmp_path / "out")), address="ray://127.0.0.1:10001")
    assert "ray job submit" in str(raised.value.hint)


class _Cluster:
    """As much of Ray as tells what a cluster has; there is none with graphics cards to ask."""

    def __init__(self, *machines: float, gpus: int = 0) -> None:
        self._machines, self._gpus = machines, gpus

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": sum(self._machines), **({"GPU": self._gpus} if self._gpus else {})}

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": cpus}} for cpus in self._machines] + [
            {"Alive": False, "Resources": {"CPU": 64.0}},
            {"Alive": True, "Resources": {}},
        ]


@pytest.mark.parametrize(
    ("cluster", "engine", "processes", "expected"),
    [
        (_Cluster(2.0), None, None, (2, 0.5, 0)),
        (_Cluster(1.0), None, None, (1, 0.5, 0)),
        (_Cluster(16.0, 16.0), None, None, (32, 0.9687, 0)),
        (_Cluster(16.0, 16.0), None, 4, (4, 0.9687, 0)),
        (_Cluster(4.0, 4.0), "http://127.0.0.1:8000/v1#m", None, (16, 0.25, 0)),
        (_Cluster(8.0, 8.0, gpus=2), "transformers:x", None, (2, 0.9375, 1)),
        (_Cluster(8.0, 16.0), "transformers:x", None, (2, 6.0, 0)),
        (_Cluster(2.0), "replay:x", 2, (2, 0.5, 0)),
    ],
)
def test_how_many_actors_and_what_each_takes(
    cluster: _Cluster, engine: str | None, processes: int | None, expected: tuple[int, float, float]
) -> None:
    crew = on_ray._crew(cluster, Options(engine=engine), processes)
    assert (crew.size, crew.cpus, crew.gpus) == expected
