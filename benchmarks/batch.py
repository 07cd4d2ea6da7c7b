"""Many notes at once: how many a second with one process and with two, through Ray, and in how much memory.

``python -m benchmarks.batch`` makes synthetic notes, no two alike, into one file of Parquet, and has ``wardround
batch`` code them into Parquet: with one process, with as many as there are cores, and with ``--ray`` through Ray on
this machine. Two rates are told: of the whole run, from the command to its end; and the steady one, by the times at
which parts were finished, without the start and the last parts, when some processes have nothing left to do. Memory is
read from /proc while it runs: USS is what a process has for itself, PSS adds its share of what several have in common.

``--notes 1000000`` shows whether memory stays flat. The result goes to ``benchmarks/results/batch.json``, and with
``--write-docs`` its tables and what follows for a cluster into docs/batch.md.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._data import REFERENCE, ROOT
from benchmarks._report import number, table, write_into_docs
from benchmarks._synthetic import note
from wardround import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RESULT = ROOT / "benchmarks" / "results" / "batch.json"
PAGE = ROOT / "docs" / "batch.md"
_NOTES = 40_000
_GROUP = 1_000  # rows of a row group
_OFTEN = 1.0  # seconds between two looks at memory
_KINDS = {"PSS": re.compile(r"^Pss:\s+(\d+) kB", re.M), "USS": re.compile(r"^Private_\w+:\s+(\d+) kB", re.M)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """MB of the processes that code, the one that has most of it, over the quarters of a run.

    Attributes:
        pss: the median of each quarter.
        uss: the same, of its own memory alone.
        peak_pss: the most that was seen.
        all_pss: of all processes of the run together, the most that was seen.
    """

    pss: tuple[float, ...]
    uss: tuple[float, ...]
    peak_pss: float
    all_pss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one way to run took.

    Attributes:
        how: ``1 process``, ``2 processes``, ``Ray``.
        seconds: from the command to its end.
        rate: notes a second of the whole run.
        steady: notes a second while every process had something to do; None for a run that is too short to tell.
        first: seconds until the first part was finished.
        cpu: seconds of processor time of all processes; None where the system does not tell.
        kept: bytes of results for a note.
        memory: of the processes that code; None where the system does not tell.
    """

    how: str
    seconds: float
    rate: float
    steady: float | None
    first: float
    cpu: float | None
    kept: int
    memory: Memory | None


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__.splitlines()[0])
    parser.add_argument("--notes", type=int, default=_NOTES)
    parser.add_argument("--chars", type=int, default=REFERENCE, help="characters of a note")
    parser.add_argument("--processes", type=int, nargs="*", default=[1, os.cpu_count() or 1])
    parser.add_argument("--ray", action="store_true", help="through Ray on this machine too")
    parser.add_argument(
        "--folder", type=Path, help="where to put the notes and what becomes of them, and keep the notes"
    )
    parser.add_argument("--options", nargs="*", default=[], help="more options for wardround batch")
    parser.add_argument("--no-result", action="store_true", help="only print")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/batch.md")
    options = parser.parse_args()
    ways = [(f"{count} process{'es' * (count > 1)}", ["--processes", str(count)]) for count in options.processes]
    if options.ray:
        ways.append(("Ray", ["--ray", "local", "--processes", str(os.cpu_count() or 1)]))
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=options.folder) as home:
        notes = _made((options.folder or Path(home)), options.notes, options.chars)
        runs = []
        for how, given in ways:
            _say(f"{how}, load {os.getloadavg()[0]:.1f}")
            runs.append(_run(how, notes, Path(home) / "out", [*given, *options.options], options.notes))
            _say(f"  {runs[-1].rate:.0f} notes a second")
    result = {
        "schema": "wardround.benchmarks.batch/1",
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "wardround": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        "notes": options.notes,
        "characters": options.chars,
        "runs": [asdict(run) for run in runs],
    }
    text = _tables(result)
    print(text)
    if options.write_docs:
        write_into_docs(text, PAGE)
    if not options.no_result:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


