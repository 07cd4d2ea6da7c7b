"""A list of codes as rules look at it."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import lru_cache

from wardround.coding.result import Encounter
from wardround.icd10 import Brief, CodeSet

__all__ = ["CodeList"]


class CodeList:
    """The codes of one encounter in sequence, the principal or first-listed one first.

    Attributes:
        codes: the release they are read in.
        encounter: what is known of the visit; unknown fields constrain nothing.
        given: every code as it was given.
        briefs: those that are billable, in sequence, with title and notes; a code given twice stands there twice.
        valid: the same as codes only, as printed.
        categories: of the valid codes, three characters each: the quickest way to see that a rule has nothing to say.
        unrelated: pairs of codes of which a note says that the one has nothing to do with the other.
    """

    __slots__ = ("briefs", "categories", "codes", "encounter", "given", "unrelated", "valid")

    def __init__(
        self,
        codes: CodeSet,
        given: Sequence[str],
        encounter: Encounter,
        unrelated: Set[frozenset[str]] = frozenset(),
    ) -> None:
        self.unrelated = unrelated
        self.codes = codes
        self.encounter = encounter
        self.given = tuple(given)
        self.briefs: tuple[Brief, ...] = tuple(
            brief for code in self.given if (brief := codes.brief(code)) is not None and brief.billable
        )
        self.valid = tuple(brief.code for brief in self.briefs)
        self.categories = frozenset(code[:3] for code in self.valid)

    @property
    def first(self) -> str:
        """The code that comes first; empty if what is given there is not valid, for then nothing is known of it."""
        brief = self.codes.brief(self.given[0]) if self.given else None
        return brief.code if brief is not None and brief.billable else ""

    def starting(self, *prefixes: str) -> list[str]:
        """The valid codes that start with one of ``prefixes``, in sequence."""
        categories = _categories(prefixes)
        if categories is not None and categories.isdisjoint(self.categories):
            return []
        return [code for code in self.valid if code.startswith(prefixes)]

    def in_sequence(self, *codes: str) -> list[str]:
        """These of the valid codes, in sequence, as a finding names them."""
        return sorted(codes, key=self.valid.index)

    def title(self, code: str) -> str:
        """The full description of a valid code."""
        brief = self.codes.brief(code)
        return brief.title if brief is not None else self.codes.title(code)


@lru_cache(maxsize=4096)
def _categories(prefixes: tuple[str, ...]) -> frozenset[str] | None:
    """Those in which codes start with ``prefixes``; None if one of them is shorter than a category."""
    return None if any(len(prefix) < 3 for prefix in prefixes) else frozenset(prefix[:3] for prefix in prefixes)
