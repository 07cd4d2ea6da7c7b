"""PDF: the report on paper, with the pictures beside the text and the word DRAFT across every page.

The letters are those of DejaVu Sans where the machine has it, else of Bitstream Vera, which comes with ReportLab and is
the same design with fewer letters. What the font does not have, and scripts that run from right to left, which
ReportLab would write backwards, stand as their code points, ``\\u05d0``, and a line at the end says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.export.reports.exporter import ReportExporter
from wardround.export.reports.packages import require

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from pydicom import Dataset

    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["Pdf"]


class Pdf(ReportExporter):
    """Letter pages; the metadata hold nothing of the patient or the study."""

    name = "pdf"
    suffix = ".pdf"
    media_type = "application/pdf"
    binary = True

    def export(
        self,
        report: DraftReport,
        *,
        pictures: Sequence[Picture] = (),
        originals: Sequence[Dataset] = (),
        time: datetime.datetime | None = None,
    ) -> bytes:
        require("reportlab")
        from wardround.export.reports.pdf.writer import Writer

        return Writer(report, pictures).write()
