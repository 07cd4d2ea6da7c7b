"""The client, asking a real server on loopback."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from server.listening import listening
from wardround.client import Client
from wardround.coding import CodingResult, Encounter
from wardround.errors import InputError, ServerError, StoreConflict, UnknownCode, UnknownRecord
from wardround.server import Config, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTE = "ASSESSMENT\n1. Essential hypertension.\n2. Type 2 diabetes mellitus with hyperglycemia.\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = create_app(Config(folder=tmp_path_factory.mktemp("store")))
    with listening(app) as port:
        app.state.services.drafting.code(NOTE, Encounter())  # what the first note would wait for
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address) as client:
        yield client


def test_from_note_to_signature(client: Client) -> None:
    draft = client.code(NOTE, Encounter(age=51, sex="female"), external_id="visit 1")
    assert draft.case is not None
    assert isinstance(draft.content, CodingResult)
    assert [code.code for code in draft.content.codes] == ["I10", "E11.65"]
    case = draft.case.id
    review = client.begin(case)
    assert list(client.undecided(review)) == ["I10", "E11.65"]
    review = client.decide(review, "I10", "accept")
    with pytest.raises(StoreConflict):  # it is no second reading
        client.withdraw(review)
    with pytest.raises(StoreConflict) as refused:
        client.sign(review)
    assert refused.value.where == "E11.65"
    review = client.decide(review, "E11.65", "change", {"code": "E11.9"}, reason="no hyperglycemia today")
    signed = client.sign(review)
    assert signed.signed is not None
    assert client.reviews(case) == (signed,)
    result = CodingResult.model_validate_json(client.export(case))
    assert [code.code for code in result.codes] == ["I10", "E11.9"]
    assert client.export(case, "pdf").startswith(b"%PDF-")
    assert client.result(case) == draft.content
    (document,) = client.case(case).documents
    assert client.document(case, document.id) == NOTE.encode()
    assert client.amend(case, "a letter came").round == 2


def test_files_keys_and_pages_of_cases(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text(NOTE)
    first = client.code(path, idempotency_key="the same")
    again = client.code(NOTE.encode(), idempotency_key="the same")
    assert first.case is not None
    assert again.case is not None
    assert first.case.id == again.case.id
    assert client.code(NOTE, keep=False).case is None
    assert first.case.id in [case.id for case in client.cases(kind="note")]
    assert client.delete(first.case.id).status == "deleted"
    assert client.restore(first.case.id).status == "drafted"
    redrafted = client.draft(first.case.id, scope="mentions")
    assert redrafted.case is not None
    assert redrafted.case.results == 2


def test_a_job_that_fails_says_why(client: Client) -> None:
    draft = client.code(b"\x89PNG\r\n\x1a\n no picture")
    assert draft.job is not None
    seen = []
    with pytest.raises(ServerError) as failed:
        client.wait(draft.job, seen.append, every=0.1, timeout=60)
    assert failed.value.where == draft.job.id
    assert seen[-1].state == "failed"
    assert client.jobs(case=draft.job.case) == (client.job(draft.job.id),)


def test_the_classification(client: Client) -> None:
    assert client.search("essential hypertension")[0]["code"] == "I10"
    assert client.lookup("e1165")["code"] == "E11.65"
    assert client.check(["F02.80", "G30.9"])[0].rule == "manifestation"
    with pytest.raises(UnknownCode) as unknown:
        client.lookup("E11.66")
    assert "E11.65" in unknown.value.hint


def test_problems_are_the_errors_they_stand_for(client: Client) -> None:
    with pytest.raises(UnknownRecord):
        client.case("0" * 32)
    with pytest.raises(InputError):
        client.code(" ")
    with pytest.raises(InputError):
        client.case("../jobs")
    with pytest.raises(InputError) as wrong:
        client.code(NOTE, external_id="x" * 300)
    assert wrong.value.where == "body.external_id"


def test_a_server_that_is_not_there() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(ServerError):
        client.health()
    with pytest.raises(ServerError):
        Client("127.0.0.1:8765")


def test_a_busy_server_is_asked_again() -> None:
    answers = [b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"] * 2
    answers.append(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}')
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for answer in answers:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with Client(f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
            assert client.health() == {"status": "ok"}
        thread.join(5)
