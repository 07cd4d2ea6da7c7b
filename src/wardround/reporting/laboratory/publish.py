"""Printed rows in their published shape, with what can be worked out from them in one way only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wardround.documents.laboratory import (
    PrintedCell,
    PrintedResult,
    figure,
    is_outside,
    known,
    limits,
    point_of,
)
from wardround.reporting.laboratory.report import CELLS, FlagMeaning, LaboratoryCell, LaboratoryRow
from wardround.reporting.report import Area

__all__ = ["contradictions", "doubts", "published"]

_ROLES = dict(zip(CELLS, CELLS, strict=True)) | {"reference_range": "reference", "previous_result": "previous"}
_NAMES = {role: name for name, role in _ROLES.items()}
_HIGH, _LOW = ("high", "critical high"), ("low", "critical low")


def published(
    rows: Sequence[PrintedResult], added: Sequence[PrintedResult], completed: dict[int, list[str]]
) -> tuple[LaboratoryRow, ...]:
    """The rows, numbered.

    Args:
        rows: each with a test and a value.
        added: those that only a model named.
        completed: roles of the cells that only a model named, by the identity of their row.
    """
    cells = [cell for row in rows for cell in (row.value, row.reference, row.previous) if cell is not None]
    point = point_of(cell.text for cell in cells)
    rarer = _rarer_point(cells)
    made: list[LaboratoryRow] = []
    for row in rows:
        if row.test is None or row.value is None:
            continue
        named = {name: _cell(getattr(row, role)) for name, role in _ROLES.items()}
        number = figure(row.value.text, point)
        ends = None if row.reference is None else limits(row.reference.text, point)
        meaning = None if row.flag is None else known("flag", row.flag.text)
        if rarer and rarer in row.value.text and number is not None:
            named["value"] = _cell(PrintedCell(row.value.tokens, doubtful=True))
        doubtful = row.value.is_doubtful or (row.reference is not None and row.reference.is_doubtful)
        outside = None if row.reference is None else is_outside(row.value.text, row.reference.text, point)
        made.append(
            LaboratoryRow.model_validate(
                {
                    **named,
                    "id": f"R{len(made) + 1}",
                    "number": None if number is None else number.number,
                    "comparator": None if number is None else number.comparator,
                    "low": None if ends is None else ends.low,
                    "high": None if ends is None else ends.high,
                    "flag_meaning": cast("FlagMeaning | None", meaning or None),
                    "outside_range": None if doubtful or (rarer and rarer in row.value.text) else outside,
                    "read_by": "model" if any(row is other for other in added) else "layout",
                    "completed": tuple(_NAMES[role] for role in completed.get(id(row), ())),
                }
            )
        )
    return tuple(made)


def _rarer_point(cells: Sequence[PrintedCell]) -> str:
    """The sign before decimals that fewer figures have, where a report has both: a reader took one for the other."""
    kinds = [point_of([cell.text]) for cell in cells]
    points, commas = kinds.count("."), kinds.count(",")
    return "" if not points or not commas else "," if commas <= points else "."


def _cell(cell: PrintedCell | None) -> LaboratoryCell | None:
    if cell is None:
        return None
    box = cell.box
    left, top = max(0.0, box.left), max(0.0, box.top)
    area = Area(left=left, top=top, right=max(box.right, left + 1e-3), bottom=max(box.bottom, top + 1e-3))
    return LaboratoryCell(
        text=cell.text,
        page=cell.page or None,
        area=area if cell.page else None,
        confidence=min(1.0, max(0.0, cell.confidence)),
        doubtful=cell.is_doubtful,
    )


def contradictions(rows: Sequence[LaboratoryRow]) -> tuple[str, ...]:
    """Where the printed flag and the printed range do not go together."""
    told = []
    for row in rows:
        meaning, outside = row.flag_meaning, row.outside_range
        if meaning is None or outside is None:
            continue
        flagged = meaning != "normal"
        below = outside and row.number is not None and row.low is not None and row.number <= row.low
        if flagged != outside:
            where = "outside" if outside else "inside"
            told.append(f"{row.id}: the printed flag says {meaning}, and the value is {where} the printed range")
        elif outside and row.number is not None and ((meaning in _HIGH and below) or (meaning in _LOW and not below)):
            where = "below" if below else "above"
            told.append(f"{row.id}: the printed flag says {meaning}, and the value is {where} the printed range")
    return tuple(told)


def doubts(rows: Sequence[LaboratoryRow]) -> int:
    """How many cells a person should look at first; a heading once for all of its rows."""
    cells = {(name, cell.page, cell.area, cell.text) for row in rows for name, cell in _cells(row) if cell.doubtful}
    return len(cells)


def _cells(row: LaboratoryRow) -> list[tuple[str, LaboratoryCell]]:
    return [(name, cell) for name in CELLS if (cell := getattr(row, name)) is not None]
