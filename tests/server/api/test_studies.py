"""Studies over REST: kept with a job, or refused where there is no model that sees."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from server.api.conftest import NOTE

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

URL = "/v1/studies:read"
NOTES = "/v1/notes:code"
DICOM = bytes(128) + b"DICM" + bytes(64)
IMAGE = {"files": ("1.dcm", DICOM)}


def test_a_study_is_kept_with_its_job(seeing: TestClient) -> None:
    files = [("files", ("1.dcm", DICOM)), ("files", ("2.dcm", DICOM + b"2")), ("prior", ("old.dcm", DICOM + b"3"))]
    fields = {"history": "Cough.", "protocol": "chest-xray", "age": "60", "external_id": "x-1"}
    answer = seeing.post(URL, files=files, data=fields, headers={"Idempotency-Key": "study"})
    assert answer.status_code == 202
    told = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{told['job']['id']}"
    assert (told["case"]["kind"], told["case"]["encounter"]["age"]) == ("study", 60)
    assert [each["role"] for each in told["case"]["documents"]] == ["image", "image", "prior", "history"]
    assert [each["media_type"] for each in told["case"]["documents"]][:1] == ["application/dicom"]
    assert told["job"]["options"] == {"protocol": "chest-xray"}
    case = told["case"]["id"]
    document = told["case"]["documents"][1]["id"]
    assert seeing.get(f"/v1/cases/{case}/documents/{document}").content == DICOM + b"2"
    again = seeing.post(URL, files=files, data=fields, headers={"Idempotency-Key": "study"})
    assert again.json()["case"]["id"] == case


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"data": {"age": "60"}, "files": {"prior": ("a", DICOM)}}, id="no image"),
        pytest.param({"files": {"files": ("a", b"")}}, id="an empty file"),
        pytest.param({"files": {"files": ("a", DICOM)}, "data": {"protocol": "../secret.toml"}}, id="no protocol"),
        pytest.param({"files": {"files": ("a", DICOM)}, "data": {"kind": "dream"}}, id="no kind"),
    ],
)
def test_what_cannot_be_used_keeps_nothing(seeing: TestClient, request_: dict[str, Any]) -> None:
    before = len(seeing.get("/v1/cases").json()["cases"])
    answer = seeing.post(URL, **request_)
    assert answer.status_code == 422
    assert len(seeing.get("/v1/cases").json()["cases"]) == before


def test_json_is_no_study(seeing: TestClient) -> None:
    assert seeing.post(URL, json={}).status_code == 415


@pytest.mark.parametrize(
    ("url", "body", "other"),
    [
        (NOTES, {"json": {"text": NOTE}}, {"json": {"text": NOTE, "scope": "mentions"}}),
        (NOTES, {"json": {"text": NOTE}}, {"json": {"text": NOTE, "engine": True}}),
        (NOTES, {"json": {"text": NOTE}}, {"json": {"text": NOTE, "encounter": {"age": 9}}}),
        (URL, {"files": IMAGE}, {"files": IMAGE, "data": {"protocol": "chest-xray"}}),
        (URL, {"files": IMAGE}, {"files": IMAGE, "data": {"kind": "ct"}}),
        (URL, {"files": IMAGE}, {"files": IMAGE, "data": {"locate": "true"}}),
        (URL, {"files": IMAGE}, {"files": IMAGE, "data": {"history": "Cough."}}),
    ],
)
def test_the_same_key_with_other_options_is_a_conflict(
    seeing: TestClient, url: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = seeing.post(url, **body, headers=key)
    assert seeing.post(url, **body, headers=key).json()["case"]["id"] == first.json()["case"]["id"]
    answer = seeing.post(url, **other, headers=key)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
