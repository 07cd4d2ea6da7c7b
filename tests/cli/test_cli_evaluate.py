"""``wardround evaluate``"""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from wardround.learning import Chart, learn

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Ran, Run

GOLD = [
    {"id": "right", "text": "ASSESSMENT\nAcute appendicitis.\n", "codes": ["k3580"]},
    {"id": "missed", "text": "ASSESSMENT\nEssential hypertension.\n", "codes": ["I10", "W19.XXX"]},
    {"id": "false alarm", "text": "ASSESSMENT\nAcute bronchitis.\n", "codes": ["J20.8"]},
]


ENGINE = {"schema": "wardround.replies/1", "engine": "none", "digest": "", "capabilities": {}}


def systems(ran: Ran) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(ran.out)["systems"]
    return told


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in GOLD))
    return path


def test_figures_as_json(wardround: Run, gold: Path) -> None:
    ran = wardround("evaluate", gold, "--json")
    told = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert (told["schema"], told["failed_lines"]) == ("wardround.evaluation/1", 0)
    (figures,) = told["systems"]
    assert (figures["name"], figures["missing_notes"]) == ("embedded", 0)
    assert (figures["notes"], figures["gold_codes"], figures["suggested_codes"]) == (3, 4, 3)
    assert figures["micro"]["true_positives"] == 2
    assert figures["micro"]["f1"] == pytest.approx(2 * 2 / (3 + 4))
    assert figures["intervals"]["f1"]["low"] <= figures["micro"]["f1"] <= figures["intervals"]["f1"]["high"]
    assert figures["three_character"]["true_positives"] == 3
    assert figures["over_coding"] == 3 / 4
    assert figures["near_misses"]["false_alarms"]["category"] == 1
    assert [each["codes"] for each in figures["chapters"]] == ["I00-I99", "J00-J99", "K00-K95", "V00-Y99"]
    assert [each["section"] for each in figures["sections"]] == ["assessment"]
    assert figures["gold_codes_not_in_release"] == 1
    assert (figures["invalid_codes"], figures["inexact_quotes"]) == (0, 0)
    assert figures["cost"]["seconds"] > 0
    assert figures["cost"]["tokens"] is None


def test_figures_as_tables(wardround: Run, gold: Path) -> None:
    shown = wardround("evaluate", gold).out
    for part in (
        "F1 by chapter",
        "I00-I99 Diseases of the circulatory system",
        "Precision by section",
        "assessment",
        "3 notes, 4 gold codes",
        "F1, micro",
        "F1, macro over gold",
        "F1, three characters",
        "calibration error",
        "false alarms near a miss",
        "coverage",
        "milliseconds a note",
        "0.571",
    ):
        assert part in shown
    assert "of a model" not in shown


def test_mistakes_as_csv(wardround: Run, gold: Path, tmp_path: Path) -> None:
    wardround("evaluate", gold, "--errors", tmp_path / "errors.csv")
    with open(tmp_path / "errors.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["system"] for row in rows} == {"embedded"}
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


def test_plot_that_cannot_be_drawn(wardround: Run, gold: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    ran = wardround("evaluate", gold, "--plot", tmp_path / "curve.odd")
    assert ran.status == 1
    assert ".png" in ran.err


def test_lines_that_fail_are_named_and_counted(wardround: Run) -> None:
    lines = [
        json.dumps(GOLD[0]),
        "nonsense",
        json.dumps({"id": "a", "text": "no gold"}),
        json.dumps({"text": "", "codes": []}),
    ]
    ran = wardround("evaluate", "-", "--json", stdin="\n".join(lines).encode())
    told = json.loads(ran.out)
    assert ran.status == 1
    assert told["failed_lines"] == 2
    assert (told["systems"][0]["notes"], told["systems"][0]["missing_notes"]) == (2, 1)
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["line 2", "line 3", "embedded, line 4"]
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
        systems(wardround("evaluate", "-", "--json", "--scope", scope, stdin=line))[0]["micro"]["recall"]
        for scope in ("encounter", "mentions")
    )
    assert (encounter, mentions) == (0.5, 1.0)


@pytest.fixture
def files(wardround: Run, gold: Path, tmp_path: Path) -> list[Path]:
    """Results of ours, of another system that names codes alone, and of one that had one note only."""
    ours, other, poor = (tmp_path / f"{name}.jsonl" for name in ("ours", "other", "poor"))
    wardround("code", "--jsonl", gold, "-o", ours)
    lines = [{"id": "right", "codes": ["k35.80"]}, {"id": "missed", "codes": ["I10", "I10", "Z99.999"]}]
    other.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {"id": "false alarm", "codes": []}]))
    poor.write_text('{"id": "right", "codes": ["A00.0"]}\n{"id": "missed", "error": "broke down"}\n')
    return [ours, other, poor]


