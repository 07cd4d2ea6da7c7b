"""CSV: one row per suggested code, for a spreadsheet or a data frame (RFC 4180, with ``\\n`` between rows).

``start``, ``end``, ``quote``, ``section`` and ``assertion`` are those of the code's first evidence. A note without a
code has no row. A record that failed has one row, with the status ``error`` and the error as its description.

**Formulas.** A spreadsheet runs a cell that starts with ``=``, ``+``, ``-``, ``@``, a tab or a line break as a formula,
and such a cell can send data away when the file is opened. So an apostrophe is put before every such text, which tells
a spreadsheet that it is text. NUL, at which many readers stop, is written ``␀``. A program that needs the exact quote
takes it from the note by ``start`` and ``end``.
Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from wardround.export.exporter import Exporter, Failure

if TYPE_CHECKING:
    from wardround.coding import CodingResult

__all__ = ["COLUMNS", "Csv", "row"]

COLUMNS = (
    "id", "sequence", "code", "description", "status", "role",
    "confidence", "start", "end", "quote", "section", "assertion",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Csv(Exporter):
    """The codes of all records in one table under one header."""

    name = "csv"

    def header(self) -> str:
        return row(COLUMNS)

    def result(self, result: CodingResult) -> str:
        rows = []
        for sequence, suggestion in enumerate(result.codes, 1):
            evidence = suggestion.evidence[0]
            rows.append(
                row(
                    (
                        result.id,
                        sequence,
                        suggestion.code,
                        suggestion.description,
                        suggestion.status,
                        suggestion.role,
                        f"{suggestion.confidence:.3f}",
                        evidence.start,
                        evidence.end,
                        evidence.text,
                        evidence.section,
                        evidence.assertion,
                    )
                )
            )
        return "".join(rows)

    def failure(self, failure: Failure) -> str:
        return row((failure.id, "", "", str(failure.error), "error", *[""] * 7))


def row(cells: tuple[object, ...]) -> str:
    """One row of CSV, formulas guarded; ``None`` is an empty cell.

    >>> row(("=1+1", "a, b", None, 3))
    '\\'=1+1,"a, b",,3\\n'
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        [_guarded(cell) if isinstance(cell, str) else cell for cell in cells]
    )
    return line.getvalue()


def _guarded(cell: str) -> str:
    whole = cell.replace("\0", "␀")  # at which many readers stop
    return "'" + whole if whole.startswith(_FORMULA) else whole