# notes


def _made(folder: Path, count: int, characters: int) -> Path:
    """The file of notes; one that is there is used again."""
    from pyarrow import Table, parquet

    path = folder / f"notes-{count}-{characters}.parquet"
    if path.exists():
        return path
    _say(f"making {count:,} notes")
    part = path.with_suffix(".part")
    starts = [(first, min(first + _GROUP, count), characters) for first in range(0, count, _GROUP)]
    with Pool() as pool, parquet.ParquetWriter(part, Table.from_pydict(_columns((0, 1, characters))).schema) as writer:
        for columns in pool.imap(_columns, starts):
            writer.write_table(Table.from_pydict(columns), row_group_size=_GROUP)
    part.rename(path)
    return path


def _columns(stretch: tuple[int, int, int]) -> dict[str, list[str]]:
    first, past, characters = stretch
    numbers = range(first, past)
    return {"id": [f"n{each}" for each in numbers], "text": [note(each, characters) for each in numbers]}


# runs


def _run(how: str, notes: Path, out: Path, options: Sequence[str], count: int) -> Run:
    shutil.rmtree(out, ignore_errors=True)
    began = time.time()
    command = [sys.executable, "-m", "wardround", "batch", str(notes), str(out), *options]
    watched = _Watched()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    ) as running:
        try:
            while running.poll() is None:
                time.sleep(_OFTEN)
                watched.look(running.pid)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGTERM)
        seconds = time.time() - began
        if running.returncode:
            assert running.stderr is not None
            raise RuntimeError(f"wardround batch ended with {running.returncode}: {running.stderr.read().decode()}")
    done = _finished(out)
    found = Run(
        how=how,
        seconds=round(seconds, 2),
        rate=round(count / seconds, 1),
        steady=_steady(done),
        first=round(done[0][0] - began, 2),
        cpu=round(watched.cpu, 1) or None,
        kept=sum(path.stat().st_size for path in (out / "codes").iterdir()) // count,
        memory=watched.memory(),
    )
    shutil.rmtree(out)
    return found


def _finished(out: Path) -> list[tuple[float, int]]:
    """When each part was finished, and the records it has, in the order of time."""
    from pyarrow import parquet

    files = (out / "codes").glob("part-*.parquet")
    return sorted((path.stat().st_mtime, parquet.read_metadata(path).num_rows) for path in files)


def _steady(done: Sequence[tuple[float, int]]) -> float | None:
    """Notes a second between the ends of parts, from a tenth to nine tenths of them."""
    first, last = len(done) // 10, len(done) * 9 // 10
    if last - first < 8:
        return None
    records = sum(count for _, count in done[first + 1 : last + 1])
    return round(records / (done[last][0] - done[first][0]), 1)


