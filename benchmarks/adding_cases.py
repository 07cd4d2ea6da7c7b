"""How long it takes to keep a note with its draft, alone and with others at once.

``python benchmarks/adding_cases.py [CASES] [URL]`` prints milliseconds per case; SQLite without an address.
"""

from __future__ import annotations

import secrets
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.store import Actor, Upload, open_store

if TYPE_CHECKING:
    from wardround.store.store import Store

ACTOR = Actor(id="maria", role="coder")
CODE = {
    "code": "K35.80",
    "description": "Unspecified acute appendicitis",
    "status": "accepted",
    "confidence": 0.87,
    "evidence": [{"start": 120, "end": 138, "quote": "acute appendicitis", "section": "assessment"}],
    "route": ["Appendicitis", "acute"],
    "findings": [],
}
DRAFT: dict[str, Any] = {
    "schema": "wardround.coding/1",
    "codes": [CODE | {"code": f"K35.{number}"} for number in range(12)],
}


def add(store: Store) -> float:
    """Keep one note of 2.5 kB with its draft; seconds."""
    note = f"{secrets.token_hex(8)}\n{'ASSESSMENT Acute appendicitis, no perforation. ' * 53}".encode()
    begin = time.perf_counter()
    store.add_case(ACTOR, "note", [Upload(content=note, media_type="text/plain")], draft=DRAFT)
    return time.perf_counter() - begin


def measure(store: Store, cases: int, threads: int) -> str:
    """Keep ``cases`` notes in ``threads`` threads."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(threads) as people:
        times = sorted(people.map(lambda _: 1000 * add(store), range(cases)))
    each = 1000 * (time.perf_counter() - begin) / cases
    p95 = times[int(0.95 * len(times))]
    return f"{threads:2} threads: {each:6.2f} ms per case, median {statistics.median(times):6.1f}, p95 {p95:6.1f}"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with (
        tempfile.TemporaryDirectory() as home,
        open_store(sys.argv[2] if len(sys.argv) > 2 else "", Path(home) / "store", Path(home) / "key") as store,
    ):
        measure(store, 20, 1)
        for threads in (1, 8, 50):
            print(measure(store, count, threads))
