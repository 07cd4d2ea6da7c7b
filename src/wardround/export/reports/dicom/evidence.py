"""The DICOM objects a report refers to, with the patient and study they belong to.

The patient and study modules are copied from the originals. Where what was read is no DICOM, a study of its own is
made, its patient empty, and the Secondary Capture of the picture stands for the image.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

from pydicom import DataElement, Dataset
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR
from pydicom.uid import SecondaryCaptureImageStorage

from wardround.boxes import Box
from wardround.export.reports.identity import dicom_uid, digest_of
from wardround.export.reports.picture import Picture, marks
from wardround.export.visible import visible
from wardround.reporting.report import ImageSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.reporting.report import DraftReport

__all__ = [
    "Instance",
    "best",
    "capture_uid",
    "captured",
    "header",
    "instance_of",
    "nameless",
    "settle",
    "sorted_originals",
]

_COPIED = (  # PS3.3 C.7.1.1, C.7.2.1
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_IDENTIFYING = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


class Instance(NamedTuple):
    """One DICOM object, or one frame of it.

    ``frame`` counts from 1 and is None for an object of one frame. ``scale`` and ``shift`` lead from pixels of the
    frame as stored to those of the object: multiply, then add.
    """

    dataset: Dataset
    frame: int | None = None
    scale: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)

    def place(self, area: Box) -> Box:
        """An area of the stored frame in pixels of the object."""
        across, down = self.scale
        right, below = self.shift
        return Box(
            area.left * across + right,
            area.top * down + below,
            area.right * across + right,
            area.bottom * down + below,
        )


def header(report: DraftReport, original: Dataset | None) -> Dataset:
    """The patient and study of ``original``, or an empty patient and a study made from the report."""
    kept = Dataset()
    for keyword in _COPIED:
        setattr(kept, keyword, _value(original, keyword))
    kept.StudyInstanceUID = dicom_uid(_value(original, "StudyInstanceUID"), digest_of(report))
    if original is None:  # not the study that the report names either: its patient is not known here
        day = next((image.date for image in report.images if image.study == "current"), None)
        kept.StudyDate = day.strftime("%Y%m%d") if day else ""
    return kept


def sorted_originals(report: DraftReport, originals: Sequence[Dataset]) -> list[Dataset]:
    """What is needed of those that can be referred to, those of the current study first."""
    current = {image.study_instance_uid for image in report.images if image.study == "current"}
    usable = []
    for original in originals:
        if all(_value(original, keyword) for keyword in _IDENTIFYING):
            kept = header(report, original)
            for keyword in (*_IDENTIFYING, "NumberOfFrames", "BurnedInAnnotation"):
                if _value(original, keyword):
                    setattr(kept, keyword, _value(original, keyword))
            usable.append(kept)
    return sorted(usable, key=lambda original: original.StudyInstanceUID not in current)


def nameless(original: Dataset) -> Dataset:
    """What tells an object from others, without its patient, whose name highdicom would print in a warning."""
    bare = Dataset()
    for keyword in _COPIED:
        setattr(bare, keyword, "")
    for keyword in _IDENTIFYING:
        setattr(bare, keyword, original[keyword].value)
    return bare


def best(report: DraftReport, pictures: Sequence[Picture]) -> Picture | None:
    """The picture of the current study with most areas; None if there is none."""
    current = [picture for picture in pictures if picture.study == "current"]
    return max(current, key=lambda picture: len(marks(picture, report)), default=None)


def capture_uid(report: DraftReport, picture: Picture) -> str:
    """The SOPInstanceUID of the Secondary Capture of a picture."""
    return dicom_uid("", f"{digest_of(report)} {picture.study} {picture.series} {picture.frame}")


def instance_of(
    source: ImageSource, report: DraftReport, originals: Sequence[Dataset], pictures: Sequence[Picture]
) -> Instance | None:
    """The DICOM object that a source lies in; None if it cannot be told."""
    images = [image for image in report.images if image.study == source.study]
    image = images[source.series - 1] if source.series <= len(images) else None
    for picture in pictures:
        if (picture.study, picture.series) == (source.study, source.series) and picture.frame == (source.frame or 1):
            for original in originals:
                if original.SOPInstanceUID == picture.sop_instance_uid:
                    return Instance(original, picture.sop_frame if _frames(original) > 1 else None)
    of_series = [o for o in originals if image is not None and o.get("SeriesInstanceUID") == image.series_instance_uid]
    if len(of_series) == 1:
        return Instance(of_series[0], (source.frame or 1) if _frames(of_series[0]) > 1 else None)
    return None


def captured(report: DraftReport, picture: Picture) -> Dataset:
    """What refers to the Secondary Capture of a picture."""
    dataset = header(report, None)
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = capture_uid(report, picture)
    dataset.SeriesInstanceUID = dicom_uid("", digest_of(report) + " captures")
    return dataset


def settle(made: Dataset, study: Dataset, report: DraftReport) -> None:
    """Give an object its patient and study, and take from it what highdicom says of the moment it was made."""
    for element in study:
        made[element.tag] = element
    made.SeriesDescription = "DRAFT - NOT FOR DIAGNOSIS"
    made.SoftwareVersions = visible(f"wardround {report.provenance.wardround}").replace("\\", "/")[:64]
    for keyword in ("InstanceCreationDate", "InstanceCreationTime"):
        if keyword in made:
            del made[keyword]
    for equipment in made.get("ContributingEquipmentSequence", ()):
        if "ContributionDateTime" in equipment:
            del equipment.ContributionDateTime


def _frames(original: Dataset) -> int:
    return int(original.get("NumberOfFrames") or 1)


def _value(original: Dataset | None, keyword: str) -> str:
    """A header's value as text; empty where it is missing or no value that DICOM allows."""
    if original is None:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = str(original.get(keyword) or "")
            DataElement(keyword, dictionary_VR(keyword), value, validation_mode=RAISE)
    except Exception:  # whatever reading or checking a damaged value raises
        return ""
    return value
