"""What a model answers, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Finish", "Raw", "Reply", "Usage"]

Finish = Literal["stop", "length", "time", "loop", "invalid", "no-answer"]
"""How an answer ended: by itself; at the limit of tokens; at the deadline, perhaps before it began; cut in a loop; not
as asked, also when asked again; in an unfinished thought, also with more room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens: of the prompt, of these how many were not computed again, and of the answer."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What a runtime hands out, before thinking is taken off and the answer is checked.

    Attributes:
        text: as generated, thinking and its markers included.
        finish: ``"stop"``, ``"length"``, ``"time"`` or ``"loop"``.
        usage: tokens.
        seconds: spent on it; of a batch, its share.
        probabilities: of each choice, summing to 1; None where the runtime cannot tell, or nothing was to choose. What
            a choice weighs is the product of the probabilities of its tokens, up to the first by which it differs from
            all the others, or to the end of the answer where another choice begins as it does; the weights are divided
            by their sum. All engines mean the same by it.
        notes: what the backend has to say about it, for the reply's.
    """

    text: str
    finish: Finish = "stop"
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    probabilities: Mapping[str, float] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer.

    Attributes:
        text: without thinking.
        value: the parsed and validated value, or the choice; None if neither was asked for or ``ok`` is False.
        finish: how it ended.
        probabilities: of each choice; None where unknown.
        usage: tokens of all attempts.
        seconds: of all attempts.
        attempts: how often the model was asked: 1 or 2.
        notes: what was done to the answer: ``"a loop was cut"``, ``"2 repeated items were dropped"``.
    """

    text: str
    value: Any = None
    finish: Finish = "stop"
    probabilities: Mapping[str, float] | None = None
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    attempts: int = 1
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the model answered what was asked, in the shape that was asked for, to its end."""
        return self.finish == "stop"
