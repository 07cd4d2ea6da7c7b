"""Words that no patient has go through every route, job, failure and export, and are then looked for everywhere.

They may be in what a successful answer is meant to hold, and nowhere else. The store is encrypted here: whatever lies
on the disk in the clear is found, whoever wrote it. Routes are taken from the OpenAPI document, so a new one is
covered as soon as it is there.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

pytest.importorskip("pydicom", reason="the extra wardround[images] is not installed")

import pydicom
from fastapi.routing import iter_route_contexts

from reporting.made import Seeing, present, write_film
from server.process import Served, served
from wardround.engines.replay import Recorder
from wardround.images import read
from wardround.reporting import Reader
from wardround.server import Config, create_app
from wardround.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wardround.icd10 import CodeSet

WORDS = ("Zebrafinch", "Quokkaville", "Umbrellabird")
NOTE = "ASSESSMENT\nAcute appendicitis in Zebrafinch of Quokkaville.\nHypertension. Umbrellabird.\n"
HISTORY = "Orthopnea of Zebrafinch."
IDS = ("case", "document", "number", "round", "job", "code", "service", "user", "token")
OPEN_WORDS = ("reason", "external_id", "search")  # by design in the clear: words of procedure, other systems' ids

FIRST = """
from wardround.server.drafting import Drafting
from wardround.store import database
from wardround.store.store import Store

database._PATIENCE = 0.5
keep, draft = Store.add_case, Drafting.code_document

def keeping(self, actor, kind, documents, *args, **more):
    if any(b"Umbrellabird breaks" in each.content for each in documents if isinstance(each.content, bytes)):
        raise RuntimeError(f"cannot keep {documents}")
    return keep(self, actor, kind, documents, *args, **more)

def drafting(self, note, *args, **more):
    if "Umbrellabird fails" in str(note):
        raise RuntimeError(f"cannot draft {note}")
    return draft(self, note, *args, **more)

Store.add_case, Drafting.code_document = keeping, drafting
"""


def patterns() -> list[bytes]:
    """The words in the forms in which they may lie somewhere."""
    found = []
    for word in WORDS:
        plain = word.encode()
        found += [plain, plain.lower(), plain.upper(), word.encode("utf-16-le"), plain.hex().encode()]
        for shift in range(3):  # wherever a group of base64 begins
            coded = base64.b64encode(bytes(shift) + plain)[4 if shift else 0 :]
            found.append(coded[: len(coded) // 4 * 4 - 4])
    return found


PATTERNS = patterns()


def words_in(data: bytes | str) -> list[bytes]:
    data = data.encode() if isinstance(data, str) else data
    return [pattern for pattern in PATTERNS if pattern in data]


FORM = "multipart/form-data; boundary=x"


def part(name: str, content: str) -> str:
    """A file in a form."""
    return f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{WORDS[1]}"\r\n\r\n{content}'


class Shapes:
    """Bodies, of the forms that the OpenAPI document says, with a word in each place that takes any text."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document.get("components", {}).get("schemas", {})

    def made(self, schema: dict[str, Any], name: str = "") -> Any:
        """A value of a schema."""
        schema = self._resolved(schema)
        if "default" in schema and name in OPEN_WORDS:
            return schema["default"]
        for key in ("const", "enum", "examples"):
            if key in schema:
                return schema[key] if key == "const" else schema[key][0]
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema:
                return self.made(schema[key][0], name)
        kind = schema.get("type", "string")
        if kind == "object":
            return {each: self.made(value, each) for each, value in schema.get("properties", {}).items()} or {
                WORDS[0]: WORDS[1]
            }
        if kind == "array":
            return [self.made(schema.get("items", {}), name)] * max(1, schema.get("minItems", 0))
        if kind in ("integer", "number"):
            return schema.get("minimum", 1)
        if kind == "boolean":
            return False
        return {"date": "2026-05-11", "date-time": "2026-05-11T00:00:00Z", "binary": NOTE}.get(
            schema.get("format", ""), "test" if name in OPEN_WORDS else NOTE
        )

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema


