"""The way through a tree of terms that uses most of some words: what a coder's finger does down the columns.

The same walk answers a look-up and, when the Index is compiled, finds what a cross-reference points to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from wardround.icd10.index.title import LIGHT, Title
from wardround.words import cut

__all__ = ["Families", "Family", "Forms", "Node", "Query", "Trail", "folded", "trails"]

_MOST_WORDS = 24  # of a query; what follows is left unused
_NUMERALS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_NUMERALS |= {digit: roman for roman, digit in _NUMERALS.items()}
_NUMBERED = frozenset({"type", "stage", "grade", "class", "group", "degree", "bipolar"})  # before a numeral
_IMPLIED = {  # words that the Index has for what is said otherwise
    "cancer": ("neoplasm", "malignant"),
    "carcinoma": ("neoplasm", "malignant"),
    "metastasis": ("neoplasm",),
    "metastase": ("neoplasm", "metastasis"),
}
_SKIPPED = 2  # groups of a title that count as unsaid where a heading is passed over
_NEAR = 1000  # trails from one main term; a query that has more is a list of words, not a condition


class Node(NamedTuple):
    """A term as the walk sees it."""

    number: int
    title: Title


@dataclass(frozen=True, slots=True)
class Family:
    """The terms below one, as the walk needs them.

    Attributes:
        by_word: word → the terms right below that have it.
        ties: those that only tie.
        under: word → heading and term, for the terms below those right below that have no code of their own.
    """

    by_word: dict[str, tuple[Node, ...]]
    ties: tuple[Node, ...]
    under: dict[str, tuple[tuple[Node, Node], ...]]

    @staticmethod
    def of(nodes: Iterable[Node], under: Iterable[tuple[Node, Node]]) -> Family:
        """Sort terms that are in printed order; ``under`` has heading and term."""
        by_word: dict[str, list[Node]] = {}
        ties: list[Node] = []
        for node in nodes:
            if node.title.ties:
                ties.append(node)
            for word in node.title.words:
                by_word.setdefault(word, []).append(node)
        below: dict[str, list[tuple[Node, Node]]] = {}
        for heading, node in under:
            for word in node.title.words:
                below.setdefault(word, []).append((heading, node))
        return Family(
            {word: tuple(found) for word, found in by_word.items()},
            tuple(ties),
            {word: tuple(found) for word, found in below.items()},
        )


Forms: TypeAlias = Callable[[str], tuple[str, ...]]
"""The other forms of a folded word."""

Families: TypeAlias = Callable[[int], Family]
"""The family below the term of a number."""


@dataclass(frozen=True, slots=True)
class Query:
    """The words that are looked up, each with a bit; the same word twice has one bit.

    Attributes:
        words: the words as folded, in order.
        bits: word → its bit; a roman numeral and its digit share one after "type" and the like.
        light: the bits of words that only tie others together.
        said: the bits of the words that were asked for; the others came with a cross-reference.
        rest: words beyond those that are looked up.
    """

    words: tuple[str, ...]
    bits: dict[str, int]
    light: int
    said: int
    rest: tuple[str, ...] = ()

    @staticmethod
    def of(text: str, forms: Forms) -> Query:
        """The words of ``text``; their other ``forms`` share their bits."""
        query = Query((), {}, 0, 0)._with(cut(text).folded, said=True)
        bits = query.bits
        for one, other in pairwise(query.words):
            bits.setdefault(one + other, bits[one] | bits[other])  # "pre-eclampsia" may be printed in one word
        for word in query.words:
            for other in (*forms(word), *_IMPLIED.get(word, ())):
                bits.setdefault(other, bits[word])
        return query

    def with_words(self, texts: tuple[str, ...]) -> Query:
        """The same query and the words of a cross-reference."""
        return self._with(folded(texts), said=False) if texts else self

    def _with(self, more: Sequence[str], *, said: bool) -> Query:
        words, bits, light, known, rest = list(self.words), dict(self.bits), self.light, self.said, list(self.rest)
        before = ""
        for word in more:
            if word in bits:
                known |= bits[word] * said
            elif len(words) < _MOST_WORDS:
                bit = bits[word] = 1 << len(words)
                words.append(word)
                if before in _NUMBERED and word in _NUMERALS:
                    bits.setdefault(_NUMERALS[word], bit)
                light |= bit * (word in LIGHT)
                known |= bit * said
            elif said:
                rest.append(word)
            before = word
        return Query(tuple(words), bits, light, known, tuple(rest))

    def content(self, used: int) -> int:
        """How many words that matter are among ``used``."""
        return (used & ~self.light).bit_count()


@lru_cache(4096)
def folded(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The words of several texts."""
    return tuple(word for text in texts for word in cut(text).folded)


class Trail(NamedTuple):
    """A way down from a main term.

    ``path``: numbers of the terms passed; ``used``: bits of the words said; ``weak``: bits of those said only by
    modifiers in parentheses; ``unsaid``: how much of the titles was not said.
    """

    path: tuple[int, ...]
    used: int
    weak: int
    unsaid: float


def trails(families: Families, start: Node, query: Query, *, lead: bool = True) -> list[Trail]:
    """Every way down from ``start`` on which each term says a word that none before it did.

    Args:
        families: gives the terms below a term.
        start: where to begin; if ``lead``, it has itself to be said.
        query: the words.
    """
    match = start.title.match(query.bits, query.words, lead=True) if lead else (0, 0.0)
    if match is None:
        return []
    used, unsaid = match
    found: list[Trail] = []
    waiting = [Trail((start.number,), used, _weak(start.title, query) & ~used, unsaid)]
    while waiting and len(found) < _NEAR:
        trail = waiting.pop()
        found.append(trail)
        waiting.extend(_below(families, trail.path, trail, query))
    return found


def _below(families: Families, path: tuple[int, ...], trail: Trail, query: Query) -> Iterator[Trail]:
    family = families(path[-1])
    nodes = {node.number: node for word in query.bits.keys() & family.by_word.keys() for node in family.by_word[word]}
    for number in sorted(nodes):
        next_ = _next(trail, (*path, number), nodes[number].title, query)
        if next_ is not None:
            yield next_
    words = query.bits.keys() & family.under.keys()
    under = {node.number: (heading, node) for word in words for heading, node in family.under[word]}
    for number in sorted(under):
        heading, node = under[number]
        next_ = _next(trail, (*path, heading.number, number), node.title, query)
        if next_ is not None:
            yield next_._replace(unsaid=next_.unsaid + _SKIPPED)
    for tie in family.ties:
        agreed = _weak(tie.title, query)
        over = trail._replace(path=(*path, tie.number), used=trail.used | agreed)
        if agreed & ~trail.used & ~query.light:  # "complicated by": said, though nothing below it may be
            yield over
        yield from _below(families, over.path, over, query)


def _next(trail: Trail, path: tuple[int, ...], title: Title, query: Query) -> Trail | None:
    """The trail gone on to a term, if that says a word that none before it did."""
    match = title.match(query.bits, query.words)
    if match is None:
        return None
    new = match[0] & ~trail.used
    if not (new & ~query.light or (new and title.words <= LIGHT)):
        return None
    used = trail.used | match[0]
    return Trail(path, used, (trail.weak | _weak(title, query)) & ~used, trail.unsaid + match[1])


def _weak(title: Title, query: Query) -> int:
    bits = 0
    for word in title.weak:
        bits |= query.bits.get(word, 0)
    return bits
