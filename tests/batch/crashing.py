"""A batch that is killed at random moments: in the end nothing may be lost, doubled, or different.

``python tests/batch/crashing.py 50 50000`` kills the run of 50,000 notes fifty times; the tests kill a small one a few
times.
"""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from batch.folders import content, results
from batch.sources import note, write_lines

__all__ = ["Survived", "kill_runs"]

_RUN = """
import sys
from pathlib import Path
from wardround.batch import Output, Work, open_source, run
from wardround.coding import Encounter
if __name__ == "__main__":
    notes = open_source(sys.argv[1], Encounter(), size=int(sys.argv[3]))
    run(notes, Work(output=Output(folder=Path(sys.argv[2]))), processes=2)
"""


@dataclass
class Survived:
    """What came out of it.

    Attributes:
        kills: that a run was there for.
        notes: in the results at the end.
        steps: how many parts were done after each kill.
    """

    kills: int
    notes: int
    steps: list[int]


def kill_runs(home: Path, kills: int, notes: int, size: int, *, seed: int = 0) -> Survived:
    """Run ``notes`` notes without a fault; and again, killing the run, or all its processes, ``kills`` times.

    A kill comes at any time: a quarter of them as a rule before the first part is done, the others while parts are
    worked on and written, so that each run gets a little further.
    """
    chance = random.Random(seed)
    poisoned = [b"no JSON"] if notes > 10 else []
    path = write_lines(
        home / "notes.jsonl", [*({"id": number, "text": note(number)} for number in range(notes)), *poisoned]
    )
    program = home / "program.py"
    program.write_text(_RUN)
    whole, killed = home / "whole", home / "killed"
    began = time.monotonic()
    process = _begun(program, path, whole, size)
    _wait(process, whole, 1)
    first = time.monotonic() - began
    assert process.wait() == 0
    step = 2 * (time.monotonic() - began - first) / kills
    survived = Survived(kills=0, notes=0, steps=[])
    most = max(_done(whole) // kills, 2)  # parts that a run may get further, however slow the machine is by then
    for kill in range(kills):
        process = _begun(program, path, killed, size)
        before = survived.steps[-1] if survived.steps else 0
        if kill % 4:
            _wait(process, killed, before + 1)
        _wait(process, killed, before + most, chance.uniform(0, step if kill % 4 else first))
        if process.poll() is None:
            if chance.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            survived.kills += 1
        process.wait()
        survived.steps.append(_done(killed))
    assert _begun(program, path, killed, size).wait() == 0
    assert content(killed) == content(whole), "not the same bytes"
    assert [row["id"] for row in results(killed)] == [str(number) for number in range(notes)]
    survived.notes = notes
    return survived


def _done(folder: Path) -> int:
    return len(list(folder.glob("codes/*.parquet")))


def _wait(process: subprocess.Popen[bytes], folder: Path, parts: int, seconds: float = math.inf) -> None:
    """Until so many parts are done, the time is over, or the process ends."""
    end = time.monotonic() + seconds
    while process.poll() is None and _done(folder) < parts and time.monotonic() < end:
        time.sleep(0.005)


def _begun(program: Path, path: Path, folder: Path, size: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(program), str(path), str(folder), str(size)]
    return subprocess.Popen(command, start_new_session=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        print(
            kill_runs(Path(home), int(sys.argv[1]), int(sys.argv[2]), 1000 if sys.argv[3:] == [] else int(sys.argv[3]))
        )
