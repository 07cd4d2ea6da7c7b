"""What models are known to do, in process and behind a server: each trap ends in a bounded reply or a clear error.

The traps are those of a published notebook's own output: a code repeated without end, codes made up, prose in place of
JSON, thinking that never ends; and those of runtimes: silence, time-outs, lost connections.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from engines.scripted_server import CODES, ScriptedServer, Turn, picture, question
from wardround.engines import Capabilities, Engine, Raw, Reply, Request
from wardround.engines.openai import OpenAIServer, transport
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused

BEGIN, END = "<unused94>thought\n", "<unused95>"
GOOD = json.dumps({"codes": ["I10"], "quote": "high"})
VALUE = json.loads(GOOD)


@dataclass(frozen=True)
class Said:
    """One answer of the model."""

    text: str
    finish: str = "stop"


@dataclass(frozen=True)
class Trap:
    """What the model says, first and when asked again, and how the reply ends."""

    name: str
    said: tuple[Said, ...]
    finish: str
    value: object = None
    attempts: int = 1
    shape: dict[str, object] = field(default_factory=lambda: {"schema": CODES})
    notes: tuple[str, ...] = ()
    longest: int = 200  # characters of the reply's text


CHOICE: dict[str, object] = {"choices": ("1", "10", "none")}
FREE: dict[str, object] = {}
LOOP = '{"codes": [' + '"E11.9", ' * 400
TRAPS = [
    Trap("one code for ever", (Said(LOOP, "length"),) * 2, "loop", attempts=2),
    Trap("one code for ever, then a few", (Said(LOOP, "length"), Said(GOOD)), "stop", VALUE, 2),
    Trap("one line for ever", (Said("- E11.9 Diabetes\n" * 400, "length"),), "loop", shape=FREE),
    Trap("white space for ever", (Said("{" + "\n \t" * 300, "length"),) * 2, "loop", attempts=2),
    Trap("blank lines after the value", (Said(GOOD + "\n" * 300, "length"),) * 2, "loop", attempts=2),
    Trap("a loop that the limit did not stop", (Said("and so on " * 100),), "loop", shape=FREE),
    Trap("a code twice", (Said('{"codes":["I10","I10"],"quote":"high"}'),), "stop", VALUE, notes=("1 repeated",)),
    Trap("a code made up", (Said('{"codes":["E11.99X"],"quote":""}'),) * 2, "invalid", attempts=2),
    Trap("a code made up, then a real one", (Said('{"codes":["ZZZ"],"quote":""}'), Said(GOOD)), "stop", VALUE, 2),
    Trap("more codes than asked for", (Said(json.dumps({**VALUE, "codes": ["I10", "E11.9"] * 2})),) * 2, "stop",
         {"codes": ["I10", "E11.9"], "quote": "high"}, notes=("2 repeated",)),
    Trap("a property made up", (Said(json.dumps({**VALUE, "billable": True})),) * 2, "invalid", attempts=2),
    Trap("a quote without end", (Said(json.dumps({**VALUE, "quote": "word " * 9 + "s"})),) * 2, "invalid", attempts=2),
    Trap("prose", (Said("The codes are I10 and E11.9."),) * 2, "invalid", attempts=2),
    Trap("JSON in a fence", (Said(f"```json\n{GOOD}\n```"), Said(GOOD)), "stop", VALUE, 2),
    Trap("JSON after prose", (Said(f"Here it is: {GOOD}"),) * 2, "invalid", attempts=2),
    Trap("two values", (Said(GOOD + GOOD),) * 2, "invalid", attempts=2),
    Trap("the start of a value", (Said(GOOD[:20], "length"),), "length"),
    Trap("a whole value at the limit", (Said(GOOD, "length"),), "length"),
    Trap("deep nesting", (Said("[" * 5000),) * 2, "loop", attempts=2),
    Trap("not a number", (Said('{"codes": NaN, "quote": ""}'),) * 2, "invalid", attempts=2),
    Trap("null", (Said("null"),) * 2, "invalid", attempts=2),
    Trap("thinking without end", (Said(BEGIN + "First, hm.", "length"),) * 2, "no-answer", attempts=2, longest=0),
    Trap("thinking that needs room", (Said(BEGIN + "hm", "length"), Said(f"{BEGIN}hm{END}{GOOD}")), "stop", VALUE, 2),
    Trap("thinking unasked", (Said(f"{BEGIN}I10 or E11.9?{END}\n{GOOD}"),), "stop", VALUE),
    Trap("an empty thought", (Said(f"<unused94>{END}{GOOD}"),), "stop", VALUE),
    Trap("a thought that loops", (Said(BEGIN + "wait, " * 500, "length"),) * 2, "no-answer", attempts=2, longest=0),
    Trap("nothing", (Said(""),) * 2, "invalid", attempts=2, longest=0),
    Trap("nothing but a space", (Said(" \n"),) * 2, "invalid", attempts=2, shape=FREE),
    Trap("nothing after a thought", (Said(f"{BEGIN}hm{END}"),) * 2, "invalid", attempts=2, shape=FREE),
    Trap("a choice", (Said(" 10\n"),), "stop", "10", shape=CHOICE),
    Trap("half of a choice", (Said("1", "length"),), "length", shape=CHOICE),
    Trap("a choice at the limit", (Said("none", "length"),), "stop", "none", shape=CHOICE),
    Trap("a choice made up", (Said("11"),) * 2, "invalid", attempts=2, shape=CHOICE),
    Trap("a choice and its reasons", (Said("none, because"),) * 2, "invalid", attempts=2, shape=CHOICE),
]  # fmt: skip


OUT_OF_TIME = [  # a server does not say so; its connection is closed
    Trap("the time was out", (Said(GOOD[:20], "time"),), "time"),
    Trap("a thought when the time was out", (Said(BEGIN + "hm", "time"),), "time", longest=0),
    Trap("a whole value when the time was out", (Said(GOOD, "time"),), "time"),
]


class Fake(Engine):
    """A model in process that says what it was told to say."""

    name = "fake"
    capabilities = Capabilities()

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = list(said)
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        for number, request in enumerate(requests):
            self.asked.append(request)
            said = self._said.pop(0)
            yield number, Raw(text=said.text, finish=said.finish)  # type: ignore[arg-type]

    def stream(self, request: Request) -> Iterator[str]:
        raise NotImplementedError


@contextmanager
def in_process(said: Sequence[Said]) -> Iterator[Engine]:
    yield Fake(said)


@contextmanager
def behind_a_server(said: Sequence[Said]) -> Iterator[Engine]:
    # It holds no schema for the questions, though it did for the trial: servers differ by request.
    with ScriptedServer("lmstudio") as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn(each.text, each.finish) for each in said]
        yield engine


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_FIRST_WAIT", 0.01)


@pytest.mark.parametrize(
    ("trap", "engine_with"),
    [
        *((trap, engine_with) for trap in TRAPS for engine_with in (in_process, behind_a_server)),
        *((trap, in_process) for trap in OUT_OF_TIME),
    ],
    ids=lambda value: getattr(value, "name", "") or value.__name__,
)
def test_a_trap_ends_in_a_bounded_reply(trap: Trap, engine_with: Callable[[Sequence[Said]], Iterator[Engine]]) -> None:
    with engine_with(trap.said) as engine:  # type: ignore[attr-defined]
        reply = engine.ask(question(**trap.shape))
    assert isinstance(reply, Reply)
    assert (reply.finish, reply.value, reply.attempts) == (trap.finish, trap.value, trap.attempts)
    assert reply.ok == (trap.finish == "stop")
    assert len(reply.text) <= trap.longest
    for note in (*trap.notes, *(("a loop was cut",) if trap.finish == "loop" else ())):
        assert any(said.startswith(note) for said in reply.notes), reply.notes


def test_what_is_asked_again_is_asked_differently() -> None:
    thought, made_up = Said(BEGIN + "hm", "length"), Said("prose")
    engine = Fake([thought, made_up, Said(GOOD), Said(GOOD)])
    engine.ask_all([question(schema=CODES, max_tokens=100), question(schema=CODES, seed=3)])
    assert [(asked.max_tokens, asked.seed) for asked in engine.asked] == [(100, 0), (512, 3), (200, 0), (512, 4)]


def test_the_thought_that_a_server_takes_off_may_be_all_there_is() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        server.turns = [Turn("", "length", reasoning="hm, Zeldhof …")] * 2
        reply = engine.ask(question())
        assert (reply.finish, reply.text, reply.attempts) == ("no-answer", "", 2)
        assert [body["max_tokens"] for body in server.asked] == [512, 1024]


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (Turn("late", wait=300), "no answer within 0.5 seconds"),
        (Turn(drip=True), "no answer within 0.5 seconds"),
        (Turn(GOOD, drop=True), "connection was lost"),
        (Turn(status=500), "status 500"),
        (Turn(body=b"<html>Bad gateway</html>"), "no chat completion"),
    ],
)
def test_a_server_that_breaks_down_costs_one_request_only(turn: Turn, said: str) -> None:
    with ScriptedServer() as server, OpenAIServer(server.url, timeout=0.5, concurrency=1) as engine:
        engine.connect()
        server.turns = [turn] * 6
        began = time.monotonic()
        (broken,) = engine.ask_all([question(schema=CODES)])
        assert isinstance(broken, EngineFailed)
        assert said in broken.what
        assert time.monotonic() - began < 20
        server.turns = [Turn(GOOD)]
        assert engine.ask(question(schema=CODES)).value == VALUE


def test_a_server_that_goes_away_is_missed() -> None:
    with ScriptedServer() as server, OpenAIServer(server.url) as engine:
        assert engine.ask(question()).ok
        address = server.url
    with OpenAIServer(address) as engine:
        began = time.monotonic()
        replies = engine.ask_all([question(max_tokens=number) for number in range(1, 200)])
        assert all(isinstance(reply, EngineMissing) for reply in replies)
        assert time.monotonic() - began < 20


def test_many_traps_at_once_cost_each_other_nothing() -> None:
    shaped = [trap for trap in TRAPS if trap.shape == {"schema": CODES} and trap.attempts == 1]
    with in_process([trap.said[0] for trap in shaped]) as engine:
        replies = engine.ask_all([question(schema=CODES, seed=7) for _ in shaped])
    assert [reply.finish for reply in replies if isinstance(reply, Reply)] == [trap.finish for trap in shaped]


TWICE = '{"codes":["I10","I10"],"quote":"high"}'


@pytest.mark.parametrize("dialect", ["vllm", "llama.cpp", "ollama", "lmstudio"])
class TestEveryDialectWithEveryFault:
    def test_an_error_of_the_server(self, dialect: str) -> None:
        with ScriptedServer(dialect) as server, OpenAIServer(server.url) as engine:
            server.turns = [Turn(status=500)] * 6
            (error,) = engine.ask_all([question(schema=CODES)])
            assert isinstance(error, EngineFailed)
            assert "status 500" in error.what

    def test_an_answer_cut_short(self, dialect: str) -> None:
        with ScriptedServer(dialect) as server, OpenAIServer(server.url) as engine:
            server.turns = [Turn(GOOD[:20], "length")]
            reply = engine.ask(question(schema=CODES))
            assert (reply.finish, reply.value) == ("length", None)

    def test_white_space_without_end(self, dialect: str) -> None:
        with ScriptedServer(dialect, loops=True) as server, OpenAIServer(server.url) as engine:
            reply = engine.ask(question(schema=CODES))
            assert (reply.finish, len(server.asked)) == (("stop", 2) if dialect == "vllm" else ("loop", 2))
            assert len(reply.text) < 50
            assert "white space without end" in reply.notes[0]

    def test_a_code_twice(self, dialect: str) -> None:
        with ScriptedServer(dialect) as server, OpenAIServer(server.url) as engine:
            server.turns = [Turn(TWICE)]
            reply = engine.ask(question(schema=CODES))
            assert (reply.value, reply.notes) == (VALUE, ("1 repeated items were dropped",))

    def test_an_image_dropped_without_a_word(self, dialect: str) -> None:
        with ScriptedServer(dialect, sees=False) as server, OpenAIServer(server.url) as engine:
            (error,) = engine.ask_all([question(picture())])
            assert isinstance(error, EngineRefused)
            assert not server.asked
            assert engine.ask(question()).ok
