"""Asks a model about every code of a result, and believes only what it says again when it is asked the other way round.

Models favour the option that stands first, or the one that stands last. So each code is asked about twice, with the
parts and the options in two orders; a verdict is only what all askings agree on, everything else is "inconsistent".

Source: Wang et al., Large Language Models are not Fair Evaluators, ACL 2024 (position bias).
"""

from __future__ import annotations

import hashlib
import json
import re
from statistics import mean
from typing import TYPE_CHECKING

from wardround import icd10
from wardround.coding.judging.judgement import Judged, JudgeInfo, Judgement, Tokens
from wardround.coding.judging.question import PROMPT_DIGEST, Question, passages
from wardround.documents import Note
from wardround.engines import Reply, Usage
from wardround.errors import EngineError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding.judging.judgement import Outcome
    from wardround.coding.result import CodingResult
    from wardround.engines import Engine
    from wardround.icd10 import Code

__all__ = ["Judge", "digest_of"]

Answer = Reply | EngineError
_TAG = re.compile("</?quote>")


class Judge:
    """Judges the codes that results propose.

    Args:
        engine: the model; it stays open.
        repeat: how often each code is asked about in each of the two orders: the first time greedily, then drawing.

    Attributes:
        info: what judges, for provenance.

    Raises:
        ValueError: ``repeat`` is below 1.
    """

    def __init__(self, engine: Engine, *, repeat: int = 1) -> None:
        if repeat < 1:
            raise ValueError("repeat must be at least 1")
        self.info = JudgeInfo(engine=engine.name, digest=engine.digest, prompt=PROMPT_DIGEST, repeat=repeat)
        self._engine = engine
        self._orders = [(swapped, seed) for seed in range(repeat) for swapped in (False, True)]

    def judge(self, result: CodingResult, note: str | None = None) -> Judged:
        """The judgements of all codes that ``result`` proposes; an error of the engine costs its own code alone.

        Args:
            result: of any coder.
            note: the text that was coded; without it the judge sees the quotes alone.

        Raises:
            InputError: ``note`` is not the text that was coded.
            NoteError: ``note`` is no text that can be read.
            UnknownRelease: the release of the result is not installed.
            UnknownCode: a code is not in its release.
        """
        questions = _questions(result, None if note is None else Note(note))
        asked = [question.ask(swapped=swapped, seed=seed) for question in questions for swapped, seed in self._orders]
        replies = self._engine.ask_all(asked)
        each = len(self._orders)
        judgements = [
            _judged(question.code, replies[each * number : each * (number + 1)])
            for number, question in enumerate(questions)
        ]
        decided = [number for number, judgement in enumerate(judgements) if judgement.consistent]
        reasons = self._engine.ask_all([questions[n].why(judgements[n].answers[0]) for n in decided])
        for number, reply in zip(decided, reasons, strict=True):
            judgements[number] = _with_reason(judgements[number], reply, questions[number])
        told = [reply for reply in (*replies, *reasons) if isinstance(reply, Reply)]
        return Judged(
            id=result.id,
            result=digest_of(result),
            judge=self.info,
            context="quote" if note is None else "sentences",
            judgements=tuple(judgements),
            tokens=_tokens(told),
            seconds=sum(reply.seconds for reply in told),
        )


def digest_of(result: CodingResult) -> str:
    """SHA-256 of what a judge judges of ``result``."""
    codes = [[s.code, *([e.start, e.end, e.text] for e in s.evidence)] for s in result.codes]
    judged = json.dumps([result.release.id, result.setting, codes])
    return hashlib.sha256(judged.encode()).hexdigest()


def _questions(result: CodingResult, note: Note | None) -> list[Question]:
    if not result.codes:
        return []
    release = icd10.load(result.release.id)
    try:
        return [
            Question(code=release.code(s.code), passages=passages(s, note), setting=result.setting)
            for s in result.codes
        ]
    except ValueError:
        hint = "give the texts that were coded, unchanged"
        raise InputError("the note is not the one that was coded", hint=hint) from None


def _judged(entry: Code, replies: Sequence[Answer]) -> Judgement:
    answers = tuple(reply.value for reply in replies if isinstance(reply, Reply) and reply.ok)
    complete = len(answers) == len(replies)
    agreed = complete and len(set(answers)) == 1
    verdict: Outcome = answers[0] if agreed else "inconsistent" if complete else "error"
    return Judgement(
        code=entry.code,
        description=entry.title,
        verdict=verdict,
        probability=_probability(verdict, replies) if agreed else None,
        consistent=agreed if complete else None,
        answers=answers,
        error=_error(replies),
    )


def _probability(verdict: str, replies: Sequence[Answer]) -> float | None:
    given = [reply.probabilities for reply in replies if isinstance(reply, Reply)]
    values = [probabilities.get(verdict, 0.0) for probabilities in given if probabilities is not None]
    return round(mean(values), 4) if values and len(values) == len(given) else None


def _with_reason(judgement: Judgement, reply: Answer, question: Question) -> Judgement:
    if isinstance(reply, EngineError) or not reply.ok:
        return judgement.model_copy(update={"error": f"no reason: {_error([reply])}"})
    words = _TAG.sub("", reply.value["words"]).strip()
    exact = any(words in passage.text for passage in question.passages)
    return judgement.model_copy(update={"reason": reply.value["reason"], "words": words if exact else ""})


def _error(replies: Sequence[Answer]) -> str:
    """What the first answer that is none says of itself."""
    for reply in replies:
        if isinstance(reply, EngineError):
            return str(reply)
        if not reply.ok:
            return f"the model gave no answer of the kind asked for ({reply.finish})"
    return ""


def _tokens(replies: Sequence[Reply]) -> Tokens:
    used = sum((reply.usage for reply in replies), Usage())
    return Tokens(prompt=used.prompt_tokens, cached=used.cached_tokens, completion=used.completion_tokens)
