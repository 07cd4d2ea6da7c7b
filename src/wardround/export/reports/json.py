"""JSON: the report as it is, in the published shape, indented for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wardround.export.reports.exporter import ReportExporter

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from pydicom import Dataset

    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["Json"]


class Json(ReportExporter):
    """The report as ``wardround schema report`` describes it."""

    name = "json"
    suffix = ".json"
    media_type = "application/json"

    def export(
        self,
        report: DraftReport,
        *,
        pictures: Sequence[Picture] = (),
        originals: Sequence[Dataset] = (),
        time: datetime.datetime | None = None,
    ) -> bytes:
        record = report.model_dump(mode="json")
        try:
            return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()
        except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can carry
            return (json.dumps(record, indent=2) + "\n").encode()