def test_results_are_compared_side_by_side(wardround: Run, gold: Path, files: list[Path]) -> None:
    ran = wardround("evaluate", gold, "embedded", *files, "--json")
    assert (ran.status, ran.err) == (0, "")
    embedded, ours, other, poor = systems(ran)
    for name in ("micro", "macro_f1", "accepted", "curve", "reliability", "intervals", "near_misses"):
        assert ours[name] == embedded[name]
    assert ours["differences"]["f1"] == {"value": 0, "low": 0, "high": 0, "otherwise": 1}
    assert [one["name"] for one in (embedded, ours, other, poor)] == ["embedded", "ours", "other", "poor"]
    assert other["micro"]["true_positives"] == 2
    assert (other["suggested_codes"], other["invalid_codes"], other["accepted"]["codes"]) == (3, 1, 0)
    assert (other["curve"], other["reliability"], other["sections"]) == ([], None, [])
    assert other["near_misses"]["considered"] is None
    assert [one["missing_notes"] for one in (ours, other, poor)] == [0, 0, 2]
    assert poor["micro"]["true_positives"] == 0
    assert ours["cost"]["seconds"] > 0
    assert (other["cost"]["seconds"], other["cost"]["tokens"]) == (None, None)
    table = wardround("evaluate", gold, *files).out
    for part in ("3 notes, 4 gold codes", "ours", "other", "poor", "0.571", "notes without a result", "otherwise"):
        assert part in table
    assert "tokens" not in table


def test_other_systems_may_say_how_sure_they_are_and_what_they_cost(wardround: Run, gold: Path, tmp_path: Path) -> None:
    (tmp_path / "sure.jsonl").write_text(
        '{"id": "right", "codes": [{"code": "K35.80", "confidence": 1}], "seconds": 2, "tokens": 100}\n'
        '{"id": "missed", "codes": [{"code": "E11.9", "confidence": 0.25}], "seconds": 4, "tokens": 300}\n'
    )
    (sure,) = systems(wardround("evaluate", gold, tmp_path / "sure.jsonl", "--json"))
    assert sure["cost"] == {"seconds": 3, "model_seconds": None, "tokens": 200}
    assert sure["reliability"]["brier"] == 0.25**2 / 2
    assert len(sure["curve"]) == 2


