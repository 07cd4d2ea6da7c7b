"""Where a code stands in a release, also one that the release does not have: by the ranges of blocks and chapters."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from wardround import icd10

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.icd10.code import Block, Chapter

__all__ = ["Place", "place_of"]

_R = TypeVar("_R", "Block", "Chapter")


class Place(NamedTuple):
    """The block and the chapter of a category; None where it is in the range of none."""

    block: Block | None
    chapter: Chapter | None


@lru_cache(maxsize=65536)
def place_of(category: str, release: str) -> Place:
    """The place of a three-character category in an installed release.

    Raises:
        UnknownRelease: it is not installed.
    """
    blocks, chapters = _ranges(release)
    return Place(_within(category, blocks), _within(category, chapters))


@lru_cache(maxsize=8)
def _ranges(release: str) -> tuple[Sequence[Block], Sequence[Chapter]]:
    codes = icd10.load(release)
    # By where they begin, which is not the order of printing (C7A stands before C76-C80); the innermost last.
    blocks = sorted(codes.blocks(), key=lambda block: block.first)
    return blocks, sorted(codes.chapters(), key=lambda chapter: chapter.first)


def _within(category: str, ranges: Sequence[_R]) -> _R | None:
    for candidate in reversed(ranges[: bisect_right(ranges, category, key=lambda each: each.first)]):
        if category <= candidate.last:
            return candidate
    return None
