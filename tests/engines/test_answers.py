"""What an engine does with what a backend hands out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from wardround.engines import Capabilities, Engine, Message, Raw, Request, Usage
from wardround.errors import EngineError, EngineFailed, EngineRefused

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"codes": {"type": "array", "maxItems": 9, "items": {"enum": ["I10", "E11.9"]}}},
    "required": ["codes"],
    "additionalProperties": False,
}
GOOD = '{"codes":["I10"]}'
USAGE = Usage(prompt_tokens=10, completion_tokens=3)


class Scripted(Engine):
    """Says what it is told to, in an order of its own, and remembers what it was asked."""

    name = "scripted"
    capabilities = Capabilities()

    def __init__(self, *answers: str | Raw | EngineError) -> None:
        self._answers = [Raw(text=a, usage=USAGE, seconds=1.0) if isinstance(a, str) else a for a in answers]
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        said = [self._answers.pop(0) for _ in requests]
        self.asked += requests
        yield from reversed(list(enumerate(said)))

    def stream(self, request: Request) -> Iterator[str]:
        yield "never"


def ask(**more: Any) -> Request:
    return Request(messages=(Message.user("Which codes?"),), **more)


def cut(text: str) -> Raw:
    return Raw(text=text, finish="length")


@pytest.mark.parametrize(
    ("answers", "request_", "finish", "value", "attempts"),
    [
        (["fine"], ask(), "stop", None, 1),
        ([cut("fine so f")], ask(), "length", None, 1),
        (["<unused94>thought\nhm<unused95>fine"], ask(), "stop", None, 1),
        ([cut("<unused94>thought\nhm"), "<unused94>hm<unused95>fine"], ask(), "stop", None, 2),
        ([cut("<unused94>thought\nhm"), cut("<unused94>thought\nhmm")], ask(), "no-answer", None, 2),
        ([GOOD], ask(schema=SCHEMA), "stop", {"codes": ["I10"]}, 1),
        ([f"<unused94>hm<unused95>{GOOD}"], ask(schema=SCHEMA), "stop", {"codes": ["I10"]}, 1),
        (["sure!", GOOD], ask(schema=SCHEMA), "stop", {"codes": ["I10"]}, 2),
        (['{"codes":["A00"]}', GOOD], ask(schema=SCHEMA), "stop", {"codes": ["I10"]}, 2),
        (["sure!", "sure!"], ask(schema=SCHEMA), "invalid", None, 2),
        (["[[{" * 50_000 + "1", GOOD], ask(schema=SCHEMA), "stop", {"codes": ["I10"]}, 2),
        ([cut('{"codes":["I1')], ask(schema=SCHEMA), "length", None, 1),
        ([" yes\n"], ask(choices=("yes", "no")), "stop", "yes", 1),
        (["maybe", "no"], ask(choices=("yes", "no")), "stop", "no", 2),
        (["maybe", "perhaps"], ask(choices=("yes", "no")), "invalid", None, 2),
        (["codes: " + "I10, " * 12], ask(), "loop", None, 1),
        (['{"codes":["' + "x" * 99] * 2, ask(schema=SCHEMA), "loop", None, 2),
        (['{"codes":["' + "x" * 99, GOOD], ask(schema=SCHEMA), "stop", {"codes": ["I10"]}, 2),
        (["well, " * 99, "no"], ask(choices=("yes", "no")), "stop", "no", 2),
        (["no " * 99], ask(choices=("yes", "no")), "stop", "no", 1),
        ([EngineFailed("busy", retryable=True), "fine"], ask(), "stop", None, 2),
    ],
)
def test_how_an_answer_is_taken(answers: list[Any], request_: Request, finish: str, value: Any, attempts: int) -> None:
    reply = Scripted(*answers).ask(request_)
    assert (reply.finish, reply.value, reply.attempts) == (finish, value, attempts)
    assert reply.ok == (finish == "stop")


def test_an_unfinished_thought_gets_twice_the_room_and_a_wrong_answer_another_seed() -> None:
    engine = Scripted(cut("<unused94>hm"), "fine")
    engine.ask(ask(max_tokens=100))
    assert [(one.max_tokens, one.seed) for one in engine.asked] == [(100, 0), (200, 0)]
    engine = Scripted("sure!", GOOD)
    reply = engine.ask(ask(schema=SCHEMA))
    assert [one.seed for one in engine.asked] == [0, 1]
    assert (reply.usage, reply.seconds) == (USAGE + USAGE, 2.0)


@pytest.mark.parametrize(
    ("text", "value", "dropped"),
    [
        ('{"codes":["E11.9","E11.9","I10","E11.9"]}', ["E11.9", "I10"], 2),
        ('{"codes":["E11.9","I10"]}', ["E11.9", "I10"], 0),
        ('{"codes":["I10","I10"]}', ["I10", "I10"], 0),  # two are wanted
    ],
)
def test_an_item_is_in_a_list_once(text: str, value: list[str], dropped: int) -> None:
    wanted = {**SCHEMA["properties"]["codes"], "minItems": len(value)}
    reply = Scripted(text).ask(ask(schema={**SCHEMA, "properties": {"codes": wanted}}))
    assert reply.value == {"codes": value}
    assert reply.notes == ((f"{dropped} repeated items were dropped",) if dropped else ())


def test_the_corners_of_a_box_are_no_repetition() -> None:
    corners = {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "integer"}}
    reply = Scripted("[0, 100, 100, 500]").ask(ask(schema=corners))
    assert (reply.value, reply.notes) == ([0, 100, 100, 500], ())


def test_one_failure_costs_the_others_nothing_and_order_is_kept() -> None:
    engine = Scripted("one", EngineRefused("no"), "sure!", "four", GOOD)
    done: list[int] = []
    replies = engine.ask_all([ask(), ask(), ask(schema=SCHEMA), ask()], done.append)
    assert [getattr(reply, "text", None) for reply in replies] == ["one", None, GOOD, "four"]
    assert isinstance(replies[1], EngineRefused)
    assert sorted(done) == [1, 2, 3, 4]


def test_an_error_is_raised_when_one_is_asked() -> None:
    with pytest.raises(EngineRefused, match="no"):
        Scripted(EngineRefused("no")).ask(ask())
    with pytest.raises(EngineFailed, match="busy"):
        Scripted(EngineFailed("busy", retryable=True), EngineFailed("busy", retryable=True)).ask(ask())


def test_a_backend_that_forgets_a_request_fails_it() -> None:
    engine = Scripted()
    engine.generate = lambda requests: iter(())  # type: ignore[method-assign]
    (reply,) = engine.ask_all([ask()])
    assert isinstance(reply, EngineFailed)


def test_a_value_is_what_its_text_says() -> None:
    reply = Scripted(GOOD).ask(ask(schema=SCHEMA))
    assert reply.value == json.loads(reply.text)
