"""Markdown of laboratory results: a table under each heading, and beneath it what is to be checked."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from wardround.export.laboratory.exporter import LaboratoryExporter
from wardround.export.reports.markdown import escaped
from wardround.export.visible import visible

if TYPE_CHECKING:
    from wardround.errors import WardroundError
    from wardround.reporting.laboratory import LaboratoryCell, LaboratoryReport, LaboratoryRow

__all__ = ["Markdown"]

_SHOWN = {"test": "Test", "value": "Result", "unit": "Unit", "flag": "Flag", "reference_range": "Reference range"}


class Markdown(LaboratoryExporter):
    """The draft line at the top and the bottom; a question mark behind what is doubtful."""

    name = "markdown"
    suffix = ".md"

    def report(self, report: LaboratoryReport, *, several: bool) -> str:
        draft = f"**{escaped(report.disclaimer)}**"
        lines = [draft, "", f"# {_said(report.id or 'Laboratory report')}", ""]
        for heading, rows in groupby(report.rows, key=lambda row: row.section.text if row.section else ""):
            if heading:
                lines += [f"## {_said(heading)}", ""]
            lines += [_line([*_SHOWN.values(), "Outside range"]), _line(["---"] * (len(_SHOWN) + 1))]
            lines += [_line([*(_cell(getattr(row, name)) for name in _SHOWN), _outside(row)]) for row in rows]
            lines.append("")
        comments = [f"- {_said(row.test.text)}: {_cell(row.comment)}" for row in report.rows if row.comment is not None]
        lines += [*comments, ""] if comments else []
        lines += [f"> {_said(notice)}\n" for notice in report.notices]
        lines += [f"> not used, from the model: {removed.count} × {removed.reason}\n" for removed in report.removed]
        return "\n".join([*lines, draft, "", ""] if several else [*lines, draft, ""])

    def failure(self, id: str, error: WardroundError, *, several: bool) -> str:
        return f"# {_said(id)}\n\n> error: {_said(str(error))}\n\n" if several else ""


def _said(text: str) -> str:
    return escaped(visible(text))


def _cell(cell: LaboratoryCell | None) -> str:
    if cell is None:
        return ""
    told = escaped(f" {visible(cell.text)}").strip()  # within a line, where a figure begins no list
    return f"{told} (?)" if cell.doubtful else told


def _outside(row: LaboratoryRow) -> str:
    return {None: "", True: "yes", False: "no"}[row.outside_range]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
