"""Codes for words, as one types them: each with the way that led to it.

The Alphabetic Index comes first where the release has one, then what the coder itself makes of the words, then the
descriptions of the Tabular List. The last word may be unfinished.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from wardround.errors import NoteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wardround.coding import CodingResult
    from wardround.icd10 import CodeSet

__all__ = ["Hit", "find"]

_CODE = re.compile(r"[A-Za-z]\d[0-9A-Za-z]?\.?[0-9A-Za-z]{0,4}")
_WORD = re.compile("[a-z]{3,}")
_MOST = 40
_WAYS = 6  # through the Index
_BELOW = 24  # billable codes that are listed below a header
_COMPLETED = 3  # words that an unfinished one is taken for


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A billable code for words.

    Attributes:
        route: how the words led to it, step by step.
        missing: what the code assumes and the words do not say.
    """

    code: str
    description: str
    route: tuple[str, ...]
    missing: tuple[str, ...] = ()


def find(codes: CodeSet, code: Callable[[str], CodingResult], words: str) -> tuple[Hit, ...]:
    """Billable codes for ``words``, which may be a code, or the beginning of one; best first, each once.

    Args:
        codes: the release they are to be valid in.
        code: codes a text by itself, in the same release.
        words: at most a line.
    """
    words = " ".join(words.split())
    if not words:
        return ()
    ways: list[Iterable[Hit]] = []
    if _CODE.fullmatch(words):
        ways.append(_below(codes, words))
    for said in tuple(_finished(codes, words)) or (words,):
        ways += [_indexed(codes, said), _coded(codes, code, said), _titled(codes, said)]
    found: dict[str, Hit] = {}
    for way in ways:
        for hit in way:
            if len(found) < _MOST:
                found.setdefault(hit.code, hit)
    return tuple(found.values())


def _below(codes: CodeSet, words: str) -> Iterator[Hit]:
    """The billable codes at or below the code that the words are."""
    entry = codes.get(words)
    if entry is None:
        return
    listed = [entry.code] if entry.billable else list(codes.leaves(entry.code))
    if not entry.billable and listed in ([], [entry.code]):
        listed = [codes.with_seventh(entry.code, character) for character in entry.seventh_characters]
    for each in listed[:_BELOW]:
        if codes.billable(each):
            yield _hit(codes, each, "Tabular List" if each == entry.code else f"Tabular List: below {entry.code}")


def _indexed(codes: CodeSet, words: str) -> Iterator[Hit]:
    if codes.index is None:
        return
    from wardround.coding.lookup import look_up

    for answer in look_up(codes, words, limit=_WAYS).answers:
        way = [" ".join((step.kind, step.text)) for step in (answer.route.steps if answer.route else answer.steps)]
        missing = tuple(f"{lack.what} is not said" for lack in answer.missing)
        for each in answer.codes:
            yield _hit(codes, each, *(("Index", *way) if answer.route else way), missing=missing)


def _coded(codes: CodeSet, code: Callable[[str], CodingResult], words: str) -> Iterator[Hit]:
    try:
        result = code(words)
    except NoteError:
        return
    if result.release.id == codes.release.id:
        for each in (*result.codes, *result.rejected):
            if codes.billable(each.code):
                yield _hit(codes, each.code, *each.route)


def _titled(codes: CodeSet, words: str) -> Iterator[Hit]:
    for entry in codes.search(words, _MOST):
        if entry.billable:
            yield _hit(codes, entry.code, "Tabular List")


def _hit(codes: CodeSet, code: str, *route: str, missing: tuple[str, ...] = ()) -> Hit:
    return Hit(code=code, description=codes.title(code), route=route, missing=missing)


def _finished(codes: CodeSet, words: str) -> Iterator[str]:
    """The words with the last one completed, where it is only the beginning of words that descriptions have."""
    before, _, last = words.rpartition(" ")
    start = last.lower()
    if not _WORD.fullmatch(start):
        return
    known, counted = _vocabulary(codes)
    if start in counted:
        return
    begun = known[bisect_left(known, start) : bisect_left(known, f"{start}\uffff")]
    for word in sorted(begun, key=lambda word: -counted[word])[:_COMPLETED]:
        yield f"{before} {word}".strip()


@lru_cache(4)
def _vocabulary(codes: CodeSet) -> tuple[list[str], Counter[str]]:
    """The words of the descriptions in order, and how often each is there."""
    counted = Counter(word for entry in codes.entries() for word in _WORD.findall(entry.title.lower()))
    return sorted(counted), counted
