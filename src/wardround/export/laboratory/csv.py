"""CSV of laboratory results: one line per row of the printed table, all cells as they are printed.

The columns stay as they are; new ones come at the end. What is not printed is empty. ``number`` to ``outside_range``
are worked out and empty where they cannot be. ``page`` and the box are those of the value, the box in the units of the
page. ``doubtful`` names the cells to compare with the page. Texts that a spreadsheet would run as a formula have an
apostrophe before them (see `wardround.export.csv`): a value of ``-2.5`` is ``'-2.5`` here, and -2.5 as ``number``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.export.csv import row
from wardround.export.laboratory.exporter import LaboratoryExporter

if TYPE_CHECKING:
    from wardround.reporting.laboratory import LaboratoryCell, LaboratoryReport, LaboratoryRow

__all__ = ["COLUMNS", "Csv"]

COLUMNS = (
    "id", "row", "section", "test", "value", "unit", "reference_range", "flag", "method", "previous_result", "comment",
    "number", "comparator", "low", "high", "flag_meaning", "outside_range",
    "page", "left", "top", "right", "bottom", "confidence", "doubtful", "read_by",
)  # fmt: skip
_CELLS = COLUMNS[2:11]


class Csv(LaboratoryExporter):
    """The rows of all reports in one table under one header."""

    name = "csv"
    suffix = ".csv"

    def header(self) -> str:
        return row(COLUMNS)

    def report(self, report: LaboratoryReport, *, several: bool) -> str:
        return "".join(row(_line(report.id, each)) for each in report.rows)


def _line(id: str, each: LaboratoryRow) -> tuple[object, ...]:
    cells: dict[str, LaboratoryCell | None] = {name: getattr(each, name) for name in _CELLS}
    there = [cell for cell in cells.values() if cell is not None]
    area = each.value.area
    return (
        id,
        each.id,
        *("" if cell is None else cell.text for cell in cells.values()),
        _plain(each.number),
        each.comparator,
        _plain(each.low),
        _plain(each.high),
        each.flag_meaning,
        None if each.outside_range is None else str(each.outside_range).lower(),
        each.value.page,
        *([None] * 4 if area is None else [round(s, 1) for s in (area.left, area.top, area.right, area.bottom)]),
        f"{min(cell.confidence for cell in there):.3f}",
        " ".join(name for name, cell in cells.items() if cell is not None and cell.doubtful),
        each.read_by,
    )


def _plain(number: float | None) -> str | float | None:
    """A number without a ``.0`` that nobody printed."""
    return int(number) if number is not None and number.is_integer() else number
