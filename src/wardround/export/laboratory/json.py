"""JSON of laboratory results: the published shape; of several reports a line for each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wardround.export.laboratory.exporter import LaboratoryExporter

if TYPE_CHECKING:
    from wardround.errors import WardroundError
    from wardround.reporting.laboratory import LaboratoryReport

__all__ = ["Json"]


class Json(LaboratoryExporter):
    """The report as ``wardround schema laboratory`` describes it; ``{"id", "error"}`` in the place of one."""

    name = "json"
    suffix = ".json"

    def report(self, report: LaboratoryReport, *, several: bool) -> str:
        return _written(report.model_dump(mode="json"), several=several)

    def failure(self, id: str, error: WardroundError, *, several: bool) -> str:
        told = {"id": id, "error": {"what": error.what, "where": error.where, "hint": error.hint}}
        return _written(told, several=several) if several else ""


def _written(record: dict[str, Any], *, several: bool) -> str:
    return json.dumps(record, ensure_ascii=False, indent=None if several else 2) + "\n"
