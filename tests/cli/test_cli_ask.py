"""``wardround ask``, ``classify`` and ``explain``: with a recording of a scripted model, on pictures made here."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import pytest

from engines.scripted import Scripted
from reporting.made import Seeing
from wardround.cli.pictures import pictures_of
from wardround.coding import Coder
from wardround.engines import Raw, Request
from wardround.engines.replay import Recorder
from wardround.reporting.ask import ask
from wardround.reporting.classify import classify
from wardround.reporting.explain import explain
from wardround.reporting.report import DISCLAIMER

if TYPE_CHECKING:
    from cli.conftest import Run

QUESTION = "Is the heart large?"
LABELS = ["normal", "pneumonia"]
REPORT = "Small left pleural effusion. No pneumothorax."
PLAIN = "There is a bit of fluid by your left lung."


def _answer(request: Request) -> Raw:
    if request.choices is not None:
        first = "1. pneumonia" in str(request.messages[-1].parts[-1])
        return Raw(
            text="1" if first else "2", probabilities={"1": 0.75, "2": 0.25} if first else {"1": 0.25, "2": 0.75}
        )
    if request.schema is not None:
        told = [(PLAIN, "S1"), ("You have lung cancer.", "S1")]
        return Raw(text=json.dumps({"sentences": [{"text": text, "from": [source]} for text, source in told]}))
    return Raw(text="No.\x1b[31m It is not.")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures, one that is none, a report, and what the model said of them."""
    folder = tmp_path_factory.mktemp("desk")
    ramp = np.arange(64 * 48, dtype=np.uint16).reshape(64, 48) % 256
    for number in (1, 2):
        PIL.Image.fromarray((ramp // number).astype(np.uint8)).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    (folder / "report.txt").write_text(REPORT)
    with Recorder(Seeing(_answer), folder / "replies.jsonl") as engine:
        for number in (1, 2):
            pictures = pictures_of(folder / f"{number}.png", engine)
            ask(engine, pictures, QUESTION)
            classify(engine, pictures, LABELS)
        explain(engine, REPORT, coder=Coder(scope="mentions"))
    return folder


@pytest.fixture(autouse=True)
def at_the_desk(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)


def test_a_question_is_answered_as_a_draft(wardround: Run) -> None:
    ran = wardround("ask", "1.png", QUESTION, "--engine", "replay:replies.jsonl")
    assert (ran.status, ran.err) == (0, "")
    assert "No.␛[31m It is not." in ran.out, "what a terminal would obey is shown, not sent"
    assert DISCLAIMER in ran.out
    told = json.loads(wardround("ask", "1.png", QUESTION, "--engine", "replay:replies.jsonl", "--json").out)
    assert (told["question"], told["id"], told["frames_seen"]) == (QUESTION, "1.png", [1])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["ask", "1.png", " "], 1, "a question has"),
        (["ask", "nowhere.png", QUESTION], 1, "nowhere.png"),
        (["ask", "broken.png", QUESTION], 1, "broken.png"),
        (["ask", "1.png", QUESTION, "--series", "2"], 1, "no series 2"),
        (["ask", "1.png", QUESTION, "--frame", "2"], 1, "no frame 2"),
        (["classify", "1.png", "--labels", "one"], 1, "different labels"),
        (["classify", "1.png"], 2, "--labels"),
        (["explain", "report.txt"], 1, "qualified person"),
        (["explain", "nowhere.txt", "--accepted"], 1, "no such file"),
        (["explain", "report.txt", "--accepted", "--grade", "30"], 2, "--grade"),
    ],
)
def test_what_cannot_be_done_is_said(wardround: Run, arguments: list[str], status: int, said: str) -> None:
    ran = wardround(*arguments, "--engine", "replay:replies.jsonl")
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err


def test_a_model_without_eyes_is_refused(wardround: Run, tmp_path: Path) -> None:
    with Recorder(Scripted(_answer), tmp_path / "blind.jsonl") as engine:
        explain(engine, REPORT, coder=Coder(scope="mentions"))
    ran = wardround("ask", "1.png", QUESTION, "--engine", f"replay:{tmp_path / 'blind.jsonl'}")
    assert ran.status == 1
    assert "sees no images" in ran.err


def test_labels_in_each_format(wardround: Run) -> None:
    arguments = ["classify", "1.png", "2.png", "--labels", "normal, pneumonia", "--engine", "replay:replies.jsonl"]
    table = wardround(*arguments)
    assert table.status == 0
    assert [line.split()[:3] for line in table.out.splitlines() if ".png" in line] == [
        ["1.png", "pneumonia", "0.75"],
        ["2.png", "pneumonia", "0.75"],
    ]
    assert DISCLAIMER in table.out
    assert [record["label"] for record in wardround(*arguments, "--json").records] == ["pneumonia"] * 2
    rows = list(csv.reader(wardround(*arguments, "--format", "csv").out.splitlines()))
    assert rows[:2] == [
        ["id", "label", "normal", "pneumonia", "consistent"],
        ["1.png", "pneumonia", "0.2500", "0.7500", "yes"],
    ]


def test_a_broken_image_costs_itself_alone(wardround: Run) -> None:
    ran = wardround(
        "classify", "broken.png", "1.png", "--labels", "normal,pneumonia", "--json", "--engine", "replay:replies.jsonl"
    )
    assert ran.status == 1
    assert "broken.png" in ran.err
    assert [record["id"] for record in ran.records] == ["1.png"]


def test_a_report_is_explained(wardround: Run) -> None:
    ran = wardround("explain", "report.txt", "--accepted", "--engine", "replay:replies.jsonl")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(PLAIN)
    assert "No pneumothorax." in ran.out
    assert "cancer" not in ran.out
    assert "were left out: 1." in ran.out
    told = json.loads(
        wardround("explain", "report.txt", "--accepted", "--json", "--engine", "replay:replies.jsonl").out
    )
    assert told["grade"] < 6
    assert told["sentences"] == [{"text": PLAIN, "statements": ["Small left pleural effusion."]}]
