"""What is measured on: sets of coded notes with their halves, and notes of our own for speed.

Notes of the gold sets stay in memory; nothing here or in the modules that use it prints or keeps one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Literal, get_args

from wardround.coding import Coder, CodingResult, Encounter
from wardround.coding.result import Scope
from wardround.records import Lines, Record

__all__ = [
    "HALVES",
    "NOTES",
    "REFERENCE",
    "ROOT",
    "GoldSet",
    "Half",
    "System",
    "gold_sets",
    "half_of",
    "nothing",
    "our_notes",
    "text_of",
]

ROOT = Path(__file__).parents[1]
NOTES = ROOT.parent / "shared" / "data" / "notes"
"""Where the gold sets are looked for; they are not part of the project."""

REFERENCE = 2500
"""Characters of the note that times are given for."""

Half = Literal["tuning", "held-out"]
HALVES: tuple[Half, ...] = get_args(Half)


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Notes with the codes people gave them, and the scope those codes are for."""

    name: str
    title: str
    scope: Scope
    records: tuple[Record, ...]

    def half(self, half: Half) -> tuple[Record, ...]:
        """The notes of one half."""
        return tuple(record for record in self.records if half_of(record.id) == half)


@dataclass(frozen=True, slots=True)
class System:
    """Something that codes notes: a function from a note and a scope to a result, and what is to be said of it."""

    name: str
    version: str
    code: Callable[[Record, Scope], CodingResult]
    remarks: tuple[str, ...] = ()


def half_of(id: str) -> Half:
    """Which half a note belongs to: decided by its id alone, so that it never moves.

    >>> half_of("note 1"), half_of("note 2")
    ('tuning', 'held-out')
    """
    return HALVES[hashlib.sha256(id.encode()).digest()[0] % 2]


def gold_sets(folder: Path) -> list[GoldSet]:
    """The sets that are in ``folder``; none if it is not there."""
    known: tuple[tuple[str, str, Scope], ...] = (
        ("aci", "ACI-Bench, development: outpatient visit notes", "encounter"),
        ("codiesp", "CodiEsp, development: case reports in English translation", "mentions"),
    )
    return [
        GoldSet(name, title, scope, _read(folder / name / "dev.jsonl"))
        for name, title, scope in known
        if (folder / name / "dev.jsonl").is_file()
    ]


def _read(path: Path) -> tuple[Record, ...]:
    records = tuple(record for record in Lines(str(path), Encounter()) if isinstance(record, Record))
    if not records or any(record.codes is None for record in records):
        raise ValueError(f"{path.parent.name}/{path.name} is not a set of notes with codes")
    return records


@cache
def nothing(scope: Scope) -> CodingResult:
    """A result without a code."""
    return Coder(scope=scope).code("Nothing.")


def our_notes() -> list[str]:
    """The example notes of the project."""
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples" / "notes").glob("*.txt"))]


def text_of(length: int) -> str:
    """``length`` characters of clinical text: our notes, again and again."""
    parts: list[str] = []
    written = 0
    for note in cycle(our_notes()):
        if written >= length:
            break
        parts.append(note + "\n")
        written += len(parts[-1])
    return "".join(parts)[:length]
