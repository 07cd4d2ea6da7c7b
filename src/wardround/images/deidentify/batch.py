"""Many files without their patients, in a folder that appears when all of it is done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wardround.errors import ImageError, InputError, WardroundError
from wardround.images.deidentify.identifiers import Identifiers
from wardround.images.deidentify.report import Deidentified, FileReport
from wardround.images.deidentify.text import SURE, TextBox, burned_in, merged, sampled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wardround.documents.ocr import OcrEngine
    from wardround.images.deidentify.changes import Changes
    from wardround.images.readers.base import File

__all__ = ["Decision", "Found", "deidentify", "hold_back", "is_image", "redact_sure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about the text in some pictures.

    Attributes:
        black: the boxes to make black, in every frame.
        confirmed: a person has looked, and says that nothing else in the pictures names the patient.
    """

    black: tuple[TextBox, ...]
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What may name the patient in the pictures of one file, or in the slices of one acquisition.

    Attributes:
        files: their names, for the person who decides.
        boxes: where, in all frames together.
        says_burned_in: the header says that the patient can be told by the picture.
        picture: one of the frames.
    """

    files: tuple[str, ...]
    boxes: tuple[TextBox, ...]
    says_burned_in: bool
    picture: Callable[[], NDArray[np.generic]] = field(repr=False)


Decide = Callable[[Found], Decision | None]
"""What is to be done about what was found; None if nobody can say, so that the files are held back."""


def hold_back(found: Found) -> Decision | None:
    """Nobody is there to be asked."""
    del found
    return None


def redact_sure(found: Found) -> Decision | None:
    """Make black what is text by all appearance, unasked; held back if there is none where the header says there is."""
    sure = tuple(box for box in found.boxes if box.confidence >= SURE)
    return None if found.says_burned_in and not sure else Decision(black=sure, confirmed=False)


_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class Progress(Protocol):
    """Is told that ``done`` of ``total`` files are through ``stage``."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


class _Image(Protocol):
    """What is in a file: `DicomObject` or `PictureFile`."""

    @property
    def frames(self) -> int: ...
    @property
    def looked_at(self) -> bool: ...
    @property
    def says_burned_in(self) -> bool: ...
    @property
    def acquisition(self) -> tuple[object, ...] | None: ...
    @property
    def regions(self) -> tuple[tuple[int, int, int, int], ...]: ...
    @property
    def suffix(self) -> str: ...
    def picture(self, index: int) -> NDArray[np.generic]: ...
    def without_patient(
        self, identifiers: Identifiers, boxes: Sequence[TextBox] = (), *, confirmed: bool = False
    ) -> tuple[bytes, Changes]: ...


def deidentify(
    files: Sequence[File],
    target: Path,
    *,
    key: bytes | None = None,
    decide: Decide = hold_back,
    ocr: OcrEngine | None = None,
    progress: Progress = lambda stage, done, total: None,
    failed: Callable[[WardroundError], None] = lambda error: None,
    left_out: int = 0,
) -> Deidentified:
    """Write every file without its patient into a new folder. One bad file stops none of the others.

    Args:
        files: DICOM, PNG, JPEG, TIFF; they are only read.
        target: a folder that is not there yet, or is empty. It appears at the end, if anything was written.
        key: maps UIDs, names and days as another run with the same key does; None for a new one that is thrown away.
        decide: is asked about each file, or acquisition, in which there may be text.
        ocr: the program that looks for text; None for all that are there.
        progress: is told how far the work is.
        failed: is told of each file that failed, at once.
        left_out: how many files next to these are no images, for the report.

    Raises:
        InputError: the target is not empty, or cannot be written.
        EngineMissing: there is no OCR program, so that nobody can tell what is written in the pictures.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError("there is something already", where=str(target), hint="name a folder that is not there yet")
    run = _Run(files, Identifiers(key), ocr, progress, failed)
    decisions = run.decided(run.looked_at(run.groups()), decide)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        try:
            partial.mkdir(parents=True)
            reports = run.written(decisions, partial)
            if any(each.output for each in reports):
                partial.replace(target)
        except OSError as error:
            raise InputError(
                f"cannot write the folder: {error.strerror or 'unknown reason'}", where=str(target)
            ) from None
    finally:
        with suppress(OSError):
            shutil.rmtree(partial)
    return Deidentified(files=tuple(reports), left_out=left_out, same_key_again=key is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Files about which one question is asked."""

    numbers: tuple[int, ...]
    boxes: tuple[TextBox, ...] = ()
    says_burned_in: bool = False


