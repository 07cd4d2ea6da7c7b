"""FHIR R4 of laboratory results: a Bundle of a preliminary DiagnosticReport and an Observation for each row.

Codes are the printed names as text: which LOINC code a laboratory means, its print-out does not say. A value is a
Quantity only if its number can be read in one way and a unit is printed; the interpretation is that of the printed
flag, never of a comparison. Source: HL7 FHIR R4, Observation, DiagnosticReport; HL7 v2 tables 0074 and 0078.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from wardround.export.bundle import ARTIFICIAL, Bundle, Resource, concept, identified, narrative, text
from wardround.export.laboratory.exporter import LaboratoryExporter

if TYPE_CHECKING:
    import datetime

    from wardround.reporting.laboratory import LaboratoryReport, LaboratoryRow

__all__ = ["Fhir"]

_HL7 = "http://terminology.hl7.org/CodeSystem"
_SUBJECT = {"display": "the patient of the laboratory report"}
_INTERPRETATION = {
    "low": ("L", "Low"),
    "high": ("H", "High"),
    "critical low": ("LL", "Critical low"),
    "critical high": ("HH", "Critical high"),
    "critical": ("AA", "Critical abnormal"),
    "abnormal": ("A", "Abnormal"),
    "normal": ("N", "Normal"),
}


class Fhir(LaboratoryExporter):
    """A collection; of several reports a line for each."""

    name = "fhir"
    suffix = ".fhir.json"

    def __init__(self, time: datetime.datetime | None = None) -> None:
        self._time = time

    def report(self, report: LaboratoryReport, *, several: bool) -> str:
        digest = hashlib.sha256(json.dumps(report.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
        bundle = Bundle(digest, self._time)
        meta = ARTIFICIAL if report.provenance.engine else None
        results = [_observation(bundle, report, row, meta) for row in report.rows]
        document = bundle.add(
            "DiagnosticReport",
            "",
            meta=meta,
            text=narrative([report.disclaimer, *(_sentence(row) for row in report.rows), *report.notices]),
            identifier=[identified("", report.id)] if report.id.strip() else [],
            status="preliminary",
            category=[concept("Laboratory", {"system": f"{_HL7}/v2-0074", "code": "LAB"})],
            code=concept("Laboratory report"),
            subject=_SUBJECT,
            issued=bundle.time,
            result=results,
            conclusion=text(report.disclaimer),
        )
        made = report.provenance
        devices = [bundle.add_device("wardround", made.wardround)]
        if made.reader:
            devices.append(bundle.add_device(made.reader, ""))
        if made.engine:
            devices.append(bundle.add_device(made.engine, made.engine_digest))
        entities = {"source": made.source_digest}
        entities |= {f"prompt {number}": digest for number, digest in enumerate(made.prompt_digests, 1)}
        bundle.add_provenance([document, *results], devices, entities, meta=meta)
        return json.dumps(bundle.to_json(), ensure_ascii=False, indent=None if several else 2) + "\n"


def _observation(bundle: Bundle, report: LaboratoryReport, row: LaboratoryRow, meta: Resource | None) -> Resource:
    notes = []
    if row.section is not None:
        notes.append(f"heading: {row.section.text}")
    if row.comment is not None:
        notes.append(row.comment.text)
    if row.previous_result is not None:
        notes.append(f"previous result: {row.previous_result.text}")
    doubtful = [name.replace("_", " ") for name, cell in row if getattr(cell, "doubtful", False)]
    if doubtful:
        notes.append(f"doubtful, compare with the page: {', '.join(doubtful)}")
    return bundle.add(
        "Observation",
        row.id,
        meta=meta,
        text=narrative([report.disclaimer, _sentence(row)]),
        identifier=[identified("", f"{report.id} {row.id}".strip())],
        status="preliminary",
        category=[concept("Laboratory", {"system": f"{_HL7}/observation-category", "code": "laboratory"})],
        code=concept(row.test.text),
        subject=_SUBJECT,
        interpretation=_interpretation(row),
        method=None if row.method is None else concept(row.method.text),
        referenceRange=[] if row.reference_range is None else [{"text": text(row.reference_range.text)}],
        note=[{"text": text(note)} for note in notes],
        **_value(row),
    )


def _value(row: LaboratoryRow) -> dict[str, Any]:
    if row.number is None or row.unit is None:
        return {"valueString": text(row.value.text)}
    quantity: Resource = {"value": int(row.number) if row.number.is_integer() else row.number}
    quantity |= {"unit": text(row.unit.text)}
    if row.comparator is not None:
        quantity["comparator"] = row.comparator
    return {"valueQuantity": quantity}


def _interpretation(row: LaboratoryRow) -> list[Resource]:
    if row.flag is None:
        return []
    if row.flag_meaning is None:
        return [concept(row.flag.text)]
    code, display = _INTERPRETATION[row.flag_meaning]
    coding = {"system": f"{_HL7}/v3-ObservationInterpretation", "code": code, "display": display}
    return [concept(row.flag.text, coding)]


def _sentence(row: LaboratoryRow) -> str:
    cells = (row.value, row.unit, row.flag)
    told = " ".join(cell.text for cell in cells if cell is not None)
    reference = "" if row.reference_range is None else f" (reference range {row.reference_range.text})"
    return f"{row.test.text}: {told}{reference}"
