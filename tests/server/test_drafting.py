"""Drafts by the embedded coder, in turn and in processes, and by a model."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engines.scripted_server import ScriptedServer
from server.serving import below
from wardround.coding.result import Encounter
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused, NoteError
from wardround.server import Config
from wardround.server.coders import coded
from wardround.server.drafting import Drafting

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "ASSESSMENT\n1. Acute appendicitis.\n"


def codes(result: Any) -> list[str]:
    return [each.code for each in result.codes]


@pytest.fixture
def drafting(request: pytest.FixtureRequest) -> Iterator[Drafting]:
    """Of a server with the engine that the test names, or with none."""
    drafting = Drafting(Config(engine=getattr(request, "param", "")))
    yield drafting
    drafting.close()


def test_notes_are_coded_by_many_threads(drafting: Drafting) -> None:
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(codes(drafting.code(NOTE, Encounter())))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["K35.80"]] * 8


class Ending:
    """A note that ends the process which reads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


@pytest.fixture
def spread(drafting: Drafting, monkeypatch: pytest.MonkeyPatch) -> Drafting:
    """With processes that have begun."""
    monkeypatch.setattr("wardround.server.drafting._AT_ONCE", 2)
    drafting.spread()
    assert drafting._coders is not None
    for process in drafting._coders._processes:
        assert process._pipe.poll(60)
    assert drafting._coders.ready
    return drafting


def test_processes_code_as_this_one_does(spread: Drafting) -> None:
    here = Drafting(Config()).code(NOTE, Encounter(), id="x")
    there = spread.code(NOTE, Encounter(), id="x")
    assert there.model_dump(exclude={"timings"}) == here.model_dump(exclude={"timings"})
    with pytest.raises(NoteError):
        spread.code(b"", Encounter())
    half = spread.coded(b'<p>Gout, "&#xd800;" unclear.</p>', Encounter())
    assert json.loads(half) == json.loads(
        coded(b'<p>Gout, "&#xd800;" unclear.</p>', Encounter(), "encounter", None)
    ) | {"timings": json.loads(half)["timings"]}


def test_processes_that_are_gone_are_replaced(spread: Drafting) -> None:
    coders = spread._coders
    assert coders is not None
    first = [process._process.pid for process in coders._processes]
    for process in first:
        assert process is not None
        os.kill(process, 9)
    for _ in range(3):
        assert codes(spread.code(NOTE, Encounter())) == ["K35.80"]
    now = [process._process.pid for process in coders._processes]
    assert not set(first) & set(now)
    spread.close()
    assert not [process for process in now if process in below(os.getpid())]


def test_a_note_that_ends_its_process_is_not_tried_in_the_server(spread: Drafting) -> None:
    note: Any = Ending()
    for _ in range(2):
        with pytest.raises(EngineFailed) as raised:
            spread.code(note, Encounter())
        assert raised.value.retryable
    assert codes(spread.code(NOTE, Encounter())) == ["K35.80"]


def test_notes_are_coded_in_the_order_in_which_they_come(spread: Drafting) -> None:
    coders = spread._coders
    assert coders is not None
    held = [coders._taken() for _ in coders._processes]
    done: list[int] = []

    def code(number: int) -> None:
        spread.code(NOTE, Encounter())
        done.append(number)

    threads = []
    for number in range(6):
        threads.append(threading.Thread(target=code, args=(number,)))
        threads[-1].start()
        while len(coders._waiting) <= number:
            time.sleep(0.001)
    coders._give_back(held.pop())  # one process, so that the order is told by when they end
    for thread in threads:
        thread.join()
    assert done == list(range(6))
    for process in held:
        coders._give_back(process)


def test_a_document_tells_its_steps(drafting: Drafting) -> None:
    told: list[tuple[str, int, int]] = []
    result = drafting.code_document(NOTE, Encounter(), lambda *step: told.append(step))
    assert codes(result) == ["K35.80"]
    assert told == [("reading the note", 0, 0)]


def test_a_model_is_opened_once_and_what_a_step_raises_ends_the_work() -> None:
    class Enough(Exception):
        pass

    def stop(step: str, done: int, total: int) -> None:
        if step == "asking the model":
            raise Enough

    with ScriptedServer() as model:
        drafting = Drafting(Config(engine=f"{model.url}#tiny"))
        told: list[str] = []
        for _ in range(2):
            result = drafting.code_document(NOTE, Encounter(), lambda step, *_: told.append(step), engine=True)
            assert codes(result) == ["K35.80"]
            assert result.provenance.engine
        tried = len(model.headers)
        assert "asking the model" in told
        with pytest.raises(Enough):
            drafting.code_document(NOTE, Encounter(), stop, engine=True)
        assert len(model.headers) == tried  # neither opened again nor asked
        drafting.close()


@pytest.mark.parametrize(
    ("engine", "error"),
    [
        ("", EngineMissing),
        ("replay:/nowhere.jsonl", EngineMissing),
        ("google/medgemma-27b-text-it", EngineMissing),
        ("no such engine", EngineMissing),
    ],
)
def test_without_a_model_that_sees_the_command_is_told(engine: str, error: type[EngineError]) -> None:
    drafting = Drafting(Config(engine=engine))
    with pytest.raises(error) as caught:
        drafting.reads()
    assert "wardround models install" in caught.value.hint
    drafting.close()


def test_a_model_that_sees_nothing_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "text-only"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "gemma3_text"}')
    (folder / "model.safetensors").write_bytes(b"")
    drafting = Drafting(Config(engine=str(folder)))
    with pytest.raises(EngineRefused, match="sees no images"):
        drafting.reads()
    drafting.close()
