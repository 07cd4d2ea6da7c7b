"""Writers that are killed: what each was told is kept must be there afterwards, once, in a trail that is whole.

Every second case comes with its draft, the others with a job that is then begun and finished. A killed writer leaves
the draft with its case, and a job done exactly where its result is.

``python tests/store/crashing.py 100`` kills a hundred of them; the tests kill a few.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from wardround.store import Actor, Upload, open_store

ACTOR = Actor(id="writer")


@dataclass(frozen=True)
class Survived:
    acknowledged: int
    there: int
    events: int
    slowest: float  # seconds from opening after a kill to the first answer


def write(url: str, folder: Path, round: int, told: int) -> None:
    """Add cases for ever; write the number of each that was acknowledged to the pipe ``told``."""
    with open_store(url, folder) as store:
        number = 0
        while True:
            name = f"{round}-{number}"
            content = name.encode() * 5000
            case = store.add_case(
                ACTOR,
                "note",
                [Upload(content=content, media_type="text/plain")],
                external_id=name,
                idempotency_key=name,
                draft=None if number % 2 else {"name": name},
                job=("code", {}) if number % 2 else None,
            )
            os.write(told, f"{name} {case.id}\n".encode())
            if case.job:
                store.jobs.begin(case.job)
                store.jobs.progress(case.job, "coding", 1, 2)
                store.jobs.finish(ACTOR, case.job, {"name": name})
            number += 1


def kill_writers(url: str, folder: Path, count: int, seed: int = 0) -> Survived:
    """Start and kill ``count`` writers at random moments, and look after each at what is there."""
    chance = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["wardround.store.store", "wardround.coding.result", "store.crashing"])
    acknowledged: dict[str, str] = {}
    slowest = 0.0
    with open_store(url, folder):
        pass
    for round in range(count):
        reading, writing = os.pipe()
        process = context.Process(target=_start, args=(url, folder, round, multiprocessing.reduction.DupFd(writing)))
        process.start()
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            first = pipe.readline()
            time.sleep(chance.uniform(0, 0.15))
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            lines = (first + pipe.read()).decode().splitlines()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        acknowledged |= dict(line.split(" ") for line in lines if len(line.split(" ")[-1]) == 32)
        begin = time.monotonic()
        with open_store(url, folder) as store:
            name, case = list(acknowledged.items())[-1]
            assert store.case(ACTOR, case).external_id == name
            slowest = max(slowest, time.monotonic() - begin)
    with open_store(url, folder) as store:
        there: dict[str, str] = {}
        after = "start"
        while after:
            page = store.cases(ACTOR, after="" if after == "start" else after, limit=500)
            for case in page.cases:
                assert case.external_id not in there, "a case is there twice"
                there[case.external_id] = case.id
                content = store.document(ACTOR, case.id, case.documents[0].id)
                assert content == case.external_id.encode() * 5000
                if case.job:
                    assert (case.job_state == "done") == (case.results == 1), "a job and its result have parted"
                    store.jobs.finish(ACTOR, case.job, {"name": case.external_id})
                assert store.result(ACTOR, case.id).content == {"name": case.external_id}
                assert store.case(ACTOR, case.id).results == 1, "a result is there twice, or not at all"
            after = page.after
        assert acknowledged.items() <= there.items(), "an acknowledged case is lost"
        for name in list(there)[:3]:
            uploads = [Upload(content=name.encode() * 5000, media_type="text/plain")]
            again = store.add_case(ACTOR, "note", uploads, external_id=name, idempotency_key=name)
            assert (again.id, again.replayed) == (there[name], True)
        assert store.jobs.unfinished() == ()
        events = store.verify_audit().events
    return Survived(acknowledged=len(acknowledged), there=len(there), events=events, slowest=slowest)


def _start(url: str, folder: Path, round: int, told: multiprocessing.reduction.DupFd) -> None:
    write(url, folder, round, told.detach())


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    with tempfile.TemporaryDirectory() as home:
        print(kill_writers(sys.argv[2] if len(sys.argv) > 2 else "", Path(home), int(sys.argv[1])))
