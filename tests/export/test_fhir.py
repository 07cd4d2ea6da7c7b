"""Codes as FHIR R4: valid Bundles, a line per note."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome

from export.test_formats import FAILURE, TWO, result, suggestion
from wardround.coding.result import CodingResult, Finding
from wardround.export import exporter
from wardround.export.fhir import Fhir

TIME = datetime.datetime(2026, 5, 11, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=-4)))
HOSTILE = "</div><script>alert(1)</script>\x00\u202e \ud800 \"'&]]>"


def bundled(coded: CodingResult) -> dict[str, Any]:
    line = Fhir(TIME).result(coded)
    assert line.count("\n") == 1
    bundle = json.loads(line.encode())  # it can be written as UTF-8
    Bundle.model_validate(bundle)
    return bundle


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


@pytest.mark.parametrize(
    "coded",
    [
        TWO,
        result(),
        result(id=None, warnings=("not English",)),
        result([suggestion("R05.9", HOSTILE)], id=HOSTILE, warnings=(HOSTILE,)),
        result([suggestion("R05.9", " ")]),
    ],
    ids=["two codes", "no codes", "no id", "hostile", "blank"],
)
def test_it_is_valid(coded: CodingResult) -> None:
    bundle = bundled(coded)
    assert bundle["timestamp"] == "2026-05-11T16:00:00Z"
    assert len(resources(bundle, "Condition")) == len(coded.codes)


def test_codes_are_conditions_that_nobody_has_confirmed() -> None:
    first, second = resources(bundled(TWO), "Condition")
    assert first["code"] == {
        "coding": [
            {
                "system": "http://hl7.org/fhir/sid/icd-10-cm",
                "version": "2026-04-01",
                "code": "I10",
                "display": "description of I10",
            }
        ],
        "text": "HTN",
    }
    statuses = [condition["verificationStatus"]["coding"][0]["code"] for condition in (first, second)]
    assert statuses == ["provisional", "unconfirmed"]
    assert first["category"][0]["coding"][0]["code"] == "encounter-diagnosis"
    assert [note["text"] for note in first["note"]] == [
        "Confidence 0.875",
        "“HTN” (assessment, characters 3 to 6; present)",
        "because (a-rule, I.B.5)",
    ]
    assert "DRAFT" in first["text"]["div"]


def test_the_encounter_names_them_in_sequence() -> None:
    bundle = bundled(TWO)
    (encounter,) = resources(bundle, "Encounter")
    urls = [entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Condition"]
    assert [(d["condition"]["reference"], d["rank"]) for d in encounter["diagnosis"]] == [(urls[0], 1), (urls[1], 2)]
    assert encounter["class"]["code"] == "AMB"
    (inpatient,) = resources(bundled(TWO.model_copy(update={"setting": "inpatient"})), "Encounter")
    assert inpatient["class"]["code"] == "IMP"


def test_provenance_is_of_everything_and_a_model_is_named_where_one_took_part() -> None:
    (made,) = resources(bundled(TWO), "Provenance")
    assert len(made["target"]) == 3
    assert "meta" not in made
    assert [entity["what"]["display"] for entity in made["entity"]] == ["FY2026 (April 1, 2026 update)", "lexicon"]
    helped = TWO.provenance.model_copy(update={"engine": "llamacpp:medgemma", "engine_digest": "sha256:1"})
    bundle = bundled(TWO.model_copy(update={"provenance": helped}))
    assert [device["deviceName"][0]["name"] for device in resources(bundle, "Device")] == [
        "wardround",
        "llamacpp:medgemma",
    ]
    assert resources(bundle, "Condition")[0]["meta"]["security"][0]["code"] == "AIAST"


def test_the_same_result_gives_the_same_line_and_another_one_other_identifiers() -> None:
    assert Fhir(TIME).result(TWO) == Fhir(TIME).result(TWO.model_copy(update={"timings": {"find": 3.0}}))
    assert bundled(TWO)["id"] != bundled(result())["id"]


def test_a_rule_without_a_section_is_named_alone() -> None:
    plain = Finding(rule="a-rule", section="", severity="info", codes=("I10",), message="because")
    coded = result([suggestion("I10", "HTN").model_copy(update={"findings": (plain,)})])
    (condition,) = resources(bundled(coded), "Condition")
    assert condition["note"][-1]["text"] == "because (a-rule)"


def test_a_failure_is_an_outcome() -> None:
    outcome = json.loads(exporter("fhir").failure(FAILURE))
    OperationOutcome.model_validate(outcome)
    assert outcome["issue"][0]["diagnostics"] == "b: line 2: the note is empty (give it text)"
