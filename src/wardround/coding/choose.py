"""From what a term means to the code the words support: the most specific one, and never more specific than said.

A term leads to a header (``M17``, osteoarthritis of knee). Each code below it asks for words of its own ("bilateral",
"post-traumatic"): what its title says beyond what all of its siblings say. A code is possible only when all that it
asks for is said near the mention, and of the possible codes the one that uses most of it wins. "Unspecified",
"without …" and the like ask for nothing, so they are the default.

Source: ICD-10-CM Guidelines I.A.9 (unspecified), I.A.18 (default codes), I.B.2 (level of detail), I.B.13 (laterality).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from functools import lru_cache

from wardround.coding.titles import DEFAULTED, FREE, SIDES
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10 import CodeSet

__all__ = ["Choice", "Chooser"]

# Words of a title that need not be said; what they qualify is meant without them.
_ASKS_NOTHING = (FREE - SIDES) | frozenset(
    "acquired adult classical current due episode essential following generally idiopathic individual initial limit "
    "noninfective nonobstetric nonpsychotic nonrheumatic nontraumatic overall primary pure sequela tobacco with".split()
)
_OTHER = re.compile(r".*?\bother (?!and unspecified)")
_BROADER = {"thumb": "finger"}  # what is said of the one may be coded to the other
_KEPT = 2048  # families, those that were asked for last


@dataclass(frozen=True, slots=True)
class Choice:
    """The code chosen below a header.

    ``used``: canonical words of the context that it rests on; ``complete``: nothing was assumed that was not said.
    """

    code: str
    used: frozenset[str]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One code below a header.

    ``asks``: the words that must be said; ``side``: ``right``, ``left``, ``bilateral`` or empty; ``plain``: how many
    times its title says that detail is missing; ``other``: it is for what has no code of its own.
    """

    code: str
    asks: frozenset[str]
    side: str
    plain: int
    other: bool


@dataclass(frozen=True, slots=True)
class _Family:
    """The codes below a header.

    ``assumed``: words of the header, true of whatever led to it; ``alternatives``: those of them that only some codes
    ask for ("pain in hand and fingers"), assumed only when none of them is said.
    """

    leaves: tuple[_Leaf, ...]
    assumed: frozenset[str]
    alternatives: frozenset[str]

    def has_side(self, side: str) -> bool:
        return any(leaf.side == side for leaf in self.leaves)

    @property
    def sided(self) -> bool:
        return any(leaf.side for leaf in self.leaves)


class Chooser:
    """Chooses among the codes below a header. Safe to share between threads: what it remembers never changes."""

    def __init__(self, codes: CodeSet, vocabulary: Vocabulary) -> None:
        self._codes = codes
        self._vocabulary = vocabulary
        self._family = lru_cache(_KEPT)(self._read)

    def choose(self, header: str, said: Set[str], near: Iterable[Collection[str]], sides: Set[str]) -> list[Choice]:
        """The code or codes below ``header`` that the words support.

        Args:
            header: a code or header of the release.
            said: canonical words of the mention itself; they weigh more than those around it.
            near: canonical words around it.
            sides: ``right``, ``left`` and ``bilateral`` as far as said of this mention.

        Returns:
            One choice; two, right before left, when both sides are affected and the family has no bilateral code
            (I.B.13). Never empty: where no code is possible it is the least specific one, ``complete=False``.
        """
        family = self._family(header)
        if len(family.leaves) == 1:
            return [Choice(family.leaves[0].code, frozenset(), True)]
        available = set(said).union(*near)
        available |= {_BROADER[word] for word in available & _BROADER.keys()}
        settled = available & family.alternatives
        available |= family.assumed - family.alternatives if settled else family.assumed
        both = "bilateral" in sides or {"right", "left"} <= sides
        if not both:
            return [_best(family, said, available, sides)]
        if family.has_side("bilateral"):
            return [_best(family, said, available, {"bilateral"})]
        each = [_best(family, said, available, {side}) for side in ("right", "left")]
        return each[:1] if each[0].code == each[1].code else each

    def _read(self, header: str) -> _Family:
        words = {code: self._words(self._codes.title(code)) for code in self._codes.leaves(header)}
        shared = frozenset.intersection(*words.values())
        assumed = shared | self._words(self._codes.title(header))
        if "diabetes" in assumed:
            assumed |= {"diabetic"}
        leaves = tuple(self._leaf(code, own, shared) for code, own in words.items())
        asked = frozenset(word for leaf in leaves for word in leaf.asks)
        return _Family(leaves, assumed, assumed & asked)

    def _leaf(self, code: str, words: frozenset[str], shared: frozenset[str]) -> _Leaf:
        title = self._codes.title(code).lower()
        side = next((side for side in ("bilateral", "right", "left") if side in words), "")
        asks = words - shared - _ASKS_NOTHING - SIDES
        if "unilateral" in words and not side and "unspecified" not in title:
            asks |= {"unilateral"}
        plain = title.count("unspecified") + ("without" in title) + ("uncomplicated" in title)
        return _Leaf(code, asks, side, plain, bool(_OTHER.match(title)))

    def _words(self, title: str) -> frozenset[str]:
        return frozenset(self._vocabulary.canonical_words(DEFAULTED.sub(" ", title)))


def _best(family: _Family, said: Set[str], available: Set[str], sides: Set[str]) -> Choice:
    def fit(leaf: _Leaf) -> tuple[float, int, int]:
        used = 2 * len(leaf.asks & said) + len(leaf.asks) + 1.5 * bool(leaf.side) - 1.5 * leaf.other
        return used, leaf.plain, -len(leaf.code)

    fitting = [leaf for leaf in family.leaves if leaf.side in ("", *sides) and leaf.asks <= available]
    if fitting:
        leaf = max(fitting, key=fit)
        return Choice(leaf.code, leaf.asks | ({leaf.side} if leaf.side else set()), not leaf.other)

    def closeness(leaf: _Leaf) -> tuple[bool, int, bool, int]:
        right_side = leaf.side in sides if sides and family.sided else not leaf.side
        return right_side, -len(leaf.asks - available), not leaf.other, leaf.plain

    leaf = max(family.leaves, key=closeness)
    return Choice(leaf.code, leaf.asks & available, False)
