"""The benchmarks run, keep the halves apart, and let no note into their result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks._data import GoldSet, System, gold_sets, half_of, text_of

from benchmarks import _report, accuracy, calibration, images, rules
from wardround.coding import CodingResult, Encounter
from wardround.coding.calibration import shipped
from wardround.coding.result import Scope
from wardround.icd10 import CodeSet
from wardround.records import Record

NOTE = "ASSESSMENT\n1. Acute uncomplicated appendicitis.\n2. Gout."


def gold_set(count: int = 4) -> GoldSet:
    records = tuple(
        Record(id=f"note {i}", where="", source=NOTE, encounter=Encounter(), codes=("K35.80",)) for i in range(count)
    )
    return GoldSet("aci", "", "encounter", records)


@pytest.mark.parametrize(("id", "half"), [("note 0", "tuning"), ("note 2", "held-out"), ("note 4", "tuning")])
def test_the_id_alone_decides_the_half(id: str, half: str) -> None:
    assert half_of(id) == half


def test_notes_are_read_as_evaluate_reads_them(tmp_path: Path) -> None:
    assert gold_sets(tmp_path) == []
    (tmp_path / "aci").mkdir()
    line = {"id": "note 1", "text": NOTE, "codes": ["k3580"], "age": "41", "sex": "M", "setting": "outpatient"}
    (tmp_path / "aci" / "dev.jsonl").write_text(json.dumps(line) + "\n")
    (only,) = gold_sets(tmp_path)
    (record,) = only.records
    assert (only.scope, record.encounter.age, record.encounter.sex, record.codes) == (
        "encounter",
        41,
        "male",
        ("k3580",),
    )


def test_figures_by_half_without_a_word_of_a_note() -> None:
    measured = accuracy.measure(accuracy.wardround_itself(), gold_set())
    assert [(each.half, each.figures.notes) for each in measured] == [("tuning", 2), ("held-out", 2)]
    for each in measured:
        assert (each.figures.micro.recall, each.figures.micro.precision) == (1, 0.5)
        assert (each.failed, each.figures.invalid_codes, each.figures.inexact_quotes) == (0, 0, 0)
        kept = json.dumps(each.to_json())
        assert "append" not in kept
        assert "note 1" not in kept


def test_a_tool_that_fails_on_a_note_gets_no_codes_for_it() -> None:
    def fails(record: Record, scope: Scope) -> CodingResult:
        raise ValueError(record.source)

    measured = accuracy.measure(System("broken", "0", fails), gold_set())
    assert [(each.failed, each.figures.micro.f1) for each in measured] == [(2, 0), (2, 0)]


def test_the_tables_have_a_column_per_tool_and_half() -> None:
    rows = [each.to_json() for each in accuracy.measure(accuracy.wardround_itself(), gold_set())]
    machine = {"day": "2026-05-11", "wardround": "0", "python": "3", "system": "", "cores": 1}
    text = _report.tables({"machine": machine, "load_before": 0, "load_after": 0, "accuracy": rows, "systems": []})
    assert "|  | wardround, tuning | wardround, held-out |" in text
    assert "| **micro-F1** | 0.667 | 0.667 |" in text


@pytest.mark.parametrize("length", [1, 2500, 100_000])
def test_synthetic_text_has_the_length_asked_for(length: int) -> None:
    assert len(text_of(length)) == length


@pytest.mark.parametrize("kind", ["any", "common"])
def test_lists_are_the_same_every_time(kind: str, codes: CodeSet) -> None:
    drawn = rules.lists(kind, 5)
    assert drawn == rules.lists(kind, 5)
    assert [len(set(each)) for each in drawn] == [12] * 5
    assert all(codes.billable(code) for each in drawn for code in each)


def test_figures_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_LISTS": 20, "_SOME": 5, "_PASSES": 1}.items():
        monkeypatch.setattr(rules, name, value)
    result = {"rules": rules.rules(lambda line: None)}
    machine = {"day": "2026-05-11", "wardround": "0", "python": "3", "system": "", "cores": 1}
    text = _report.tables(
        {"machine": machine, "load_before": 0, "load_after": 0, "accuracy": [], "systems": [], **result}
    )
    assert "### Rules" in text
    assert "on 20 lists of 12 codes" in text
    note = result["rules"]["note"]
    assert isinstance(note, dict)
    assert 0 < note["apply_ms"] + note["check_ms"] < note["ms"]


def test_images_are_made_read_and_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_SLICES": 3, "_CT_SIDE": 32, "_FILM": (100, 80), "_RUNS": 1}.items():
        monkeypatch.setattr(images, name, value)
    monkeypatch.setenv("PYTHONPATH", ":".join([str(_report.ROOT), str(_report.ROOT / "src")]))
    result = images.images(lambda line: None)
    for name in ("film", "film_jpeg_2000", "ct", "ct_all"):
        assert set(result[name]) == {"seconds", "cpu_seconds", "peak_mb"}  # type: ignore[call-overload]
    table = _report._images(result)
    assert "80 × 100 pixels" in table
    assert "3 CT slices: read, render all" in table


def test_the_shipped_calibration_is_as_its_script_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "calibration.json"
    as_it_is = calibration.DEFAULTS.read_text(encoding="utf-8")
    monkeypatch.setattr(calibration, "DEFAULTS", written)
    calibration.write({"encounter": shipped("encounter"), "mentions": shipped("mentions")})
    assert written.read_text(encoding="utf-8") == as_it_is


def test_what_people_give_weighs_for_a_code_and_what_they_leave_out_against_it() -> None:
    records = [Record(id=str(i), where="", source=NOTE, encounter=Encounter(), codes=("K35.80",)) for i in range(20)]
    weights = calibration.mentions_defaults(records).weights
    assert weights["chapter K"] > 0 > weights["chapter M"]
    assert "historical" not in weights
