"""An engine whose answers a function gives: what a model might say, without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from wardround.engines import Capabilities, Engine, Raw, Request, Usage
from wardround.errors import EngineError

__all__ = ["Scripted"]


class Scripted(Engine):
    """Answers with what ``answer`` returns: a raw answer, its text, or the error to fail with.

    Attributes:
        asked: every request so far, asking again included.
    """

    name = "scripted"
    digest = "0" * 64
    capabilities = Capabilities(probabilities=True)

    def __init__(self, answer: Callable[[Request], Raw | str | EngineError]) -> None:
        self._answer = answer
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        for number, request in enumerate(requests):
            self.asked.append(request)
            answer = self._answer(request)
            if isinstance(answer, str):
                answer = Raw(text=answer, usage=Usage(prompt_tokens=10, completion_tokens=1))
            yield number, answer

    def stream(self, request: Request) -> Iterator[str]:
        (_, raw) = next(self.generate([request]))
        if isinstance(raw, EngineError):
            raise raw
        yield raw.text
