"""A list of codes as rules look at it."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.coding.result import Encounter
from wardround.icd10 import CodeSet

__all__ = ["CodeList"]


class CodeList:
    """The codes of one encounter in sequence, the principal or first-listed one first.

    Attributes:
        codes: the release they are read in.
        encounter: what is known of the visit; unknown fields constrain nothing.
        given: every code as it was given.
        valid: those that are billable, as printed, in sequence; a code given twice stands there twice.
    """

    def __init__(self, codes: CodeSet, given: Sequence[str], encounter: Encounter) -> None:
        self.codes = codes
        self.encounter = encounter
        self.given = tuple(given)
        self.valid = tuple(codes.code(code).code for code in given if codes.billable(code))

    def starting(self, *prefixes: str) -> list[str]:
        """The valid codes that start with one of ``prefixes``, in sequence."""
        return [code for code in self.valid if code.startswith(prefixes)]

    def title(self, code: str) -> str:
        """The full description of a valid code."""
        return self.codes.title(code)
