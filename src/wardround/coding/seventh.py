"""The seventh character: which encounter for an injury this is, and the like (Guidelines I.A.5 and I.C.19.a).

Each character means something that the category writes out: "initial encounter for open fracture", "moderate stage".
The one is taken all of whose telling words are said. While nothing is said it is active treatment, of a closed fracture
(I.C.19.c), or the unspecified stage.
"""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

from wardround.coding.titles import content_words
from wardround.icd10 import CodeSet

__all__ = ["seventh_character"]

_TELLING = frozenset(
    "delayed indeterminate malunion mild moderate nonunion open routine sequela severe subsequent".split()
)
_HEALS = frozenset("aftercare healed healing postoperative removal union".split())
_HEALS_BADLY = frozenset("delayed malunion nonunion".split())
_LATE = frozenset("late sequela sequelae".split())


def seventh_character(codes: CodeSet, code: str, around: Set[str]) -> str | None:
    """``code`` with the seventh character its category asks for; unchanged if it asks for none.

    Args:
        codes: the release.
        code: a code, complete but for its seventh character.
        around: canonical words near the mention.

    Returns:
        The billable code; ``None`` when it cannot be completed, so that nothing invalid leaves the coder.
    """
    if codes.billable(code):
        return code
    meanings = codes.code(code).seventh_characters
    if not meanings:
        return None
    said = _said(around)
    fitting = [character for character in meanings if _telling(meanings[character]) <= said]
    usual = [character for character in ("A", "0") if character in fitting]
    best = max([*usual, *fitting], key=lambda c: len(_telling(meanings[c])), default=next(iter(meanings)))
    return codes.with_seventh(code, best)


def _said(around: Set[str]) -> Set[str]:
    said = set(around)
    if around & _LATE:
        return said | {"sequela"}
    if around & _HEALS_BADLY:
        return said | {"subsequent"}
    if around & _HEALS or "subsequent" in around:
        return said | {"subsequent", "routine"}
    return said


@lru_cache(maxsize=512)
def _telling(meaning: str) -> frozenset[str]:
    return _TELLING.intersection(content_words(meaning))
