"""CDS Hooks as a client meets it: what it sends along in, cards out."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from wardround.server import Config, create_app
from wardround.server.cds_hooks import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "ASSESSMENT\nAcute appendicitis. Type 2 diabetes mellitus.\n"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
DISCHARGE, ORDERS = "/cds-services/wardround-discharge", "/cds-services/wardround-orders"

Json = dict[str, Any]


def note(text: str = NOTE, kind: str = "text/plain", **more: Any) -> Json:
    data = base64.b64encode(text.encode()).decode()
    content = [{"attachment": {"contentType": kind, "data": data}}]
    return {"resourceType": "DocumentReference", "status": "current", "content": content, **more}


def bundle(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}


def condition(code: str, id: str = "1", **more: Any) -> Json:
    return {"resourceType": "Condition", "id": id, "code": {"coding": [{"system": ICD, "code": code}]}, **more}


def order(**more: Any) -> Json:
    code = {"coding": [{"system": "http://loinc.org", "code": "24627-2", "display": "CT of the abdomen"}]}
    return {"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "code": code, **more}


ENCOUNTER = {
    "resourceType": "Encounter",
    "class": {"code": "IMP"},
    "period": {"start": "2026-05-09T08:00:00Z", "end": "2026-05-11T12:00:00Z"},
}
PATIENT = {"resourceType": "Patient", "birthDate": "1980-05-12", "gender": "female"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("cds")
    with TestClient(create_app(Config(folder=folder)), base_url="http://127.0.0.1") as client:
        yield client


def called(hook: str, prefetch: Json, **context: Any) -> Json:
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "https://ehr.example/fhir",
        "fhirAuthorization": {"access_token": "secret"},
        "context": {"userId": "Practitioner/1", "patientId": "p1", "encounterId": "e1", **context},
        "prefetch": prefetch,
    }


def cards(client: TestClient, path: str, prefetch: Json, **context: Any) -> list[Json]:
    hook = "order-sign" if path == ORDERS else "encounter-discharge"
    response = client.post(path, json=called(hook, prefetch, **context))
    assert response.status_code == 200, response.text
    cards: list[Json] = response.json()["cards"]
    for card in cards:
        assert 0 < len(card["summary"]) <= 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"]
        assert None not in card.values()
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        for reason in card.get("overrideReasons", []):
            assert reason.keys() == {"code", "system", "display"}
    return cards


def suggested(cards: list[Json]) -> list[str]:
    return [card["source"]["topic"]["code"] for card in cards if "topic" in card["source"]]


def test_a_client_finds_the_services(client: TestClient) -> None:
    services = client.get("/cds-services").json()["services"]
    assert [each["hook"] for each in services] == ["encounter-discharge", "order-sign"]
    for each in services:
        assert each.keys() == {"hook", "id", "title", "description", "prefetch", "usageRequirements"}
        assert "notes" in each["prefetch"]


def test_the_note_s_codes_are_offered_as_conditions(client: TestClient) -> None:
    prefetch = {"notes": bundle(note()), "encounter": ENCOUNTER, "patient": PATIENT, "conditions": bundle()}
    answered = cards(client, DISCHARGE, prefetch)
    assert suggested(answered) == ["K35.80", "E11.9"]
    card = answered[0]
    assert (card["indicator"], card["summary"]) == ("info", "K35.80 Unspecified acute appendicitis")
    assert "> Acute appendicitis" in card["detail"]
    (suggestion,) = card["suggestions"]
    (action,) = suggestion["actions"]
    resource = action["resource"]
    assert action["type"] == "create"
    assert resource["resourceType"] == "Condition"
    assert resource["verificationStatus"]["coding"][0]["code"] in ("provisional", "unconfirmed")
    assert resource["code"]["coding"] == [
        {"system": ICD, "code": "K35.80", "display": "Unspecified acute appendicitis", "version": "2026-04-01"}
    ]
    assert (resource["subject"], resource["encounter"]) == (
        {"reference": "Patient/p1"},
        {"reference": "Encounter/e1"},
    )


def test_what_is_coded_already_is_not_offered_again(client: TestClient) -> None:
    prefetch = {"notes": bundle(note()), "encounter": ENCOUNTER, "conditions": bundle(condition("K35.80"))}
    assert suggested(cards(client, DISCHARGE, prefetch)) == ["E11.9"]


def test_the_rules_findings_on_what_is_coded_are_warnings(client: TestClient) -> None:
    conditions = bundle(condition("F02.80", "1"), condition("G30.9", "2"))
    prefetch = {"notes": bundle(note("Seen today.")), "encounter": ENCOUNTER, "conditions": conditions}
    answered = cards(client, DISCHARGE, prefetch)
    assert [card["indicator"] for card in answered] == ["warning"]
    assert "F02.80 is a manifestation" in answered[0]["summary"]
    assert "I.A.13" in answered[0]["detail"]


@pytest.mark.parametrize(
    ("diagnosis", "found"),
    [
        ([], 1),
        ([{"condition": {"reference": "https://ehr.example/fhir/Condition/2"}, "rank": 1},
          {"condition": {"reference": "Condition/1"}, "rank": 2}], 0),
    ],
)  # fmt: skip
def test_the_encounter_s_ranks_give_the_sequence(client: TestClient, diagnosis: list[Json], found: int) -> None:
    conditions = bundle(condition("F02.80", "1"), condition("G30.9", "2"))
    encounter = {**ENCOUNTER, "diagnosis": diagnosis}
    prefetch = {"notes": bundle(note("Seen today.")), "encounter": encounter, "conditions": conditions}
    answered = cards(client, DISCHARGE, prefetch)
    assert sum("is a manifestation" in card["summary"] for card in answered) == found


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_conditions_that_are_none_do_not_count(client: TestClient, status: str) -> None:
    refuted = condition("K35.80", verificationStatus={"coding": [{"code": status}]})
    prefetch = {"notes": bundle(note()), "encounter": ENCOUNTER, "conditions": bundle(refuted)}
    assert "K35.80" in suggested(cards(client, DISCHARGE, prefetch))


@pytest.mark.parametrize(
    "notes",
    [
        note(),
        bundle(note(kind="text/plain;charset=utf-8")),
        bundle(note("<html><body><h1>Assessment</h1><p>Acute appendicitis.</p></body></html>", "text/html")),
        bundle(
            {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "https://x/Binary/7"}}]},
            {"resourceType": "Binary", "id": "7", "data": base64.b64encode(NOTE.encode()).decode()},
        ),
        bundle(note("Gout.", date="2026-05-10"), note(date="2026-05-11")),
        bundle(note("Gout.", date="2026-05-12"), note(type={"coding": [{"code": "18842-5"}]}, date="2026-05-11")),
        bundle(note("Gout.", status="entered-in-error", date="2026-06-01"), note()),
    ],
    ids=["one", "charset", "HTML", "Binary", "newest", "discharge summary", "withdrawn"],
)
def test_a_note_is_found_where_it_may_be(client: TestClient, notes: Json) -> None:
    assert "K35.80" in suggested(cards(client, DISCHARGE, {"notes": notes, "encounter": ENCOUNTER}))


def test_the_encounter_decides_how_uncertain_diagnoses_are_coded(client: TestClient) -> None:
    for class_, expected in (("IMP", True), ("AMB", False)):
        encounter = {**ENCOUNTER, "class": {"code": class_}}
        prefetch = {"notes": note("DISCHARGE DIAGNOSIS\nProbable pneumonia."), "encounter": encounter}
        assert ("J18.9" in suggested(cards(client, DISCHARGE, prefetch))) is expected


@pytest.mark.parametrize("prefetch", [{}, {"notes": None}, {"encounter": ENCOUNTER}])
@pytest.mark.parametrize("path", [DISCHARGE, ORDERS])
def test_a_prefetch_without_notes_is_told(client: TestClient, path: str, prefetch: Json) -> None:
    hook = "order-sign" if path == ORDERS else "encounter-discharge"
    response = client.post(path, json=called(hook, prefetch))
    assert response.status_code == 412
    assert response.json()["title"] == "the prefetch lacks the note"
    assert "content.attachment.data" in response.json()["hint"]


@pytest.mark.parametrize(
    "notes",
    [
        bundle(),
        bundle({"resourceType": "DocumentReference", "content": [{"attachment": {"url": "https://x/Binary/7"}}]}),
        bundle(note("%PDF-1.7", "application/pdf")),
        bundle(note(status="entered-in-error")),
        bundle({"resourceType": "DocumentReference", "content": [{"attachment": {"data": "not base64!"}}]}),
        {"resourceType": "Bundle", "entry": [7, None, {"resource": "x"}]},
        "no resource",
    ],
)
def test_notes_that_cannot_be_read_are_told_on_a_card(client: TestClient, notes: Any) -> None:
    (card,) = cards(client, DISCHARGE, {"notes": notes, "encounter": ENCOUNTER})
    assert card["summary"] == "There is no note of this encounter that can be coded"


def test_an_order_without_a_diagnosis_is_offered_the_note_s_codes(client: TestClient) -> None:
    reason = {"reasonCode": [{"coding": [{"system": ICD, "code": "K35.80"}]}]}
    orders = bundle(order(id="1"), order(id="2", **reason), {"resourceType": "NutritionOrder", "id": "3"})
    prefetch = {"notes": bundle(note()), "encounter": {**ENCOUNTER, "class": {"code": "AMB"}}}
    (card,) = cards(client, ORDERS, prefetch, draftOrders=orders)
    assert card["summary"] == "No diagnosis supports the order CT of the abdomen"
    assert card["indicator"] == "warning"
    actions = [each["actions"][0] for each in card["suggestions"]]
    assert {action["type"] for action in actions} == {"update"}
    assert {action["resource"]["id"] for action in actions} == {"1"}
    assert [action["resource"]["reasonCode"][0]["coding"][0]["code"] for action in actions] == ["K35.80", "E11.9"]


@pytest.mark.parametrize(
    "reason",
    [
        {"reasonCode": [{"text": "pain"}]},
        {"reasonReference": [{"reference": "Condition/1"}]},
        {"reason": [{"concept": {"coding": [{"system": ICD, "code": "K35.80"}]}}]},
        {"reason": [{"reference": {"reference": "Condition/1"}}]},
    ],
)
def test_an_order_that_names_a_reason_needs_no_card(client: TestClient, reason: Json) -> None:
    prefetch = {"notes": bundle(note()), "encounter": ENCOUNTER}
    assert cards(client, ORDERS, prefetch, draftOrders=bundle(order(**reason))) == []


@pytest.mark.parametrize("summary", ["x" * 500, "*[a](javascript:1)*\n\n# head"])
def test_what_is_long_is_cut_and_markup_is_shown_as_it_is(client: TestClient, summary: str) -> None:
    long = order(code={"text": summary})
    (card,) = cards(client, ORDERS, {"notes": bundle(note()), "encounter": ENCOUNTER}, draftOrders=bundle(long))
    assert card["summary"].startswith("No diagnosis supports the order ")
    prefetch = {"notes": note("ASSESSMENT\nAcute [appendicitis](javascript:1).\n"), "encounter": ENCOUNTER}
    for each in cards(client, DISCHARGE, prefetch):
        assert "](javascript" not in each["detail"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/cds-services/none", called("order-sign", {}), 404),
        ("/cds-services/none/feedback", {"feedback": []}, 404),
        (DISCHARGE, called("order-sign", {}), 422),
        (DISCHARGE, {"hook": "encounter-discharge"}, 422),
        (DISCHARGE, called("encounter-discharge", {"notes": note(), "encounter": {**ENCOUNTER, "period": {
            "start": "1999-01-01", "end": "1999-01-02"}}}), 422),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_problem(client: TestClient, path: str, body: Json, status: int) -> None:
    response = client.post(path, json=body)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")


def test_feedback_is_counted_and_its_words_are_not_kept(client: TestClient) -> None:
    feedback = [
        {"card": "1", "outcome": "accepted", "acceptedSuggestions": [{"id": "2"}]},
        {"card": "3", "outcome": "overridden", "overrideReason": {"userComment": "Zebrafinch"}},
    ]
    assert client.post(f"{DISCHARGE}/feedback", json={"feedback": feedback}).status_code == 200
    metrics = client.get("/metrics").text
    assert 'wardround_cards_total{hook="encounter-discharge",outcome="overridden"} 1.0' in metrics
    assert "Zebrafinch" not in metrics


def test_calls_are_audited_without_what_was_sent(client: TestClient) -> None:
    cards(client, DISCHARGE, {"notes": note(), "encounter": ENCOUNTER})
    services: Any = client.app.state.services  # type: ignore[attr-defined]
    events = [each for each in services.store.events() if each.reason == "CDS Hooks"]
    assert events
    assert "appendicitis" not in json.dumps([str(each) for each in events])
    assert {service.id for service in SERVICES.values()} >= {each.details["service"] for each in events}
