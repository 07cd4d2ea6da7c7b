"""``wardround schema``"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

__all__ = ["schema"]


def schema(
    of: Annotated[
        Literal["codes", "report", "laboratory"],
        typer.Argument(
            metavar="OF",
            help="codes: what wardround code gives. report: what wardround read gives. laboratory: what it gives with "
            "--protocol laboratory.",
        ),
    ] = "codes",
) -> None:
    """Print the JSON Schema of a result.

    A line of `wardround code --json` is such a result, or `{"id", "error"}` in the place of one.
    `wardround read --json` prints a report, and with --each a line for each.

    \b
    Examples:
      wardround schema > result.schema.json
      wardround schema report > report.schema.json
    """
    from wardround.cli.terminal import print_json

    if of == "report":
        from wardround.reporting import DraftReport

        print_json(DraftReport.model_json_schema(mode="serialization"))
        return
    if of == "laboratory":
        from wardround.reporting.laboratory import LaboratoryReport

        print_json(LaboratoryReport.model_json_schema(mode="serialization"))
        return
    from wardround.coding import CodingResult

    print_json(CodingResult.model_json_schema(by_alias=True, mode="serialization"))
