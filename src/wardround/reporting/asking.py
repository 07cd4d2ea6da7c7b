"""Asks an engine, and keeps account of what that costs; a question that fails costs only its own answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from wardround.engines import Engine, Reply, Request, Usage
from wardround.errors import EngineError

__all__ = ["Questions"]


class Questions:
    """The questions of one report.

    Args:
        engine: the one that is asked.
        on_done: called with how many answers of the present step are there, and how many there will be.

    Attributes:
        usage: tokens so far.
        seconds: that the engine took so far.
    """

    def __init__(self, engine: Engine, on_done: Callable[[int, int], None] | None = None) -> None:
        self._engine = engine
        self._on_done = on_done
        self.usage = Usage()
        self.seconds = 0.0

    def ask(self, requests: Sequence[Request]) -> list[Reply | None]:
        """One reply for each request; None for one without a usable answer, also when it was asked again.

        Raises:
            EngineError: not one of them could be asked.
        """
        began = time.perf_counter()
        on_done = self._on_done
        told = None if on_done is None else lambda done: on_done(done, len(requests))
        answers = self._engine.ask_all(requests, told)
        self.seconds += time.perf_counter() - began
        errors = [answer for answer in answers if isinstance(answer, EngineError)]
        if errors and len(errors) == len(answers):
            raise errors[0]
        replies: list[Reply | None] = []
        for answer in answers:
            if isinstance(answer, EngineError):
                replies.append(None)
            else:
                self.usage += answer.usage
                replies.append(answer if answer.ok else None)
        return replies
