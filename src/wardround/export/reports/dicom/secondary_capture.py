"""DICOM Secondary Capture: the picture with its areas, and "NOT FOR DIAGNOSIS" burned into it.

It shows the picture of the current study with most areas. It joins the study of the original, whose patient it copies;
of what is no DICOM, it makes a study with an empty patient. The same report and picture give the same object.
Source: DICOM PS3.3 A.8.1, C.8.6; PS3.3 C.7.6.1 for what it derives from.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from wardround.errors import InputError
from wardround.export.reports.exporter import ReportExporter
from wardround.export.reports.packages import require
from wardround.reporting.report import DISCLAIMER, ImageSource

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from pydicom import Dataset

    from wardround.export.reports.dicom.evidence import Instance
    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["SecondaryCapture"]


class SecondaryCapture(ReportExporter):
    """A single RGB frame, explicit VR little endian."""

    name = "secondary-capture"
    suffix = ".dcm"
    media_type = "application/dicom"
    binary = True

    def export(
        self,
        report: DraftReport,
        *,
        pictures: Sequence[Picture] = (),
        originals: Sequence[Dataset] = (),
        time: datetime.datetime | None = None,
    ) -> bytes:
        require("highdicom")
        from highdicom.sc import SCImage

        from wardround.export.reports.capture import capture
        from wardround.export.reports.dicom.evidence import (
            best,
            capture_uid,
            header,
            instance_of,
            settle,
            sorted_originals,
        )
        from wardround.export.reports.identity import dicom_uid, digest_of

        picture = best(report, pictures)
        if picture is None:
            raise InputError(
                "a Secondary Capture shows a picture, and none is given",
                hint="name the images; wardround export takes --images PATH",
            )
        usable = sorted_originals(report, originals)
        source = ImageSource(study="current", series=picture.series, frame=picture.frame)
        origin = instance_of(source, report, usable, pictures)
        study = header(report, origin.dataset if origin else next(iter(usable), None))
        image = SCImage(
            capture(picture, report).pixels,
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            patient_orientation=("L", "F"),
            study_instance_uid=study.StudyInstanceUID,
            series_instance_uid=dicom_uid("", digest_of(report) + " captures"),
            series_number=9901,
            sop_instance_uid=capture_uid(report, picture),
            instance_number=1,
            manufacturer="wardround",
            specific_character_set="ISO_IR 192",
        )
        settle(image, study, report)
        image.PatientOrientation = []  # of a picture that may be turned or cut it is not known
        image.ConversionType = "WSD"
        image.ImageComments = DISCLAIMER
        image.DerivationDescription = "Areas of a draft report and a warning burned in"
        if origin is not None:
            image.SourceImageSequence = [_reference(origin)]
            if "BurnedInAnnotation" in origin.dataset:
                image.BurnedInAnnotation = origin.dataset.BurnedInAnnotation
        for keyword in ("DateOfSecondaryCapture", "TimeOfSecondaryCapture", "ContentDate", "ContentTime"):
            del image[keyword]  # when it was made says nothing of the report, and would make no two files alike
        file = io.BytesIO()
        image.save_as(file, enforce_file_format=True)
        return file.getvalue()


def _reference(origin: Instance) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID = origin.dataset.SOPClassUID
    item.ReferencedSOPInstanceUID = origin.dataset.SOPInstanceUID
    if origin.frame is not None:
        item.ReferencedFrameNumber = origin.frame
    return item
