"""Recording an engine and playing it back."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wardround.engines import Capabilities, Engine, Message, Raw, Request, Usage
from wardround.engines.replay import Recorder, Replay
from wardround.engines.request import Image
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused

PICTURE = Image(b"\x89PNG\r\n\x1a\n the pixels of a patient")
LIST = {"type": "array", "items": {"enum": ["I10", "E11.9"]}, "maxItems": 4}


class Scripted(Engine):
    """Answers in turn, and learns its own name only when it is asked."""

    def __init__(self, *answers: Raw | EngineError, name: str = "scripted tiny") -> None:
        self.name = "scripted"
        self.digest = "d1"
        self.capabilities = Capabilities(images=True, probabilities=True)
        self.closed = False
        self._full_name = name
        self._answers = list(answers)

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        self.name = self._full_name
        for number in range(len(requests)):
            yield number, self._answers.pop(0)

    def stream(self, request: Request) -> Iterator[str]:
        yield "streamed"

    def close(self) -> None:
        self.closed = True


def ask(text: str = "Which codes?", **options: Any) -> Request:
    return Request(messages=(Message.user(PICTURE, text),), **options)


def test_what_was_recorded_is_played_back(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    usage = Usage(prompt_tokens=9, cached_tokens=3, completion_tokens=2)
    answers = (
        Raw(text="yes", probabilities={"yes": 0.75, "no": 0.25}, usage=usage, seconds=0.5, notes=("a note",)),
        Raw(text='["I10", "I10"]', finish="stop"),
        Raw(text="half \ud83d\u2028\x85\x0c line", finish="length"),
    )
    requests = [ask(choices=("yes", "no")), ask(schema=LIST), ask("Tell.")]
    inner = Scripted(*answers)
    with Recorder(inner, path) as recorder:
        asked = recorder.ask_all(requests)
        assert list(recorder.stream(requests[0])) == ["streamed"]
        assert recorder.name == "scripted tiny"
    assert inner.closed
    with Replay(path) as replay:
        assert replay.ask_all(requests) == asked
        assert (replay.name, replay.digest) == ("replay of scripted tiny", "d1")
        assert replay.capabilities == Capabilities(images=True, probabilities=True)
        assert list(replay.stream(requests[0])) == ["yes"]


def test_a_recording_is_private_and_holds_no_pixels(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    with Recorder(Scripted(Raw(text="yes")), path) as recorder:
        recorder.ask(ask())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    head, line = map(json.loads, path.read_text().splitlines())
    assert head["schema"] == "wardround.replies/1"
    assert line["request"]["messages"][0]["parts"] == [
        {"image": PICTURE.digest, "media_type": "image/png"},
        "Which codes?",
    ]
    assert "pixels" not in path.read_text()


def test_only_the_exact_request_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    with Recorder(Scripted(Raw(text="yes")), path) as recorder:
        recorder.ask(ask())
    other = Image(PICTURE.data + b"!")
    for changed in (
        ask("Which codes? "),
        ask(max_tokens=511),
        ask(seed=1),
        ask(think=True),
        ask(choices=("yes", "no")),
        Request(messages=(Message.user(other, "Which codes?"),)),
        Request(messages=(Message.user("Which codes?", PICTURE),)),
    ):
        (error,) = Replay(path).ask_all([changed])
        assert isinstance(error, EngineFailed)
        assert changed.key[:12] in error.what
        assert "codes?" not in str(error)
        assert not error.retryable
        with pytest.raises(EngineFailed):
            list(Replay(path).stream(changed))


def test_answers_to_one_request_are_played_in_turn(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    with Recorder(Scripted(Raw(text="one"), Raw(text="two")), path) as recorder:
        recorder.ask(ask())
        recorder.ask(ask())
    replay = Replay(path)
    assert [replay.ask(ask()).text for _ in range(3)] == ["one", "two", "two"]


def test_what_was_asked_again_is_recorded_too(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    broken = EngineFailed("it broke", retryable=True)
    answers = (Raw(text="maybe"), Raw(text="yes"), broken, Raw(text="later"))
    requests = [ask(choices=("yes", "no")), ask()]
    with Recorder(Scripted(answers[0], answers[2], answers[1], answers[3]), path) as recorder:
        first, second = recorder.ask_all(requests)
    assert not isinstance(first, EngineError)
    assert not isinstance(second, EngineError)
    assert (first.value, first.attempts, second.text) == ("yes", 2, "later")
    # A failure is not an answer, so what was got in the end is got at once.
    assert Replay(path).ask_all(requests) == [first, replace(second, attempts=1)]


def test_more_is_recorded_at_the_end_if_the_engine_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    for text in ("one", "two"):
        with Recorder(Scripted(Raw(text=text)), path) as recorder:
            recorder.ask(ask(text))
    replay = Replay(path)
    assert [replay.ask(ask(text)).text for text in ("one", "two")] == ["one", "two"]
    with (
        Recorder(Scripted(Raw(text="x"), name="another"), path) as recorder,
        pytest.raises(EngineRefused, match="another"),
    ):
        recorder.ask(ask())
    (tmp_path / "note.txt").write_text("Seen today for a cough.\n")
    with Recorder(Scripted(Raw(text="x")), tmp_path / "note.txt") as recorder, pytest.raises(EngineRefused):
        recorder.ask(ask())
    assert (tmp_path / "note.txt").read_text() == "Seen today for a cough.\n"


_HEAD = '{"schema": "wardround.replies/1", "engine": "e", "digest": "", "capabilities": {}}\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"", "no recording"),
        (b"{}\n", "no recording"),
        (b"[1]\n", "no recording"),
        (b"Seen today.\n", "no recording"),
        (_HEAD.replace("{}", '{"wings": true}').encode(), "no recording"),
        ((_HEAD + '{"key": "k"}\n').encode(), "line 2: the line is damaged"),
        ((_HEAD + '{"key": "k", "raw": {"text": "Zeldh').encode(), "line 2: the line is damaged"),
        ((_HEAD + '{"key": "k", "raw": {"text": "Zeldhof"}}').encode(), "line 2: the line is damaged"),
    ],
)
def test_what_is_no_recording(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "replies.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineMissing, match=said) as error:
        Replay(path)
    assert "Zeldh" not in str(error.value)
    assert error.value.where.startswith("replies.jsonl")


def test_an_empty_recording_answers_nothing(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text(_HEAD)
    with pytest.raises(EngineFailed, match="no reply to request"):
        Replay(path).ask(ask())
