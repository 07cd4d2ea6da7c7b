"""A note with its gold codes and the result to be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.coding.result import CodingResult

__all__ = ["GoldNote", "category", "normal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldNote:
    """A note with the codes people gave it and the result to be judged.

    Attributes:
        id: the note's name in tables of mistakes.
        text: the note, to check quotes against.
        gold: the codes people gave it, as :func:`normal` writes them.
        result: what the coder gave.
    """

    id: str
    text: str
    gold: frozenset[str]
    result: CodingResult

    @property
    def suggested(self) -> frozenset[str]:
        """The codes the coder proposes, accepted or for review."""
        return frozenset(suggestion.code for suggestion in self.result.codes)


def normal(code: str) -> str:
    """A gold code as the classification writes it: upper case, with its dot. Its characters stay as they are.

    >>> [normal(code) for code in ("k3580", " K35.80 ", "I10", "W19.XXX")]
    ['K35.80', 'K35.80', 'I10', 'W19.XXX']
    """
    bare = code.strip().upper()
    return bare if "." in bare or len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}"


def category(code: str) -> str:
    """The three-character category of a code."""
    return code[:3]
