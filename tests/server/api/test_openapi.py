"""The OpenAPI document is true: whatever is sent, the answers are those it describes.

``WARDROUND_EXAMPLES=500`` tries that many requests of each kind on each route.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import positive_data_acceptance

from export.reports import samples
from server.api.conftest import NOTE
from wardround.coding import Coder
from wardround.server import Config, create_app
from wardround.store import Actor, Upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient
    from schemathesis import BaseSchema, Case

    from wardround.store.store import Store

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")  # Schemathesis' own

EXAMPLES = int(os.environ.get("WARDROUND_EXAMPLES", "3"))
DOCUMENT: dict[str, Any] = create_app(Config()).openapi()
OPERATIONS = [
    (path, method, operation["operationId"])
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
NAMES = [name for _, _, name in OPERATIONS]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES < 50,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
ENGINE = {
    "schema": "wardround.replies/1",
    "engine": "none",
    "digest": "",
    "capabilities": {"images": True},
}
"""A recording without replies: a server that has it takes studies."""
MAYBE_UNSUITED = ("/problems/input-error", "/problems/note-error", "/problems/image-error", "/problems/unknown-release")
"""What a request is refused with that has the form it needs, and holds something that cannot be used."""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "replies.jsonl").write_text(json.dumps(ENGINE) + "\n")
    engine = f"replay:{folder / 'replies.jsonl'}"
    app = create_app(Config(folder=folder / "store", names=("testserver",), engine=engine))
    yield schemathesis.openapi.from_asgi("/openapi.json", app)
    shutdown_lifespans()


@pytest.fixture(scope="module")
def ids(schema: BaseSchema) -> dict[str, list[str]]:
    """What can stand in addresses: cases in all states, their documents, a job, a user."""
    store: Store = schema.app.state.services.store  # type: ignore[attr-defined]  # the application's
    me = Actor(id="os:tester", role="admin")
    coded = Coder("2026-04-01").code(NOTE).to_json()
    report = samples.RICH.model_dump(mode="json")
    note = Upload(content=NOTE.encode(), media_type="text/plain")
    picture = Upload(content=b"no picture", media_type="image/png", role="image")
    notes = [store.add_case(me, "note", [note], draft=coded) for _ in range(4)]
    study = store.add_case(me, "study", [picture], draft=report)
    new = store.add_case(me, "study", [picture])
    for case in (notes[1].id, notes[2].id, study.id):
        store.begin_review(me, case, 1)
    store.decide(me, notes[1].id, "I10", "accept", version=1)
    store.sign(me, notes[2].id, version=1)
    store.delete(me, notes[3].id)
    job = store.jobs.add(me, notes[0].id, "code")
    store.jobs.cancel(me, job.id)
    user = store.accounts.add_user(me, "maria", "coder")
    return {
        "case": [case.id for case in (*notes, study, new)],
        "document": [case.documents[0].id for case in (*notes, study)],
        "job": [job.id],
        "user": [user.id],
        "number": ["1"],
        "round": ["1"],
        "code": ["I10", "e1165", "W01"],
    }


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method", "name"), OPERATIONS, ids=NAMES)
def test_answers_are_those_described(
    schema: BaseSchema, ids: dict[str, list[str]], path: str, method: str, name: str, mode: GenerationMode
) -> None:
    operation = schema[path][method.upper()]
    if mode is GenerationMode.NEGATIVE and not operation.definition.raw.get("parameters", operation.body):
        pytest.skip("nothing is sent that could be wrong")

    @QUICK
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case: Case, data: st.DataObject) -> None:
        if mode is GenerationMode.POSITIVE:
            for parameter in case.path_parameters or {}:
                if parameter in ids and data.draw(st.integers(0, 3)):  # mostly of something that is there
                    case.path_parameters[parameter] = data.draw(st.sampled_from(ids[parameter]))
        answer = case.call()
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])
        if mode is GenerationMode.POSITIVE and answer.status_code in (400, 413, 415, 422):
            assert answer.json()["type"] in MAYBE_UNSUITED, f"{case.as_curl_command()}\n{answer.text}"

    try:
        ask()
    except Unsatisfiable:
        pytest.skip("whatever is sent has the form it needs")


def test_every_operation_is_described() -> None:
    assert len(OPERATIONS) > 30
    for path, method, name in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        assert operation["summary"], name
        assert operation["tags"], name
        assert operation["x-permission"], name
        assert "default" in operation["responses"], name
        for status, response in operation["responses"].items():
            if status == "default" or status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (name, status)
    assert len(set(NAMES)) == len(NAMES)
    assert [name for name in NAMES if not re.fullmatch("[a-z]+(_[a-z]+)?", name)] == []  # said by us, as cases_list


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(DOCUMENT)
    for name in set(re.findall(r'"\$ref": "([^"]*)"', text)):
        assert name.removeprefix("#/components/schemas/") in DOCUMENT["components"]["schemas"]


ODD = [
    pytest.param("POST", "/v1/codes:check", b'{"codes": ["I10"]}', "text/plain", 415, id="another type"),
    pytest.param("POST", "/v1/codes:check", b'{"codes": ["I10"]}', "", 415, id="no type"),
    pytest.param("POST", "/v1/codes:check", b'{"codes": ["I10"', "application/json", 422, id="no JSON"),
    pytest.param("POST", "/v1/codes:check", b"\xff\xfe", "application/json", 422, id="no text"),
    pytest.param("POST", "/v1/codes:check", b"[" * 100_000, "application/json", 400, id="deep"),
    pytest.param("POST", "/v1/codes:check", b"9" * 10_000, "application/json", 400, id="a huge number"),
    pytest.param("POST", "/v1/codes:check", b'{"codes": ["\\ud800"]}', "application/json", 422, id="half a pair"),
    pytest.param("POST", "/v1/notes:code", b'{"text": "\\ud800"}', "application/json", 422, id="half a pair in a note"),
    pytest.param("POST", "/v1/notes:code", b"[" * 100_000, "application/json", 422, id="a deep note"),
    pytest.param("POST", "/v1/notes:code", b"text=Gout", "application/x-www-form-urlencoded", 415, id="another form"),
    pytest.param("POST", "/v1/notes:code", b"", "multipart/form-data", 400, id="no boundary"),
    pytest.param("POST", "/v1/notes:code", b"x" * 9, "multipart/form-data; boundary=b", 400, id="no form"),
    pytest.param("POST", "/v1/codes:check", b" " * 2_100_000, "application/json", 413, id="too large"),
    pytest.param("GET", "/v1/cases?limit=" + "9" * 400, b"", "", 422, id="a huge limit"),
    pytest.param("GET", "/v1/cases?search=%00", b"", "", 422, id="NUL"),
    pytest.param("GET", "/v1/cases?search=%ff%fe", b"", "", 200, id="no UTF-8"),
    pytest.param("GET", f"/v1/cases/{'0' * 32}/results/{'9' * 60}", b"", "", 422, id="a huge number in the address"),
    pytest.param("GET", "/v1/cases/none", b"", "", 404, id="no id"),
    pytest.param("PUT", "/v1/cases", b"", "", 405, id="another method"),
    pytest.param("GET", "/v2/cases", b"", "", 404, id="another address"),
]


@pytest.mark.parametrize(("method", "path", "body", "kind", "status"), ODD)
def test_odd_requests_are_problems(
    client: TestClient, method: str, path: str, body: bytes, kind: str, status: int
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
