"""Holds a model to a JSON Schema while it writes: at each token, only those that can still lead to valid JSON.

llguidance finds the tokens. White space between values is forbidden: a weak model fills its whole answer with it. Its
own function that applies the tokens compiles code at the first call, so that is done here. Nothing may be combined with
it that bans repeated n-grams, for it would ban what the schema forces.

Source: llguidance, `LLMatcher`; one bit per token, least significant bit first, in 32-bit words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wardround.errors import EngineMissing, EngineRefused

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

__all__ = ["Constraint", "Grammar"]


class Grammar:
    """What schemas become for one tokenizer. Made once per model: it reads the whole vocabulary, some seconds."""

    def __init__(self, tokenizer: Any, *, width: int, stops: Collection[int], never: Collection[int] = ()) -> None:
        """Read the vocabulary of ``tokenizer``.

        Args:
            tokenizer: a fast tokenizer of transformers.
            width: how many logits the model gives; may be more or fewer than the tokenizer has tokens.
            stops: the tokens that end an answer.
            never: tokens that have no place in JSON though their text has: the markers of thinking.

        Raises:
            EngineMissing: llguidance is not installed.
        """
        try:
            import llguidance.hf
        except ImportError as error:
            hint = "pip install 'wardround[transformers]'"
            raise EngineMissing("llguidance, which holds answers to a schema, is not installed", hint=hint) from error
        self._width = width
        self._never = tuple(never)
        self._tokens = llguidance.hf.from_tokenizer(
            tokenizer, n_vocab=max(width, len(tokenizer)), eos_token=sorted(stops)
        )

    def constraint(self, schema: Mapping[str, Any]) -> Constraint:
        """A fresh constraint for one answer.

        Raises:
            EngineRefused: the schema cannot be enforced.
        """
        from llguidance import LLMatcher

        try:
            rules = LLMatcher.grammar_from_json_schema(dict(schema), defaults={"whitespace_flexible": False})
            matcher = LLMatcher(self._tokens, rules)
        except ValueError as error:
            raise EngineRefused("this JSON Schema cannot be enforced") from error
        if matcher.is_error():
            raise EngineRefused("this JSON Schema cannot be enforced")
        return Constraint(matcher, self._never)

    def allowed(self, rows: Sequence[tuple[Constraint | None, Collection[int]]], device: torch.device) -> torch.Tensor:
        """Which tokens each row may write next: booleans (rows, width).

        Args:
            rows: the constraint of each, None for a free one, and tokens allowed besides.
            device: where the result is to be.
        """
        import numpy as np
        import torch

        words = np.full((len(rows), (self._tokens.vocab_size + 31) // 32), 0xFFFFFFFF, dtype=np.uint32)
        for row, (constraint, also) in zip(words, rows, strict=True):
            if constraint is not None:
                constraint.fill(row, also)
        bits = torch.from_numpy(words.view(np.int32)).to(device)
        places = torch.arange(32, device=device, dtype=torch.int32)
        # The tokenizer may know more tokens than there are logits.
        return ((bits[:, :, None] >> places) & 1).bool().flatten(1)[:, : self._width]


class Constraint:
    """How far one answer has come in its schema."""

    def __init__(self, matcher: Any, never: Collection[int]) -> None:
        self._matcher = matcher
        self._never = tuple(never)

    @property
    def complete(self) -> bool:
        """Whether the answer is whole and nothing can follow."""
        return bool(self._matcher.is_stopped())

    def restart(self) -> None:
        """Forget what was written."""
        self._matcher.reset()

    def accept(self, token: int) -> None:
        """Note that ``token`` was written.

        Raises:
            ValueError: it was not allowed.
        """
        if not self._matcher.consume_token(token):
            raise ValueError("the token does not fit the schema")

    def fill(self, words: NDArray[np.uint32], also: Collection[int] = ()) -> None:
        """Set the bits of the tokens allowed next, and of ``also``, and clear all others."""
        import numpy as np
        from llguidance.numpy import fill_next_token_bitmask

        fill_next_token_bitmask(self._matcher, words.view(np.int32)[None])
        for token in self._never:
            words[token // 32] &= ~np.uint32(1 << token % 32)
        for token in also:
            words[token // 32] |= np.uint32(1 << token % 32)
