"""``wardround read --protocol laboratory``"""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("pypdfium2", reason="the extra wardround[documents] is not installed")
pytest.importorskip("reportlab", reason="the extra wardround[pdf] is not installed")

from cli.conftest import Run
from documents.laboratory.reports import REPORTS, as_pdf, as_png
from engines.scripted import Scripted
from wardround.reporting import DISCLAIMER
from wardround.reporting.laboratory import LaboratoryReport

LAB = ("--protocol", "laboratory")


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "lab.pdf"
    path.write_bytes(as_pdf(REPORTS["chemistry"].texts))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "morning"
    folder.mkdir()
    for name in ("chemistry", "urine"):
        (folder / f"{name}.pdf").write_bytes(as_pdf(REPORTS[name].texts))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    return folder


def test_a_table_without_any_model(wardround: Run, pdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.engines.open_engine", lambda *given, **named: pytest.fail("a model was opened"))
    ran = wardround("read", pdf, *LAB)
    assert ran.status == 0, ran.err
    for word in ("Potassium", "5.6", "mmol/L", "3.5 - 5.1", "HAEMATOLOGY", DISCLAIMER, "no model was asked"):
        assert word in ran.out


@pytest.mark.parametrize("format_", ["table", "json", "csv", "fhir", "markdown"])
def test_every_format(wardround: Run, pdf: Path, format_: str) -> None:
    ran = wardround("read", pdf, *LAB, "--format", format_)
    assert ran.status == 0, ran.err
    assert "Potassium" in ran.out


@pytest.mark.parametrize(
    ("name", "start"), [("out.csv", "id,row,"), ("out.json", "{"), ("out.md", "**DRAFT"), ("out.fhir.json", "{")]
)
def test_the_name_of_the_file_says_the_format(wardround: Run, pdf: Path, tmp_path: Path, name: str, start: str) -> None:
    ran = wardround("read", pdf, *LAB, "-o", tmp_path / name)
    assert (ran.status, ran.out) == (0, "")
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text.startswith(start)
    assert ("resourceType" in text) == ("fhir" in name)


def test_json_is_the_published_shape(wardround: Run, pdf: Path) -> None:
    report = LaboratoryReport.model_validate_json(wardround("read", pdf, *LAB, "--json").out)
    assert report.id == "lab.pdf"
    schema = json.loads(wardround("schema", "laboratory").out)
    assert schema["title"] == "LaboratoryReport"


def test_a_file_that_cannot_be_read_costs_only_itself(wardround: Run, folder: Path) -> None:
    ran = wardround("read", folder, *LAB, "--format", "csv")
    assert ran.status == 1
    assert ran.err.count("error: ") == 1
    assert "broken.pdf" in ran.err
    lines = list(csv.DictReader(io.StringIO(ran.out)))
    assert {line["id"] for line in lines} == {"chemistry.pdf", "urine.pdf"}
    assert len(lines) == len(REPORTS["chemistry"].rows) + len(REPORTS["urine"].rows)


def test_of_several_files_json_is_lines(wardround: Run, folder: Path) -> None:
    ran = wardround("read", *sorted(folder.iterdir()), *LAB, "--json")
    assert [record["id"] for record in ran.records] == ["broken.pdf", "chemistry.pdf", "urine.pdf"]
    assert set(ran.records[0]) == {"id", "error"}


def test_each_gets_a_file_of_its_own(wardround: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert wardround("read", "--each", folder, *LAB, "--format", "csv", "-o", out).status == 1
    assert sorted(path.name for path in out.iterdir()) == ["chemistry.pdf.csv", "urine.pdf.csv"]


def test_boxes_are_drawn(wardround: Run, pdf: Path, tmp_path: Path) -> None:
    assert wardround("read", pdf, *LAB, "--boxes", tmp_path / "where.png").status == 0
    assert (tmp_path / "where.png").read_bytes().startswith(b"\x89PNG")


def test_a_model_that_is_named_is_asked(wardround: Run, pdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invented = {
        "section": None,
        "test": "Magnesium",
        "value": "0.9",
        "unit": None,
        "reference_range": None,
        "flag": "L",
    }
    model = Scripted(lambda request: json.dumps({"rows": [invented]}))
    monkeypatch.setattr("wardround.engines.open_engine", lambda spec, **options: model)
    ran = wardround("read", pdf, *LAB, "--engine", "any")
    assert ran.status == 0
    assert len(model.asked) == 1
    assert "Magnesium" not in ran.out
    assert "not used, from the model: 1 × a test that is not on the page" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--format", "dicom-sr"), "no format 'dicom-sr'"),
        (("--history", "fever"), "belongs to a medical image"),
        (("--kind", "ct"), "belongs to a medical image"),
        (("--each", "--boxes", "b.png"), "belongs to one study"),
    ],
)
def test_what_does_not_go_with_it_is_refused(wardround: Run, pdf: Path, arguments: tuple[str, ...], told: str) -> None:
    ran = wardround("read", pdf, *LAB, *arguments)
    assert ran.status == 2
    assert told in ran.err


def test_it_is_listed(wardround: Run) -> None:
    assert "laboratory" in wardround("read", "--list-protocols").out


def test_a_letter_is_an_empty_result_that_says_so(wardround: Run, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear colleague,\nher potassium was 5.9 mmol/L last week.\n")
    ran = wardround("read", tmp_path / "letter.txt", *LAB)
    assert ran.status == 0
    assert "no table of results was found" in ran.out


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_a_picture(wardround: Run, tmp_path: Path) -> None:
    path = tmp_path / "lab.png"
    path.write_bytes(as_png(REPORTS["no head"].texts))
    rows = json.loads(wardround("read", path, *LAB, "--json").out)["rows"]
    assert [row["value"]["text"] for row in rows] == [row.value for row in REPORTS["no head"].rows]
