"""Sources for the tests, and what is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.batch import Source, open_source
from wardround.coding import Encounter
from wardround.export import Failure
from wardround.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

CONDITIONS = ("Gout", "Essential hypertension", "Acute appendicitis", "Type 2 diabetes mellitus", "Heart failure")


def note(number: int) -> str:
    """A short note, like no other."""
    two = CONDITIONS[number % 5], CONDITIONS[(number // 5) % 5]
    return f"ASSESSMENT\n1. {two[0]}.\n2. {two[1]}.\nVisit {number} for “follow-up”.\n"


def write_lines(path: Path, records: Iterable[object]) -> Path:
    """Lines of JSON; bytes are a line as they are."""
    path.write_bytes(b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in records))
    return path


def notes_file(path: Path, count: int) -> Path:
    return write_lines(path, ({"id": number, "text": note(number)} for number in range(count)))


def opened(spec: Path | str, size: int = 3, **options: object) -> Source:
    return open_source(str(spec), Encounter(), size=size, **options)  # type: ignore[arg-type]


def records(source: Source) -> list[Record | Failure]:
    """All of a source, part by part; the parts are numbered in order and hold no more than they say."""
    found: list[Record | Failure] = []
    for number, part in enumerate(source.parts()):
        assert part.number == number
        there = list(part.records())
        assert len(there) <= part.count <= source.size
        found += there
    return found


def told(source: Source) -> list[tuple[str, object]]:
    """Of each record its id, and its text or what is wrong with it."""
    return [(each.id, f"! {each.error.what}" if isinstance(each, Failure) else each.source) for each in records(source)]
