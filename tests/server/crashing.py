"""A server that is killed while clients post notes: what each was told is kept must be there afterwards, once.

``python tests/server/crashing.py 100`` kills it a hundred times, with ``--database`` on that database, ``postgresql``
being one of its own; the tests kill it a few times.
"""

from __future__ import annotations

import argparse
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx

from engines.scripted_server import ScriptedServer, Turn
from server.serving import Served, below
from store import postgres
from wardround.store import Actor, open_store

_ACTOR = Actor(id="tests")
_NOTE = "ASSESSMENT\n1. Acute appendicitis.\n2. Essential hypertension, well controlled.\nVisit {}.\n"
_UNFINISHED = ("queued", "running")
_STARTING = 0.25  # of the kills strike before the server is ready
_LONGEST = 120.0  # seconds until a job must be resumed, however busy the machine is


@dataclass
class Survived:
    """What came out of it. Seconds are wall-clock time.

    Attributes:
        acknowledged: cases that a client was told of.
        there: cases in the store at the end.
        jobs: of them that were coded by a job.
        events: of the audit trail, which was found whole.
        ready: after each kill, from the next start until the server said that it is ready.
        resumed: from the start until an unfinished job was worked on, wherever one had been left.
    """

    kills: int = 0
    acknowledged: int = 0
    there: int = 0
    jobs: int = 0
    events: int = 0
    ready: list[float] = field(default_factory=list)
    resumed: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        times = (
            f"{name} after {statistics.median(each):.1f} s, {max(each):.1f} s at worst"
            for name, each in (("ready", self.ready), ("jobs resumed", self.resumed))
            if each
        )
        return (
            f"{self.kills} kills: {self.acknowledged} cases acknowledged, {self.there} there, {self.jobs} of them by a "
            f"job, {self.events} events; {'; '.join(times)}"
        )


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

    address: str
    told: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def post(self, name: str, *, model: bool) -> None:
        number = 0
        with httpx.Client(base_url=self.address, timeout=60) as client:
            while not self.stopping.is_set():
                self._post_one(client, f"{name}-{number}", model=model)
                number += 1
                self.stopping.wait(1.0 if model else 0.02)

    def _post_one(self, client: httpx.Client, name: str, *, model: bool) -> None:
        body = {"text": _NOTE.format(name), "external_id": name, "engine": model}
        while name not in self.told and not self.wrong:
            try:
                answer = client.post("/v1/notes:code", json=body, headers={"Idempotency-Key": name})
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code == 503:  # busy, which says that it may be tried again
                time.sleep(0.1)
            elif answer.status_code in (200, 201, 202):
                self.told[name] = answer.json()["case"]["id"]
            else:
                self.wrong.append(answer.text)


def kill_servers(folder: Path, kills: int, *options: str, seed: int = 0, database: str = "") -> Survived:
    """Start and kill ``kills`` servers at random moments under load, and look at what is there in the end.

    Most are killed while they work, every fourth before it is ready. Ctrl-C ends the killing early.
    """
    chance = random.Random(seed)
    survived = Survived()
    left: set[int] = set()
    with ExitStack() as closing:
        model = closing.enter_context(_Model())
        port = _free_port()
        load = _Load(f"http://127.0.0.1:{port}")
        command = ["--engine", f"{model.url}#tiny", "--port", str(port), *options]
        if database:
            command += ["--database", database]
        clients = [threading.Thread(target=load.post, args=(f"c{n}",), kwargs={"model": n == 0}) for n in range(4)]
        closing.callback(load.stopping.set)
        with suppress(KeyboardInterrupt):
            for kill in range(kills):
                began = time.monotonic()
                early = kill > 0 and chance.random() < _STARTING
                usual = survived.ready[-1] if survived.ready else 1.0
                with Served(folder, *command, killed_after=chance.uniform(0, usual) if early else None) as server:
                    assert early or server.address, server.log
                    if kill == 0:
                        for client in clients:
                            client.start()
                    elif not early:
                        survived.ready.append(server.ready_after)
                        if _resumed(load.address, model, began):
                            survived.resumed.append(model.asked_at - began)
                    if not early:
                        time.sleep(chance.uniform(0, 1.5))
                        left |= below(server.process.pid)
                    server.kill()
                survived.kills += 1
                print(f"{kill + 1} of {kills} kills, {len(load.told)} cases", file=sys.stderr, flush=True)
        with Served(folder, *command) as server:
            load.stopping.set()
            for client in clients:
                client.join()
            _finish(load.address, model)
            assert server.stop() == 0
        assert not load.wrong, load.wrong[0]
        assert not [each for each in left if Path(f"/proc/{each}").exists()], "a process outlived its server"
    _look(folder, database, load.told, survived)
    return survived


def _resumed(address: str, model: _Model, began: float) -> bool:
    """Whether a job was left, once one is worked on since ``began``."""
    if model.asked_at >= began:
        return True
    if not _unfinished(address):
        return False
    end = time.monotonic() + _LONGEST
    while model.asked_at < began:
        assert time.monotonic() < end, "what was not finished is not taken up"
        time.sleep(0.01)
    return True


def _finish(address: str, model: _Model) -> None:
    """Wait for all jobs, as long as they go on."""
    while _unfinished(address):
        assert time.monotonic() < model.asked_at + _LONGEST, "what was not finished is not worked on"
        time.sleep(0.1)


def _unfinished(address: str) -> bool:
    return any(
        httpx.get(f"{address}/v1/jobs", params={"state": state}, timeout=30).raise_for_status().json()["jobs"]
        for state in _UNFINISHED
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int)
    parser.add_argument("--database", default="", metavar="URL", help="or postgresql, to start one")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    asked = parser.parse_args()
    with ExitStack() as _closing:
        _home = Path(_closing.enter_context(tempfile.TemporaryDirectory()))
        _url = asked.database
        if _url == "postgresql":
            _url = f"{_closing.enter_context(postgres.running())}postgres"
        print(kill_servers(_home / "store", asked.kills, seed=asked.seed, database=_url))
