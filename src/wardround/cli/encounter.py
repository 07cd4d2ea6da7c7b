"""``--date``, ``--age`` and ``--sex``: what is known of an encounter, wherever it decides codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.errors import InputError

if TYPE_CHECKING:
    import datetime

__all__ = ["Age", "Date", "Sex", "day"]

Date = Annotated[
    str | None,
    typer.Option("--date", metavar="DAY", help="Day of the encounter or discharge, 2026-05-11; chooses the release."),
]
Age = Annotated[float | None, typer.Option("--age", metavar="YEARS", min=0, max=130, help="Years; 0.5 is six months.")]
Sex = Annotated[
    Literal["female", "male"] | None, typer.Option("--sex", help="female or male, as recorded for the encounter.")
]


def day(text: str | None) -> datetime.date | None:
    """The value of ``--date``."""
    from wardround.records import parse_date

    try:
        return parse_date(text) if text is not None else None
    except InputError as error:
        raise typer.BadParameter(error.hint, param_hint="--date") from None
