"""A model at the coder's side: how it is asked about a note, what that costs, and what becomes of its answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from wardround.coding.assisted.direct import direct, direct_digest
from wardround.coding.assisted.examples import Examples
from wardround.coding.assisted.hearing import Heard, hear
from wardround.coding.assisted.merging import merged
from wardround.coding.assisted.prompts import wording_digest
from wardround.coding.assisted.spending import Spending
from wardround.coding.assisted.windows import Window
from wardround.coding.draft import Draft, Mention
from wardround.coding.propose import Proposer
from wardround.coding.result import Scope
from wardround.coding.scopes import bases_coded
from wardround.coding.vocabulary import Vocabulary
from wardround.engines import Engine
from wardround.errors import EngineError

__all__ = ["Assistant", "Assisted", "Method"]

Method = Literal["assisted", "direct"]
"""How a model takes part: beside the embedded coder, or instead of it, as a baseline."""


@dataclass(frozen=True, slots=True)
class Assisted:
    """A draft that a model had a part in.

    Attributes:
        draft: as it is now.
        warnings: what the user must know of the model's part; never words of the note.
        tokens: of all prompts and answers.
        seconds: that the model took.
    """

    draft: Draft
    warnings: tuple[str, ...]
    tokens: int
    seconds: float


class Assistant:
    """One engine with its way of taking part. Shared between threads, which wait for each other.

    Args:
        engine: the model; opened and closed by the caller.
        method: how it takes part.
        budget: seconds for one note; None for no limit.
        examples: of the site, shown to a model that assists.
    """

    def __init__(
        self,
        engine: Engine,
        method: Method = "assisted",
        budget: float | None = None,
        examples: Examples | None = None,
    ) -> None:
        if method not in ("assisted", "direct"):
            raise ValueError(f"method must be 'assisted' or 'direct', not {method!r}")
        if budget is not None and not budget > 0:
            raise ValueError("a budget is a number of seconds above 0")
        self.engine = engine
        self.method = method
        self._budget = budget
        self._examples = examples
        self._turn = threading.Lock()

    @property
    def prompt_digest(self) -> str:
        """SHA-256 of the wording of what is asked, examples included."""
        if self.method == "direct":
            return direct_digest()
        return wording_digest("" if self._examples is None else self._examples.digest)

    def directly(self, draft: Draft) -> Assisted:
        """Fill an empty draft with what the model alone says.

        Raises:
            EngineError: the engine broke down; there is nothing else to fall back to.
        """
        with self._turn:
            spending = Spending(self.engine, self._budget)
            warnings = direct(draft, spending)
        return _assisted(draft, warnings, spending)

    def beside(
        self,
        embedded: Draft,
        drafted: Callable[[Sequence[Mention]], Draft],
        proposer: Proposer,
        vocabulary: Vocabulary,
        scope: Scope,
    ) -> Assisted:
        """Add to the embedded coder's draft what the model finds; a broken engine costs the draft nothing.

        Args:
            embedded: the draft without the model.
            drafted: makes a draft of other mentions of the same note.
            proposer: of the same note.
            vocabulary: of the release.
            scope: what is coded.
        """
        inpatient = embedded.encounter.setting == "inpatient"

        def is_worth(window: Window, mentions: Sequence[Mention]) -> bool:
            return scope == "mentions" or not window.bases.isdisjoint(bases_coded(mentions, inpatient=inpatient))

        with self._turn:
            spending = Spending(self.engine, self._budget)
            try:
                everything = scope == "mentions"
                heard = hear(embedded, vocabulary, spending, is_worth, all_mentions=everything, examples=self._examples)
            except EngineError as error:
                return _assisted(embedded, (f"coded without the model: {error}",), spending)
        return _assisted(merged(embedded, heard, drafted, proposer), tuple(_warnings(heard, spending)), spending)


def _assisted(draft: Draft, warnings: tuple[str, ...], spending: Spending) -> Assisted:
    tokens = spending.usage.prompt_tokens + spending.usage.completion_tokens
    return Assisted(draft, warnings, tokens, spending.seconds)


def _warnings(heard: Heard, spending: Spending) -> list[str]:
    said = []
    if heard.invented:
        said.append(f"{heard.invented} of {heard.quotes} quotes of the model are not in the note and were not used")
    if heard.unknown:
        said.append(f"{heard.unknown} of {heard.quotes} quotes of the model lead to no code")
    if spending.unanswered:
        said.append(f"the model gave no usable answer to {spending.unanswered} of {spending.asked} questions")
    if spending.stopped:
        said.append("the time for the model was out before all was asked; the rest is coded without it")
    return said
