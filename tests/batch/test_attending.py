"""A server whose model helps a batch, and goes away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batch.folders import errors, results
from batch.sources import note, notes_file, opened
from engines.scripted_server import ScriptedServer, Turn
from wardround.batch import Options, Output, Work, attending
from wardround.batch.work import coder_of
from wardround.errors import EngineFailed


class Failing(ScriptedServer):
    """Answers with an error whatever holds `words`, or everything: a number of times."""

    words = ""
    times = 0

    def turn(self, body: dict[str, Any]) -> Turn:
        if self.times and self.words in str(body["messages"]):
            self.times -= 1
            return Turn(status=500)
        return super().turn(body)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending, "_PAUSES", (0.0, 0.0, 0.0))


def work(server: ScriptedServer, folder: Path, **options: Any) -> Work:
    return Work(output=Output(folder=folder, format="jsonl"), options=Options(engine=f"{server.url}#tiny", **options))


def without_it(folder: Path) -> list[str]:
    """The notes that were coded without the model."""
    return [row["id"] for row in results(folder) if "coded without the model" in str(row["warnings"])]


@pytest.mark.parametrize("method", ["assisted", "direct"])
def test_nothing_is_kept_of_a_part_in_which_the_model_went_away(tmp_path: Path, method: str) -> None:
    source = opened(notes_file(tmp_path / "notes.jsonl", 6), 3)
    first, second = source.parts()
    with Failing() as server:
        todo = work(server, tmp_path / "out", method=method)
        todo(first)
        server.words, server.times = "", 10_000
        with pytest.raises(EngineFailed, match="the model does not answer any more") as told:
            todo(second)
        assert "the same command goes on" in told.value.hint
        assert "Visit" not in str(told.value)
        assert todo.output.done() == {0}
        server.times = 0
        todo(second)
    assert [row["id"] for row in results(tmp_path / "out")] == [*"012345"]
    assert not without_it(tmp_path / "out")
    assert not errors(tmp_path / "out")


@pytest.mark.parametrize(("times", "expected"), [(1, []), (10_000, ["1"])])
def test_a_note_that_only_the_model_cannot_take_is_coded_without_it(
    tmp_path: Path, times: int, expected: list[str]
) -> None:
    assert "Essential" in note(1)
    (part,) = opened(notes_file(tmp_path / "notes.jsonl", 3), 3).parts()
    with Failing() as server:
        todo = work(server, tmp_path / "out")
        todo.prepare()
        server.words, server.times = "Essential hypertension", times
        todo(part)
    assert without_it(tmp_path / "out") == expected


def test_it_is_the_engine_but_for_that() -> None:
    with ScriptedServer() as server:
        coder = coder_of(Options(engine=f"{server.url}#tiny"))
        provenance = coder.code(note(1)).provenance
    assert provenance.engine is not None
    assert "tiny" in str(provenance.engine)
