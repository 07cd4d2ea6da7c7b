"""Drafts by the embedded coder, in turn and in processes, and by a model."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engines.scripted_server import ScriptedServer
from server.serving import below
from wardround.coding.result import Encounter
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused, NoteError
from wardround.server import Config
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


def test_processes_code_as_this_one_does_and_are_replaced(drafting: Drafting, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr("wardround.server.drafting._AT_ONCE", 2)
    here = drafting.code(NOTE, Encounter(), id="x")
    drafting.spread()
    coders = drafting._coders
    assert coders is not None
    for each in coders._begun:
        each.result(60)
    there = drafting.code(NOTE, Encounter(), id="x")
    assert there.model_dump(exclude={"timings"}) == here.model_dump(exclude={"timings"})
    with pytest.raises(NoteError):
        drafting.code(b"", Encounter())
    for process in list(coders._pool._processes):
        os.kill(process, 9)
    assert codes(drafting.code(NOTE, Encounter())) == ["K35.80"]
    assert drafting._coders is not coders
    drafting.close()
    assert not [process for process in coders._pool._processes or () if process in below(os.getpid())]


def test_a_note_that_ends_its_process_is_not_tried_in_the_server(
    drafting: Drafting, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Ending] = []

    class Ending:
        ready = True

        def __init__(self) -> None:
            made.append(self)

        def coded(self, *_: object) -> None:
            """As when the process is gone before it answers."""

        def close(self) -> None: ...

    monkeypatch.setattr("wardround.server.drafting.Coders", Ending)
    monkeypatch.setattr("wardround.server.drafting._AT_ONCE", 2)
    monkeypatch.setattr("wardround.server.drafting.coded", lambda *_: pytest.fail("coded in the server"))
    drafting.spread()
    for _ in range(2):
        with pytest.raises(EngineFailed) as raised:
            drafting.code(NOTE, Encounter())
        assert raised.value.retryable
    assert len(made) == 5


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