class _Run:
    """The steps of one run; what failed in one is left aside by the next."""

    def __init__(
        self,
        files: Sequence[File],
        identifiers: Identifiers,
        ocr: OcrEngine | None,
        progress: Progress,
        failed: Callable[[WardroundError], None],
    ) -> None:
        self._files = files
        self._identifiers = identifiers
        self._ocr = ocr
        self._progress = progress
        self._tell = failed
        self._failed: dict[int, str] = {}

    def _fail(self, number: int, error: Exception) -> None:
        if not isinstance(error, WardroundError):
            error = ImageError(f"unexpected {type(error).__name__}", hint="a defect of wardround; please report it")
        error.where = error.where or self._files[number].name
        self._failed[number] = error.what
        self._tell(error)

    def groups(self) -> list[_Group]:
        """The files that can be read; slices of one acquisition are together."""
        together: dict[object, list[int]] = {}
        says: set[int] = set()
        for number, file in enumerate(self._files):
            self._progress("reading", number, len(self._files))
            try:
                image = _opened(file)
            except Exception as error:
                self._fail(number, error)
                continue
            says |= {number} if image.says_burned_in else set()
            together.setdefault(image.acquisition or number, []).append(number)
        return [
            _Group(numbers=tuple(numbers), says_burned_in=any(number in says for number in numbers))
            for numbers in together.values()
        ]

    def looked_at(self, groups: Iterable[_Group]) -> list[_Group]:
        """With the boxes found in the first, the middle and the last picture of each; none for those that failed."""
        from wardround.errors import EngineMissing

        result, done = [], 0
        for group in groups:
            self._progress("looking for text", done, len(self._files))
            done += len(group.numbers)
            alone = len(group.numbers) == 1
            boxes: list[TextBox] = []
            for number in [group.numbers[at] for at in sampled(len(group.numbers))]:
                try:
                    image = _opened(self._files[number])
                    for index in sampled(image.frames) if alone and image.looked_at else (0,) * image.looked_at:
                        boxes += burned_in(image.picture(index), self._ocr, regions=image.regions)
                except EngineMissing:
                    raise
                except Exception as error:
                    self._fail(number, error)
            left = tuple(number for number in group.numbers if number not in self._failed)
            if left:
                result.append(_Group(numbers=left, boxes=merged(boxes), says_burned_in=group.says_burned_in))
        return result

    def decided(self, groups: Iterable[_Group], decide: Decide) -> list[tuple[_Group, Decision | None]]:
        """What is to be done about each."""
        result: list[tuple[_Group, Decision | None]] = []
        for group in groups:
            decision: Decision | None = Decision(black=(), confirmed=False)
            if group.boxes or group.says_burned_in:
                first = self._files[group.numbers[0]]
                decision = decide(
                    Found(
                        files=tuple(self._files[number].name for number in group.numbers),
                        boxes=group.boxes,
                        says_burned_in=group.says_burned_in,
                        picture=lambda file=first: _opened(file).picture(0),  # type: ignore[misc]
                    )
                )
            result.append((group, decision))
        return result

    def written(self, decisions: Iterable[tuple[_Group, Decision | None]], folder: Path) -> list[FileReport]:
        """One report for each file."""
        reports: dict[int, FileReport] = {}
        digits = max(4, len(str(len(self._files))))
        for group, decision in decisions:
            for number in group.numbers:
                self._progress("writing", len(reports), len(self._files))
                if decision is None:
                    reports[number] = FileReport(number=number + 1, outcome="held back", found=group.boxes)
                    continue
                try:
                    image = _opened(self._files[number])
                    data, changes = image.without_patient(
                        self._identifiers, decision.black, confirmed=decision.confirmed
                    )
                except Exception as error:
                    self._fail(number, error)
                    continue
                output = f"{number + 1:0{digits}}{image.suffix}"
                (folder / output).write_bytes(data)
                reports[number] = FileReport(
                    number=number + 1,
                    outcome="written",
                    output=output,
                    changes=changes,
                    found=group.boxes,
                    black=decision.black,
                    confirmed=decision.confirmed,
                )
        for number, what in self._failed.items():
            reports[number] = FileReport(number=number + 1, outcome="failed", error=what)
        return [reports[number] for number in sorted(reports)]


def is_image(file: File) -> bool:
    """Whether the file is of a format that can be de-identified, told by its first bytes."""
    from wardround.images.readers.header import looks_like_dicom

    webp = file.head[:4] == b"RIFF" and file.head[8:12] == b"WEBP"
    return webp or file.head.startswith(_PICTURES) or looks_like_dicom(file.head)


def _opened(file: File) -> _Image:
    from wardround.images.deidentify.dicom import DicomObject
    from wardround.images.deidentify.pictures import PictureFile
    from wardround.images.readers.header import looks_like_dicom

    return DicomObject(file) if looks_like_dicom(file.head) else PictureFile(file)
