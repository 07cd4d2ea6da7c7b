"""The figures of reports, on reports of a few findings whose figures are counted by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from wardround.cli.app import app
from wardround.reporting.evaluation import GoldReport, evaluate_reports
from wardround.reporting.report import Change, DraftReport, Finding, HistorySource, ImageInfo, Provenance, Statement

SOURCE = HistorySource(start=0, end=5, text="cough")


def report(findings: list[tuple[str, str, str]], changes: dict[str, str] | None = None, id: str = "a") -> DraftReport:
    """A report with findings (observation, presence, side) and changes of them by number."""
    made = tuple(
        Finding(
            id=f"F{number}", structure="s", observation=name, name=name.replace("_", " "), presence=presence, side=side
        )
        for number, (name, presence, side) in enumerate(findings, 1)
    )
    told = tuple(
        Change(finding=key, name=key, direction=value, statement=Statement(text="…", sources=(SOURCE,)))
        for key, value in (changes or {}).items()
    )
    image = ImageInfo.model_validate(
        {"study": "current", "format": "PNG", "modality": "", "kind": "radiograph", "body_part": "", "view": ""}
        | {"frames": 1, "frames_seen": (1,), "rows": 8, "columns": 8, "digest": "0" * 64, "steps": ()}
    )
    provenance = Provenance(
        wardround="0", engine="e", engine_digest="", protocol="p", protocol_digest="", prompt_digests=()
    )
    return DraftReport(id=id, title="t", findings=made, changes=told, images=(image,), provenance=provenance)


def gold(*findings: dict[str, Any]) -> GoldReport:
    return GoldReport.model_validate({"id": "a", "findings": findings})


EFFUSION_LEFT = {"observation": "pleural_effusion", "side": "left"}
NO_EDEMA = {"observation": "edema", "presence": "absent"}


@pytest.mark.parametrize(
    ("wanted", "said", "figures"),
    [
        ([EFFUSION_LEFT], [("pleural_effusion", "present", "left")], {"f1": 1.0, "laterality": 1.0, "flipped": 0.0}),
        ([EFFUSION_LEFT], [("pleural_effusion", "present", "right")], {"f1": 1.0, "laterality": 0.0}),
        ([EFFUSION_LEFT], [("pleural_effusion", "absent", "not stated")], {"recall": 0.0, "flipped": 1.0}),
        ([EFFUSION_LEFT], [("pleural_effusion", "not assessable", "not stated")], {"not_assessable": 1.0, "recall": 0}),
        ([EFFUSION_LEFT], [], {"not_mentioned": 1.0, "recall": 0.0, "precision": None, "laterality": None}),
        ([{"observation": "Pleural effusion"}], [("pleural_effusion", "present", "left")], {"f1": 1.0}),
        ([NO_EDEMA], [("edema", "present", "left")], {"precision": 0, "flipped": 1}),
        ([NO_EDEMA], [("edema", "absent", "left")], {"precision": None, "flipped": 0}),
        ([{"observation": "x", "critical": True}], [("x", "present", "left")], {"critical_recall": 1.0}),
        ([{"observation": "x", "critical": True}], [("x", "absent", "left")], {"critical_recall": 0.0}),
        (
            [{"observation": "x", "side": "bilateral"}],
            [("x", "present", "left"), ("x", "present", "right")],
            {"laterality": 1.0},
        ),
    ],
)  # fmt: skip
def test_figures(
    wanted: list[dict[str, Any]], said: list[tuple[str, str, str]], figures: dict[str, float | None]
) -> None:
    found = evaluate_reports([(gold(*wanted), report(said))])
    for name, value in figures.items():
        if name in ("precision", "recall", "f1"):
            assert getattr(found.findings, name) == value, name
        else:
            assert getattr(found, name).ratio == value, name


@pytest.mark.parametrize(("direction", "ratio"), [("worse", 1.0), ("better", 0.0), (None, 0.0)])
def test_the_direction_of_a_change_is_scored(direction: str | None, ratio: float) -> None:
    made = report([("x", "present", "left")], {"F1": direction} if direction else {})
    assert evaluate_reports([(gold({"observation": "x", "change": "worse"}), made)]).comparison.ratio == ratio


def test_the_command_reads_csv_and_lines_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    made = report([("pleural_effusion", "present", "left")], id="one.dcm")
    (tmp_path / "reports" / "one.json").write_text(made.model_dump_json())
    (tmp_path / "reports.jsonl").write_text(made.model_dump_json() + "\n" + made.model_dump_json())
    (tmp_path / "gold.csv").write_text(
        "id,observation,presence,side\none.dcm,Pleural effusion,present,left\ntwo.dcm,Pneumothorax,absent,\n"
    )
    (tmp_path / "gold.jsonl").write_text(json.dumps({"id": "one.dcm", "findings": [EFFUSION_LEFT]}) + "\n")
    run = CliRunner().invoke
    first = run(app, ["evaluate", str(tmp_path / "gold.csv"), "--reports", str(tmp_path / "reports"), "--json"])
    assert first.exit_code == 1
    assert json.loads(first.stdout)["missing"] == ["two.dcm"]
    assert json.loads(first.stdout)["findings"]["f1"] == 1
    second = run(app, ["evaluate", str(tmp_path / "gold.jsonl"), "--reports", str(tmp_path / "reports.jsonl")])
    assert second.exit_code == 0
    assert "right side" in second.stdout
    assert "1.000 (1 of 1)" in second.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,finding\na,b\n", "'observation' is missing"),
        ("id,observation,presence\na,b,perhaps\n", "presence"),
        ('{"id": "a", "findings": []}\nnot JSON\n', "not JSON"),
        ('{"id": "a", "findings": []}\n{"id": "a", "findings": []}\n', "twice"),
        ('{"id": "zzz", "findings": []}\n', "no study has both"),
    ],
)
def test_bad_gold_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "gold").write_text(text)
    (tmp_path / "r.json").write_text(report([]).model_dump_json())
    found = CliRunner().invoke(app, ["evaluate", str(tmp_path / "gold"), "--reports", str(tmp_path / "r.json")])
    assert found.exit_code == 1
    assert message in str(found.exception)
