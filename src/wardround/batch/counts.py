"""What is counted of results, part by part: enough for a summary, nothing of a patient."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from wardround.coding import CodingResult

__all__ = ["BINS", "Counts", "Tally"]

BINS = 20
"""Of the histogram of confidences; bin ``i`` holds those in ``[i / BINS, (i + 1) / BINS)``, the last one 1 too."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of what came of some records; what is a number or a `Counter` of a subclass is added up.

    Attributes:
        notes: records that were read, done or not.
        failed: of them that could not be done.
    """

    notes: int = 0
    failed: int = 0

    def failure(self) -> None:
        """Count a record that could not be done."""
        self.notes += 1
        self.failed += 1

    def add(self, other: Self) -> None:
        """Count what ``other`` counted."""
        for each in fields(self):
            value = getattr(other, each.name)
            if isinstance(value, Counter):
                getattr(self, each.name).update(value)
            else:
                setattr(self, each.name, getattr(self, each.name) + value)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, in an order that does not depend on that of the records."""
        told: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            told[each.name] = dict(sorted(value.items())) if isinstance(value, Counter) else value
        return told

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """What `to_json` gave."""
        values: dict[str, Any] = {
            name: Counter(value) if isinstance(value, dict) else value for name, value in told.items()
        }
        return cls(**values)


@dataclass(slots=True, kw_only=True)
class Counts(Tally):
    """Counts of the results of some notes.

    Attributes:
        accepted: codes that need no second look.
        review: codes that a person should look at first.
        invalid: codes that are not billable in the release they were coded with.
        queries: questions to providers.
        warned: notes with a warning.
        codes: how often each code was given.
        chapters: the same by chapter, named by its number.
        rules: how often each rule spoke.
        statuses: codes by status and bin of their confidence: ``accepted 19``.
        lengths: notes by their number of codes.
        releases: notes by the release they were coded with.
    """

    accepted: int = 0
    review: int = 0
    invalid: int = 0
    queries: int = 0
    warned: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    chapters: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    lengths: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)

    def result(self, result: CodingResult) -> None:
        """Count the result of one note."""
        release = result.release.id
        self.notes += 1
        self.releases[release] += 1
        self.lengths[str(len(result.codes))] += 1
        self.queries += len(result.queries)
        self.warned += bool(result.warnings)
        for code in result.codes:
            if code.status == "accepted":
                self.accepted += 1
            else:
                self.review += 1
            self.codes[code.code] += 1
            self.statuses[f"{code.status} {min(int(code.confidence * BINS), BINS - 1)}"] += 1
            chapter = _chapter(release, code.code)
            if chapter is None:
                self.invalid += 1
            else:
                self.chapters[chapter] += 1
            for finding in code.findings:
                self.rules[finding.rule] += 1


@lru_cache(maxsize=1 << 16)
def _chapter(release: str, code: str) -> str | None:
    """The number of the chapter of a code; None if it is not billable."""
    from wardround import icd10

    codes = icd10.load(release=release)
    return codes.code(code).chapter.name if codes.billable(code) else None
