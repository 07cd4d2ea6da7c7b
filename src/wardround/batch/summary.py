"""What came out of a run: how many, how sure, how fast."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wardround.batch.counts import BINS, Counts
from wardround.batch.output import write_whole

if TYPE_CHECKING:
    from wardround.batch.output import Output

__all__ = ["TOP", "Summary", "Totals"]

TOP = 50
"""Codes and rules that a summary names."""


@dataclass(frozen=True, kw_only=True)
class Totals(ABC):
    """What came out of all parts.

    Attributes:
        tally: what the counts are.
        counts: of all records.
        parts: how many there are.
        notes_now: records that the last run did, coded or not; fewer than all if it went on with an earlier one.
        seconds: wall-clock time of the last run.
        processes: that worked on it.
        course: of the last run: seconds from its begin, and notes done by then.
        run: what it is a run of, as ``run.json`` says it.
        before: whether it was all done already, by the run that is the last one.
    """

    tally: ClassVar[type[Any]]

    counts: Any
    parts: int
    notes_now: int
    seconds: float
    processes: int
    course: tuple[tuple[float, int], ...]
    run: dict[str, Any]
    before: bool = False

    @property
    def rate(self) -> float:
        """Notes a second of the last run."""
        return self.notes_now / self.seconds if self.seconds else 0.0

    def write(self, output: Output) -> None:
        """Keep it in the folder of the run.

        Raises:
            InputError: it cannot be written.
        """
        write_whole(output.summary, json.dumps(self.to_json(), indent=2).encode() + b"\n")

    @classmethod
    def read(cls, output: Output) -> Self:
        """What `write` kept.

        Raises:
            InputError: it is damaged.
        """
        told = output.read(output.summary)
        counts = cls.tally()
        for number in range(told["parts"]):
            counts.add(output.counted(number, cls.tally))
        last = told["last_run"]
        return cls(
            counts=counts,
            parts=told["parts"],
            notes_now=last["notes"],
            seconds=last["seconds"],
            processes=last["processes"],
            course=tuple((at, notes) for at, notes in last["course"]),
            run=told["run"],
            before=True,
        )

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; nothing in it is of one patient."""

    def last_run(self) -> dict[str, Any]:
        """What the last run did, for `to_json`."""
        return {
            "notes": self.notes_now,
            "seconds": self.seconds,
            "notes_per_second": round(self.rate, 1),
            "processes": self.processes,
            "course": self.course,
        }


@dataclass(frozen=True, kw_only=True)
class Summary(Totals):
    """What came out of notes; see `Totals`."""

    tally: ClassVar[type[Counts]] = Counts

    counts: Counts

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; nothing in it is of one patient."""
        counts = self.counts
        coded = counts.notes - counts.failed
        codes = counts.accepted + counts.review
        return {
            "schema": "wardround.batch-summary/1",
            "notes": counts.notes,
            "failed": counts.failed,
            "codes": codes,
            "accepted": counts.accepted,
            "review": counts.review,
            "invalid": counts.invalid,
            "queries": counts.queries,
            "notes_with_warnings": counts.warned,
            "notes_without_codes": counts.lengths["0"],
            "codes_per_note": _ratio(codes, coded),
            "accepted_of_codes": _ratio(counts.accepted, codes),
            "failed_of_notes": _ratio(counts.failed, counts.notes),
            "chapters": [
                {"chapter": chapter, "title": title, "codes": count} for chapter, title, count in self.chapters()
            ],
            "top_codes": [
                {"code": code, "description": description, "notes": count}
                for code, description, count in self.top_codes()
            ],
            "rules": dict(sorted(counts.rules.items(), key=lambda each: (-each[1], each[0]))),
            "confidences": {status: self.confidences(status) for status in ("accepted", "review")},
            "codes_of_notes": {length: counts.lengths[length] for length in sorted(counts.lengths, key=int)},
            "releases": dict(sorted(counts.releases.items())),
            "parts": self.parts,
            "last_run": self.last_run(),
            "run": self.run,
        }

    def chapters(self) -> list[tuple[str, str, int]]:
        """The chapters in order: number, title, codes given."""
        from wardround import icd10

        codes = icd10.load(release=self.run["coding"]["newest"])
        return [
            (chapter.name, chapter.title, self.counts.chapters[chapter.name])
            for chapter in codes.chapters()
            if self.counts.chapters[chapter.name]
        ]

    def top_codes(self) -> list[tuple[str, str, int]]:
        """The codes given most often: code, description, notes."""
        from wardround import icd10

        codes = icd10.load(release=self.run["coding"]["newest"])
        most = sorted(self.counts.codes.items(), key=lambda each: (-each[1], each[0]))[:TOP]
        return [(code, codes.title(code) if code in codes else "", count) for code, count in most]

    def confidences(self, status: str) -> list[int]:
        """Codes of a status by their confidence: item ``i`` counts those in ``[i / BINS, (i + 1) / BINS)``."""
        return [self.counts.statuses[f"{status} {number}"] for number in range(BINS)]


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
