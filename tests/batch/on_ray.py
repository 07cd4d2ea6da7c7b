"""Batches on Ray, one after the other on one cluster, since that takes seconds to begin; what came of each, as JSON.

``python -m batch.on_ray FOLDER``: a program of its own, for Ray warns, and looks for its own address on the network,
neither of which a test may do.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from batch.folders import content, errors, results
from batch.poison import Poisoned
from batch.sources import notes_file, opened
from wardround.batch import Output, Summary, Work, run
from wardround.batch import ray as on_ray
from wardround.batch.cluster import cluster
from wardround.errors import WardroundError

_COUNT = 33


def _same_files(home: Path) -> dict[str, Any]:
    """Processes here, actors there; then either way goes on with what the other began."""
    source = opened(notes_file(home / "notes.jsonl", _COUNT), 5)
    here, there = _work(home / "here"), _work(home / "there")
    seen: list[tuple[int, int, int]] = []
    run(source, here, processes=2)
    summary = on_ray.run(source, there, processes=2, on_progress=lambda *told: seen.append(told))
    again = on_ray.run(source, there)
    whole = content(home / "here")
    same, done = [content(home / "there") == whole], []
    ways: tuple[tuple[Callable[..., Summary], Work], ...] = ((on_ray.run, here), (run, there))
    for way, work in ways:
        for number in (1, 2, 6):
            work.output.codes(number).unlink()
        work.output.summary.unlink()
        done.append(way(source, work, processes=1).notes_now)
        same.append(content(work.output.folder) == whole)
    return {"same": same, "summary": _told(summary), "again": _told(again), "seen": seen, "done": done}


def _poisoned(home: Path) -> dict[str, Any]:
    """Notes that kill their process, and an actor that is killed while it holds a part."""
    killed: list[int] = []

    def kill() -> None:
        held = home / "held"
        try:
            while not (held.exists() and held.read_text()):
                time.sleep(0.01)
            killed.extend(pid for pid in _above(int(held.read_text())) if _is_actor(pid))
            for actor in killed:
                os.kill(actor, signal.SIGKILL)
        finally:
            (home / "go").touch()

    threading.Thread(target=kill, daemon=True).start()
    source = Poisoned(12, {1: ".exit", 6: f"held {home}", 9: "fatal"})
    summary = on_ray.run(source, _work(home / "out"), processes=2)
    return {
        "killed": len(killed),
        "errors": errors(home / "out"),
        "coded": [row["id"] for row in results(home / "out")],
        "summary": _told(summary),
    }


def _refused(home: Path) -> dict[str, Any]:
    """A release that no machine has: what an actor says reaches the one who asked."""
    source = opened(notes_file(home / "notes.jsonl", 3), 5)
    work = _work(home / "out")
    with on_ray.opened(source, work) as ledger:
        site = on_ray._Site.here(source, work)
        other = replace(site, identity={**site.identity, "release_digest": "0"})
        try:
            list(on_ray._each(sys.modules["ray"], ledger.pending, other, on_ray._Crew(size=1, cpus=0.5, gpus=0)))
        except WardroundError as error:
            return {"told": str(error), "done": len(work.output.done())}
    return {}


def _nowhere(home: Path) -> dict[str, Any]:
    """Nobody listens at the address."""
    try:
        on_ray.run(opened(notes_file(home / "notes.jsonl", 3)), _work(home / "out"), address="127.0.0.1:9")
    except WardroundError as error:
        return {"told": str(error)}
    return {}


def _work(folder: Path) -> Work:
    return Work(output=Output(folder=folder))


def _told(summary: Summary) -> dict[str, int]:
    counts = summary.counts
    return {"notes": counts.notes, "failed": counts.failed, "now": summary.notes_now, "processes": summary.processes}


def _is_actor(pid: int) -> bool:
    return b"ray::MapWorker" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _above(pid: int) -> Iterator[int]:
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        yield pid


def _tell(name: str, course: Callable[[Path], dict[str, Any]]) -> None:
    folder = Path(sys.argv[1]) / name.replace(" ", "-")
    folder.mkdir()
    print(json.dumps({"course": name, **course(folder)}), file=sys.__stdout__, flush=True)


COURSES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "same files": _same_files,
    "poisoned": _poisoned,
    "refused": _refused,
}


if __name__ == "__main__":
    with cluster(None, 2):
        for each in COURSES.items():
            _tell(*each)
    _tell("nowhere", _nowhere)  # last, for Ray keeps whether it has a token
