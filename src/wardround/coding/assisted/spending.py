"""Asks an engine within a budget of seconds, and keeps account of what that costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from wardround.engines import Engine, Reply, Request, Usage
from wardround.errors import EngineError

__all__ = ["Spending"]


class Spending:
    """What the questions about one note may cost, and have cost.

    Args:
        engine: the one that is asked.
        budget: seconds from now on; then nothing more is asked, and the answer that is being given is cut. None: no
            limit.

    Attributes:
        seconds: that the engine took so far.
        usage: tokens so far.
        asked, unanswered: questions so far that there was time for, and those of them whose answer is not as asked, or
            did not end by itself.
        stopped: whether something was not asked, or not answered to the end, because the time was out.
    """

    def __init__(self, engine: Engine, budget: float | None) -> None:
        self._engine = engine
        self._deadline = None if budget is None else time.monotonic() + budget
        self.seconds = 0.0
        self.usage = Usage()
        self.asked = 0
        self.unanswered = 0
        self.stopped = False

    def ask(self, requests: Sequence[Request], *, share: float = 1.0) -> list[Reply | None]:
        """One reply for each request, usable or not; None where the time was out before anything was said.

        Args:
            requests: what is asked.
            share: of the time that is left, how much they may take together.

        Raises:
            EngineError: the engine broke down.
        """
        began = time.perf_counter()
        deadline = self._deadline
        if deadline is not None:
            deadline -= (1 - share) * max(deadline - time.monotonic(), 0.0)
        answers = self._engine.ask_all([replace(request, deadline=deadline) for request in requests])
        self.seconds += time.perf_counter() - began
        replies: list[Reply | None] = []
        for answer in answers:
            if isinstance(answer, EngineError):
                raise answer
            late = answer.finish == "time"
            self.stopped = self.stopped or late
            self.asked += not late
            self.unanswered += not late and not answer.ok
            self.usage += answer.usage
            replies.append(None if late and not answer.text else answer)
        return replies
