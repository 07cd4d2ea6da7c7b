"""How a code is reached through the Alphabetic Index: the path whose words are the ones that were said.

Source: ICD-10-CM Guidelines I.B.1: locate the term in the Alphabetic Index, then verify the code in the Tabular List.
"""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

from wardround.coding.index_terms import shown
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10.index import AlphabeticIndex, Pointer

__all__ = ["IndexRoutes"]

_MOST = 400  # paths to one code that are compared; the default code of a large category has thousands


class IndexRoutes:
    """The paths of one Index. Safe to share between threads: what it remembers never changes."""

    def __init__(self, index: AlphabeticIndex, vocabulary: Vocabulary) -> None:
        self._index = index
        self._vocabulary = vocabulary
        self._words = lru_cache(16384)(self._words_of)
        self.route = lru_cache(16384)(self._route)

    def _route(self, code: str, words: frozenset[str]) -> str | None:
        """The path to ``code`` or its header that shares most of ``words``, for people; None if none shares any.

        Args:
            code: as printed.
            words: what was said, in the Tabular's vocabulary.
        """
        found = [
            (fit, pointer) for pointer in self._index.leading_to(code)[:_MOST] if (fit := self._fit(pointer, words))
        ]
        if not found:
            return None
        _, best = max(found, key=lambda way: way[0])
        column = f", {best.column.replace('_', ' ')}" if best.column else ""
        return f"Index: {shown(best.entry.path)}{column} → {best.code}{'-' if best.header else ''}"

    def _fit(self, pointer: Pointer, words: Set[str]) -> tuple[int, int, int]:
        """How well a path says what was said: words shared, words that were not said, closeness of its code."""
        own = self._words(" ".join(pointer.entry.path))
        return len(own & words), -len(own - words), len(pointer.code)

    def _words_of(self, titles: str) -> frozenset[str]:
        return frozenset(self._vocabulary.canonical_words(titles))
