"""DICOM: single and multi-frame objects, and the series of many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pydicom.uid import UID

from wardround.errors import ImageError
from wardround.images.readers.base import File, Reader, joined_digest, only_failure
from wardround.images.readers.header import Header, looks_like_dicom, read_header
from wardround.images.readers.instances import Instance, instances
from wardround.images.readers.kinds import NOT_IMAGES, modality_of
from wardround.images.readers.pixels import Pixels
from wardround.images.readers.presented import series_of
from wardround.images.readers.quiet import quiet
from wardround.images.readers.series import grouped
from wardround.images.readers.values import age_of, date_of, integer, patient_fields, sex_of, text
from wardround.images.study import Kind, Study

__all__ = ["DicomReader"]

_AGAIN = "send or export it again"


class DicomReader(Reader):
    """DICOM, with or without preamble."""

    def accepts(self, file: File) -> bool:
        return looks_like_dicom(file.head)

    def read(self, files: Sequence[File], kind: Kind | None) -> tuple[Study, ...]:
        with quiet():
            return self._read(files, kind)

    def _read(self, files: Sequence[File], kind: Kind | None) -> tuple[Study, ...]:
        found: dict[str, list[Instance]] = defaultdict(list)
        failed: list[ImageError] = []
        digests: dict[str, str] = {}
        repeated = 0
        for file in files:
            try:
                header = read_header(file)
                if header.digest in digests:
                    repeated += 1
                    continue
                frames = _frames(header)
                found[text(header.dataset, "StudyInstanceUID")].extend(frames)
                digests[header.digest] = file.name
            except ImageError as error:
                failed.append(error)
        if not found:
            raise only_failure(failed)
        outside = [f"{error.where}: {error.what}" for error in failed]
        if repeated:
            outside.append(f"files that are there twice: {repeated}")
        return tuple(_study(uid, found[uid], kind, outside) for uid in sorted(found))


def _frames(header: Header) -> list[Instance]:
    try:
        return _instances(header)
    except ImageError:
        raise
    except Exception:  # what pydicom raises quotes the header, so that it must not be chained
        raise ImageError("its header is damaged", where=header.file.name, hint=_AGAIN) from None


def _instances(header: Header) -> list[Instance]:
    dataset, where = header.dataset, header.file.name
    if not len(dataset):
        raise ImageError("there is nothing in it", where=where, hint=_AGAIN)
    named = text(dataset, "Modality")
    sop_class = text(dataset, "SOPClassUID")
    if named in NOT_IMAGES:
        raise ImageError(f"this is {NOT_IMAGES[named]}, not an image", where=where, hint="give an image")
    if header.pixels is None and not (integer(dataset, "Rows") and integer(dataset, "Columns")):
        name = UID(sop_class).name if sop_class else ""
        if name and name != sop_class:
            raise ImageError(f"it holds no image: {name}", where=where, hint="give an image")
        raise ImageError("it holds no image", where=where, hint="it is no image, or cut off; give or send the image")
    if header.pixels is None:
        raise ImageError("it has no pixel data", where=where, hint="it is cut off, or only its header; send it again")
    return list(instances(header, Pixels(header), modality_of(named, sop_class)))


def _study(uid: str, frames: Sequence[Instance], kind: Kind | None, outside: Sequence[str]) -> Study:
    groups, left_out = grouped(frames)
    headers = list({frame.header.digest: frame.header for group in groups for frame in group.frames}.values())
    datasets = [header.dataset for header in headers]
    warnings = {notice.code: notice for header in headers for notice in header.notices}
    return Study(
        format="DICOM",
        series=tuple(series_of(group, kind) for group in groups),
        digest=joined_digest([header.digest for header in headers]),
        uid=uid,
        date=next((date for each in datasets if (date := date_of(each)) is not None), None),
        age=next((age for each in datasets if (age := age_of(each)) is not None), None),
        sex=next((sex for each in datasets if (sex := sex_of(each)) is not None), None),
        patient_data=tuple(sorted({name for each in datasets for name in patient_fields(each)})),
        left_out=(*left_out, *outside),
        warnings=tuple(warnings.values()),
    )
