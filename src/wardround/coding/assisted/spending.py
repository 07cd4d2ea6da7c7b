"""Asks an engine within a budget of seconds, and keeps account of what that costs."""

from __future__ import annotations

import time
from collections.abc import Sequence

from wardround.engines import Engine, Reply, Request, Usage
from wardround.errors import EngineError

__all__ = ["Spending"]


class Spending:
    """What the questions about one note may cost, and have cost.

    Args:
        engine: the one that is asked.
        budget: seconds from now on, after which nothing more is asked; a question that is on its way is waited for.
            None: no limit.

    Attributes:
        seconds: that the engine took so far.
        usage: tokens so far.
        asked, unanswered: questions so far, and those of them whose answer is not as asked, or did not end.
        stopped: whether something was not asked because the time was out.
    """

    def __init__(self, engine: Engine, budget: float | None) -> None:
        self._engine = engine
        self._budget = budget
        self._began = time.perf_counter()
        self.seconds = 0.0
        self.usage = Usage()
        self.asked = 0
        self.unanswered = 0
        self.stopped = False

    def ask(self, requests: Sequence[Request]) -> list[Reply | None]:
        """One reply for each request, usable or not; None for one that was not asked any more.

        Raises:
            EngineError: the engine broke down.
        """
        if self._budget is None:
            return [*self._answers(requests)]
        replies: list[Reply | None] = []
        for request in requests:  # one by one: what is asked together cannot be stopped
            self.stopped = self.stopped or time.perf_counter() - self._began >= self._budget
            replies.extend([None] if self.stopped else self._answers([request]))
        return replies

    def _answers(self, requests: Sequence[Request]) -> list[Reply]:
        began = time.perf_counter()
        answers = self._engine.ask_all(requests)
        self.seconds += time.perf_counter() - began
        replies = []
        for answer in answers:
            if isinstance(answer, EngineError):
                raise answer
            self.asked += 1
            self.unanswered += not answer.ok
            self.usage += answer.usage
            replies.append(answer)
        return replies
