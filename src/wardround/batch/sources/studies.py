"""A folder of studies: each folder and file in it is one, but loose DICOM files of one study are together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wardround.batch.part import Part
from wardround.batch.sources.folder import files_below
from wardround.batch.sources.source import Source, fingerprint_of, shown
from wardround.coding import Encounter
from wardround.errors import InputError
from wardround.images.folders import gathered

__all__ = ["Entry", "Studies"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is read as one study, or as several if DICOM says that it holds them.

    Attributes:
        id: the name of the file or folder; of several files, their StudyInstanceUID.
        where: what to call its place in an error.
        paths: the files and folders.
        history: folder of ``<id>.txt``, which tells what is known of the patient, where it is.
    """

    id: str
    where: str
    paths: tuple[Path, ...]
    history: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _StudiesPart(Part):
    entries: tuple[Entry, ...]

    def records(self) -> Iterator[Entry]:
        return iter(self.entries)

    def place(self, index: int) -> str:
        return self.entries[index].where


class Studies(Source):
    """The studies of a folder, in the order of their names; text files are left for what they tell of the patient."""

    kind = "studies"

    def __init__(self, folder: Path, history: Path | None, size: int) -> None:
        """Of ``folder``, with histories from the folder ``history``, or else from ``folder`` itself."""
        super().__init__(str(folder), Encounter(), size)
        self._folder = folder
        self._history = history or folder

    @cached_property
    def _entries(self) -> list[Entry]:
        try:
            found = gathered(self._folder)
        except OSError as error:
            what = f"cannot read the folder: {error.strerror or 'unknown reason'}"
            raise InputError(what, where=shown(self._folder)) from error
        if not found:
            raise InputError("there is no study in the folder", where=shown(self._folder))
        return [
            Entry(id=shown(Path(name)), where=shown(Path(name)), paths=paths, history=self._history)
            for name, paths in found.items()
        ]

    @property
    def fingerprint(self) -> str:
        folders = dict.fromkeys((self._folder, self._history))
        return fingerprint_of((name, folder / name) for folder in folders for name in files_below(folder))

    def parts(self) -> Sequence[Part]:
        cuts = [self._entries[first : first + self.size] for first in range(0, len(self._entries), self.size)]
        return [
            _StudiesPart(number=number, count=len(entries), entries=tuple(entries))
            for number, entries in enumerate(cuts)
        ]
