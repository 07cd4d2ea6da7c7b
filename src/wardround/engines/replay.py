"""Real replies, recorded and played back: the way to run, and to test, without a model.

A recording is a file of JSON lines, one per reply: the key of the request, the request (images by their digests), and the
raw answer. A reply is played back only for the exact request, so a changed prompt fails loudly and gets no answer
meant for another one. A recording holds the notes that were asked about and is as sensitive as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wardround.engines.engine import Capabilities, Engine
from wardround.engines.reply import Raw, Usage
from wardround.engines.request import Request
from wardround.errors import EngineError, EngineFailed, EngineMissing

__all__ = ["Recorder", "Replay"]

_FIRST = {"schema": "wardround.replies/1"}


class Recorder(Engine):
    """Another engine, with everything that it answers written down; nothing of it is checked or changed."""

    def __init__(self, engine: Engine, path: Path) -> None:
        """Record what ``engine`` answers at the end of ``path``.

        Raises:
            OSError: the file cannot be written.
        """
        self.name = engine.name
        self.digest = engine.digest
        self.capabilities = engine.capabilities
        self._engine = engine
        new = not path.exists() or path.stat().st_size == 0
        self._file = path.open("a", encoding="utf-8")
        path.chmod(0o600)  # it quotes notes
        if new:
            self._write(
                {**_FIRST, "engine": self.name, "digest": self.digest, "capabilities": asdict(self.capabilities)}
            )

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        for number, raw in self._engine.generate(requests):
            if isinstance(raw, Raw):
                request = requests[number]
                self._write({"key": request.key, "request": request.to_json(), "raw": asdict(raw)})
            yield number, raw

    def stream(self, request: Request) -> Iterator[str]:
        return self._engine.stream(request)

    def close(self) -> None:
        self._file.close()
        self._engine.close()

    def _write(self, record: dict[str, Any]) -> None:
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._file.flush()


class Replay(Engine):
    """Answers from a recording. Several answers to one request are played in turn, the last one again and again."""

    def __init__(self, path: Path) -> None:
        """Read the recording at ``path``.

        Raises:
            EngineMissing: it cannot be read, or is no recording; ``where`` names the line.
        """
        self._name = path.name
        self._answers: dict[str, list[Raw]] = {}
        self._played: dict[str, int] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise EngineMissing("the recording cannot be read", where=path.name) from error
        try:
            head = json.loads(lines[0]) if lines else {}
            if head.get("schema") != _FIRST["schema"]:
                raise EngineMissing("this is no recording of replies", where=path.name)
            self.name = f"replay of {head['engine']}"
            self.digest = head["digest"]
            self.capabilities = Capabilities(**head["capabilities"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EngineMissing("this is no recording of replies", where=path.name) from error
        for number, line in enumerate(lines[1:], 2):
            try:
                record = json.loads(line)
                raw = record["raw"]
                self._answers.setdefault(record["key"], []).append(Raw(**{**raw, "usage": Usage(**raw["usage"])}))
            except (ValueError, KeyError, TypeError) as error:
                raise EngineMissing("the line is damaged", where=f"{path.name}, line {number}") from error

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        for number, request in enumerate(requests):
            yield number, self._next(request)

    def stream(self, request: Request) -> Iterator[str]:
        raw = self._next(request)
        if isinstance(raw, EngineError):
            raise raw
        yield raw.text

    def _next(self, request: Request) -> Raw | EngineError:
        answers = self._answers.get(request.key)
        if not answers:
            hint = "record it with a real engine; any change of the prompt makes another request"
            return EngineFailed(
                f"the recording has no reply to request {request.key[:12]}", where=self._name, hint=hint
            )
        place = min(self._played.get(request.key, 0), len(answers) - 1)
        self._played[request.key] = place + 1
        return answers[place]
