"""How long notes take and how much memory, on one core.

Wall-clock and processor time are both given: on a busy machine only the second tells about the program. In the same
process a note is coded several times and the best counts; the first pass, with nothing remembered, is given too.
Commands run in processes of their own, started by a small one (``_METER``): what a large one starts would be charged
with its memory.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks._data import REFERENCE, GoldSet, our_notes, text_of
from wardround import Coder
from wardround.coding import Encounter
from wardround.records import Record, coded

__all__ = ["metered", "one_core", "speed"]

_STARTS = 7
_PASSES = 5
_SIZES = (10_000, 100_000, 1_000_000)
_MANY = 1000  # records of the file for --jsonl
_SLOWEST = 60.0  # seconds; a size that would take longer is left out

_METER = """
import json, os, resource, subprocess, sys, time
began = time.perf_counter()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
wall = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([status, wall, used.ru_utime + used.ru_stime, peak]))
"""


def one_core() -> bool:
    """Keep this process and those it starts on one core; False where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return True


def speed(gold_sets: Sequence[GoldSet], say: Callable[[str], None]) -> dict[str, object]:
    """All figures, as plain values; times in milliseconds unless the name says seconds."""
    say("speed: in one process")
    notes = {gold_set.name: gold_set.records for gold_set in gold_sets if gold_set.scope == "encounter"}
    ours = tuple(Record(id="", where="", source=note, encounter=Encounter()) for note in our_notes())
    per_note = {name: _per_reference(records) for name, records in {**notes, "examples": ours}.items()}
    say("speed: long notes")
    length = {name: _by_length(make) for name, make in _SHAPES.items()}
    say("speed: processes")
    return {"note": per_note, "length": length, **_processes()}


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _per_reference(records: Sequence[Record]) -> dict[str, float]:
    """Per 2,500 characters: the first pass over all notes, and the sum of each note's best of several passes."""
    coder = Coder()
    scale = 1000 * REFERENCE / sum(len(str(record.source)) for record in records)
    passes = [
        [_timed(lambda: coded(coder, record)) for record in records]  # noqa: B023  called at once
        for _ in range(1 + _PASSES)
    ]
    first = passes.pop(0)
    best = [[min(times) for times in zip(*note, strict=True)] for note in zip(*passes, strict=True)]
    return {
        "first_pass_wall_ms": round(scale * sum(wall for wall, _ in first), 3),
        "first_pass_cpu_ms": round(scale * sum(cpu for _, cpu in first), 3),
        "wall_ms": round(scale * sum(wall for wall, _ in best), 3),
        "cpu_ms": round(scale * sum(cpu for _, cpu in best), 3),
    }


_SHAPES: dict[str, Callable[[int], str]] = {
    "notes": text_of,
    "one term repeated": lambda size: ("appendicitis " * (size // 13 + 1))[:size],
    "one word": lambda size: "x" * size,
}


def _by_length(make: Callable[[int], str]) -> dict[str, float | None]:
    """Milliseconds of processor time per 2,500 characters for each size; None for one that would take too long."""
    coder = Coder()
    coder.code(make(_SIZES[0]))
    found: dict[str, float | None] = {}
    seconds = 0.0
    for size in _SIZES:
        if seconds * 10 > _SLOWEST:
            found[f"{size:,}"] = None
            continue
        note = make(size)
        seconds = min(_timed(lambda: coder.code(note))[1] for _ in range(3))  # noqa: B023  called at once
        found[f"{size:,}"] = round(1000 * seconds * REFERENCE / size, 3)
    return found


def metered(command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[float, float, float]:
    """Wall-clock seconds, processor seconds and peak memory in MB of a command, from start to exit."""
    metering = [sys.executable, "-c", _METER, *command]
    done = subprocess.run(metering, env=environment, capture_output=True, text=True, check=True)
    status, wall, cpu, peak = json.loads(done.stdout)
    if status:
        raise RuntimeError(f"{' '.join(command[1:4])} ended with status {status}")
    return wall, cpu, peak / 1e6


def _processes() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = {**os.environ, "WARDROUND_CACHE": str(home / "cache")}
        note, long_note, many = home / "note.txt", home / "long.txt", home / "many.jsonl"
        note.write_text(text_of(REFERENCE), encoding="utf-8")
        long_note.write_text(text_of(1_000_000), encoding="utf-8")
        lines = (json.dumps({"id": str(i), "text": text_of(REFERENCE)}) for i in range(_MANY))
        many.write_text("\n".join(lines), encoding="utf-8")

        def run(*arguments: str) -> tuple[float, float, float]:
            return metered([sys.executable, "-m", "wardround", *arguments], environment)

        first = run("code", str(note))
        starts = [run("code", str(note)) for _ in range(_STARTS)]
        by_table = run("code", str(long_note))
        as_json = run("code", "--json", str(long_note))
        lines_run = run("code", "--jsonl", str(many))
        return {
            "first_run_seconds": round(first[0], 3),
            "first_run_cpu_seconds": round(first[1], 3),
            "first_run_peak_mb": round(first[2], 1),
            "cold_start_seconds": round(statistics.median(start[0] for start in starts), 3),
            "cold_start_cpu_seconds": round(statistics.median(start[1] for start in starts), 3),
            "peak_mb": round(max(start[2] for start in starts), 1),
            "peak_mb_1_000_000_characters": round(as_json[2], 1),
            "peak_mb_1_000_000_characters_table": round(by_table[2], 1),
            "seconds_1_000_000_characters": round(as_json[0], 3),
            "jsonl_notes": _MANY,
            "jsonl_notes_per_second": round(_MANY / lines_run[0], 1),
            "jsonl_notes_per_cpu_second": round(_MANY / lines_run[1], 1),
            "jsonl_peak_mb": round(lines_run[2], 1),
        }
