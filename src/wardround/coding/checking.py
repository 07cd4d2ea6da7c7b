"""A list of codes, of a person or of any program → what the coding rules find wrong with it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import lru_cache

from wardround import icd10
from wardround.coding.result import Encounter, Finding
from wardround.coding.rules import CodeList, check
from wardround.icd10 import CodeSet, Release

__all__ = ["Checker"]


class Checker:
    """Checks lists of codes with all coding rules. Built once, shared between threads; needs no note.

    Args:
        release: id of an installed release, such as ``2026-04-01``; overrides the encounter's date.

    Raises:
        UnknownRelease: no such release is installed.

    >>> for finding in Checker().check(["F02.80", "G30.9"]):
    ...     print(finding.severity, finding.message)
    reject F02.80 is a manifestation: its disease is coded first; G30.9 may be it
    """

    def __init__(self, release: str | None = None) -> None:
        self._release = release
        self._codes = lru_cache(maxsize=1024)(self._load)
        self._codes(None)

    def check(self, codes: Sequence[str], encounter: Encounter | None = None) -> tuple[Finding, ...]:
        """What is wrong with ``codes``, rule by rule; nothing if they may be reported as they stand.

        Args:
            codes: in sequence, the principal or first-listed one first; case, the dot and white space are free.
            encounter: what is known of the visit; unknown fields constrain nothing.

        Raises:
            TypeError: ``codes`` is a text and no list.
            UnknownRelease: no installed release covers the encounter's date.
        """
        if isinstance(codes, str):
            raise TypeError("codes must be a list of codes, not a text")
        encounter = encounter or Encounter()
        return tuple(check(CodeList(self._codes(encounter.date), codes, encounter)))

    def release(self, encounter: Encounter | None = None) -> Release:
        """The release in which the codes of an encounter are read: by its date, else the one named, else the newest.

        Raises:
            UnknownRelease: no installed release covers the encounter's date.
        """
        return self._codes(encounter.date if encounter else None).release

    def _load(self, date: datetime.date | None) -> CodeSet:
        return icd10.load(self._release, date)
