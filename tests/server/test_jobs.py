"""Jobs: each ends once, with one result or one reason, whatever happens meanwhile."""

from __future__ import annotations

import io
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engines.scripted_server import ScriptedServer
from store.conftest import database
from wardround.errors import EngineFailed, ServerError
from wardround.server import Config
from wardround.server.drafting import Drafting
from wardround.server.durable import Durable
from wardround.server.jobs import JobRunner
from wardround.server.metrics import Metrics
from wardround.store import Actor, Upload, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.store import Job
    from wardround.store.store import Store

ANN = Actor(id="ann")
CANARY = "Quirina Zeldhof"
NOTE = f"Patient: {CANARY}\nASSESSMENT\n1. Acute appendicitis.\n".encode()


class Scripted(Drafting):
    """Its document steps do as a test says, before they code."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.script: list[Any] = []
        self.calls = 0

    def code_document(self, note: Any, encounter: Any, on_step: Any, **more: Any) -> Any:
        self.calls += 1
        if self.script:
            act = self.script.pop(0)
            act(on_step)
        return super().code_document(note, encounter, on_step, **more)


@dataclass
class Running:
    store: Store
    drafting: Scripted
    jobs: JobRunner

    def ask(self, task: str = "code", content: bytes = NOTE, **options: Any) -> str:
        role: Any = "note" if task == "code" else "image"
        kind: Any = "note" if task == "code" else "study"
        upload = Upload(content=content, media_type="text/plain", role=role)
        case = self.store.add_case(ANN, kind, [upload], job=(task, options))  # type: ignore[arg-type]
        self.jobs.submit(case.job)
        return case.job

    def ended(self, job: str, patience: float = 120) -> Job:
        end = time.monotonic() + patience
        while (found := self.store.jobs.job(ANN, job)).state in ("queued", "running"):
            assert time.monotonic() < end, found
            time.sleep(0.01)
        return found


@contextmanager
def running(folder: Path, url: str = "", engine: str = "") -> Iterator[Running]:
    config = Config(folder=folder, database=url, engine=engine)
    with open_store(url, folder) as store:
        drafting = Scripted(config)
        jobs = JobRunner(config, store, drafting, Metrics())
        jobs.start()
        try:
            yield Running(store, drafting, jobs)
        finally:
            jobs.close()
            drafting.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other waits than in earnest."""
    monkeypatch.setattr("wardround.server.durable._WAIT", 0.01)
    monkeypatch.setattr("wardround.server.jobs._TELL", 0.0)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    url = "" if request.param == "sqlite" else database(request.getfixturevalue("postgresql"))
    return tmp_path / "store", url


def test_a_job_ends_with_its_result(place: tuple[Path, str]) -> None:
    folder, url = place
    with running(folder, url) as server:
        job = server.ended(server.ask())
        assert (job.state, job.result, job.error) == ("done", 1, "")
        result = server.store.result(ANN, job.case)
        assert [code["code"] for code in result.content["codes"]] == ["K35.80"]  # type: ignore[attr-defined]
        assert result.created_by == "system"
    files = [path for path in folder.iterdir() if path.name.startswith("jobs.db")]
    assert bool(files) == (url == "")
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


def test_what_was_not_finished_is_taken_up(tmp_path: Path) -> None:
    """Also where the other database was lost."""
    reached = threading.Event()

    def hang(tell: Any) -> None:
        reached.set()
        while True:
            tell("waiting", 0, 0)
            time.sleep(0.01)

    with running(tmp_path) as server:
        server.drafting.script = [hang]
        jobs = [server.ask(), server.ask(), server.ask()]
        assert reached.wait(120)
    with running(tmp_path) as server:
        assert [server.ended(job).state for job in jobs] == ["done"] * 3
        server.drafting.script = [hang]
        reached.clear()
        jobs = [server.ask(), server.ask()]
        assert reached.wait(120)
    for path in tmp_path.glob("jobs.db*"):
        path.unlink()
    with running(tmp_path) as server:
        assert [server.ended(job).result for job in jobs] == [1, 1]


def test_a_cancelled_job_ends_at_its_next_step(tmp_path: Path) -> None:
    reached = threading.Event()

    def hang(tell: Any) -> None:
        reached.set()
        while True:
            tell("waiting", 3, 9)
            time.sleep(0.01)

    with running(tmp_path) as server:
        server.drafting.script = [hang]
        job = server.ask(engine=False)
        assert reached.wait(120)
        while server.store.jobs.job(ANN, job).step != "waiting":
            time.sleep(0.01)
        told = server.store.jobs.job(ANN, job)
        assert (told.state, told.done, told.total) == ("running", 3, 9)
        server.store.jobs.cancel(ANN, job)
        server.jobs.cancel(job)
        while server.jobs.busy:
            time.sleep(0.01)
        assert server.store.jobs.job(ANN, job).state == "cancelled"
        assert server.store.case(ANN, told.case).results == 0
        assert server.ended(server.ask()).state == "done"


