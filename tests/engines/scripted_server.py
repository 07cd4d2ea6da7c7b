"""A server on this machine that speaks the dialects of the real ones, and has their faults.

Whatever asks `QUESTION` gets the next turn of the script; without a turn, and for the engine's own trials, the server
does what the real one would: it holds the schema if the request says so in its dialect, and sees images or drops them.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from wardround.engines import Image, Message, Request
from wardround.engines.openai.canary import _image

QUESTION = "What does the note of Quirina Zeldhof say?"
"""What tests ask; nothing of it may show in an error, a log or a name."""

CODES = {
    "type": "object",
    "properties": {
        "codes": {"type": "array", "items": {"enum": ["E11.9", "I10"]}, "maxItems": 3},
        "quote": {"type": "string", "maxLength": 40},
    },
    "required": ["codes", "quote"],
    "additionalProperties": False,
}

OWNERS = {
    "vllm": "vllm",
    "llama.cpp": "llamacpp",
    "llama_cpp.server": "me",
    "ollama": "library",
    "lmstudio": "organization_owner",
    "generic": "somebody",
}


def question(*images: Image, **options: Any) -> Request:
    return Request(messages=(Message.user(*images, QUESTION),), **options)


def picture() -> Image:
    return _image()


@dataclass
class Turn:
    """One answer: its text, or a fault."""

    text: str = ""
    finish: str = "stop"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0  # seconds before the answer, or before each piece of it when it is streamed
    drop: bool = False  # the connection closes in the middle of the answer
    drip: bool = False  # the body comes byte by byte for ever
    body: Any = None  # in place of a chat completion
    logprobs: Any = None
    reasoning: str | None = None


class _Quiet(ThreadingHTTPServer):
    """Says nothing of clients that leave, such as those that are killed."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@dataclass
