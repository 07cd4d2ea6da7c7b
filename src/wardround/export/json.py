"""JSON Lines: one object per record, on one line, in the order of the input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wardround.export.exporter import Exporter, Failure

if TYPE_CHECKING:
    from wardround.coding import CodingResult

__all__ = ["JsonLines"]


class JsonLines(Exporter):
    """A result as ``wardround schema`` describes it; a failure as ``{"id", "error": {"what", "where", "hint"}}``."""

    name = "json"

    def result(self, result: CodingResult) -> str:
        return _line(result.to_json())

    def failure(self, failure: Failure) -> str:
        error = failure.error
        return _line({"id": failure.id, "error": {"what": error.what, "where": error.where, "hint": error.hint}})


def _line(record: dict[str, object]) -> str:
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # a quote holds half of a surrogate pair, which only an escape can carry
        line = json.dumps(record)
    return line + "\n"
