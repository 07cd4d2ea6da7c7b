"""An engine that tells of each question, so that whoever waits for its answers can follow them, and stop asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.engines import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wardround.engines import Raw, Request
    from wardround.errors import EngineError

__all__ = ["Watched"]


class Watched(Engine):
    """Another engine, which stays open when this one is closed.

    Args:
        engine: the one that answers.
        told: called before the first question and after each answer with how many answers there are; may raise.
    """

    def __init__(self, engine: Engine, told: Callable[[int], None]) -> None:
        self._engine = engine
        self._told = told
        self._answers = 0
        self._resemble()

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        self._told(self._answers)
        for answer in self._engine.generate(requests):
            self._resemble()
            self._answers += 1
            self._told(self._answers)
            yield answer

    def stream(self, request: Request) -> Iterator[str]:
        return self._engine.stream(request)

    def _resemble(self) -> None:
        """Take over what the engine says of itself; some know it only once they were asked."""
        self.name = self._engine.name
        self.digest = self._engine.digest
        self.capabilities = self._engine.capabilities
