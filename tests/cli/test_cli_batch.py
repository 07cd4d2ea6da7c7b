"""``wardround batch``"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batch.folders import content, errors, results
from batch.sources import notes_file, write_lines
from engines.scripted_server import ScriptedServer
from wardround.coding.assisted.examples import Examples
from wardround.coding.assisted.prompts import wording_digest

if TYPE_CHECKING:
    from cli.conftest import Run

SECRET = "Zebulon"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    lines: list[object] = [
        {"id": "a", "text": f"ASSESSMENT\n1. Gout, {SECRET}.\n2. Possible pneumonia."},
        {"id": "b", "text": f"{SECRET} is well."},
        {"id": SECRET, "text": ""},
        f'{{"id": "{SECRET}'.encode(),
    ]
    return write_lines(tmp_path / "notes.jsonl", lines)


def test_results_errors_and_a_summary(wardround: Run, notes: Path, tmp_path: Path) -> None:
    ran = wardround("batch", notes, tmp_path / "out", "--processes", "1")
    assert ran.status == 0
    assert [row["id"] for row in results(tmp_path / "out")][:2] == ["a", "b"]
    assert errors(tmp_path / "out")["line 4"] == "the line is not JSON"
    assert re.search(r"^notes +4$", ran.out, re.MULTILINE)
    assert "musculoskeletal" in ran.out
    assert f"see {tmp_path / 'out' / 'errors'}" in ran.err
    told = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (told["notes"], told["invalid"]) == (4, 0)
    assert told["codes"] == told["accepted"] + told["review"] == sum(each["codes"] for each in told["chapters"])
    again = wardround("batch", notes, tmp_path / "out", "--processes", "2", "--json")
    assert (again.status, json.loads(again.out)) == (0, told)


def test_the_report_has_plots_and_nothing_of_a_patient(wardround: Run, notes: Path, tmp_path: Path) -> None:
    wardround("batch", notes, tmp_path / "out", "--format", "jsonl", "--report", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert page.count("<svg") >= 3
    assert "M10.9" in page
    for text in (page, (tmp_path / "out" / "summary.json").read_text(), (tmp_path / "out" / "run.json").read_text()):
        assert SECRET not in text
    assert not re.search(r"<script|https?://|url\(|@import", page)
    _Balanced().feed(page)


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "line", "polyline"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        assert tag in ("line", "polyline")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_other_options_are_refused_until_it_is_begun_anew(wardround: Run, notes: Path, tmp_path: Path) -> None:
    wardround("batch", notes, tmp_path / "out")
    before = content(tmp_path / "out")
    refused = wardround("batch", notes, tmp_path / "out", "--scope", "mentions", "--setting", "inpatient")
    assert refused.status == 1
    assert "encounter setting was outpatient, is inpatient; scope was encounter, is mentions" in refused.err
    assert content(tmp_path / "out") == before
    assert wardround("batch", notes, tmp_path / "out", "--scope", "mentions", "--fresh").status == 0
    assert {row["scope"] for row in results(tmp_path / "out")} == {"mentions"}


def test_a_folder_of_notes(wardround: Run, examples: Path, tmp_path: Path) -> None:
    assert wardround("batch", examples / "notes", tmp_path / "out", "--setting", "inpatient").status == 0
    rows = {row["id"]: row for row in results(tmp_path / "out")}
    assert [code["code"] for code in rows["appendicitis.txt"]["codes"]] == ["K35.80"]
    assert {row["setting"] for row in rows.values()} == {"inpatient"}


def test_where_no_note_can_be_coded_the_run_failed(wardround: Run, tmp_path: Path) -> None:
    assert wardround("batch", write_lines(tmp_path / "a.jsonl", [b"no"]), tmp_path / "out").status == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--budget", "3"), "--engine"),
        (("--method", "direct"), "--engine"),
        (("--ocr", "engine"), "--ocr"),
        (("--date", "soon"), "--date"),
        (("--processes", "0"), "--processes"),
    ],
)
def test_a_wrong_command_line(wardround: Run, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    ran = wardround("batch", notes_file(tmp_path / "a.jsonl", 1), tmp_path / "out", *arguments)
    assert (ran.status, told in ran.err) == (2, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("source", ["nothing.jsonl", "sqlite:///notes.db"])
def test_a_source_that_is_none(wardround: Run, tmp_path: Path, source: str) -> None:
    ran = wardround("batch", source, tmp_path / "out")
    assert (ran.status, ran.err.startswith("error: "), (tmp_path / "out").exists()) == (1, True, False)


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (("--ray", "IN", "OUT"), "the one here"),
        (("IN", "--ray", "OUT"), "the one here"),
        (("IN", "OUT", "--ray"), "the one here"),
        (("IN", "OUT", "--ray", "--processes", "1"), "the one here"),
        (("--ray", "--", "IN", "OUT"), "the one here"),
        (("--ray", "local", "IN", "OUT"), None),
        (("IN", "OUT", "--ray=auto"), "auto"),
        (("IN", "OUT", "--ray", "10.0.0.5:6379"), "10.0.0.5:6379"),
    ],
)
def test_ray_takes_an_address_or_none(
    wardround: Run,
    notes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    address: str | None,
) -> None:
    class Reached(Exception):
        pass

    asked: list[str | None] = []

    def run(*_: object, address: str | None, **__: object) -> None:
        asked.append(address)
        raise Reached

    monkeypatch.setattr("wardround.batch.ray.run", run)
    monkeypatch.setattr("wardround.batch.cluster.usual_address", lambda: "the one here")
    places = {"IN": str(notes), "OUT": str(tmp_path / "out")}
    ran = wardround("batch", *(places.get(each, each) for each in arguments))
    assert (ran.status, asked) == (1, [address]), ran.err


@pytest.mark.parametrize("arguments", [("--ray", "IN"), ("IN", "OUT", "--ray", "10.0.0.5")])
def test_what_is_no_address_is_an_argument(wardround: Run, arguments: tuple[str, ...]) -> None:
    ran = wardround("batch", *arguments)
    assert ran.status == 2
    assert "argument" in ran.err


def test_examples_go_to_the_model(wardround: Run, notes: Path, tmp_path: Path) -> None:
    shown = tmp_path / "examples.jsonl"
    header = {"schema": "wardround.examples/1", "release": "2026-04-01", "charts": 3}
    write_lines(shown, [header, {"words": ["gout"], "code": "M10.9", "charts": 3}])
    with ScriptedServer() as model:
        command = ("batch", notes, tmp_path / "out", "--format", "jsonl", "--processes", "1")
        command = (*command, "--engine", f"{model.url}#tiny")
        ran = wardround(*command, "--examples", shown)
        assert ran.status == 0, ran.err
        shown_digest = Examples.load(shown).digest
        (told,) = {row["provenance"]["prompt_digest"] for row in results(tmp_path / "out")}
        assert told == wording_digest(shown_digest)
        assert json.loads((tmp_path / "out" / "run.json").read_text())["coding"]["examples"] == shown_digest
        without = wardround(*command)
        assert (without.status, "examples was" in without.err) == (1, True), without.err
    alone = wardround("batch", notes, tmp_path / "none", "--examples", shown)
    assert (alone.status, "belongs to a model" in alone.err) == (2, True)
