"""A folder of notes, one per file, in whatever form `wardround.documents` reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.batch.part import Part
from wardround.batch.sources.source import Source, fingerprint_of, shown
from wardround.errors import InputError
from wardround.records import Record

if TYPE_CHECKING:
    from wardround.coding import Encounter

__all__ = ["Folder", "FolderPart", "files_below"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPart(Part):
    """Some files of a folder, by their paths in it."""

    folder: Path
    files: tuple[str, ...]
    defaults: Encounter

    def records(self) -> Iterator[Record]:
        for index, name in enumerate(self.files):
            place = self.place(index)
            yield Record(id=place, where=place, source=self.folder / name, encounter=self.defaults)

    def place(self, index: int) -> str:
        return shown(Path(self.files[index]))


class Folder(Source):
    """All files of a folder and of the folders in it; hidden ones are left out. A record's id is its path in there."""

    kind = "folder"

    def __init__(self, folder: Path, defaults: Encounter, size: int) -> None:
        super().__init__(str(folder), defaults, size)
        self._folder = folder

    @cached_property
    def _files(self) -> list[str]:
        return files_below(self._folder)

    @property
    def fingerprint(self) -> str:
        return fingerprint_of((name, self._folder / name) for name in self._files)

    def parts(self) -> Sequence[Part]:
        cuts = [self._files[first : first + self.size] for first in range(0, len(self._files), self.size)]
        return [
            FolderPart(number=number, count=len(files), folder=self._folder, files=tuple(files), defaults=self.defaults)
            for number, files in enumerate(cuts)
        ]


def files_below(folder: Path) -> list[str]:
    """The files in a folder and those in it, by their paths in it, in order; hidden ones are left out.

    Raises:
        InputError: a folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        what = f"cannot read the folder: {error.strerror or 'unknown reason'}"
        raise InputError(what, where=shown(Path(str(error.filename)))) from error

    found = []
    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.relpath(os.path.join(place, name), folder) for name in files if not name.startswith(".")]
    return sorted(found)