def test_only_what_may_succeed_later_is_tried_again(tmp_path: Path) -> None:
    def fail(retryable: bool) -> Any:
        def act(tell: Any) -> None:
            raise EngineFailed("the model was busy", hint="try again", retryable=retryable)

        return act

    def break_down(tell: Any) -> None:
        raise ValueError(f"cannot parse {CANARY}")

    with running(tmp_path) as server:
        for script, calls, error in (
            ([fail(True), fail(True)], 3, ""),
            ([fail(True)] * 9, 4, "the model was busy (try again)"),
            ([fail(False)], 1, "the model was busy (try again)"),
            ([break_down], 1, "wardround itself has a defect: ValueError"),
        ):
            server.drafting.script, server.drafting.calls = list(script), 0
            job = server.ended(server.ask())
            assert (server.drafting.calls, job.error, job.state) == (calls, error, "failed" if error else "done")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("jobs.db*"))
    assert CANARY.encode() not in kept


def test_a_job_that_takes_too_long_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.server.jobs._LONGEST", 0.05)
    with running(tmp_path) as server:
        server.drafting.script = [lambda tell: time.sleep(0.1)]
        assert "took longer than" in server.ended(server.ask()).error


def test_a_study_is_read_from_copies_that_do_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bytes, int, int]] = []

    def read(self: Drafting, images: list[Path], on_step: Any, **more: Any) -> Any:
        for path in images:
            seen.append((path.read_bytes(), path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777))
        raise EngineFailed("enough")

    monkeypatch.setattr(Drafting, "read", read)
    left = tmp_path / "copies" / "left-by-a-crash"
    left.mkdir(parents=True)
    with running(tmp_path) as server:
        assert not left.exists()
        assert server.ended(server.ask("read", b"pixels")).error == "enough"
    assert seen == [(b"pixels", 0o600, 0o700)]
    assert not list((tmp_path / "copies").iterdir())


def test_a_study_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        job = server.ended(server.ask("read", b"nothing"))
        assert job.state == "failed"
        assert "no format that is known" in job.error


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert server.ended(server.ask()).state == "done"
        with pytest.raises(ServerError, match="another server works with this store"), running(tmp_path):
            pass
    with running(tmp_path):
        pass


def test_work_that_ends_without_an_end_is_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the store could not be written when a job ended."""
    with running(tmp_path) as server:
        with monkeypatch.context() as patch:
            patch.setattr(server.jobs, "_drafted", lambda *_: (_ for _ in ()).throw(SystemError()))
            patch.setattr(type(server.store.jobs), "fail", lambda *_: (_ for _ in ()).throw(SystemError(CANARY)))
            job = server.ask()
            while server.store.jobs.job(ANN, job).state == "queued" or server.jobs.busy:
                time.sleep(0.01)
        assert server.store.jobs.job(ANN, job).state == "running"
    with running(tmp_path) as server:
        assert "ask for another draft" in server.ended(job).error
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("jobs.db*"))
    assert CANARY.encode() not in kept


def test_the_library_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        with running(tmp_path) as server:
            server.drafting.script = [lambda tell: (_ for _ in ()).throw(ValueError(CANARY))]
            server.ended(server.ask())
    finally:
        logging.getLogger().removeHandler(handler)
    said = capfd.readouterr()
    assert "dbos" not in (said.out + said.err + stream.getvalue()).lower()
    assert CANARY not in said.out + said.err + stream.getvalue()


def test_a_model_codes_a_note_in_a_job(tmp_path: Path) -> None:
    with ScriptedServer() as model, running(tmp_path, engine=f"{model.url}#tiny") as server:
        job = server.ended(server.ask(engine=True))
        assert job.state == "done", job.error
        content: Any = server.store.result(ANN, job.case).content
        assert "tiny" in content["provenance"]["engine"]


def test_known_work_is_forgotten_when_it_ended(tmp_path: Path) -> None:
    done = threading.Event()

    def course() -> None:
        durable = Durable("", tmp_path, {"pages": 1}, lambda id, last: done.set(), attempts=1)
        try:
            durable.enqueue("pages", "a")
            durable.enqueue("pages", "a")
            assert done.wait(120)
            while not durable.ended(["a"])["a"]:
                time.sleep(0.01)
            durable.forget()
            assert durable.ended(["a", "b"]) == {}
        finally:
            durable.close()

    with ThreadPoolExecutor(1) as thread:  # as the runner does: DBOS refuses a thread that runs an event loop
        thread.submit(course).result()


def test_jobs_go_on_when_the_other_database_can_be_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wardround.server.jobs._PATIENCE", 0.1)
    tmp_path.joinpath("jobs.db").write_bytes(b"no database " * 100)
    with running(tmp_path) as server:
        job = server.ask()
        time.sleep(1)
        assert server.store.jobs.job(ANN, job).state == "queued"
        (tmp_path / "jobs.db").unlink()
        assert server.ended(job).state == "done"
