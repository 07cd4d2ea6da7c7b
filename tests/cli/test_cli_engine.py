"""``wardround code --engine``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from engines.scripted import Scripted
from wardround.coding import Coder
from wardround.engines.replay import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run
    from wardround.engines import Request

NOTE = "ASSESSMENT:\n1. Hypertension.\n2. Inherited trouble with copper, liver and brain.\n"


def _answer(request: Request) -> str:
    if request.choices is not None:
        return "1"
    if request.schema is None:
        return '- **Code**: I10, **Description**: Hypertension, **Quote**: "Hypertension"\n- **Code**: E83.01'
    quotes = ["Inherited trouble with copper, liver and brain", "Gaucher disease"]
    return json.dumps({"conditions": [{"quote": quote, "about": "present"} for quote in quotes]})


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a model that was asked about the note both ways."""
    path = tmp_path_factory.mktemp("replies") / "replies.jsonl"
    with Recorder(Scripted(_answer), path) as engine:
        for method in ("assisted", "direct"):
            Coder(engine=engine, method=method).code(NOTE)
    return path


def test_a_recording_is_played_back(wardround: Run, recorded: Path) -> None:
    ran = wardround("code", "--engine", f"replay:{recorded}", "-", stdin=NOTE.encode())
    assert (ran.status, ran.err) == (0, "")
    assert "assisted by replay of scripted · 22 tokens · " in ran.out
    assert "1 of 2 quotes of the model are not in the note" in " ".join(ran.out.split())
    assert "Gaucher" not in ran.out
    assert [("accepted" in row, "review" in row) for row in ran.out.splitlines() if "I10" in row] == [(True, False)]


def test_the_model_alone_is_marked_as_such(wardround: Run, recorded: Path) -> None:
    arguments = ["code", "--engine", f"replay:{recorded}", "--method", "direct"]
    (record,) = wardround(*arguments, "--json", "-", stdin=NOTE.encode()).records
    assert record["provenance"]["coder"] == "direct"
    assert [code["status"] for code in record["codes"] + record["rejected"]] == ["review", "rejected"]
    explained = wardround(*arguments, "--explain", "-", stdin=NOTE.encode())
    assert "no quote" in explained.out


def test_a_note_that_the_model_cannot_read_is_coded_without_it(wardround: Run, recorded: Path) -> None:
    ran = wardround("code", "--json", "--engine", f"replay:{recorded}", "-", stdin=b"ASSESSMENT: Gout.")
    (record,) = ran.records
    assert ran.status == 0
    assert [code["code"] for code in record["codes"]] == ["M10.9"]
    assert record["warnings"][0].startswith("coded without the model: ")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--engine", "replay:nowhere.jsonl"], 1, "the recording cannot be read"),
        (["--engine", "magic"], 1, "there is no engine 'magic'"),
        (["--budget", "5"], 2, "--engine"),
        (["--method", "direct"], 2, "--engine"),
        (["--allow-remote"], 2, "--engine"),
        (["--engine", "replay:x", "--budget", "0"], 2, "--budget"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_note(
    wardround: Run, arguments: list[str], status: int, said: str
) -> None:
    ran = wardround("code", *arguments, "-", stdin=NOTE.encode())
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
