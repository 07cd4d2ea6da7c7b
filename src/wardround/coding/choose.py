"""From what a term means to the code the words support: the most specific one, and never more specific than said.

A term leads to a header (``M17``, osteoarthritis of knee). Each code below it asks for words of its own ("bilateral",
"post-traumatic"): what its title says beyond what all of its siblings say. The words near the mention are tried
from the nearest outward; a code is possible only when all it asks for is there, and of the possible codes the one
that uses most of what is there wins. "Unspecified", "without …" and the like ask for nothing, so they are the
default. Source: ICD-10-CM Guidelines I.A.9 (unspecified), I.A.18 (default codes), I.B.2 (level of detail), I.B.13
(laterality).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wardround.coding.vocabulary import FREE, SIDES, Vocabulary
from wardround.icd10 import CodeSet

__all__ = ["Choice", "Chooser"]

_ASKS_NOTHING = FREE | frozenset(
    "primary essential pure idiopathic nonpsychotic minor classical major nontraumatic acquired adult current "
    "episode initial closed following other with nonrheumatic noninfective nonobstetric sequela idiopathic tobacco "
    "generally overall individual limit no non recurrent uncontrolled due".split()
) - SIDES - {"no", "non", "recurrent", "uncontrolled", "minor", "major"}
_OPTIONAL = re.compile(
    r"\([^)]*\)|\[[^\]]*\]|\b(?:with )?unspecified (?:severity|stage|degree)\b"
    r"|\b(?:without|not|except|unless|excluding)\b[^,;]*?(?=\bof (?:right|left|bilateral|unspecified|other)\b|[,;]|$)",
    re.IGNORECASE,
)
_BROADER = {"thumb": "finger"}  # what is said of the one may be coded to the other


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One code below a header: the words it asks for, its side, and whether it is the one for lack of detail."""

    code: str
    asks: frozenset[str]
    side: str  # "right", "left", "bilateral" or ""
    unspecified: int
    other: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The code chosen below a header.

    ``used``: canonical words of the context that it rests on; ``complete``: nothing was assumed that was not said.
    """

    code: str
    used: frozenset[str]
    complete: bool


class Chooser:
    """Chooses among the codes below a header. Safe to share between threads: its memory only ever grows by equal values."""

    def __init__(self, codes: CodeSet, vocabulary: Vocabulary) -> None:
        self._codes = codes
        self._vocabulary = vocabulary
        self._families: dict[str, tuple[list[_Leaf], frozenset[str]]] = {}

    def choose(self, header: str, said: Collection[str], near: Sequence[Collection[str]], sides: Collection[str]) -> list[Choice]:
        """The code or codes below ``header`` that the words support.

        Args:
            header: a code or header of the release.
            said: canonical words of the mention itself.
            near: canonical words around it, nearest first.
            sides: ``right``, ``left`` and ``bilateral`` as far as said of this mention.

        Returns:
            One choice; two, right before left, when both sides are affected and the family has no bilateral code
            (I.B.13). Never empty: a header without a possible code gives its least specific one, ``complete=False``.
        """
        leaves, family_words = self._family(header)
        if len(leaves) == 1:
            return [Choice(leaves[0].code, frozenset(), True)]
        available = set(said).union(*near)
        available |= {_BROADER[word] for word in available & _BROADER.keys()}
        alternatives = frozenset().union(*(leaf.asks for leaf in leaves)) & family_words
        available |= family_words - alternatives if available & alternatives else family_words
        both = "bilateral" in sides or {"right", "left"} <= set(sides)
        if both and not any(leaf.side == "bilateral" for leaf in leaves):
            wanted = [{"right"}, {"left"}]
        else:
            wanted = [{"bilateral"}] if both else [set(sides)]
        chosen: list[Choice] = []
        for side in wanted:
            choice = self._best(leaves, set(said), available, side)
            if choice.code not in [c.code for c in chosen]:
                chosen.append(choice)
        return chosen

    def _best(self, leaves: list[_Leaf], said: set[str], available: set[str], sides: set[str]) -> Choice:
        best: tuple[tuple[float, ...], _Leaf] | None = None
        for leaf in leaves:
            if leaf.side and leaf.side not in sides:
                continue
            if not leaf.asks <= available:
                continue
            rank = (
                2.0 * len(leaf.asks & said) + len(leaf.asks) + (1.5 if leaf.side else 0.0) - (1.5 if leaf.other else 0.0),
                float(leaf.unspecified),
                -float(len(leaf.code)),
            )
            if best is None or rank > best[0]:
                best = (rank, leaf)
        if best is not None:
            leaf = best[1]
            return Choice(leaf.code, leaf.asks | ({leaf.side} if leaf.side else set()), not leaf.other)
        fallback = max(
            leaves,
            key=lambda leaf: (
                leaf.unspecified - 2 * len(leaf.asks - available) - (2 if leaf.side and leaf.side not in sides else 0),
                -leaf.other,
            ),
        )
        return Choice(fallback.code, fallback.asks & available, False)

    def _family(self, header: str) -> tuple[list[_Leaf], frozenset[str]]:
        known = self._families.get(header)
        if known is not None:
            return known
        leaves: list[_Leaf] = []
        words_of = {}
        codes = self._codes.leaves(header)
        for code in codes:
            title = self._codes.title(code)
            words_of[code] = set(self._vocabulary.canonical_words(_OPTIONAL.sub(" ", title)))
        shared = set.intersection(*words_of.values()) if words_of else set()
        family = shared.union(self._vocabulary.canonical_words(_OPTIONAL.sub(" ", self._codes.title(header))))
        for code in codes:
            title = self._codes.title(code).lower()
            words = words_of[code]
            side = next((side for side in ("bilateral", "right", "left") if side in words), "")
            asks = frozenset(words - shared - _ASKS_NOTHING - SIDES)
            if "unilateral" in words and not side and "unspecified" not in title:
                asks |= {"unilateral"}
            other = bool(re.match(r"other\b|.*\bother (?!and unspecified)", title))
            leaves.append(_Leaf(code, asks, side, title.count("unspecified") + ("without" in title) + ("uncomplicated" in title), other))
        made = (leaves, frozenset(family))
        self._families[header] = made
        return made
