"""From what the user gives to studies: every file to the reader of its format."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from wardround.errors import ImageError
from wardround.images.readers.archive import files_of
from wardround.images.readers.base import File, Reader
from wardround.images.readers.dicom import DicomReader
from wardround.images.readers.nifti import NiftiReader
from wardround.images.readers.picture import PictureReader
from wardround.images.readers.slide import SlideReader
from wardround.images.study import Kind, Study

__all__ = ["READERS", "studies_of"]

READERS: tuple[Reader, ...] = (SlideReader(), DicomReader(), NiftiReader(), PictureReader())
"""In the order they are asked: a whole slide is also a DICOM or a TIFF file."""


def studies_of(source: Path | bytes | Sequence[Path], kind: Kind | None) -> tuple[Study, ...]:
    """The studies that ``source`` holds.

    Beside DICOM files, others are left out and named: viewers on a disc come with pictures of their own.

    Raises:
        ImageError: there are none that can be read.
    """
    files = files_of(source)
    by_reader: dict[Reader | None, list[File]] = defaultdict(list)
    for file in files:
        by_reader[next((reader for reader in READERS if reader.accepts(file)), None)].append(file)
    studies: list[Study] = []
    left_out: list[str] = []
    failure: ImageError | None = None
    for reader in READERS:
        if not (given := by_reader.get(reader)):
            continue
        if studies:
            left_out.append(f"files of another format: {len(given)}")
            continue
        try:
            studies.extend(reader.read(given, kind))
        except ImageError as error:
            failure = failure or error
            left_out.extend([f"{error.where}: {error.what}"] if error.where else [error.what])
    if not studies:
        where = source.name if isinstance(source, Path) else ""
        raise failure or ImageError("no format that is known", where=where, hint=_known(files))
    if unknown := len(by_reader[None]):
        left_out.append(f"files that are no images: {unknown}")
    return tuple(dataclasses.replace(study, left_out=(*study.left_out, *left_out)) for study in studies)


def _known(files: Sequence[File]) -> str:
    if (len(files) == 1 and files[0].head.startswith((b"%PDF", b"\x1aE\xdf\xa3"))) or files[0].head[4:8] == b"ftyp":
        return "export the images from this document or video"
    return "give PNG, JPEG, TIFF, WebP, DICOM, NIfTI or a whole slide; a DICOM file may be cut off at its beginning"