class Tour:
    """A client that looks at every answer."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(
            base_url=address, timeout=60, headers={"User-Agent": WORDS[0], "Referer": f"{address}/{WORDS[0]}"}
        )
        self.failed: dict[int, int] = {}
        self.quoted: list[tuple[str, str, int, str]] = []
        self.asked = 0

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        response = self.client.request(method, path, **more)
        self.asked += 1
        headers = str(sorted(response.headers.items()))
        if words_in(headers):
            self.quoted.append((method, path, response.status_code, headers))
        if response.status_code >= 400:
            self.failed[response.status_code] = self.failed.get(response.status_code, 0) + 1
            if words_in(response.content):
                self.quoted.append((method, path, response.status_code, response.text[:400]))
        return response

    def ids(self) -> dict[str, str]:
        """Those of a new case with a draft and an open review."""
        made = self.ask("POST", "/v1/notes:code", json={"text": NOTE}).json()
        case = made["case"]["id"]
        self.ask("POST", f"/v1/cases/{case}/reviews", json={"result": 1})
        document = made["case"]["documents"][0]["id"]
        usual = {"number": "1", "round": "1", "code": "I10", "service": "wardround-discharge"}
        return {**usual, "case": case, "document": document, "user": "none", "token": "none", "job": "none"}

    def study(self, film: bytes, history: str) -> str:
        """The job of a new study."""
        files = [("files", (f"{WORDS[0]}.dcm", film, "application/dicom"))]
        made = self.ask("POST", "/v1/studies:read", files=files, data={"history": history})
        assert made.status_code == 202, made.text
        job: str = made.json()["job"]["id"]
        return job

    def ended(self, job: str) -> dict[str, Any]:
        for _ in range(300):
            told: dict[str, Any] = self.ask("GET", f"/v1/jobs/{job}").json()
            if told["state"] not in ("queued", "running"):
                return told
            time.sleep(0.2)
        raise AssertionError("the job does not end")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, codes: CodeSet) -> Path:
    assert codes.release.id  # compiled before the server needs it
    return tmp_path_factory.mktemp("canary")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recording") / "replies.jsonl"


@pytest.fixture(scope="module")
def film(recording: Path) -> bytes:
    """A study whose every word names somebody, and a recording of a model that sees it."""
    made = pydicom.dcmread(write_film(recording.parent / "made.dcm"))
    for tag in ("PatientName", "PatientID", "StudyDescription", "InstitutionName", "OtherPatientIDs"):
        setattr(made, tag, WORDS[0])
    written = io.BytesIO()
    made.save_as(written)
    (recording.parent / "made.dcm").write_bytes(written.getvalue())
    with Recorder(Seeing(seen={"cardiomegaly": present()}), recording) as engine:
        Reader(engine).read(read(recording.parent / "made.dcm"), HISTORY)
    return written.getvalue()


@pytest.fixture(scope="module")
def server(desk: Path, film: bytes, recording: Path) -> Iterator[Served]:
    assert film  # recorded
    options = ("--key-file", str(desk / "key"), "--engine", f"replay:{recording}")
    with served(desk, *options, first=FIRST) as server:
        yield server


@pytest.fixture(scope="module")
def tour(server: Served, film: bytes) -> Iterator[Tour]:
    """Everything was asked that can be, well and badly."""
    tour = Tour(server.address)
    document = tour.client.get("/openapi.json").json()
    shapes = Shapes(document)
    done, failed = tour.study(film, HISTORY), tour.study(film, f"{HISTORY} Another one.")
    states = {tour.ended(job)["state"] for job in (done, failed)}
    assert states == {"done", "failed"}
    study = tour.ask("GET", f"/v1/jobs/{done}").json()["case"]
    operations = [
        (method.upper(), path, each) for path, ways in document["paths"].items() for method, each in ways.items()
    ]
    order = ("GET", "POST", "PUT", "PATCH", "DELETE")
    for method, path, operation in sorted(operations, key=lambda each: order.index(each[0])):
        _well(tour, shapes, method, path, operation, done)
        _badly(tour, method, path, operation, done)
    _pages(tour, document, study)
    _exports(tour, document, study)
    _breaking(tour, film)
    with closing(sqlite3.connect(server.out.parent / "store" / "wardround.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert tour.ask("POST", "/v1/notes:code", json={"text": NOTE}).status_code == 503
        other.execute("ROLLBACK")
    yield tour
    tour.client.close()


def _well(tour: Tour, shapes: Shapes, method: str, path: str, operation: dict[str, Any], job: str) -> None:
    """Ask as the document says, of things that are there."""
    ids = {**tour.ids(), "job": job} if "{" in path else {}
    query = {
        each["name"]: shapes.made(each["schema"], each["name"])
        for each in operation.get("parameters", [])
        if each["in"] == "query"
    }
    for params in (query, {}) if query else ({},):
        for kind, content in operation.get("requestBody", {}).get("content", {None: None}).items():
            more: dict[str, Any] = {}
            if kind == "application/json":
                more["json"] = shapes.made(content["schema"])
            elif kind is not None:
                fields = shapes.made(content["schema"])
                text = {name: value for name, value in fields.items() if isinstance(value, str) and value != NOTE}
                names = [name for name in fields if name in ("file", "files", "prior")]
                more = {"data": text, "files": [(name, (f"{WORDS[1]}.txt", NOTE.encode())) for name in names]}
            tour.ask(method, path.format(**ids), params=params, **more)


def _badly(tour: Tour, method: str, path: str, operation: dict[str, Any], job: str) -> None:
    """Ask for what is not there, and send what cannot be used."""
    nowhere = path.format(**dict.fromkeys(IDS, WORDS[0]))
    if nowhere != path:
        tour.ask(method, nowhere)
    good = path.format(**{**tour.ids(), "job": job}) if "{" in path else path
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    if names:
        tour.ask(method, good, params=dict.fromkeys(names, f"{WORDS[0]} {WORDS[1]} \x00"))
    tour.ask("OPTIONS", good)
    if method == "GET":
        return
    header = {"Idempotency-Key": WORDS[0] * 30}
    for body, type_ in (
        (f'{{"text": "{NOTE}', "application/json"),
        (json.dumps([NOTE, {WORDS[0]: WORDS[1]}]), "application/json"),
        (json.dumps({WORDS[0]: WORDS[1], "text": 7, "encounter": WORDS[2]}), "application/json"),
        (NOTE, "text/plain"),
        (f"text={NOTE}", "application/x-www-form-urlencoded"),
        (part(WORDS[0], NOTE), FORM),
        (part("file", f"%PDF-1.7 {NOTE}") + "\r\n--x--\r\n", FORM),
        (NOTE * 40_000, "application/json"),
    ):  # fmt: skip
        tour.ask(method, good, content=body.encode(), headers={"Content-Type": type_, **header})


def _pages(tour: Tour, document: dict[str, Any], study: str) -> None:
    """The routes that are no part of the REST interface: pages, and what pages ask for."""
    for route in iter_route_contexts(create_app(Config()).routes):
        path = str(getattr(route, "path_format", None) or route.path)
        names = re.findall(r"{(\w+)", path)
        if path in document["paths"] or "path" in names:
            continue
        for method in sorted(getattr(route, "methods", None) or {"GET"}):
            for ids in (tour.ids(), {"case": study}, {}):
                more = {"data": {WORDS[0]: NOTE, "name": NOTE, "text": NOTE}} if method not in ("GET", "HEAD") else {}
                tour.ask(method, path.format(**{name: ids.get(name, WORDS[0]) for name in names}), **more)


def _exports(tour: Tour, document: dict[str, Any], study: str) -> None:
    """Every format of a note and of a study, signed or not."""
    note = tour.ids()["case"]
    parameters = document["paths"]["/v1/cases/{case}/export"]["get"]["parameters"]
    formats = next(each["schema"] for each in parameters if each["name"] == "format")
    for case, format_, of in itertools.product((note, study), _enum(formats, document), ("draft", "signed")):
        tour.ask("GET", f"/v1/cases/{case}/export", params={"format": format_, "of": of})


def _enum(schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found: list[str] = schema.get("enum") or schema["anyOf"][0]["enum"]
    return found


def _breaking(tour: Tour, film: bytes) -> None:
    """What breaks down inside: a defect that quotes the note, files that are no images, a note for a model."""
    assert tour.ask("POST", "/v1/notes:code", json={"text": f"{NOTE} Umbrellabird breaks."}).status_code == 500
    for content in (NOTE.encode(), film[:3000], b"\x89PNG\r\n\x1a\n" + NOTE.encode(), b"PK\x03\x04" + NOTE.encode()):
        tour.ended(tour.study(content, NOTE))
    engine = tour.ask("POST", "/v1/notes:code", json={"text": NOTE, "engine": True}).json()
    tour.ended(engine["job"]["id"])
    breaks = tour.ask("POST", "/v1/notes:code", json={"text": f"{NOTE} Umbrellabird fails.", "engine": True}).json()
    assert tour.ended(breaks["job"]["id"])["state"] == "failed"


def test_no_error_and_no_header_quotes_them(tour: Tour) -> None:
    assert tour.quoted == []


def test_every_failure_was_met(tour: Tour) -> None:
    assert tour.asked > 200
    assert {400, 404, 413, 415, 422, 500, 503} <= set(tour.failed), tour.failed


def test_the_log_says_nothing_of_them_and_is_all_ours(tour: Tour, server: Served) -> None:
    assert tour.asked
    assert not words_in(server.out.read_bytes())
    lines = server.err.read_text().splitlines()
    assert not [line for line in lines if words_in(line)]
    told = [json.loads(line) for line in lines]
    assert sum(line["event"] in ("request", "request failed") for line in told) >= tour.asked
    assert [line["error"] for line in told if line["event"] == "request failed"] == ["RuntimeError"]


def test_the_numbers_say_nothing_of_them(tour: Tour) -> None:
    assert not words_in(tour.client.get("/metrics").content)


def test_nothing_of_them_lies_on_the_disk_in_the_clear(tour: Tour, desk: Path) -> None:
    assert tour.asked
    for path in desk.rglob("*"):
        assert not words_in(path.name)
        if path.is_file():
            assert not words_in(path.read_bytes()), path.relative_to(desk)


def test_the_audit_trail_says_nothing_of_them(tour: Tour, desk: Path) -> None:
    assert tour.asked
    with open_store("", desk / "store", desk / "key") as store:
        events = list(store.events())
        assert len(events) > tour.asked / 4
        for event in events:
            assert not words_in(str(event)), event


def test_what_is_asked_for_is_answered(tour: Tour) -> None:
    """Else nothing of this would show anything."""
    ids = tour.ids()
    assert tour.ask("GET", f"/v1/cases/{ids['case']}/documents/{ids['document']}").text == NOTE
