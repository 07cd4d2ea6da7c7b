"""A server that is killed while clients post notes: what each was told is kept must be there afterwards, once.

``python tests/server/crashing.py 100`` kills it a hundred times; the tests kill it a few times.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx

from engines.scripted_server import ScriptedServer, Turn
from server.serving import Served, below
from wardround.store import Actor, open_store

_ACTOR = Actor(id="tests")
_NOTE = "ASSESSMENT\n1. Acute appendicitis.\n2. Essential hypertension, well controlled.\nVisit {}.\n"
_UNFINISHED = ("queued", "running")


@dataclass
class Survived:
    """What came out of it. Seconds are wall-clock time.

    Attributes:
        acknowledged: cases that a client was told of.
        there: cases in the store at the end.
        jobs: of them that were coded by a job.
        events: of the audit trail, which was found whole.
        ready: until the server answers after a kill, at worst.
        resumed: from then until an unfinished job is worked on, at worst.
    """

    kills: int = 0
    acknowledged: int = 0
    there: int = 0
    jobs: int = 0
    events: int = 0
    ready: float = 0.0
    resumed: float = 0.0


class _Model(ScriptedServer):
    """Takes its time, and knows when it was asked last."""

    asked_at = 0.0

    def turn(self, body: dict[str, Any]) -> Turn:
        self.asked_at = time.monotonic()
        turn = super().turn(body)
        turn.wait = 0.1
        return turn


@dataclass
class _Load:
    """Clients that post until they are told to stop, and post again what was not answered.

    Attributes:
        told: name of a case → its id.
    """

    address: str = ""
    told: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def post(self, client: str, *, model: bool) -> None:
        number = 0
        while not self.stopping.is_set():
            name = f"{client}-{number}"
            body = {"text": _NOTE.format(name), "external_id": name, "engine": model}
            while name not in self.told and not self.wrong:
                try:
                    answer = httpx.post(
                        f"{self.address}/v1/notes:code", json=body, headers={"Idempotency-Key": name}, timeout=60
                    )
                except httpx.HTTPError:
                    time.sleep(0.02)
                    continue
                if answer.status_code == 503:  # busy, which says that it may be tried again
                    time.sleep(0.1)
                    continue
                if answer.status_code not in (200, 201, 202):
                    self.wrong.append(answer.text)
                    return
                self.told[name] = answer.json()["case"]["id"]
            number += 1
            self.stopping.wait(0.8 if model else 0.02)


def kill_servers(folder: Path, kills: int, *options: str, seed: int = 0, database: str = "") -> Survived:
    """Start and kill ``kills`` servers at random moments under load, and look at what is there in the end."""
    chance = random.Random(seed)
    survived = Survived(kills=kills)
    load = _Load()
    with ExitStack() as closing:
        model = closing.enter_context(_Model())
        command = ["--engine", f"{model.url}#tiny", *options]
        if database:
            command += ["--database", database]
        clients = [threading.Thread(target=load.post, args=(f"c{n}",), kwargs={"model": n == 0}) for n in range(4)]
        left: set[int] = set()
        for kill in range(kills + 1):
            with Served(folder, *command) as server:
                assert server.address, server.log
                began = time.monotonic()
                httpx.get(f"{server.address}/health").raise_for_status()
                load.address = server.address
                if kill == 0:
                    for client in clients:
                        client.start()
                    closing.callback(load.stopping.set)
                else:
                    survived.ready = max(survived.ready, server.ready_after)
                    waiting = [job for state in _UNFINISHED for job in _jobs(server.address, state)]
                    while waiting and model.asked_at < began and time.monotonic() < began + 60:
                        time.sleep(0.01)
                    if waiting:
                        survived.resumed = max(survived.resumed, time.monotonic() - began)
                if kill < kills:
                    time.sleep(chance.uniform(0, 1.5))
                    left |= below(server.process.pid)
                    server.kill()
                    continue
                load.stopping.set()
                for client in clients:
                    client.join()
                end = time.monotonic() + 120 + 2 * kills
                while any(_jobs(server.address, state) for state in _UNFINISHED) and time.monotonic() < end:
                    time.sleep(0.1)
                assert server.stop() == 0
        assert not load.wrong, load.wrong[0]
        assert not [each for each in left if Path(f"/proc/{each}").exists()], "a process outlived its server"
    _look(folder, database, load.told, survived)
    return survived


def _jobs(address: str, state: str) -> list[Any]:
    found: list[Any] = httpx.get(f"{address}/v1/jobs", params={"state": state}).raise_for_status().json()["jobs"]
    return found


def _look(folder: Path, database: str, told: dict[str, str], survived: Survived) -> None:
    """Every case that was told of is there, once, with one result."""
    with open_store(database, folder) as store:
        there: dict[str, str] = {}
        after = "start"
        while after:
            page = store.cases(_ACTOR, after="" if after == "start" else after, limit=500)
            for case in page.cases:
                assert case.external_id not in there, "a case is there twice"
                there[case.external_id] = case.id
                assert case.results == 1, f"{case.results} results"
                result = store.result(_ACTOR, case.id)
                assert [code["code"] for code in result.content["codes"]] == ["K35.80", "I10"]  # type: ignore[attr-defined]
                document = store.document(_ACTOR, case.id, case.documents[0].id)
                assert document.decode() == _NOTE.format(case.external_id)
                if case.job:
                    survived.jobs += 1
                    job = store.jobs.job(_ACTOR, case.job)
                    assert (job.state, job.result) == ("done", 1), job
            after = page.after
        assert told.items() <= there.items(), "an acknowledged case is lost"
        survived.acknowledged, survived.there = len(told), len(there)
        survived.events = store.verify_audit().events


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        print(kill_servers(Path(home) / "store", int(sys.argv[1]), database=sys.argv[2] if sys.argv[2:] else ""))
