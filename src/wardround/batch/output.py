"""The folder that a batch fills.

    run.json                    what it is a run of: source, options, release, versions
    codes/part-000000.parquet   the results of a part, or .jsonl; a part is done when this is there; or reports/
    errors/part-000000.jsonl    the notes of it that could not be coded; only where there are any
    counts/part-000000.json     what a summary takes of it
    input/                      what a database gave, until the run is done
    summary.json, report.html   when it is done

A file is written beside its place, brought to the disk, and moved there: it is whole, or it is not there.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from wardround.errors import InputError

if TYPE_CHECKING:
    from wardround.batch.counts import Tally

__all__ = ["Format", "Output", "write_whole"]

Format = Literal["parquet", "jsonl"]
T = TypeVar("T", bound="Tally")

_PART = re.compile(r"part-(\d{6,})\.(?:parquet|jsonl)")
_RESULTS = ("codes", "reports")
_FOLDERS = (*_RESULTS, "errors", "counts", "input")
_FILES = ("summary.json", "report.html", "run.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A folder of results.

    Attributes:
        folder: made when it is first written to.
        format: of the results.
        results: name of the folder of the results.
    """

    folder: Path
    format: Format = "parquet"
    results: Literal["codes", "reports"] = "codes"

    @property
    def run(self) -> Path:
        """What it is a run of."""
        return self.folder / "run.json"

    @property
    def summary(self) -> Path:
        """What came out of it; there when the run is done."""
        return self.folder / "summary.json"

    @property
    def spool(self) -> Path:
        """Where what a database gave is put aside."""
        return self.folder / "input"

    def codes(self, number: int) -> Path:
        """The results of a part."""
        return self.folder / self.results / f"part-{number:06}.{self.format}"

    def errors(self, number: int) -> Path:
        """The failures of a part."""
        return self.folder / "errors" / f"part-{number:06}.jsonl"

    def counts(self, number: int) -> Path:
        """The counts of a part."""
        return self.folder / "counts" / f"part-{number:06}.json"

    def done(self) -> set[int]:
        """The numbers of the parts that are done."""
        try:
            names = os.listdir(self.folder / self.results)
        except FileNotFoundError:
            return set()
        return {int(found[1]) for name in names if (found := _PART.fullmatch(name)) and name.endswith(self.format)}

    @property
    def begun(self) -> bool:
        """Whether any part is done, of whatever run in whatever format."""
        return any(_PART.fullmatch(path.name) for name in _RESULTS for path in (self.folder / name).glob("part-*"))

    def commit(self, number: int, codes: bytes, errors: bytes, counts: Tally) -> None:
        """Keep what came of a part; the codes last, so that they stand for all of it.

        Raises:
            InputError: it cannot be written, as when the disk is full.
        """
        if errors:
            write_whole(self.errors(number), errors)
        write_whole(self.counts(number), json.dumps(counts.to_json()).encode())
        write_whole(self.codes(number), codes)

    def counted(self, number: int, kind: type[T]) -> T:
        """The counts of a part that is done, which are of this kind.

        Raises:
            InputError: they are not there, or damaged.
        """
        return kind.from_json(self.read(self.counts(number)))

    def read(self, path: Path) -> dict[str, Any]:
        """One of the JSON files.

        Raises:
            InputError: it cannot be read, or is damaged.
        """
        try:
            told = json.loads(path.read_bytes())
            if isinstance(told, dict):
                return told
        except (OSError, ValueError) as error:
            raise InputError("a file of the run is missing or damaged", where=str(path), hint=_ANEW) from error
        raise InputError("a file of the run is damaged", where=str(path), hint=_ANEW)

    def tidy(self) -> None:
        """Remove what was begun to be written when a run was killed."""
        for folder in (self.folder, *(self.folder / name for name in _FOLDERS)):
            for left in folder.glob("*.tmp"):
                with suppress(OSError):
                    left.unlink()

    def clear(self) -> None:
        """Remove what a run left, and nothing else."""
        for name in _FILES:  # what it is a run of last, or what is left would be nobody's
            if name == "run.json":
                for folder in _FOLDERS:
                    shutil.rmtree(self.folder / folder, ignore_errors=True)
            (self.folder / name).unlink(missing_ok=True)


_ANEW = "begin anew with --fresh"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there with all of ``content``, on the disk, or is not there.

    Raises:
        InputError: it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.{token_hex(8)}.tmp")  # as other machines may write it too
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _sync(path.parent)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        hint = "make room; the same command goes on" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise InputError(
            f"cannot write the file: {error.strerror or 'unknown reason'}", where=str(path), hint=hint
        ) from error


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
