"""Laboratory results in the formats of others."""

from __future__ import annotations

import csv
import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pypdfium2", reason="the extra wardround[documents] is not installed")
pytest.importorskip("reportlab", reason="the extra wardround[pdf] is not installed")

from fhir.resources.R4B.bundle import Bundle
from PIL import Image

from documents.laboratory.reports import REPORTS, Printed, as_pdf
from wardround.errors import InputError, NoteError
from wardround.export.laboratory import laboratory_exporter, laboratory_formats
from wardround.export.laboratory.csv import COLUMNS
from wardround.export.laboratory.drawing import draw_cells
from wardround.export.laboratory.fhir import Fhir
from wardround.reporting import DISCLAIMER
from wardround.reporting.laboratory import LaboratoryReader, LaboratoryReport

TIME = datetime.datetime(2026, 5, 11, 12, 0, tzinfo=datetime.UTC)
HOSTILE = "=cmd|' /C calc'!A0 </td><script>alert(1)</script> **a** | b"


def report(name: str) -> LaboratoryReport:
    return LaboratoryReader().read(as_pdf(REPORTS[name].texts), id=f"{name}.pdf")


def hostile() -> LaboratoryReport:
    """One whose texts mean something to a spreadsheet, a browser and Markdown."""
    made = report("chemistry")
    first = made.rows[0]
    changed = {name: getattr(first, name).model_copy(update={"text": HOSTILE}) for name in ("test", "value", "unit")}
    return made.model_copy(update={"id": HOSTILE, "rows": (first.model_copy(update=changed), *made.rows[1:])})


def observations(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    entries = [entry["resource"] for entry in bundle["entry"]]
    return {each["code"]["text"]: each for each in entries if each["resourceType"] == "Observation"}


@pytest.mark.parametrize("name", REPORTS)
def test_fhir_is_valid(name: str) -> None:
    bundle = json.loads(Fhir(TIME).report(report(name), several=False))
    Bundle.model_validate(bundle)
    assert len(observations(bundle)) == len(REPORTS[name].rows)


def test_fhir_of_no_rows_and_of_hostile_texts_is_valid() -> None:
    empty = LaboratoryReader().read(as_pdf([Printed(60, 100, "Dear colleague, thank you for your letter.")]))
    for each in (empty, hostile()):
        Bundle.model_validate(json.loads(Fhir(TIME).report(each, several=False)))


def test_fhir_says_what_is_printed_and_no_more() -> None:
    bundle = json.loads(Fhir(TIME).report(report("chemistry"), several=False))
    made = observations(bundle)
    potassium, platelets, sodium = made["Potassium"], made["Platelets"], made["Sodium"]
    assert potassium["valueQuantity"] == {"value": 5.6, "unit": "mmol/L"}
    assert potassium["referenceRange"] == [{"text": "3.5 - 5.1"}]
    assert potassium["interpretation"][0]["coding"][0]["code"] == "H"
    assert platelets["interpretation"][0]["coding"][0]["code"] == "HH"
    assert "interpretation" not in sodium
    assert made["C-Reactive Protein"]["valueQuantity"] == {"value": 0.5, "unit": "mg/L", "comparator": "<"}
    assert all(each["status"] == "preliminary" for each in made.values())
    assert all("coding" not in each["code"] for each in made.values())
    (document,) = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DiagnosticReport"]
    assert document["category"][0]["coding"][0]["code"] == "LAB"
    assert len(document["result"]) == len(made)
    assert "effectiveDateTime" not in document


def test_fhir_gives_words_as_words() -> None:
    made = observations(json.loads(Fhir(TIME).report(report("urine"), several=False)))
    assert made["Protein"]["valueString"] == "Negative"
    assert made["Pus cells"]["valueString"] == "2-4"
    assert made["Specific gravity"]["valueString"] == "1.015"  # no unit is printed
    assert made["Creatinine"]["method"]["text"] == "Method: Jaffe kinetic"


@pytest.mark.parametrize("name", REPORTS)
def test_csv_has_the_printed_cells(name: str) -> None:
    form = laboratory_exporter("csv")
    lines = list(csv.DictReader(io.StringIO(form.header() + form.report(report(name), several=False))))
    printed = [
        {"test": row.test, "unit": row.unit, "section": row.section, "previous_result": row.previous}
        for row in REPORTS[name].rows
    ]
    assert [{key: line[key] for key in printed[0]} for line in lines] == printed
    assert [line["value"] for line in lines] == [row.value for row in REPORTS[name].rows]


def test_the_columns_of_csv_stay() -> None:
    assert ",".join(COLUMNS) == (
        "id,row,section,test,value,unit,reference_range,flag,method,previous_result,comment,"
        "number,comparator,low,high,flag_meaning,outside_range,page,left,top,right,bottom,confidence,doubtful,read_by"
    )


def test_csv_runs_nothing() -> None:
    form = laboratory_exporter("csv")
    first = next(iter(csv.DictReader(io.StringIO(form.header() + form.report(hostile(), several=False)))))
    assert first["test"] == first["id"] == f"'{HOSTILE}"


def test_markdown_shows_texts_as_they_are() -> None:
    told = laboratory_exporter("markdown").report(hostile(), several=False)
    assert told.startswith(f"**{DISCLAIMER}**")
    assert told.rstrip().endswith(f"**{DISCLAIMER}**")
    (line,) = [each for each in told.splitlines() if "135 - 145" in each]
    assert line.replace("\\|", "").count("|") == 7
    assert "<script>" not in told


@pytest.mark.parametrize("name", laboratory_formats())
def test_of_several_reports_every_format_is_one_text(name: str) -> None:
    form = laboratory_exporter(name)
    both = [form.report(report(each), several=True) for each in ("chemistry", "urine")]
    both.append(form.failure("c.pdf", NoteError("the PDF is encrypted"), several=True))
    if name in ("json", "fhir"):
        assert [text.count("\n") for text in both if text] == [1] * len([text for text in both if text])
    assert all(text.endswith("\n") for text in both if text)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InputError, match="no format 'hl7'"):
        laboratory_exporter("hl7")


def test_the_cells_are_drawn_where_they_stand(tmp_path: Path) -> None:
    page = as_pdf(REPORTS["chemistry"].texts)
    made = LaboratoryReader().read(page)
    ((number, png),) = draw_cells(made, page)
    assert number == 1
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    scale = picture.width / made.pages[0].width
    area = made.rows[1].value.area
    assert area is not None
    row = round((area.top + area.bottom) / 2 * scale)
    edges = [picture.getpixel((x, row)) for x in range(round(area.left * scale) - 4, round(area.left * scale) + 2)]
    assert (0, 120, 60) in edges
