"""What a format of reports has to do to take part: one document per report.

A format is registered by its name in ``wardround.export.reports`` (built in) or under the entry-point group
``wardround.report_exporters`` (a plugin). Every form says that it is a draft and no diagnosis, and leaves nothing out
that the report finds or concludes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from pydicom import Dataset

    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["ReportExporter"]


class ReportExporter(ABC):
    """One format of reports.

    Attributes:
        name: how the user asks for the format, ``--format NAME``.
        suffix: of a file in this format, with its dot.
        media_type: as registered with IANA.
        binary: whether the document is no text, and is not to be shown in a terminal.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    media_type: ClassVar[str]
    binary: ClassVar[bool] = False

    @abstractmethod
    def export(
        self,
        report: DraftReport,
        *,
        pictures: Sequence[Picture] = (),
        originals: Sequence[Dataset] = (),
        time: datetime.datetime | None = None,
    ) -> bytes:
        """The document; text is UTF-8. The same arguments give the same bytes.

        Args:
            report: what to write.
            pictures: what was looked at, to be shown with the areas that the report names; none if not at hand.
            originals: the headers of the DICOM objects the report is about, for formats that refer to them.
            time: when the document is made, with its time zone, for formats that must say so; None is now.

        Raises:
            InputError: the format needs what was not given.
        """
