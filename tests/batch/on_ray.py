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
from wardround.errors import WardroundError

__all__ = ["COURSES"]

_COUNT = 33


def _same_files(home: Path) -> dict[str, Any]:
    source = opened(notes_file(home / "notes.jsonl", _COUNT), 5)
    seen: list[tuple[int, int, int]] = []
    run(source, _work(home / "here"), processes=2)
    summary = on_ray.run(source, _work(home / "there"), processes=2, on_progress=lambda *told: seen.append(told))
    again = on_ray.run(source, _work(home / "there"))
    return {
        "same": content(home / "here") == content(home / "there"),
        "summary": _told(summary),
        "again": _told(again),
        "seen": seen,
    }


def _goes_on(home: Path) -> dict[str, Any]:
    source = opened(notes_file(home / "notes.jsonl", _COUNT), 5)
    work = _work(home / "out")
    run(source, work, processes=1)
    whole = content(home / "out")
    done = []
    ways: tuple[Callable[..., Summary], ...] = (on_ray.run, run)
    for way in ways:
        for number in (1, 2, 6):
            work.output.codes(number).unlink()
        work.output.summary.unlink()
        done.append(way(source, work).notes_now)
    return {"same": content(home / "out") == whole, "done": done}


def _poisoned(home: Path) -> dict[str, Any]:
    summary = on_ray.run(Poisoned(12, {1: ".exit", 2: ".abort", 9: "fatal"}), _work(home), processes=2)
    return {"errors": errors(home), "coded": [row["id"] for row in results(home)], "summary": _told(summary)}


def _lost_actor(home: Path) -> dict[str, Any]:
    source = opened(notes_file(home / "notes.jsonl", 400), 5)
    run(source, _work(home / "here"), processes=2)
    killed: list[int] = []

    def kill() -> None:
        while not (home / "there" / "codes").exists():
            time.sleep(0.02)
        killed.extend(list(_actors())[:1])
        for actor in killed:
            os.kill(actor, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    summary = on_ray.run(source, _work(home / "there"), processes=2)
    thread.join()
    same = content(home / "here") == content(home / "there")
    return {"killed": len(killed), "same": same, "summary": _told(summary)}


def _refused(home: Path) -> dict[str, Any]:
    """A release that no machine has: what an actor says reaches the one who asked."""
    source = opened(notes_file(home / "notes.jsonl", 3), 5)
    work = _work(home / "out")
    with on_ray.opened(source, work) as ledger:
        site = on_ray._Site.here(source, work)
        crew = on_ray._Crew(size=1, cpus=0.5, gpus=0)
        told = []
        for other in (
            replace(site, run=b"{}"),
            replace(site, source=str(home / "nowhere.jsonl")),
            replace(site, identity={**site.identity, "release_digest": "0"}),
        ):
            try:
                list(on_ray._each(sys.modules["ray"], ledger.pending, other, crew))
            except WardroundError as error:
                told.append(str(error))
    return {"told": told, "done": len(work.output.done())}


def _work(folder: Path) -> Work:
    return Work(output=Output(folder=folder))


def _told(summary: Summary) -> dict[str, int]:
    counts = summary.counts
    return {"notes": counts.notes, "failed": counts.failed, "now": summary.notes_now, "processes": summary.processes}


def _actors() -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            mine = b"ray::MapWorker" in path.read_bytes() and os.getpid() in _above(int(path.parent.name))
        except OSError:
            continue
        if mine:
            yield int(path.parent.name)


def _above(pid: int) -> Iterator[int]:
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        yield pid


COURSES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "same files": _same_files,
    "goes on": _goes_on,
    "poisoned": _poisoned,
    "lost actor": _lost_actor,
    "refused": _refused,
}


if __name__ == "__main__":
    with on_ray._cluster(None, 2):
        for name, course in COURSES.items():
            folder = Path(sys.argv[1]) / name.replace(" ", "-")
            folder.mkdir()
            print(json.dumps({"course": name, **course(folder)}), file=sys.__stdout__, flush=True)
