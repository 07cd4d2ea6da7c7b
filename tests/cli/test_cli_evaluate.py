"""``wardround evaluate``"""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run

GOLD = [
    {"id": "right", "text": "ASSESSMENT\nAcute appendicitis.\n", "codes": ["k3580"]},
    {"id": "missed", "text": "ASSESSMENT\nEssential hypertension.\n", "codes": ["I10", "W19.XXX"]},
    {"id": "false alarm", "text": "ASSESSMENT\nAcute bronchitis.\n", "codes": ["J20.8"]},
]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in GOLD))
    return path


def test_figures_as_json(wardround: Run, gold: Path) -> None:
    ran = wardround("evaluate", gold, "--json")
    figures = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert (figures["notes"], figures["gold_codes"], figures["suggested_codes"], figures["failed"]) == (3, 4, 3, 0)
    assert figures["micro"]["true_positives"] == 2
    assert figures["micro"]["f1"] == pytest.approx(2 * 2 / (3 + 4))
    assert figures["three_character"]["true_positives"] == 3
    assert figures["gold_codes_not_in_release"] == 1
    assert (figures["invalid_codes"], figures["inexact_quotes"]) == (0, 0)
    assert figures["notes_per_second"] > 0


def test_figures_as_a_table(wardround: Run, gold: Path) -> None:
    shown = wardround("evaluate", gold).out
    for part in (
        "codes, micro",
        "codes, macro over gold",
        "three characters",
        "accepted",
        "coverage",
        "per second",
        "0.571",
    ):
        assert part in shown


def test_mistakes_as_csv(wardround: Run, gold: Path, tmp_path: Path) -> None:
    wardround("evaluate", gold, "--errors", tmp_path / "errors.csv")
    with open(tmp_path / "errors.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["kind"], row["code"], row["related"]) for row in rows] == [
        ("missed", "miss", "W19.XXX", ""),
        ("false alarm", "miss", "J20.8", "J20.9"),
        ("false alarm", "false alarm", "J20.9", "J20.8"),
    ]
    assert rows[-1]["quote"] == "Acute bronchitis"
    assert rows[-1]["reason"]


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_plot(wardround: Run, gold: Path, tmp_path: Path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    assert wardround("evaluate", gold, "--plot", tmp_path / f"curve{ending}").status == 0
    assert (tmp_path / f"curve{ending}").stat().st_size > 1000


def test_plot_that_cannot_be_drawn(wardround: Run, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    ran = wardround("evaluate", gold, "--plot", tmp_path / "curve.odd")
    assert ran.status == 1
    assert ".png" in ran.err
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    ran = wardround("evaluate", gold, "--plot", tmp_path / "curve.png")
    assert ran.status == 1
    assert "pip install 'wardround[plot]'" in ran.err


def test_lines_that_fail_are_left_out_and_counted(wardround: Run) -> None:
    lines = [
        json.dumps(GOLD[0]),
        "nonsense",
        json.dumps({"id": "a", "text": "no gold"}),
        json.dumps({"text": "", "codes": []}),
    ]
    ran = wardround("evaluate", "-", "--json", stdin="\n".join(lines).encode())
    figures = json.loads(ran.out)
    assert ran.status == 1
    assert (figures["notes"], figures["failed"]) == (1, 3)
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["line 2", "line 3", "line 4"]
    assert 'the field "codes" is missing' in ran.err


def test_nothing_to_score(wardround: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    ran = wardround("evaluate", tmp_path / "empty.jsonl")
    assert ran.status == 1
    assert "no note to score" in ran.err


def test_scope_reaches_the_coder(wardround: Run, tmp_path: Path) -> None:
    record = {"text": "HPI: Denies cough.\nASSESSMENT\nAcute appendicitis.\n", "codes": ["K35.80", "R05.9"]}
    line = json.dumps(record).encode()
    encounter, mentions = (
        json.loads(wardround("evaluate", "-", "--json", "--scope", scope, stdin=line).out)["micro"]["recall"]
        for scope in ("encounter", "mentions")
    )
    assert (encounter, mentions) == (0.5, 1.0)


@pytest.fixture
def systems(wardround: Run, gold: Path, tmp_path: Path) -> list[Path]:
    """Results of ours, of another system that names codes alone, and of one that had one note only."""
    ours, other, poor = (tmp_path / f"{name}.jsonl" for name in ("ours", "other", "poor"))
    wardround("code", "--jsonl", gold, "-o", ours)
    lines = [{"id": "right", "codes": ["k35.80"]}, {"id": "missed", "codes": ["I10", "I10", "Z99.999"]}]
    other.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {"id": "false alarm", "codes": []}]))
    poor.write_text('{"id": "right", "codes": ["A00.0"]}\n{"id": "missed", "error": "broke down"}\n')
    return [ours, other, poor]


def test_results_are_compared_side_by_side(wardround: Run, gold: Path, systems: list[Path]) -> None:
    ran = wardround("evaluate", gold, *systems, "--json")
    assert (ran.status, ran.err) == (0, "")
    ours, other, poor = json.loads(ran.out)
    (alone,) = [json.loads(wardround("evaluate", gold, "--json").out)]
    assert {name: ours[name] for name in ("micro", "macro_f1", "accepted", "curve")} == {
        name: alone[name] for name in ("micro", "macro_f1", "accepted", "curve")
    }
    assert [one["name"] for one in (ours, other, poor)] == ["ours", "other", "poor"]
    assert other["micro"]["true_positives"] == 2
    assert (other["suggested_codes"], other["invalid_codes"], other["accepted"]["codes"]) == (3, 1, 0)
    assert [one["missing_notes"] for one in (ours, other, poor)] == [0, 0, 2]
    assert poor["micro"]["true_positives"] == 0
    assert ours["tokens"] is None
    table = wardround("evaluate", gold, *systems).out
    for part in ("3 notes, 4 gold codes", "ours", "other", "poor", "0.571", "notes without a result"):
        assert part in table
    assert "tokens" not in table


def test_results_that_belong_to_nothing_are_named(wardround: Run, gold: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text('{"id": "another", "codes": ["I10"]}\n{"codes": 7, "note": "Zebulon"}\nnothing\n')
    ran = wardround("evaluate", gold, path)
    assert ran.status == 1
    assert "odd.jsonl: 1 results are of no note in gold.jsonl" in " ".join(ran.err.split())
    assert "odd.jsonl, line 2: neither a result nor an id with codes" in " ".join(ran.err.split())
    assert "line 3" in ran.err
    assert "Zebulon" not in ran.err


def test_a_comparison_has_no_mistakes_or_plot(wardround: Run, gold: Path, systems: list[Path], tmp_path: Path) -> None:
    assert wardround("evaluate", gold, *systems, "--errors", tmp_path / "x.csv").status == 2
    (tmp_path / "empty.jsonl").write_text("")
    assert "no note to score" in wardround("evaluate", tmp_path / "empty.jsonl", *systems).err
