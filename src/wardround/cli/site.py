"""``--site`` and ``--examples``: what was learned of reviewed charts, wherever notes are coded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Examples", "Site"]

Site = Annotated[
    Path | None,
    typer.Option(
        "--site", metavar="FILE", help="Code as people here do: what wardround learn made of reviewed charts."
    ),
]
Examples = Annotated[
    Path | None,
    typer.Option(
        "--examples",
        metavar="FILE",
        help="With --engine: show the model what people here meant by like words; made by wardround learn --examples.",
    ),
]
