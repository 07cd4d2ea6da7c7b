"""A free question about an image. The answer is the model's alone: no protocol, no sources, so it is told as such."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from wardround import __version__
from wardround.engines import Engine, Message, Request
from wardround.reporting.pictures import Pictures
from wardround.reporting.report import DISCLAIMER

__all__ = ["VisualAnswer", "ask"]

_WHAT = "the slices of an examination"
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


def ask(engine: Engine, pictures: Pictures, question: str, *, id: str = "", think: bool = False) -> VisualAnswer:
    """The answer to a question.

    Args:
        engine: a model that sees images.
        pictures: what it is shown.
        question: up to 2,000 characters.
        id: the image's name in the answer.
        think: whether the model may think first, if it can.

    Raises:
        EngineError: the model failed.
        ValueError: the question is empty or too long.
    """
    question = question.strip()
    if not question or len(question) > _LONGEST:
        raise ValueError(f"a question has from 1 to {_LONGEST:,} characters")
    request = Request(
        messages=(Message("system", (_ROLE,)), *pictures.asked(_WHAT, question)),
        max_tokens=_MOST_TOKENS * (4 if think else 1),
        think=think,
    )
    reply = engine.ask(request)
    warnings = pictures.warnings
    if not reply.ok:
        warnings = (f"the model's answer is not whole ({reply.finish})", *warnings)
    return VisualAnswer(
        id=id,
        question=question,
        answer=reply.text.strip(),
        finish=reply.finish,
        frames_seen=tuple(picture.frame for picture in pictures.each),
        warnings=warnings,
        engine=engine.name,
        engine_digest=engine.digest,
        remote=engine.capabilities.remote,
        prompt_digest=request.prompt_digest,
        seconds=reply.seconds,
    )
