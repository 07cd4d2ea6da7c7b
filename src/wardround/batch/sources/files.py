"""Files of one kind, one or many, as one source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.batch.sources.source import Source, fingerprint_of
from wardround.errors import InputError
from wardround.export import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding import Encounter
    from wardround.records import Record

__all__ = ["Files", "named"]


class Files(Source):
    """Records in files that all have one form.

    Attributes:
        files: each with what goes before the place of a record in it, ``"2026/may.csv "``; empty if there is one.
    """

    def __init__(self, name: str, paths: Sequence[tuple[str, Path]], defaults: Encounter, size: int) -> None:
        super().__init__(name, defaults, size)
        alone = len(paths) == 1
        self.files = [("" if alone else f"{label} ", path) for label, path in paths]

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.files)


def named(record: Record | Failure, label: str) -> Record | Failure:
    """A record with ``label`` before its place, and before its id if that is its place."""
    if not label:
        return record
    where = record.error.where if isinstance(record, Failure) else record.where
    id = f"{label}{where}" if record.id == where else record.id
    if isinstance(record, Failure):
        error = record.error
        return Failure(id=id, error=InputError(error.what, where=f"{label}{where}", hint=error.hint))
    return replace(record, id=id, where=f"{label}{where}")
