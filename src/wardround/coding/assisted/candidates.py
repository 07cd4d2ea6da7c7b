"""The titles that a quote may mean, from the Index, the vocabulary and a search: what a model chooses among."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from wardround.coding.sites import SITES
from wardround.coding.titles import DEFAULTED, DENYING, FREE, stands_alone
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10 import CodeSet

__all__ = ["Candidate", "candidates"]

_MOST = 12
_ROUTES = 5  # through the Index
_BETWEEN = re.compile(r"[^\w.]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code or header of the release, with the wordings that lead to it.

    Attributes:
        code: as printed.
        title: what the model sees of it.
        wordings: canonical words of its title, and of the path in the Index.
    """

    code: str
    title: str
    wordings: tuple[frozenset[str], ...]

    def says(self, words: Set[str]) -> bool:
        """Whether one of its wordings is in ``words`` whole, and at least half of what they say.

        A body site alone says nothing, and neither does a word that is no condition by itself.
        """
        said = words - FREE
        return DENYING.isdisjoint(words) and any(
            wording <= said and 2 * len(wording) >= len(said) and _names_a_condition(wording)
            for wording in self.wordings
        )


def _names_a_condition(wording: Set[str]) -> bool:
    named = wording - SITES
    return len(named) > 1 or any(map(stands_alone, named))


def candidates(codes: CodeSet, vocabulary: Vocabulary, quote: str, given: Sequence[str] = ()) -> list[Candidate]:
    """What ``quote`` may mean, at most twelve entries, the likeliest first; none if it is nothing but codes.

    Codes that are ``given`` come first: what people gave to words like it.
    """
    if all(codes.get(word.strip(".")) is not None for word in _BETWEEN.split(quote) if word):
        return []
    paths: dict[str, list[str]] = {}
    by_title: dict[str, str] = {}  # a header and its only code may share a title; the model could not tell them apart
    for code, path in (*((code, "") for code in given), *_ways(codes, vocabulary, quote)):
        if len(paths) < _MOST or code in paths:
            first = by_title.setdefault(codes.title(code), code)
            paths.setdefault(first, []).append(path)
    return [_candidate(codes, vocabulary, code, own) for code, own in paths.items()]


def _ways(codes: CodeSet, vocabulary: Vocabulary, quote: str) -> Iterator[tuple[str, str]]:
    """``(code, path in the Index)`` of whatever ``quote`` leads to."""
    if codes.index is not None:
        for route in codes.index.lookup_all(quote, limit=_ROUTES):
            if route.code is not None and codes.get(route.code) is not None:
                yield route.code, " ".join(route.entry.path)
    words = vocabulary.canonical_words(quote)
    for _, _, group in sorted(vocabulary.phrases(words), key=lambda match: match[0] - match[1]):
        for term in vocabulary.terms(group):
            if not term.when and term.target != "-":
                yield from ((code, "") for code in term.target.split("+"))
    yield from ((code.code, "") for code in codes.search(" ".join(words), limit=_MOST))


def _candidate(codes: CodeSet, vocabulary: Vocabulary, code: str, paths: Sequence[str]) -> Candidate:
    title = codes.title(code)
    wordings = (vocabulary.canonical_words(text) for text in (DEFAULTED.sub(" ", title), *filter(None, paths)))
    return Candidate(code, title, tuple(frozenset(words) - FREE for words in wordings))
