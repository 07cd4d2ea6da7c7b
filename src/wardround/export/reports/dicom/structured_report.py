"""DICOM Structured Report: a Comprehensive SR by TID 1500, partial, unverified and preliminary.

Every finding is a group of its own, with its area as coordinates on the original image, or, where what was read is no
DICOM, on its Secondary Capture. The sentences of the report follow as text under the headings of a diagnostic imaging
report. What DICOM has a code for is coded so; everything else is coded by its name in a scheme of our own.
Source: DICOM PS3.16 TID 1500, TID 1501, TID 2000, CID 240; PS3.3 C.18.6.1 for coordinates.
"""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING

from wardround.errors import InputError
from wardround.export.reports.exporter import ReportExporter
from wardround.export.reports.packages import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset

    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["StructuredReport"]


class StructuredReport(ReportExporter):
    """One document, explicit VR little endian."""

    name = "dicom-sr"
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
        from highdicom.sr import ComprehensiveSR
        from pydicom.valuerep import DA, TM

        from wardround.export.reports.dicom.content import Content
        from wardround.export.reports.dicom.evidence import header, nameless, settle, sorted_originals
        from wardround.export.reports.identity import dicom_uid, digest_of

        usable = sorted_originals(report, originals)
        content = Content(report, pictures, usable)
        if not content.evidence:
            raise InputError(
                "a DICOM SR refers to the images it is about, and none is given",
                hint="name the images; wardround export takes --images PATH",
            )
        moment = (time or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC)
        digest = digest_of(report)
        document = ComprehensiveSR(
            evidence=[nameless(original) for original in content.evidence],
            content=content.tree()[0],
            series_instance_uid=dicom_uid("", f"{digest} reports"),
            series_number=9902,
            sop_instance_uid=dicom_uid("", f"{digest} report {moment.isoformat()}"),
            instance_number=1,
            manufacturer="wardround",
            specific_character_set="ISO_IR 192",
        )
        settle(document, header(report, usable[0] if usable else None), report)
        document.ContentDate = DA(moment.date())
        document.ContentTime = TM(moment.time().replace(microsecond=0))
        document.TimezoneOffsetFromUTC = "+0000"
        file = io.BytesIO()
        document.save_as(file, enforce_file_format=True)
        return file.getvalue()
