"""A free question about an image. The answer is the model's alone: no protocol, no sources, so it is told as such."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from wardround import __version__
from wardround.engines import Engine, Message, Request
from wardround.reporting.report import DISCLAIMER
from wardround.reporting.shown import Shown

__all__ = ["VisualAnswer", "ask", "question_request"]

_LONGEST = 2_000  # characters of a question
_MOST_TOKENS = 1_024
_ROLE = "You answer questions about medical images. Say what the image shows, and say so where it cannot show it."


class VisualAnswer(BaseModel):
    """What a model says of an image."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    answer: str = Field(description="the model's own words; empty where it gave none")
    finish: str = Field(description="stop: to its end; length, loop or no-answer: cut, and why")
    frames_seen: tuple[int, ...]
    disclaimer: str = DISCLAIMER
    warnings: tuple[str, ...] = ()
    wardround: str = __version__
    engine: str
    engine_digest: str
    remote: bool
    prompt_digest: str
    seconds: float


def question_request(shown: Shown, question: str, *, think: bool = False) -> Request:
    """The request that puts ``question`` after the pictures.

    Raises:
        ValueError: the question is empty or has more than 2,000 characters.
    """
    question = question.strip()
    if not question or len(question) > _LONGEST:
        raise ValueError(f"a question has from 1 to {_LONGEST:,} characters")
    return Request(
        messages=(Message("system", (_ROLE,)), shown.message(question)),
        max_tokens=_MOST_TOKENS * (4 if think else 1),
        think=think,
    )


def ask(engine: Engine, shown: Shown, question: str, *, id: str = "", think: bool = False) -> VisualAnswer:
    """The answer to a question.

    Raises:
        EngineError: the model failed.
        ValueError: the question is empty or too long.
    """
    request = question_request(shown, question, think=think)
    reply = engine.ask(request)
    warnings = tuple(f"{notice.message}" for notice in shown.rendering.series.warnings)
    if not reply.ok:
        warnings = (f"the model's answer is not whole ({reply.finish})", *warnings)
    return VisualAnswer(
        id=id,
        question=question.strip(),
        answer=reply.text.strip(),
        finish=reply.finish,
        frames_seen=tuple(view.frame for view in shown.rendering.views),
        warnings=warnings,
        engine=engine.name,
        engine_digest=engine.digest,
        remote=engine.capabilities.remote,
        prompt_digest=request.prompt_digest,
        seconds=reply.seconds,
    )
