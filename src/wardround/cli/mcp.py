"""``wardround mcp``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wardround.cli.accepting import TargetPrecision
from wardround.cli.site import Site
from wardround.errors import ServerError

__all__ = ["mcp"]


def mcp(
    allow: Annotated[
        list[Path] | None,
        typer.Option("--allow", metavar="FOLDER", help="Let the tools read files below this folder. May be repeated."),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="The model for the tool read. Default: the best one on this machine."),
    ] = None,
    site: Site = None,
    target_precision: TargetPrecision = None,
) -> None:
    """Serve the Model Context Protocol on standard input and output: tools code, read, lookup and rules_check.

    \b
    Examples:
      wardround mcp
      wardround mcp --allow ~/notes --engine medgemma

    An agent starts this program itself; see its documentation for where the command is to be written. The tools keep
    nothing, write nothing and ask no other machine. What they answer goes to the agent, and to wherever its model runs.
    """
    try:
        from wardround.server.mcp import serve_stdio
    except ModuleNotFoundError as error:
        hint = "pip install 'wardround[mcp]'"
        raise ServerError(f"this takes the package {error.name}", hint=hint) from None
    serve_stdio(allow or (), engine or "", site, target_precision)
