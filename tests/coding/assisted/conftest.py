"""Models made of a table: what they quote, what they say of it, and which title they choose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pytest

from engines.scripted import Scripted
from wardround.coding import Coder, CodingResult, Encounter
from wardround.engines import Raw, Request, Usage

_LISTED = re.compile(r"^(\w+)\. (.*)$", re.MULTILINE)
_TOKENS = Usage(prompt_tokens=100, completion_tokens=10)


def found(*quotes: str | tuple[str, str]) -> str:
    """An answer to the first question; a quote alone is present."""
    pairs = [(quote, "present") if isinstance(quote, str) else quote for quote in quotes]
    return json.dumps({"conditions": [{"quote": quote, "about": about} for quote, about in pairs]})


def titles(request: Request) -> dict[str, str]:
    """Choice → title of a question that offers some."""
    question = request.messages[-1].parts[-1]
    assert isinstance(question, str)
    return dict(_LISTED.findall(question))


def model(
    *quotes: str | tuple[str, str], choose: str = "", sure: float | None = 0.99
) -> Callable[[Request], Raw | str]:
    """A model that gives these quotes wherever it is asked, and chooses the first title that has ``choose`` in it.

    Where no title has, it chooses none. ``sure``: the probability of its choice; None if the engine cannot tell.
    """

    def answer(request: Request) -> Raw | str:
        if request.choices is None:
            return Raw(text=found(*quotes), usage=_TOKENS)
        offered = titles(request)
        number = next((n for n, title in offered.items() if n != "none" and choose and choose in title), "none")
        rest = 0.0 if sure is None else (1 - sure) / (len(request.choices) - 1)
        told = None if sure is None else {choice: sure if choice == number else rest for choice in request.choices}
        return Raw(text=number, probabilities=told, usage=_TOKENS)

    return answer


class Assisted(Protocol):
    """Codes one note with a model; other keywords are the encounter's fields or the coder's."""

    def __call__(self, note: str, answer: Callable[[Request], Any], **others: Any) -> CodingResult: ...


@pytest.fixture(scope="session")
def assisted() -> Assisted:
    def code(note: str, answer: Callable[[Request], Any], **others: Any) -> CodingResult:
        own = {name: others.pop(name) for name in ("scope", "method", "budget") if name in others}
        return Coder(engine=Scripted(answer), **own).code(note, Encounter.model_validate(others))

    return code


def statuses(result: CodingResult) -> Mapping[str, str]:
    """Code → status of all that is in a result."""
    return {code.code: code.status for code in (*result.codes, *result.rejected)}


def reasons(result: CodingResult, code: str) -> list[str]:
    """The rules that have something to say about a code."""
    return [
        finding.rule for each in (*result.codes, *result.rejected) if each.code == code for finding in each.findings
    ]
