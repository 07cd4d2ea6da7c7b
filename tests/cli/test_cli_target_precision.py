"""``--target-precision``, wherever notes are coded: what is accepted, and what is said of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run

NOTE = "ASSESSMENT\nAcute appendicitis.\nHypertension.\n"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.jsonl"
    path.write_text(json.dumps({"id": "1", "text": NOTE, "codes": ["K35.80"]}) + "\n", encoding="utf-8")
    return path


def test_it_says_from_where_on_codes_are_accepted_and_what_that_buys(wardround: Run, notes: Path) -> None:
    ran = wardround("code", "--jsonl", notes, "--target-precision", "0.7")
    told = re.fullmatch(
        r"note: accepted from a confidence of (0\.\d\d) on, \d+% of the suggested codes; expected precision 0\.\d\d, "
        r"at least (0\.\d\d) \(measured on .+, not on yours\)\n",
        ran.err,
    )
    assert told is not None
    assert float(told[2]) >= 0.7
    (record,) = ran.records
    assert {code["status"] for code in record["codes"] if code["confidence"] >= float(told[1])} == {"accepted"}
    assert record["provenance"]["target_precision"] == 0.7


@pytest.mark.parametrize("command", ["code", "evaluate", "batch"])
def test_a_target_out_of_reach_accepts_nothing_and_says_so(
    wardround: Run, notes: Path, tmp_path: Path, command: str
) -> None:
    arguments = {
        "code": ("--jsonl", notes),
        "evaluate": (notes, "--json"),
        "batch": (notes, tmp_path / "out", "--format", "jsonl", "--processes", "1"),
    }[command]
    ran = wardround(command, *arguments, "--target-precision", "0.99")
    assert ran.status == 0
    assert re.search(r"note: no code is accepted: the highest precision that can be promised is 0\.\d\d ", ran.err)
    if command == "code":
        assert {code["status"] for code in ran.records[0]["codes"]} == {"review"}
    elif command == "evaluate":
        assert json.loads(ran.out)["systems"][0]["accepted"]["codes"] == 0


def test_without_a_target_nothing_is_said(wardround: Run, notes: Path) -> None:
    ran = wardround("code", "--jsonl", notes)
    assert ran.err == ""
    assert "target_precision" not in ran.records[0]["provenance"]


@pytest.mark.parametrize("target", ["0", "-0.5", "1.01", "90", "nan", "high"])
def test_a_target_is_a_share(wardround: Run, notes: Path, target: str) -> None:
    ran = wardround("code", "--jsonl", notes, f"--target-precision={target}")
    assert ran.status == 2
    assert "--target-precision" in ran.err
