"""``wardround judge``"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Run
from wardround import engines
from wardround.coding import CodingResult
from wardround.coding.judging import Judge
from wardround.engines import Capabilities, Engine, Raw, Request
from wardround.engines.replay import Recorder, Replay
from wardround.errors import EngineError, EngineFailed, EngineRefused

NOTES = [
    {"id": "a", "text": "ASSESSMENT\nAcute appendicitis. To theatre.\n"},
    {"id": "b", "text": "ASSESSMENT\nGout.\n"},
    {"id": "c", "text": "ASSESSMENT\nEssential hypertension.\n"},
]
LABELS = [("a", "k3580", "supported"), ("b", "M10.9", "contradicted"), ("c", "I10", "supported")]
GOUT = "Title: Gout"


class Model(Engine):
    """Supports everything but gout, which it contradicts."""

    name = "scripted"
    capabilities = Capabilities()

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.fails: Callable[[str], bool] = lambda _: False

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        for number, request in enumerate(requests):
            prompt = "\n".join(str(part) for message in request.messages for part in message.parts)
            self.prompts.append(prompt)
            if self.fails(prompt):
                yield number, EngineFailed("the model broke down")
            elif request.choices:
                yield number, Raw(text="contradicted" if GOUT in prompt else "supported")
            else:
                yield number, Raw(text='{"reason": "stated", "words": "Gout"}')

    def stream(self, request: Request) -> Iterator[str]:
        raise NotImplementedError


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    model = Model()

    def open_engine(spec: str, *, allow_remote: bool) -> Engine:
        if spec == "far" and not allow_remote:
            raise EngineRefused("the server is on another machine", hint="--allow-remote")
        return model

    monkeypatch.setattr(engines, "open_engine", open_engine, raising=False)
    return model


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(json.dumps(note) + "\n" for note in NOTES))
    return path


@pytest.fixture
def results(wardround: Run, notes: Path, tmp_path: Path) -> Path:
    path = tmp_path / "codes.jsonl"
    assert wardround("code", "--jsonl", notes, "-o", path).status == 0
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text(
        "".join(json.dumps(dict(zip(("id", "code", "label"), each, strict=True))) + "\n" for each in LABELS)
    )
    return path


def verdicts(records: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(r["id"], j["code"], j["verdict"]) for r in records for j in r["judgements"]]


JUDGED = [("a", "K35.80", "supported"), ("b", "M10.9", "contradicted"), ("c", "I10", "supported")]


def test_lines(wardround: Run, model: Model, results: Path, notes: Path) -> None:
    ran = wardround("judge", results, "--engine", "m", "--notes", notes, "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    assert verdicts(ran.records) == JUDGED
    assert {record["context"] for record in ran.records} == {"sentences"}
    assert "<quote>Acute appendicitis</quote>. To theatre." in model.prompts[0]


def test_the_folder_of_the_notes(wardround: Run, model: Model, tmp_path: Path) -> None:
    folder = tmp_path / "morning"
    folder.mkdir()
    (folder / "a.txt").write_text(NOTES[0]["text"])
    codes = tmp_path / "codes.jsonl"
    assert wardround("code", "--json", folder / "a.txt", "-o", codes).status == 0
    ran = wardround("judge", codes, "--engine", "m", "--notes", folder, "--format", "json")
    assert ran.records[0]["context"] == "sentences"


def test_the_table_and_its_summary(wardround: Run, model: Model, results: Path) -> None:
    shown = wardround("judge", results, "--engine", "m").out
    for part in ("K35.80", "contradicted", "“Gout”", "quotes alone", "3 codes: 2 supported, 1 contradicted", "100.0%"):
        assert part in shown


def test_csv(wardround: Run, model: Model, results: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(wardround("judge", results, "--engine", "m", "--format", "csv").out)))
    assert [(row["id"], row["code"], row["verdict"]) for row in rows] == JUDGED
    assert rows[1]["reason"] == "stated"
    assert rows[0]["description"]


def test_a_model_on_another_machine_needs_consent(wardround: Run, model: Model, results: Path) -> None:
    ran = wardround("judge", results, "--engine", "far")
    assert ran.status == 1
    assert "--allow-remote" in ran.err
    assert wardround("judge", results, "--engine", "far", "--allow-remote").status == 0


def test_one_code_that_fails_costs_no_other(wardround: Run, model: Model, results: Path) -> None:
    model.fails = lambda prompt: GOUT in prompt
    ran = wardround("judge", results, "--engine", "m", "--format", "json")
    assert ran.status == 1
    assert [verdict for *_, verdict in verdicts(ran.records)] == ["supported", "error", "supported"]
    assert ran.records[1]["judgements"][0]["error"] == "the model broke down"


@pytest.mark.parametrize("ending", ["", '{"schema": "wardround.judg'])
def test_a_file_is_gone_on_with(wardround: Run, model: Model, results: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / "judged.jsonl"
    model.fails = lambda prompt: GOUT in prompt
    assert wardround("judge", results, "--engine", "m", "-o", out).status == 1
    first, *_ = out.read_text().splitlines(keepends=True)
    with out.open("a") as file:
        file.write(ending)
    model.fails = lambda _: False
    model.prompts.clear()
    assert wardround("judge", results, "--engine", "m", "-o", out).status == 0
    assert all(GOUT in prompt for prompt in model.prompts)
    assert out.read_text().startswith(first)
    assert sorted(verdicts([json.loads(line) for line in out.read_text().splitlines()])) == JUDGED


@pytest.mark.parametrize("there", ["my only copy\n", '{"id": "x"}\n', "a line without an end\nmore\n"])
def test_a_file_of_something_else_is_left_alone(
    wardround: Run, model: Model, results: Path, tmp_path: Path, there: str
) -> None:
    out = tmp_path / "other.txt"
    out.write_text(there)
    ran = wardround("judge", results, "--engine", "m", "-o", out)
    assert ran.status == 1
    assert "name another file" in ran.err
    assert out.read_text() == there


def test_another_judge_does_not_go_on(wardround: Run, model: Model, results: Path, notes: Path, tmp_path: Path) -> None:
    out = tmp_path / "judged.jsonl"
    wardround("judge", results, "--engine", "m", "-o", out)
    for other in (["--repeat", "2"], ["--notes", notes]):
        assert wardround("judge", results, "--engine", "m", "-o", out, *other).status == 1


def test_against_people(wardround: Run, model: Model, results: Path, gold: Path) -> None:
    shown = wardround("judge", results, "--engine", "m", "--against", gold).out
    assert "accuracy" in shown
    assert "not yet" not in shown.lower()
    ran = wardround("judge", results, "--engine", "m", "--against", gold, "--format", "json")
    assert json.loads(ran.out)["kappa"] == 1


def test_saved_judgements_need_no_model(
    wardround: Run, model: Model, results: Path, gold: Path, tmp_path: Path
) -> None:
    out = tmp_path / "judged.jsonl"
    wardround("judge", results, "--engine", "m", "-o", out)
    model.prompts.clear()
    figures = json.loads(wardround("judge", out, "--against", gold, "--format", "json").out)
    assert (figures["codes"], figures["accuracy"], figures["believable"]) == (3, 1, True)
    assert wardround("judge", out, "--format", "csv").out.count("\n") == 4
    assert model.prompts == []


def test_a_judge_that_does_not_agree_is_doubted(wardround: Run, model: Model, results: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps({"id": i, "code": c, "label": "not-supported"}) + "\n" for i, c, _ in JUDGED))
    assert "Not yet believable" in wardround("judge", results, "--engine", "m", "--against", gold).out


def test_lines_that_are_no_labels_are_told(wardround: Run, model: Model, results: Path, gold: Path) -> None:
    with gold.open("a") as file:
        file.write('{"id": "a", "code": "I10", "label": "fine"}\nnonsense\n')
    ran = wardround("judge", results, "--engine", "m", "--against", gold, "--format", "json")
    assert ran.status == 1
    assert json.loads(ran.out)["codes"] == 3
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["line 4", "line 5"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nonsense", "no JSON object"),
        ('{"id": "x", "error": {"what": "secret"}}', "was not coded"),
        ('{"id": "x", "text": "secret"}', "neither codes nor judgements"),
    ],
)
def test_lines_that_cannot_be_judged(wardround: Run, model: Model, results: Path, line: str, message: str) -> None:
    ran = wardround("judge", "-", "--engine", "m", "--format", "json", stdin=f"{line}\n{results.read_text()}".encode())
    assert ran.status == 1
    assert len(ran.records) == 3
    assert message in ran.err
    assert "line 1" in ran.err
    assert "secret" not in ran.err


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no note of this id"),
        ([{**note, "text": "Another text."} for note in NOTES], "not the one that was coded"),
    ],
)
def test_notes_that_do_not_fit(
    wardround: Run, model: Model, results: Path, tmp_path: Path, texts: list[dict[str, str]], message: str
) -> None:
    path = tmp_path / "others.jsonl"
    path.write_text("".join(json.dumps(note) + "\n" for note in texts))
    ran = wardround("judge", results, "--engine", "m", "--notes", path)
    assert ran.status == 1
    assert ran.err.count(message) == 3


def test_a_recording_judges_like_its_model(wardround: Run, model: Model, results: Path, tmp_path: Path) -> None:
    recording = tmp_path / "recorded.jsonl"
    coded = [CodingResult.model_validate_json(line) for line in results.read_text().splitlines()]
    with Recorder(model, recording) as recorder:
        judge = Judge(recorder)
        judged = [judge.judge(result) for result in coded]
    with Replay(recording) as replay:
        again = Judge(replay)
        assert [again.judge(result).judgements for result in coded] == [each.judgements for each in judged]


def test_the_command_line(wardround: Run, model: Model, results: Path, gold: Path) -> None:
    assert "--engine" in wardround("judge", results).err
    assert wardround("judge", results, "--engine", "m", "--against", gold, "--format", "csv").status == 2
    assert "cannot read" in wardround("judge", "nowhere.jsonl", "--engine", "m").err