def test_results_that_belong_to_nothing_are_named(wardround: Run, gold: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(
        '{"id": "another", "codes": ["I10"]}\n{"id": "right", "codes": 7, "note": "Zebulon"}\nnothing\n'
        '{"id": "missed", "codes": [{"code": "I10", "confidence": "high"}]}\n'
    )
    ran = wardround("evaluate", gold, path)
    said = " ".join(ran.err.split())
    assert ran.status == 1
    assert "odd.jsonl: 1 results are of no gold note" in said
    assert "odd.jsonl, line 2: neither a result nor an id with codes" in said
    assert "odd.jsonl, line 3: not JSON" in said
    assert "odd.jsonl, line 4: neither" in said
    assert "Zebulon" not in said


def test_an_id_may_be_a_number_and_nothing_else_beside_a_string(wardround: Run, tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text('{"id": 0, "text": "ASSESSMENT\\nHypertension.", "codes": ["I10"]}\n')
    (tmp_path / "other.jsonl").write_text('{"id": 0, "codes": ["I10"]}\n{"id": ["0"], "codes": ["I10"]}\n')
    ran = wardround("evaluate", tmp_path / "gold.jsonl", tmp_path / "other.jsonl", "--json")
    assert systems(ran)[0]["micro"]["f1"] == 1
    assert 'other.jsonl, line 2: the field "id" cannot be used' in ran.err


def test_files_are_matched_by_ids_that_differ(wardround: Run, files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "twice.jsonl").write_text(2 * f"{json.dumps(GOLD[0])}\n")
    ran = wardround("evaluate", tmp_path / "twice.jsonl", *files)
    assert ran.status == 1
    assert "two gold notes have the same id" in ran.err
    assert wardround("evaluate", tmp_path / "twice.jsonl").status == 0


def test_a_name_that_is_neither_a_system_nor_a_file(wardround: Run, gold: Path) -> None:
    ran = wardround("evaluate", gold, "embeded")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "embeded: there is no such file of results, and no system is called so (systems are embedded, " in ran.err


def test_a_system_is_named_once(wardround: Run, gold: Path) -> None:
    ran = wardround("evaluate", gold, "embedded", "embedded")
    assert ran.status == 2
    assert "twice" in ran.err


def test_files_of_the_same_name_keep_their_folders(
    wardround: Run, gold: Path, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "ours.jsonl").write_bytes(files[0].read_bytes())
    (tmp_path / "embedded").write_bytes(files[1].read_bytes())
    given = [files[0], tmp_path / "old" / "ours.jsonl", "embedded", tmp_path / "embedded"]
    names = [one["name"] for one in systems(wardround("evaluate", gold, *given, "--json"))]
    assert names == [str(given[0]), str(given[1]), "embedded", str(given[3])]


def test_a_model_beside_the_coder_and_alone(wardround: Run, gold: Path, tmp_path: Path) -> None:
    """A recording without an answer: beside the coder that costs nothing, alone it costs the note."""
    (tmp_path / "replies.jsonl").write_text(json.dumps(ENGINE) + "\n")
    spec = f"replay:{tmp_path / 'replies.jsonl'}"
    ran = wardround("evaluate", gold, "embedded", f"engine:{spec}", f"direct:{spec}", "--json")
    embedded, beside, alone = systems(ran)
    assert ran.status == 1
    assert beside["micro"] == embedded["micro"]
    assert beside["cost"]["tokens"] is not None
    assert alone["missing_notes"] == 3
    assert alone["micro"]["precision"] is None
    assert ran.err.count(f"direct:{spec}, line") == 3


def test_a_site_model(wardround: Run, gold: Path, tmp_path: Path) -> None:
    """At this site bronchitis is J20.8, as one of the gold notes has it."""
    pytest.importorskip("sklearn")
    text = "ASSESSMENT\n{what}.\nSeen {day} in the {ward} room, comes again next {day} to the {ward} one.\n"
    seen = [
        ("Acute bronchitis", "J20.8"),
        ("Essential hypertension", "I10"),
        ("Acute appendicitis", "K35.80"),
        ("Gout", ""),
    ]
    learn(
        Chart(id=f"{what} {ward} {day}", text=text.format(what=what, ward=ward, day=day), codes=frozenset(code.split()))
        for ward in ("blue", "green", "red", "white", "yellow", "brown")
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
        for what, code in seen
    ).save(tmp_path / "site.model")
    embedded, site = systems(wardround("evaluate", gold, "embedded", f"site:{tmp_path / 'site.model'}", "--json"))
    assert embedded["micro"]["true_positives"] == 2
    assert site["micro"]["true_positives"] == 3
    ran = wardround("evaluate", gold, f"site:{tmp_path / 'nothing.model'}")
    assert ran.status == 1
    assert "cannot read the site model" in ran.err


def test_the_page_has_no_word_of_a_note_unless_mistakes_are_asked_for(
    wardround: Run, gold: Path, files: list[Path], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    assert wardround("evaluate", gold, "embedded", *files, "--html", page).status == 0
    text = page.read_text()
    assert "3 notes with 4 gold codes" in text
    for record in GOLD:
        assert str(record["text"]).split("\n")[1] not in text
        assert f">{record['id']}<" not in text
    wardround("evaluate", gold, "embedded", "--html", page, "--errors", tmp_path / "errors.csv")
    assert "Acute bronchitis" in page.read_text()


def test_nothing_is_coded_for_a_plot_that_cannot_be_drawn(
    wardround: Run, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr("wardround.cli.systems.answers", None)
    assert "pip install 'wardround[plot]'" in wardround("evaluate", gold, "--plot", "curve.png").err
