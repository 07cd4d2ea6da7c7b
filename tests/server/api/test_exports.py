"""Exports over REST: all formats of a case's kind, draft or signed, and visibly which."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from export.reports import samples
from server.api.conftest import NOTE
from wardround.coding import CodingResult
from wardround.reporting.report import DraftReport
from wardround.store import Actor, Upload

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from wardround.server.services import Services

TESTER = Actor(id="os:tester", role="admin")
OF_NOTES = {
    "json": ("application/json", b'{"schema": "wardround.coding/1"'),
    "csv": ("text/csv", b"id,sequence,code"),
    "markdown": ("text/markdown", b"- **Code**: I10"),
    "queries": ("text/markdown", b"No questions."),
    "fhir": ("application/fhir+json", b'{"resourceType": "Bundle"'),
    "pdf": ("application/pdf", b"%PDF-"),
}
OF_STUDIES = {
    "json": ("application/json", b"{"),
    "markdown": ("text/markdown", b"**DRAFT"),
    "html": ("text/html", b"<!"),
    "pdf": ("application/pdf", b"%PDF-"),
    "fhir": ("application/fhir+json", b"{"),
}


@pytest.fixture(scope="module")
def note(client: TestClient) -> str:
    id: str = client.post("/v1/notes:code", json={"text": NOTE}).json()["case"]["id"]
    return id


@pytest.fixture(scope="module")
def signed(client: TestClient) -> str:
    case: str = client.post("/v1/notes:code", json={"text": NOTE}).json()["case"]["id"]
    review = client.post(f"/v1/cases/{case}/reviews", json={}).json()
    for item in review["undecided"]:
        body = {"version": review["version"], "item": item["id"], "verb": "accept"}
        review = client.post(f"/v1/cases/{case}/reviews/1/decisions", json=body).json()
    client.post(f"/v1/cases/{case}/reviews/1:sign", json={"version": review["version"]})
    return case


@pytest.mark.parametrize("format", OF_NOTES)
def test_a_draft_of_a_note(client: TestClient, note: str, format: str) -> None:
    answer = client.get(f"/v1/cases/{note}/export", params={"format": format})
    kind, start = OF_NOTES[format]
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.content.startswith(start)
    assert answer.headers["wardround-status"] == "draft"
    assert f'filename="{note[:8]}-draft.' in answer.headers["content-disposition"]


@pytest.mark.parametrize("format", OF_NOTES)
def test_what_was_signed_of_a_note(client: TestClient, signed: str, format: str) -> None:
    answer = client.get(f"/v1/cases/{signed}/export", params={"format": format})
    assert answer.headers["wardround-status"] == "signed"
    draft = client.get(f"/v1/cases/{signed}/export", params={"format": format, "of": "draft"})
    assert draft.headers["wardround-status"] == "draft"


def test_draft_and_signature_are_told_in_the_document(client: TestClient, signed: str) -> None:
    def told(of: str, format: str = "json") -> str:
        return client.get(f"/v1/cases/{signed}/export", params={"format": format, "of": of}).text

    assert CodingResult.model_validate_json(told("draft")).warnings[0].startswith("Draft: nobody")
    assert CodingResult.model_validate_json(told("signed")).warnings[0].startswith("Reviewed and signed by ")
    states = {
        of: {
            entry["resource"]["verificationStatus"]["coding"][0]["code"]
            for entry in json.loads(told(of, "fhir"))["entry"]
            if entry["resource"]["resourceType"] == "Condition"
        }
        for of in ("draft", "signed")
    }
    assert states["signed"] == {"confirmed"}
    assert "confirmed" not in states["draft"]
    assert "DRAFT" not in told("signed", "fhir")


@pytest.mark.parametrize("format", OF_STUDIES)
def test_a_report(client: TestClient, services: Services, format: str) -> None:
    report = samples.RICH.model_dump(mode="json")
    history = Upload(content=samples.HISTORY.encode(), media_type="text/plain", role="history")
    case = services.store.add_case(TESTER, "study", [history], draft=report).id
    answer = client.get(f"/v1/cases/{case}/export", params={"format": format})
    kind, start = OF_STUDIES[format]
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == kind
    assert answer.content.startswith(start)
    if format == "json":
        assert DraftReport.model_validate_json(answer.content).findings == samples.RICH.findings
    *_, event = services.store.events(resource=case)
    assert (event.action, event.details) == ("export", {"format": format, "of": "draft"})


def test_a_format_of_the_other_kind_names_those_there_are(client: TestClient, note: str) -> None:
    answer = client.get(f"/v1/cases/{note}/export", params={"format": "dicom-sr"})
    assert (answer.status_code, answer.json()["where"]) == (422, "format")
    assert answer.json()["hint"] == "formats: json, csv, markdown, queries, fhir, pdf"


def test_nothing_signed_and_nothing_drafted(client: TestClient, services: Services, note: str) -> None:
    assert client.get(f"/v1/cases/{note}/export", params={"of": "signed"}).status_code == 409
    case = services.store.add_case(TESTER, "note", [Upload(content=b"x", media_type="text/plain")]).id
    assert client.get(f"/v1/cases/{case}/export").status_code == 404
