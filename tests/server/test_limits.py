"""Bodies that are too large, too slow or cut short, over real connections; full disks and busy servers."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, File, Form, Request, UploadFile
from fastapi.responses import StreamingResponse

from server.listening import answer_to, listening
from wardround.server import connections, limits, problems
from wardround.server.spooling import spooling

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1024 * 1024
PARTS = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
FORM = "multipart/form-data; boundary=x"


def application() -> FastAPI:
    """The limits around routes that tell how much they were given."""
    app = FastAPI(form_limits=limits.FORM_LIMITS)
    problems.install(app)

    @app.post("/v1/notes:code")
    @app.post("/v1/studies:read")
    @app.post("/form")
    def _(files: Annotated[list[UploadFile], File()] = [], fields: Annotated[list[str], Form()] = []) -> dict[str, int]:  # noqa: B006
        return {"bytes": sum(each.size or 0 for each in files), "fields": sum(map(len, fields))}

    @app.post("/any")
    async def _(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.post("/unread")
    def _() -> dict[str, int]:
        return {}

    @app.get("/health")
    def _() -> dict[str, int]:
        return {}

    @app.get("/long")
    def _() -> StreamingResponse:
        return StreamingResponse(bytes(MIB) for _ in range(64))

    limits.install(app)
    return app


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return application()


@pytest.fixture(scope="module")
def port(app: FastAPI) -> Iterator[int]:
    with listening(app) as port:
        yield port


@pytest.fixture
def client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client


def is_problem(response: httpx.Response, status: int) -> bool:
    return (response.status_code, response.headers["content-type"]) == (status, problems.MEDIA_TYPE) and (
        response.json()["status"] == status
    )


def pieces(size: int) -> Iterator[bytes]:
    """A body of this size without a Content-Length."""
    for _ in range(size // 65_536):
        yield bytes(65_536)
    yield bytes(size % 65_536)


@pytest.mark.parametrize(
    "type_",
    ["application/json", "application/x-www-form-urlencoded", "text/plain", "application/octet-stream", FORM, None],
)
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "status"), [(2 * MIB, 200), (2 * MIB + 1, 413), (6 * MIB, 413)])
def test_a_body_of_any_type_may_have_2_mib(
    client: httpx.Client, type_: str | None, chunked: bool, size: int, status: int
) -> None:
    headers = {"content-type": type_} if type_ else {}
    response = client.post("/any", content=pieces(size) if chunked else bytes(size), headers=headers)
    if status == 200:
        assert response.json() == {"bytes": size}
    else:
        assert is_problem(response, 413)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/form", 3 * MIB, 413),
        ("/v1/notes:code", 3 * MIB, 200),
        ("/v1/notes:code", 50_000_001, 413),
        ("/v1/studies:read", 60 * MIB, 200),
    ],
)
def test_a_form_with_files_may_be_larger_where_files_are_taken(
    client: httpx.Client, path: str, size: int, status: int
) -> None:
    def body() -> Iterator[bytes]:
        yield PARTS
        yield from pieces(size)
        yield b"\r\n--x--\r\n"

    response = client.post(path, content=body(), headers={"content-type": FORM})
    if status == 200:
        assert response.json()["bytes"] == size
    else:
        assert is_problem(response, 413)


@pytest.mark.parametrize("path", ["/v1/studies:read", "/v1/notes:code", "/any", "/unread"])
def test_what_is_said_to_be_too_large_is_refused_before_any_of_it_is_sent(
    port: int, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(limits, "_LINGER", 0.1)
    for type_ in ("application/json", FORM, "text/plain"):
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {type_}\r\nContent-Length: 536936449\r\n\r\n"
        assert answer_to(port, head.encode()).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_is_longer_than_it_says_is_not_taken_for_more(port: int) -> None:
    said = b"POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
    answered = answer_to(port, said + b"12345" + b"6" * 70_000)
    assert answered.count(b'{"bytes":5}') == 1
    assert b"HTTP/1.1 4" in answered  # what came after it is no request


@pytest.mark.parametrize(
    ("count", "name", "status"),
    [(100, "fields", 200), (101, "fields", 400), (1_000, "files", 200), (1_001, "files", 400)],
)
def test_a_form_may_have_so_many_parts(client: httpx.Client, count: int, name: str, status: int) -> None:
    file = '; filename="f"' if name == "files" else ""
    part = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\na\r\n'
    body = (part * count + "--x--\r\n").encode()
    response = client.post("/v1/studies:read", content=body, headers={"content-type": FORM})
    assert response.status_code == status


def test_a_field_may_have_2_mib(client: httpx.Client) -> None:
    for size, status in ((2 * MIB, 200), (2 * MIB + 1, 400)):
        response = client.post("/v1/studies:read", files={"files": b"a"}, data={"fields": "x" * size})
        assert response.status_code == status


def test_headers_may_have_16_kib(port: int) -> None:
    for size, status in ((8_000, b"200"), (17_000, b"431"), (100_000, b"431")):
        head = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + b"y" * size + b"\r\n\r\n"
        assert answer_to(port, head).startswith(b"HTTP/1.1 " + status)


def test_what_is_no_http_is_told_as_a_problem(port: int) -> None:
    answered = answer_to(port, b"maria's note\r\n\r\n")
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert problems.MEDIA_TYPE.encode() in answered
    assert b"maria" not in answered


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc", b"408"),
        (b"POST /any HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"408"),
        (b"POST /v1/studies:read HTTP/1.1\r\nHost: x\r\nContent-Type: " + FORM.encode() + b"\r\n"
         b"Content-Length: 900\r\n\r\n" + PARTS + b"abc", b"408"),
        (b"POST /any HTTP/1.1\r\nHost: x\r\nContent-Le", b"408"),
        (b"", b""),
    ],
)  # fmt: skip
def test_who_stops_sending_is_told_and_left(
    port: int, monkeypatch: pytest.MonkeyPatch, head: bytes, status: bytes
) -> None:
    monkeypatch.setattr(limits, "_SILENCE", 0.3)
    monkeypatch.setattr(limits, "_LINGER", 0.1)
    monkeypatch.setattr(connections, "_PATIENCE", 0.3)
    answered = answer_to(port, head)
    assert answered.startswith(b"HTTP/1.1 " + status) if status else answered == b""


def test_who_sends_byte_by_byte_is_told_and_left(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_GRACE", 0.3)
    monkeypatch.setattr(limits, "_LINGER", 0.1)

    def dripping() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x"
            threading.Event().wait(0.02)

    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert is_problem(client.post("/any", content=dripping()), 408)


def test_a_second_request_may_not_dawdle_either(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_PATIENCE", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        answered = b""
        while not answered.endswith(b"{}"):
            answered += connection.recv(65_536)
        connection.sendall(b"GET /hea")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 408 ")


def test_who_takes_nothing_of_an_answer_is_left(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_STALLED", 0.2)
    monkeypatch.setattr(limits, "_REQUESTS", 1)
    with socket.socket() as idle, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        idle.connect(("127.0.0.1", port))
        idle.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(8) == b"HTTP/1.1"
        answers = []
        for _ in range(200):
            answers.append(client.post("/any", content=b"x").status_code)
            if answers[-1] == 200:
                break
            threading.Event().wait(0.05)
        assert (answers[0], answers[-1]) == (503, 200)


def test_who_takes_an_answer_slowly_gets_it_whole(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_STALLED", 1.5)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        size = 0
        while received := slow.recv(MIB):
            size += len(received)
            if time.monotonic() - began < 3:
                threading.Event().wait(0.1)
    assert size > 64 * MIB


def test_a_half_upload_leaves_nothing(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_SILENCE", 0.3)
    monkeypatch.setattr(limits, "_LINGER", 0.1)
    head = f"POST /v1/studies:read HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 9000000\r\n\r\n"
    with spooling(tmp_path / "store"):
        open_before = len(os.listdir("/proc/self/fd"))
        assert b" 408 " in answer_to(port, head.encode(), PARTS, bytes(4 * MIB))
        assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []
    assert len(os.listdir("/proc/self/fd")) <= open_before
    assert list((tmp_path / "store").iterdir()) == []


def test_temporary_files_are_their_owners_and_have_no_name(tmp_path: Path) -> None:
    with spooling(tmp_path / "store"):
        assert Path(tempfile.gettempdir()).parent == tmp_path / "store"
        assert stat.S_IMODE(os.stat(tempfile.gettempdir()).st_mode) == 0o700
        with tempfile.SpooledTemporaryFile(max_size=10) as file:
            file.write(bytes(100))
            assert list(Path(tempfile.gettempdir()).iterdir()) == []
    assert Path(tempfile.gettempdir()) != tmp_path / "store"


@pytest.fixture
def stored(app: FastAPI, tmp_path: Path) -> Iterator[Path]:
    """The folder of a store, which the limits look at."""
    app.state.services = SimpleNamespace(store=SimpleNamespace(folder=tmp_path))
    yield tmp_path
    del app.state.services


@pytest.mark.usefixtures("stored")
def test_where_the_disk_is_nearly_full_nothing_is_taken(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    free = SimpleNamespace(free=limits.FREE_SPACE + MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    assert client.post("/any", content=bytes(MIB)).status_code == 200
    assert is_problem(client.post("/any", content=bytes(MIB + 1)), 507)
    free.free = limits.FREE_SPACE - 1
    assert is_problem(client.post("/any", content=b"x"), 507)
    assert client.get("/health").status_code == 200


@pytest.mark.usefixtures("stored")
def test_a_disk_that_fills_meanwhile_ends_an_upload(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([limits.FREE_SPACE + 1, limits.FREE_SPACE - 1])
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=next(free)))

    def body() -> Iterator[bytes]:
        yield PARTS
        yield from pieces(20 * MIB)

    assert is_problem(client.post("/v1/studies:read", content=body(), headers={"content-type": FORM}), 507)


def test_a_disk_that_is_full_while_a_form_is_written_is_told(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **more: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    response = client.post("/v1/studies:read", files={"files": bytes(3 * MIB)})
    assert is_problem(response, 507)
    assert response.headers["retry-after"]


def test_more_requests_than_can_be_answered_are_asked_to_come_again(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_REQUESTS", 0)
    response = client.post("/any", content=b"x")
    assert is_problem(response, 503)
    assert response.headers["retry-after"]
    assert client.get("/health").status_code == 200


def test_more_uploads_than_can_be_taken_are_asked_to_come_again(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_UPLOADS", 0)
    assert is_problem(client.post("/v1/studies:read", files={"files": bytes(3 * MIB)}), 503)
    assert client.post("/v1/studies:read", files={"files": b"small"}).status_code == 200
