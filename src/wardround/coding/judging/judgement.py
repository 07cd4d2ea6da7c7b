"""What a judge says of the codes of a result: the published shape of a line of ``wardround judge --format json``."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "REASONS",
    "VERDICTS",
    "Context",
    "JudgeInfo",
    "Judged",
    "Judgement",
    "Outcome",
    "Reason",
    "Tokens",
    "Verdict",
]

Verdict = Literal["supported", "not-supported", "more-specific", "contradicted"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

Outcome = Literal["supported", "not-supported", "more-specific", "contradicted", "inconsistent", "error"]
"""A verdict; ``inconsistent`` if the judge did not give the same one each time; ``error`` if it gave none."""

Reason = Literal[
    "stated",
    "another-condition",
    "only-a-sign-or-treatment",
    "detail-missing",
    "more-detail",
    "denied",
    "uncertain",
    "past",
    "of-someone-else",
    "excluded-by-a-note",
]
REASONS: tuple[Reason, ...] = get_args(Reason)

Context = Literal["sentences", "quote"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Judgement(_Model):
    """What the judge says of one code.

    Nothing the model writes freely is kept: the reason is one of a list, and ``words`` are words of the note.
    """

    code: str
    description: str
    verdict: Outcome
    reason: Reason | None = Field(default=None, description="why, of a fixed list; null without a verdict")
    words: str = Field(default="", description="words of the note that decided it, exactly; empty if it gave no such")
    probability: float | None = Field(
        default=None, ge=0, le=1, description="of the verdict, the mean over all askings; null where unknown"
    )
    consistent: bool | None = Field(description="whether all askings gave the same verdict; null if one gave none")
    answers: tuple[Verdict, ...] = Field(
        default=(), description="each asking's verdict; the 2nd, 4th, … in swapped order"
    )
    error: str = Field(default="", description="what went wrong, without text of the note")


class Tokens(_Model):
    """Tokens that judging took: of the prompts, of these how many were not computed again, and of the answers."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


class JudgeInfo(_Model):
    """What judged: enough to judge again, and to tell two judges apart."""

    engine: str
    digest: str = Field(description="SHA-256 of the model's weights; empty if unknown")
    prompt: str = Field(description="SHA-256 of the wording of the questions")
    repeat: int = Field(ge=1, description="how often each code was asked about in each of the two orders")


class Judged(_Model):
    """The judgements of the codes of one result, in their sequence."""

    schema_: Literal["wardround.judgement/1"] = Field(default="wardround.judgement/1", alias="schema")
    id: str | None = None
    result: str = Field(description="SHA-256 of what was judged: release, setting, codes and their quotes")
    judge: JudgeInfo
    context: Context = Field(description="sentences: quotes with a sentence on either side; quote: the quotes alone")
    judgements: tuple[Judgement, ...]
    tokens: Tokens
    seconds: float = Field(ge=0, description="that the model took, summed over its answers")

    @property
    def failed(self) -> bool:
        """Whether the judge gave no verdict, or no reason, on at least one code."""
        return any(judgement.error for judgement in self.judgements)
