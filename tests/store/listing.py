"""Many cases, put in behind the audit trail's back, to list from.

``python tests/store/listing.py 100000 [URL]`` says how long a page takes.
"""

from __future__ import annotations

import datetime
import random
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from wardround.store import Actor, open_store
from wardround.store.schema import CaseRow, DocumentRow

if TYPE_CHECKING:
    from wardround.store.store import Store

BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
ACTOR = Actor(id="maria")


def filters(user: str) -> list[dict[str, Any]]:
    """What is listed."""
    return [
        {},
        {"limit": 500},
        {"after": f"{(BEGIN + datetime.timedelta(seconds=1000)).isoformat()}/{'0' * 32}"},
        {"status": "signed"},
        {"kind": "note"},
        {"assignee": user},
        {"assignee": user, "status": "signed"},
        {"assignee": "", "status": "new", "kind": "study"},
        {"search": "V-4242"},
        {"search": "V-"},
        {"search": "ab"},
        {"search": "none"},
        {"job": "running"},
        {"job": "done"},
        {"job": "failed", "kind": "note"},
        {"job": "done", "assignee": user, "status": "drafted"},
        {"status": "new", "kind": "note", "search": "V-9"},
        {"status": "signed", "assignee": "", "search": "none"},
    ]


def fill(store: Store, count: int) -> tuple[str, list[dict[str, Any]]]:
    """Add ``count`` cases, one a second; the id of the user who has some, and the rows, the newest first."""
    user = store.accounts.add_user(ACTOR, "omar", "reviewer").id
    chance = random.Random(0)
    rows = [
        {
            "id": uuid.UUID(int=chance.getrandbits(128)).hex,
            "kind": chance.choice(["note", "study"]),
            "status": chance.choice(["new", "drafted", "in_review", "signed", "deleted"]),
            "status_before": "",
            "setting": "outpatient",
            "external_id": f"V-{number}",
            "assignee": user if number % 50 == 0 else None,
            "body_sha256": "",
            "created": BEGIN + datetime.timedelta(seconds=number),
            "created_by": "maria",
            "updated": BEGIN,
            "results": 1,
            "job": None,
            "job_state": None if number % 3 else "running" if number % 1000 == 0 else chance.choice(["done", "failed"]),
        }
        for number in range(count)
    ]
    documents = [
        {"id": row["id"], "case_id": row["id"], "position": 0, "role": "note", "media_type": "text/plain"}
        | {"sha256": "0" * 64, "size": 1}
        for row in rows
    ]
    with store._database.writing() as session:
        for start in range(0, count, 5000):
            session.execute(insert(CaseRow), rows[start : start + 5000])
            session.execute(insert(DocumentRow), documents[start : start + 5000])
    return user, rows[::-1]


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as home,
        open_store(sys.argv[2] if len(sys.argv) > 2 else "", Path(home)) as store,
    ):
        user, _ = fill(store, int(sys.argv[1]))
        for chosen in filters(user):
            times = []
            for _ in range(7):
                begin = time.perf_counter()
                store.cases(ACTOR, **chosen)
                times.append(1000 * (time.perf_counter() - begin))
            print(f"median {statistics.median(times):6.1f} ms  slowest {max(times):6.1f} ms  {chosen}")
        times = []
        for _ in range(7):
            begin = time.perf_counter()
            store.count()
            times.append(1000 * (time.perf_counter() - begin))
        print(f"median {statistics.median(times):6.1f} ms  slowest {max(times):6.1f} ms  count")
