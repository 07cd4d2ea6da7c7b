"""Markdown: one heading per note and one line per code, to be pasted into a message or a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.export.exporter import Exporter, Failure
from wardround.export.visible import visible

if TYPE_CHECKING:
    from wardround.coding import CodingResult

__all__ = ["Markdown"]


class Markdown(Exporter):
    """Lines like ``- **Code**: I10, **Description**: Essential (primary) hypertension``; below, what needs review."""

    name = "markdown"

    def result(self, result: CodingResult) -> str:
        lines = [f"- **Code**: {s.code}, **Description**: {s.description}" for s in result.codes] or ["No codes."]
        review = [s.code for s in result.codes if s.status == "review"]
        if review:
            lines += ["", f"For review before use: {', '.join(review)}."]
        for warning in result.warnings:
            lines += ["", f"> {visible(warning)}"]
        return _section(result.id, lines)

    def failure(self, failure: Failure) -> str:
        return _section(failure.id, [f"> error: {visible(str(failure.error))}"])


def _section(id: str | None, lines: list[str]) -> str:
    heading = [f"## {visible(id)}", ""] if id else []
    return "\n".join([*heading, *lines, "", ""])
