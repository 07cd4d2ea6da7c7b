"""What the server says about itself, as a process of its own: nothing that came from outside."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from wardround.errors import StoreError
from wardround.server import logs, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "Zebrafinch"

PROCESS = """
import asyncio, gc, logging, sys, threading, warnings
from wardround.server import logs
logs.take_over()
canary = sys.argv[1]

def failing(local):
    raise ValueError(local)
"""

CASES = {
    "a message": "logging.getLogger('other').error('note %s', canary)",
    "a message that is formatted": "logging.getLogger('other').critical(f'note {canary}')",
    "a message without its arguments": "logging.getLogger('other').error('%s %s', canary)",
    "an error": "try:\n    failing(canary)\nexcept ValueError:\n    logging.exception(canary)",
    "a stack": "logging.getLogger(canary and 'other').error('x', stack_info=True)",
    "a handler that comes later": "logging.getLogger('other').addHandler(logging.StreamHandler())\n"
    "logging.getLogger('other').error(canary, stack_info=True)",
    "basicConfig": "logging.basicConfig(force=True)\nlogging.error(canary)",
    "a warning": "warnings.warn(canary)",
    "a thread": "thread = threading.Thread(target=failing, args=(canary,)); thread.start(); thread.join()",
    "an error that nobody can catch": "class A:\n    def __del__(self): failing(canary)\nA()\ngc.collect()",
    "a task": "async def main():\n    asyncio.ensure_future(asyncio.to_thread(failing, canary))\n"
    "    await asyncio.sleep(0.1)\n    gc.collect()\nasyncio.run(main())",
    "a field": "logs.event('x', case=canary + ' has a cough', route=canary + '\\n')",
    "the end": "failing(canary)",
}


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What a process says in each case."""
    end = "print('==', name, file=sys.stderr, flush=True)"
    code = f"{PROCESS}\nfor name, case in {CASES!r}.items():\n    {end}\n    logs.take_over()\n    exec(case)"
    done = subprocess.run([sys.executable, "-c", code, CANARY], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    said = done.stderr.split("== ")[1:]
    return {name: rest for name, _, rest in (each.partition("\n") for each in said)}


@pytest.mark.parametrize("name", CASES)
def test_a_process_says_nothing_of_what_it_works_with(said: dict[str, str], name: str) -> None:
    assert CANARY not in said[name]
    assert said[name], "it should say that something happened"


def test_a_line_tells_type_and_place_of_an_error(said: dict[str, str]) -> None:
    (line,) = map(json.loads, said["an error"].splitlines())
    assert line.keys() == {"time", "level", "event", "logger", "where", "error", "frames"}
    assert (line["level"], line["event"], line["error"]) == ("error", "logged", "ValueError")
    assert line["frames"][-1].endswith("failing")


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[list[dict[str, Any]]]:
    """What our own events say, as they are logged."""
    handler = logging.StreamHandler()
    kept: list[dict[str, Any]] = []
    handler.emit = lambda record: kept.append(json.loads(logs._Lines().format(record)))  # type: ignore[method-assign]
    logger = logging.getLogger("wardround.server")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield kept
    logger.removeHandler(handler)
    logger.setLevel(before)


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    problems.install(app)

    @app.get("/cases/{case}")
    def _(case: str) -> dict[str, int]:
        if case == "stored":
            raise StoreError("the disk fails")
        if case != "good":
            raise RuntimeError(f"{case} cannot be")
        return {}

    @app.get("/static/{path}")
    def _(path: str) -> dict[str, int]:
        return {}

    logs.install(app)
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/cases/good?name=Zebrafinch", "/cases/{case}", 200),
        ("GET", "/cases/stored", "/cases/{case}", 500),
        ("GET", "/cases/Zebrafinch", "/cases/{case}", 500),
        ("GET", "/Zebrafinch", "unmatched", 404),
        ("ZEBRAFINCH", "/cases/good", "/cases/{case}", 405),
    ],
)
def test_a_request_is_one_line_without_what_was_asked(
    client: TestClient, lines: list[dict[str, Any]], method: str, path: str, route: str, status: int
) -> None:
    response = client.request(method, path, headers={"X-Request-ID": CANARY, "User-Agent": CANARY})
    (line,) = lines
    assert CANARY.lower() not in json.dumps(line).lower()
    assert CANARY not in response.text
    assert (line["route"], line["status"], response.status_code) == (route, status, status)
    assert line["method"] == ("other" if method == "ZEBRAFINCH" else method)
    assert line["request"] == response.headers["x-request-id"] != CANARY
    assert line.keys() - {"error", "frames", "time", "level", "event"} <= set(logs.FIELDS)
    assert line["level"] == ("error" if "error" in line else "info")


def test_files_of_pages_are_not_told(client: TestClient, lines: list[dict[str, Any]]) -> None:
    assert client.get("/static/app.css").status_code == 200
    assert client.get("/static/none/app.css").status_code == 404
    assert [line["status"] for line in lines] == [404]


def test_an_error_that_nobody_expects_is_a_problem_and_its_place_is_logged(
    client: TestClient, lines: list[dict[str, Any]]
) -> None:
    response = client.get("/cases/Zebrafinch")
    assert response.headers["content-type"] == problems.MEDIA_TYPE
    assert response.json()["title"] == "wardround itself has a defect: RuntimeError"
    assert lines[0]["error"] == "RuntimeError"
    assert lines[0]["frames"]


def test_a_field_that_is_none_of_ours_is_a_defect() -> None:
    with pytest.raises(TypeError, match="not for logs: note"):
        logs.event("drafted", note="text")
