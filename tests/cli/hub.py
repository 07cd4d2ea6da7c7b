"""A small hub of models on this machine: what huggingface_hub asks for, and no more."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Hub"]

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Repositories by id, each its files by name; gated ones want a token; every request is written down.

    Attributes:
        asked: method, path and whether a token came with it.
        resumed: where downloads went on that had stopped: file and first byte.
        cut: files that are sent only half, once.
        wrong: files whose checksum is told wrong.
    """

    def __init__(self, repositories: dict[str, dict[str, bytes]], *, gated: tuple[str, ...] = ()) -> None:
        self.repositories = repositories
        self.gated = gated
        self.asked: list[tuple[str, str, bool]] = []
        self.resumed: list[tuple[str, int]] = []
        self.cut: set[str] = set()
        self.wrong: set[str] = set()
        self.address = ""

    @contextmanager
    def serve(self) -> Iterator[Hub]:
        hub = self

        class Site(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self)

            def do_GET(self) -> None:
                hub.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            self.address = f"http://127.0.0.1:{server.server_port}"
            yield self
            server.shutdown()
            thread.join()

    def answer(self, site: BaseHTTPRequestHandler) -> None:
        path = site.path.partition("?")[0]
        token = site.headers.get("Authorization", "")
        self.asked.append((site.command, path, bool(token)))
        name = next((each for each in self.repositories if f"/{each}" in path), None)
        if name is None:
            self._send(site, 404, {"X-Error-Code": "RepoNotFound"})
        elif name in self.gated and token != "Bearer hf_mine":
            self._send(site, 403 if token else 401, {"X-Error-Code": "GatedRepo"})
        elif path.startswith("/api/models/"):
            self._send(site, 200, {"Content-Type": "application/json"}, json.dumps(self._told(name)).encode())
        else:
            self._file(site, name, path.rpartition(f"{COMMIT}/")[2])

    def _told(self, name: str) -> dict[str, Any]:
        files = []
        for file, content in self.repositories[name].items():
            told: dict[str, Any] = {"rfilename": file, "size": len(content), "blobId": _sha1(content)}
            if file.endswith((".safetensors", ".gguf")):
                right = b"" if file in self.wrong else content
                told["lfs"] = {"sha256": hashlib.sha256(right).hexdigest(), "size": len(content), "pointerSize": 100}
            files.append(told)
        return {"id": name, "sha": COMMIT, "siblings": files, "tags": [], "private": False}

    def _file(self, site: BaseHTTPRequestHandler, name: str, file: str) -> None:
        content = self.repositories[name][file]
        headers = {"ETag": f'"{_sha1(content)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        given = site.headers.get("Range")
        status = 200
        if given:
            start = int(given.removeprefix("bytes=").partition("-")[0])
            if start:
                self.resumed.append((file, start))
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content, status = content[start:], 206
        if site.command == "GET" and file in self.cut:
            self.cut.remove(file)
            site.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(content))}.items():
                site.send_header(key, value)
            site.end_headers()
            site.wfile.write(content[: len(content) // 2])
            site.close_connection = True
            return
        self._send(site, status, headers, content)

    @staticmethod
    def _send(site: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        site.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            site.send_header(key, value)
        site.end_headers()
        if site.command == "GET":
            site.wfile.write(content)


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
