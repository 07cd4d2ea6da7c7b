"""Coding a note over REST: as text or file, kept or not, once for each idempotency key, and nothing half-kept."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import docx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader

from documents.readers.files import PROSE, lines, pdf, slip
from server.api.conftest import NOTE
from wardround.store import Actor

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from reportlab.pdfgen.canvas import Canvas

    from wardround.server.services import Services

URL = "/v1/notes:code"
PDF = b"%PDF-1.4\n%%EOF\n"
SOMEBODY = Actor(id="test")


def as_docx(*text: str) -> bytes:
    made, kept = docx.Document(), io.BytesIO()
    for line in text:
        made.add_paragraph(line)
    made.save(kept)
    return kept.getvalue()


def scanned(page: Canvas) -> None:
    page.drawImage(ImageReader(slip(*PROSE)), 0, 0, *A4)


def how_many(services: Services) -> int:
    return sum(services.store.count().values())


def test_a_note_becomes_a_case_with_its_draft(client: TestClient) -> None:
    answer = client.post(URL, json={"text": NOTE, "encounter": {"age": 51, "sex": "female"}, "external_id": "v1"})
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["location"] == f"/v1/cases/{told['case']['id']}"
    assert (told["case"]["status"], told["case"]["external_id"], told["job"]) == ("drafted", "v1", None)
    assert told["case"]["encounter"]["age"] == 51
    content = told["result"]["content"]
    assert [code["code"] for code in content["codes"]][:2] == ["I10", "E11.65"]
    for code in content["codes"]:
        for quote in code["evidence"]:
            assert NOTE[quote["start"] : quote["end"]] == quote["text"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("note.txt", NOTE.encode()),
        ("note", NOTE.encode("utf-16")),
        ("note.html", f"<html><body><pre>{NOTE}</pre></body></html>".encode()),
        ("note.rtf", rb"{\rtf1\ansi " + NOTE.replace("\n", "\\par ").encode() + b"}"),
        ("note.docx", as_docx(*NOTE.splitlines())),
        ("note.pdf", pdf(lines(*NOTE.splitlines()))),
    ],
)
def test_a_file_is_a_note(client: TestClient, name: str, data: bytes) -> None:
    answer = client.post(URL, files={"file": (name, data)}, data={"setting": "inpatient", "age": "51"})
    assert answer.status_code == 201
    assert answer.json()["result"]["content"]["setting"] == "inpatient"
    assert "I10" in [code["code"] for code in answer.json()["result"]["content"]["codes"]]


def test_the_same_key_gives_the_same_case(client: TestClient) -> None:
    key = {"Idempotency-Key": "visit 1"}
    first = client.post(URL, json={"text": NOTE}, headers=key)
    again = client.post(URL, json={"text": NOTE}, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["case"]["id"] == again.json()["case"]["id"]
    assert first.json()["result"]["content"] == again.json()["result"]["content"]
    other = client.post(URL, json={"text": NOTE + "Gout."}, headers=key)
    assert other.status_code == 409


@pytest.mark.parametrize("url", [URL, "/v1/cases/{case}:draft"])
def test_without_a_model_nobody_waits_for_one(client: TestClient, services: Services, url: str) -> None:
    if "{case}" in url:
        url = url.format(case=client.post(URL, json={"text": NOTE}).json()["case"]["id"])
    before = how_many(services), len(services.store.jobs.jobs(SOMEBODY))
    answer = client.post(url, json={"engine": True} | ({} if "cases" in url else {"text": NOTE}))
    assert answer.status_code == 503
    assert "wardround models install" in answer.json()["hint"]
    assert (how_many(services), len(services.store.jobs.jobs(SOMEBODY))) == before


def test_what_is_not_kept_leaves_nothing_but_its_event(client: TestClient, services: Services) -> None:
    before = how_many(services)
    answer = client.post(URL, json={"text": NOTE, "keep": False})
    assert answer.status_code == 200
    assert (answer.json()["case"], answer.json()["result"]["number"]) == (None, 0)
    assert how_many(services) == before
    *_, event = services.store.events()
    assert (event.action, event.kind, event.resource) == ("query", "note", "")


@pytest.mark.parametrize("pages", [[scanned], [lines(*PROSE), scanned], [lines(*PROSE)] * 11])
def test_scanned_pages_and_many_take_a_job(client: TestClient, pages: list[Any]) -> None:
    answer = client.post(URL, files={"file": ("scan.pdf", pdf(*pages))})
    assert answer.status_code == 202
    told = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{told['job']['id']}"
    assert (told["result"], told["job"]["task"]) == (None, "code")
    assert told["case"]["documents"][0]["media_type"] == "application/pdf"


def part(name: str, content: bytes, more: bytes = b"") -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + more + b"\r\n\r\n" + content + b"\r\n"
    )


FILE = part("file", NOTE.encode(), b'; filename="a"')
END = b"--b--\r\n"
REFUSED: list[Any] = [
    pytest.param({"json": {}}, 422, id="no text"),
    pytest.param({"json": {"text": ""}}, 422, id="empty text"),
    pytest.param({"json": {"text": " \n\t"}}, 422, id="only white space"),
    pytest.param({"json": {"text": NOTE, "colour": "red"}}, 422, id="an unknown field"),
    pytest.param({"json": {"text": NOTE, "encounter": {"age": "51"}}}, 422, id="a number as text"),
    pytest.param({"json": {"text": NOTE, "encounter": {"date": "1950-01-01"}}}, 422, id="before all releases"),
    pytest.param({"json": {"text": "x" * 1_000_001}}, 422, id="too long"),
    pytest.param({"json": {"text": NOTE}, "headers": {"Idempotency-Key": "x" * 201}}, 422, id="too long a key"),
    pytest.param({"json": {"text": NOTE, "keep": False, "engine": True}}, 422, id="a model, and nothing kept"),
    pytest.param({"files": {"other": ("a", b"x")}}, 422, id="another field"),
    pytest.param({"files": {"file": ("a", b"")}}, 422, id="an empty file"),
    pytest.param({"files": {"file": ("a", bytes(99))}}, 422, id="no text in the file"),
    pytest.param({"files": {"file": ("a", pdf(scanned))}, "data": {"keep": "0"}}, 422, id="a scan, not kept"),
    pytest.param({"files": {"file": ("a", PDF)}}, 422, id="a damaged PDF"),
    pytest.param({"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}, 422, id="two files"),
    pytest.param({"files": {"file": ("a", b"x")}, "data": {"age": "old"}}, 422, id="an age in words"),
    pytest.param({"files": {"file": ("a", b"x")}, "data": {"keep": "perhaps"}}, 422, id="neither yes nor no"),
    pytest.param({"content": FILE}, 400, id="the end is missing"),
    pytest.param({"content": FILE[:-20]}, 400, id="cut off"),
    pytest.param({"content": part("file", b"text") + END}, 422, id="the file as text"),
    pytest.param({"content": FILE + part("age", b"5") + part("age", b"6") + END}, 422, id="a field twice"),
    pytest.param({"content": b"--b\r\n\r\nx\r\n" + END}, 400, id="a part without a name"),
]


@pytest.mark.parametrize(("request_", "status"), REFUSED)
def test_what_cannot_be_used_keeps_nothing(
    client: TestClient, services: Services, request_: dict[str, Any], status: int
) -> None:
    before = how_many(services)
    if "content" in request_:
        request_ = {**request_, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}
    answer = client.post(URL, **request_)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hypertension" not in answer.text
    assert how_many(services) == before
