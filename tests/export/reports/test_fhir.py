"""Reports as FHIR R4: valid, and saying what the report says."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from base64 import b64decode
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from export.reports import samples
from wardround.export.reports import report_exporter
from wardround.reporting.report import DISCLAIMER, DraftReport

REPORTS = {"rich": samples.RICH, "minimal": samples.MINIMAL, "hostile": samples.hostile()}


def bundled(report: DraftReport, **given: Any) -> dict[str, Any]:
    return json.loads(report_exporter("fhir").export(report, time=samples.TIME, **given))


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


@pytest.mark.parametrize("which", REPORTS)
def test_it_is_valid(which: str) -> None:
    bundle = bundled(REPORTS[which])
    assert len(Bundle.model_validate(bundle).entry) == len(bundle["entry"])


@pytest.mark.parametrize("which", REPORTS)
def test_every_reference_leads_to_a_resource_of_the_bundle(which: str) -> None:
    bundle = bundled(REPORTS[which])
    named = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(named)) == len(named)

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["reference"]] if "reference" in node else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    found = references(bundle)
    assert found
    assert set(found) <= set(named)


@pytest.mark.parametrize("which", REPORTS)
def test_narratives_are_wellformed_and_say_that_it_is_a_draft(which: str) -> None:
    bundle = bundled(REPORTS[which])
    for kind in ("DiagnosticReport", "Observation"):
        for resource in resources(bundle, kind):
            assert resource["status"] == "preliminary"
            assert resource["meta"]["security"][0]["code"] == "AIAST"
            paragraphs = [p.text for p in ET.fromstring(resource["text"]["div"])]
            assert paragraphs[0] == DISCLAIMER


def test_the_report_is_coded_and_carries_itself() -> None:
    (report,) = resources(bundled(samples.RICH), "DiagnosticReport")
    assert report["code"]["coding"] == [{"system": "http://loinc.org", "code": "30745-4", "display": "XR Chest Views"}]
    assert report["category"][0]["coding"][0]["code"] == "RAD"
    assert report["effectiveDateTime"] == "2026-11-03"
    assert report["conclusion"].startswith(f"{DISCLAIMER} 1. Possible small left apical pneumothorax")
    shown = b64decode(report["presentedForm"][0]["data"])
    assert shown == report_exporter("markdown").export(samples.RICH)


def test_findings_are_present_absent_or_without_a_value() -> None:
    found = resources(bundled(samples.RICH), "Observation")
    assert [
        (
            o["identifier"][0]["value"],
            o.get("valueCodeableConcept", {}).get("text"),
            [i["coding"][0]["code"] for i in o.get("interpretation", ())],
            o.get("dataAbsentReason", {}).get("text"),
        )
        for o in found
    ] == [
        ("F1", "present", ["POS", "A"], None),
        ("F2", "present", ["POS", "AA"], None),
        ("F3", "present", ["POS", "A"], None),
        ("F4", "absent", ["NEG", "N"], None),
        ("F5", "present", ["POS", "N"], None),
        ("F6", None, [], "not assessable"),
    ]
    assert found[0]["bodySite"]["text"] == "left costophrenic angle (pleura)"
    assert [part["valueString"] for part in found[0]["component"]] == ["small to moderate", "probable"]
    assert [note["text"] for note in found[0]["note"]] == [
        "Approximate area, current study, series 1, frame 1: columns 430 to 690, rows 640 to 880 of the stored pixels",
        "worse than on the prior study: The left effusion is larger.",
    ]


def test_studies_name_their_series_and_the_instances_where_they_are_known() -> None:
    from export.reports.test_dicom import original

    current, prior = resources(bundled(samples.RICH, originals=[original()]), "ImagingStudy")
    assert current["identifier"][0]["value"] == f"urn:oid:{samples.STUDY}"
    assert current["numberOfInstances"] == 1
    assert current["series"][0]["uid"] == samples.SERIES
    assert current["series"][0]["instance"][0]["uid"] == samples.INSTANCE
    assert "numberOfInstances" not in prior
    (plain,) = resources(bundled(samples.MINIMAL), "ImagingStudy")
    assert plain["series"][0]["modality"]["code"] == "OT"
    assert plain["identifier"][0]["value"].startswith("urn:oid:2.25.")


def test_provenance_names_the_software_the_model_and_the_digests() -> None:
    bundle = bundled(samples.RICH)
    (made,) = resources(bundle, "Provenance")
    assert made["recorded"] == "2026-11-03T09:30:00Z"
    assert len(made["target"]) == 1 + len(samples.RICH.findings)
    devices = {device["deviceName"][0]["name"]: device["version"][0]["value"] for device in resources(bundle, "Device")}
    assert devices == {"wardround": "0.5.0", "transformers:google/medgemma-1.5-4b-it": "sha256:" + "c3" * 32}
    digests = {entity["what"]["display"]: entity["what"]["identifier"]["value"] for entity in made["entity"]}
    assert digests["protocol chest-radiograph"] == "d4" * 32
    assert digests["current image 1"] == "a1" * 32


@pytest.mark.parametrize(
    ("image", "code", "category"),
    [
        ({"modality": "CT", "body_part": "CHEST", "kind": "ct"}, "24627-2", "RAD"),
        ({"modality": "CR", "body_part": "CHEST"}, "30745-4", "RAD"),
        ({"modality": "MR", "body_part": "KNEE", "kind": "mr"}, "18748-4", "RAD"),
        ({"modality": "SM", "body_part": "", "kind": "slide"}, "18748-4", "SP"),
        ({"modality": "", "body_part": "", "kind": "skin"}, "18748-4", "OTH"),
    ],
)
def test_exams_are_coded_as_closely_as_is_known(image: dict[str, str], code: str, category: str) -> None:
    report = samples.MINIMAL.model_copy(update={"images": (samples.image(**image),)})
    (made,) = resources(bundled(report), "DiagnosticReport")
    assert made["code"]["coding"][0]["code"] == code
    assert made["category"][0]["coding"][0]["code"] == category
