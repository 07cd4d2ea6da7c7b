"""How well codes agree with gold codes, by half; the functions are those of ``wardround evaluate``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks._data import HALVES, REFERENCE, GoldSet, Half, System, nothing
from wardround import Coder, __version__
from wardround.coding import CodingResult
from wardround.coding.evaluation import Answers, Evaluation, GoldNote, Intervals, compare, normal
from wardround.coding.result import Scope
from wardround.records import Record

__all__ = ["Measured", "gold_notes", "measure", "wardround_itself"]


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one system on one half of one set; times in milliseconds per 2,500 characters.

    ``failed``: notes on which it raised an error; they count as notes without codes.
    """

    system: str
    gold_set: str
    half: Half
    figures: Evaluation
    intervals: Intervals
    failed: int
    wall_ms: float
    cpu_ms: float

    def to_json(self) -> dict[str, object]:
        """As plain values; neither notes nor their names are among them."""
        figures = self.figures.model_dump(mode="json", exclude={"chapters", "curve", "sections"})
        return {
            "system": self.system,
            "set": self.gold_set,
            "half": self.half,
            **figures,
            "intervals": self.intervals.model_dump(mode="json"),
            "failed_notes": self.failed,
            "wall_ms_per_2500_characters": round(self.wall_ms, 3),
            "cpu_ms_per_2500_characters": round(self.cpu_ms, 3),
        }


def wardround_itself() -> System:
    """wardround as it comes."""
    coders: dict[Scope, Coder] = {"encounter": Coder(), "mentions": Coder(scope="mentions")}

    def code(record: Record, scope: Scope) -> CodingResult:
        return coders[scope].code(str(record.source), record.encounter, id=record.id)

    return System("wardround", __version__, code)


def measure(system: System, gold_set: GoldSet) -> list[Measured]:
    """One pass over each half."""
    return [_measured(system, gold_set, half) for half in HALVES if gold_set.half(half)]


def _measured(system: System, gold_set: GoldSet, half: Half) -> Measured:
    records = gold_set.half(half)
    wall, cpu = time.perf_counter(), time.process_time()
    results = [_outcome(system, record, gold_set.scope) for record in records]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    notes = gold_notes(records, results, gold_set.scope)
    (compared,) = compare([Answers(name=system.name, notes=notes)]).systems
    scale = 1000 * REFERENCE / sum(len(note.text) for note in notes)
    figures, intervals = compared.figures, compared.intervals
    failed = results.count(None)
    return Measured(system.name, gold_set.name, half, figures, intervals, failed, wall * scale, cpu * scale)


def gold_notes(records: Sequence[Record], results: Sequence[CodingResult | None], scope: Scope) -> list[GoldNote]:
    """The notes with their results, one without codes where there is none."""
    empty = nothing(scope).model_copy(update={"codes": (), "timings": {}})
    return [
        GoldNote(
            id=record.id,
            text=str(record.source),
            gold=frozenset(map(normal, record.codes or ())),
            result=result or empty,
        )
        for record, result in zip(records, results, strict=True)
    ]


def _outcome(system: System, record: Record, scope: Scope) -> CodingResult | None:
    try:
        return system.code(record, scope)
    except Exception:  # whatever a system raises costs it this note; the message may quote the note and is not shown
        return None
