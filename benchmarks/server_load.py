"""Many clients at once that post notes to a real server: how many it answers, and how long each waits.

``python -m benchmarks.server_load`` starts ``wardround serve`` on a new store, and posts synthetic notes over kept
connections: as fast as answers come (``closed``), and one note a second from each client (``paced``). Server and
clients share the machine, so that on one of few cores the clients' own work is part of what is measured.

``--list N`` puts N cases into the store first and times pages of the list instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks._data import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENGTHS = (1_000, 2_500)
_ENCOUNTER = {"setting": "outpatient", "date": "2026-05-02", "age": 47, "sex": "female"}


@dataclass
class Answers:
    """What the clients got: seconds of each answer, and the kinds of those that were none."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    took: float = 0.0

    def told(self, name: str) -> str:
        """One line."""
        ordered = sorted(self.seconds) or [0.0]
        p50, p95, p99 = (1000 * ordered[min(int(len(ordered) * part), len(ordered) - 1)] for part in (0.5, 0.95, 0.99))
        return (
            f"{name}: {len(self.seconds)} answers, {len(self.seconds) / self.took:.0f}/s, "
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms, slowest {1000 * ordered[-1]:.0f} ms, "
            f"{len(self.errors)} errors {sorted(set(self.errors))[:3] if self.errors else ''}".rstrip()
        )


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[str, int]]:
    """The address of a server on a store, and its process."""
    command = [sys.executable, "-m", "wardround", "serve", "--port", "0", "--folder", str(folder), *options]
    with open(folder / "server.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError((folder / "server.log").read_text(encoding="utf-8"))
            yield line.split()[-1], process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


async def _client(address: str, number: int, texts: list[str], end: float, pace: float, answers: Answers) -> None:
    where = urlsplit(address)
    chance = random.Random(number)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    next_one = time.perf_counter() + chance.random() * pace
    posted = 0
    while (now := time.perf_counter()) < end:
        if pace:
            await asyncio.sleep(max(0.0, next_one - now))
            next_one += pace
        text = f"{chance.choice(texts)}\nSeen by clinician {number} as visit {posted}.\n"
        body = json.dumps({"text": text, "encounter": _ENCOUNTER}).encode()
        request = (
            f"POST /v1/notes:code HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {number}-{posted}-{end}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        began = time.perf_counter()
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            answer = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            answers.errors.append(type(error).__name__)
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
            continue
        if status != 201 or b'"codes"' not in answer:
            answers.errors.append(str(status))
        answers.seconds.append(time.perf_counter() - began)
        posted += 1
    writer.close()


async def _post(address: str, clients: int, seconds: float, texts: list[str], pace: float) -> Answers:
    answers = Answers()
    began = time.perf_counter()
    end = began + seconds
    await asyncio.gather(*(_client(address, n, texts, end, pace, answers) for n in range(clients)))
    answers.took = time.perf_counter() - began
    return answers


def _processor_times(server: int) -> tuple[float, float, float]:
    """Seconds of the processor so far: of the server's process, of those below it, and of this one with its clients."""
    spent: dict[int, float] = {}
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(fields[1])
            spent[int(path.parent.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    below = {server}
    while more := {process for process, parent in parents.items() if parent in below} - below:
        below |= more
    below -= {server}
    return spent.get(server, 0.0), sum(spent[process] for process in below), time.process_time()


def _fill(folder: Path, count: int) -> None:
    """Put cases into a new store, as their import would."""
    from wardround.store import Actor, Upload, open_store

    with open_store(folder=folder) as store:
        for number in range(count):
            upload = Upload(content=b"Synthetic.", media_type="text/plain")
            store.add_case(Actor(id="load"), "note", [upload], external_id=f"case-{number}")


def _list(address: str, times: int = 20) -> None:
    import httpx

    with httpx.Client(base_url=address) as client:
        for query in ("", "?limit=500", "?status=new", "?search=case-99", "?kind=study"):
            took = []
            for _ in range(times):
                began = time.perf_counter()
                client.get(f"/v1/cases{query}").raise_for_status()
                took.append(time.perf_counter() - began)
            took.sort()
            print(
                f"GET /v1/cases{query}: median {1000 * took[len(took) // 2]:.0f} ms, slowest {1000 * took[-1]:.0f} ms"
            )


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server_load", description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", choices=("closed", "paced"))
    parser.add_argument("--length", type=int, choices=_LENGTHS, help="characters of a note; by default each in turn")
    parser.add_argument("--list", type=int, metavar="N", help="time the list of N cases instead")
    parser.add_argument("--options", nargs="*", default=[], help="more options for wardround serve")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        if options.list:
            _fill(folder, options.list)
        with served(folder, *options.options) as (address, process):
            if options.list:
                _list(address)
                return
            for length in [options.length] if options.length else _LENGTHS:
                texts = [text_of(length + shift)[shift:] for shift in range(0, 700, 70)]
                for name, pace in (("closed", 0.0), ("paced", 1.0)):
                    if options.only in (None, name):
                        before = _processor_times(process)
                        answers = asyncio.run(_post(address, options.clients, options.seconds, texts, pace))
                        print(answers.told(f"{length} characters, {options.clients} clients, {name}"))
                        if before[0]:
                            each = 1000 / max(len(answers.seconds), 1)
                            server, coders, clients = (
                                each * (now - then) for now, then in zip(_processor_times(process), before, strict=True)
                            )
                            print(
                                f"  processor time for an answer: server {server:.1f} ms, "
                                f"its coding processes {coders:.1f} ms; clients {clients:.1f} ms",
                                flush=True,
                            )


if __name__ == "__main__":
    main()