@dataclass(slots=True)
class _Watched:
    """What was seen of the processes of one run.

    Attributes:
        cpu: seconds of processor time, of processes that were seen.
    """

    cpu: float = 0.0
    _times: dict[int, float] = field(default_factory=dict)
    _seen: dict[int, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    _all: float = 0.0

    def look(self, pid: int) -> None:
        total = 0.0
        for each in _family(pid):
            if (seen := _memory(each)) is not None:
                self._seen[each].append(seen)
                total += seen[0]
                self._times[each] = max(self._times.get(each, 0.0), _cpu(each))
        self._all = max(self._all, total)
        self.cpu = sum(self._times.values())

    def memory(self) -> Memory | None:
        """Of those processes that worked most: at least half as long as the busiest."""
        busy = [pid for pid, spent in self._times.items() if spent >= max(self._times.values()) / 2]
        seen = [self._seen[pid] for pid in busy if len(self._seen[pid]) >= 8]
        if not seen:
            return None
        quarters = [[each[len(each) * i // 4 : len(each) * (i + 1) // 4] for i in range(4)] for each in seen]
        pss, uss = (
            tuple(
                round(max(statistics.median(m[kind] for m in quarter[i]) for quarter in quarters), 1) for i in range(4)
            )
            for kind in (0, 1)
        )
        peak = max(pair[0] for each in seen for pair in each)
        return Memory(pss=pss, uss=uss, peak_pss=round(peak, 1), all_pss=round(self._all, 1))


def _family(pid: int) -> Iterator[int]:
    """A process and those below it."""
    yield pid
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    except OSError:
        return
    for child in children:
        yield from _family(child)


def _memory(pid: int) -> tuple[float, float] | None:
    """PSS and USS of a process in MB."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    pss, uss = (sum(map(int, kind.findall(told))) / 1000 * 1.024 for kind in _KINDS.values())
    return pss, uss


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# telling


def _tables(result: dict[str, Any]) -> str:
    said = (
        f"{result['notes']:,} synthetic notes of {result['characters']:,} characters, Parquet to Parquet, on "
        f"{result['day']}: wardround {result['wardround']}, Python {result['python']}, {result['system']}, "
        f"{result['cores']} cores; load {result['load_before']} before."
    )
    lines = []
    for run in result["runs"]:
        memory = run["memory"]
        quarters = (
            [None, None] if memory is None else [" → ".join(f"{mb:.0f}" for mb in memory[kind]) for kind in _LOWER]
        )
        lines.append(
            [
                run["how"],
                *map(number, (run["rate"], run["steady"], run["first"], run["cpu"] and result["notes"] / run["cpu"])),
                *map(number, (*quarters, memory and memory["peak_pss"], memory and memory["all_pss"])),
            ]
        )
    return "\n\n".join((said, table(_HEADER, lines), *_compared(result["runs"]), *_cluster(result)))


_LOWER = [kind.lower() for kind in _KINDS]
_HEADER = (
    "",
    "notes a second, whole run",
    "steady",
    "seconds to the first part",
    "notes a second of processor time",
    "PSS of a worker by quarters, MB",
    "USS",
    "its peak PSS",
    "peak PSS of all processes",
)


def _compared(runs: Sequence[dict[str, Any]]) -> Iterator[str]:
    by_way = {run["how"]: run["steady"] or run["rate"] for run in runs}
    one = by_way.get("1 process")
    several = {how: rate for how, rate in by_way.items() if how.endswith("processes")}
    if one:
        for how, rate in several.items():
            yield f"{how} are {rate / one:.2f} times as fast as one."
    if several and "Ray" in by_way:
        yield f"Ray is at {by_way['Ray'] / max(several.values()):.0%} of the processes alone."


_MANY = 100_000_000
_CLUSTERS = ((1, 16), (4, 16), (16, 16), (16, 64))  # machines, and cores of each


def _cluster(result: dict[str, Any]) -> Iterator[str]:
    """What a hundred million notes take, by the rate of Ray on this machine, or else of its processes."""
    cores = result["cores"]
    ways = ("Ray", f"{cores} process", f"{cores} processes")
    full = [run for run in result["runs"] if run["how"] in ways and run["steady"] is not None]
    if not full:
        return
    run = full[-1]
    rate = run["steady"] / cores
    hours = _MANY / rate / 3600
    yield (
        f"So a core does {rate:.0f} notes a second ({run['how']}, all {cores} cores at work), and {_MANY:,} notes of "
        f"{result['characters']:,} characters take {_MANY:,} / {rate:.0f} / 3,600 = **{hours:,.0f} core-hours**: at a "
        f"price of X for a core-hour, {hours:,.0f} × X. Their results are {run['kept'] * _MANY / 1e9:,.0f} GB."
    )
    lines = [[f"{machines} × {each} cores", f"{hours / (machines * each):,.1f}"] for machines, each in _CLUSTERS]
    yield table(["machines", "hours"], lines)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