class ScriptedServer:
    dialect: str = "vllm"
    models: tuple[str, ...] = ("tiny",)
    owner: str | None = None  # what /v1/models says, if not what the dialect's server does
    holds: bool = True  # a schema, in the dialect's form
    sees: bool = True
    refuses_images: bool = False
    stuck: bool = False  # at whatever is not `QUESTION`
    stuck_on_images: bool = False
    counts: bool = True  # tells usage
    context: int = 100_000  # tokens; longer prompts are cut without a word
    key: str = ""  # that it wants to be shown
    refused: tuple[str, ...] = ()  # parameters that it does not take
    loops: bool = False  # fills every answer that is held to a schema with white space
    turns: list[Turn] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    tried: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    most_at_once: int = 0

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._at_once = 0
        self._closing = threading.Event()
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                script.headers.append(dict(self.headers))
                value = script.told(self.path)
                if script.key and self.headers["Authorization"] != f"Bearer {script.key}":
                    return self.send(401, {"error": {"message": QUESTION}})
                return self.send(
                    200 if value is not None else 404, value if value is not None else {"error": "no such page"}
                )

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                script.headers.append(dict(self.headers))
                with script._lock:
                    script._at_once += 1
                    script.most_at_once = max(script.most_at_once, script._at_once)
                try:
                    with suppress(ConnectionError):
                        self.answer(body, script.refusal(body, self.headers) or script.turn(body))
                finally:
                    with script._lock:
                        script._at_once -= 1

            def answer(self, body: dict[str, Any], turn: Turn) -> None:
                if body.get("stream"):
                    return self.stream(turn)
                script._closing.wait(turn.wait)
                if turn.drip:
                    self.start(200, {"Content-Type": "application/json", "Content-Length": "100000"})
                    while not script._closing.wait(0.02):
                        self.wfile.write(b" ")
                    self.close_connection = True
                    return None
                if turn.status != 200:
                    return self.send(turn.status, turn.body or {"error": {"message": QUESTION}}, turn.headers)
                value = turn.body if turn.body is not None else script.completion(body, turn)
                return self.send(200, value, turn.headers, half=turn.drop)

            def stream(self, turn: Turn) -> None:
                self.start(200, {"Content-Type": "text/event-stream", "Connection": "close"})
                self.wfile.write(b'data: {"choices": []}\n\ndata: {"choices": [{"index": 0, "delta": null}]}\n\n')
                for piece in re.findall(r"\S*\s*", turn.text):
                    if script._closing.wait(turn.wait):
                        break
                    delta = {"choices": [{"index": 0, "delta": {"content": piece}}], "object": "chat.completion.chunk"}
                    self.wfile.write(f"data: {json.dumps(delta)}\n\n".encode())
                if not turn.drop:
                    self.wfile.write(b"data: [DONE]\n\n")
                self.close_connection = True

            def send(
                self, status: int, value: Any, headers: dict[str, str] | None = None, *, half: bool = False
            ) -> None:
                data = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.start(
                    status, {"Content-Length": str(len(data)), "Content-Type": "application/json"} | (headers or {})
                )
                self.wfile.write(data[: len(data) // 2] if half else data)
                self.close_connection = half

            def start(self, status: int, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/v1"

    def told(self, path: str) -> Any:
        """What a page of the server says; None if it has no such page."""
        if path == "/v1/models":
            owner = OWNERS[self.dialect] if self.owner is None else self.owner
            return {"data": [{"id": name, "owned_by": owner} for name in self.models], "object": "list"}
        pages = {
            ("llama.cpp", "/props"): {"default_generation_settings": {}, "modalities": {"vision": self.sees}},
            ("ollama", "/api/version"): {"version": "0.12.0"},
            ("ollama", "/api/tags"): {
                "models": [{"name": name, "digest": "sha256:" + "ab" * 32} for name in self.models]
            },
            ("ollama", "/api/ps"): {"models": [{"name": name, "context_length": self.context} for name in self.models]},
            ("lmstudio", "/api/v0/models"): {
                "data": [{"id": name, "loaded_context_length": self.context} for name in self.models]
            },
            ("vllm", "/version"): {"version": "0.32.0"},
        }
        return pages.get((self.dialect, path))

    def refusal(self, body: dict[str, Any], headers: Mapping[str, str]) -> Turn | None:
        """What it says to a request without its key, or with a parameter that it does not take."""
        if self.key and headers.get("Authorization") != f"Bearer {self.key}":
            return Turn(status=401)
        name = next((name for name in self.refused if name in body), None)
        if name is None:
            return None
        self.refusals.append(name)
        told = {"message": QUESTION, "type": "invalid_request_error", "param": name, "code": "unsupported_parameter"}
        return Turn(status=400, body={"error": told})

    def turn(self, body: dict[str, Any]) -> Turn:
        ours = QUESTION in json.dumps(body["messages"])
        (self.asked if ours else self.tried).append(body)
        schema, choices, unknown = self.held(body)
        if unknown:
            return Turn(status=500)
        if (self.stuck and not ours) or (self.stuck_on_images and _images(body)):
            return Turn(wait=30)
        if _images(body) and self.refuses_images:
            return Turn(status=500)
        with self._lock:
            if ours and self.turns:
                return self.turns.pop(0)
        if "regex" in body.get("structured_outputs", {}):
            return Turn('{"codes":["I10"],"quote":"by the book"}')
        if choices:
            return Turn(choices[0])
        if schema:
            text = json.dumps(example(schema))
            return Turn(text[:1] + "\n" * 200, finish="length") if self.loops else Turn(text)
        return Turn("Blue, I should say.")

    def held(self, body: dict[str, Any]) -> tuple[Any, Any, bool]:
        """The schema and the choices that the answer is held to, and whether the request is an error here."""
        shape = body.get("response_format", {})
        if self.dialect == "llama_cpp.server" and shape.get("type") == "json_schema":
            return None, None, True
        if not self.holds:
            return None, None, False
        schema = (
            shape.get("schema") if self.dialect == "llama_cpp.server" else shape.get("json_schema", {}).get("schema")
        )
        choices = None
        if self.dialect == "vllm":
            choices = body.get("structured_outputs", {}).get("choice")
        elif self.dialect == "llama.cpp" and "grammar" in body:
            choices = [json.loads(each) for each in body["grammar"].removeprefix("root ::= ").split(" | ")]
        return schema, choices, False

    def completion(self, body: dict[str, Any], turn: Turn) -> dict[str, Any]:
        words = len(re.findall(r"\w+", " ".join(_texts(body))))
        length = words + (256 * _images(body) if self.sees else 0)
        message = {"role": "assistant", "content": turn.text}
        if turn.reasoning is not None:
            message["reasoning_content"] = turn.reasoning
        return {
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": turn.finish, "logprobs": turn.logprobs}],
            "usage": {"prompt_tokens": min(length, self.context), "completion_tokens": len(turn.text.split())}
            if self.counts
            else None,
        }


def example(schema: Any) -> Any:
    """The least value that obeys ``schema``."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: example(each) for name, each in schema["properties"].items()}
    return {"array": [], "string": ""}[schema["type"]]


def _parts(body: dict[str, Any]) -> list[Any]:
    return [
        part
        for message in body["messages"]
        for part in ([message["content"]] if isinstance(message["content"], str) else message["content"])
    ]


def _texts(body: dict[str, Any]) -> list[str]:
    return [part if isinstance(part, str) else part.get("text", "") for part in _parts(body)]


def _images(body: dict[str, Any]) -> int:
    return sum(isinstance(part, dict) and part["type"] == "image_url" for part in _parts(body))
