"""``--target-precision``, wherever notes are coded, and what it bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from wardround.coding import Coder

__all__ = ["TargetPrecision", "say_what_is_accepted"]


def _above_0(value: float | None) -> float | None:
    if value is not None and not 0 < value <= 1:
        raise typer.BadParameter("a share above 0 and at most 1, such as 0.9")
    return value


TargetPrecision = Annotated[
    float | None,
    typer.Option(
        "--target-precision",
        metavar="SHARE",
        callback=_above_0,
        help="Accept as many codes as can promise this precision, such as 0.9, and leave the rest for review. Default: "
        "accept what is right with a probability of at least 0.7.",
    ),
]


def say_what_is_accepted(coder: Coder) -> None:
    """Tell from where on its codes are accepted, and what that is expected to buy, on one line of standard error."""
    from wardround.cli.terminal import say_note

    operating = coder.operating
    if operating.threshold is None:
        told = f"no code is accepted: the highest precision that can be promised is {operating.at_least:.2f}"
    else:
        told = (
            f"accepted from a confidence of {operating.threshold:.2f} on, {operating.coverage:.0%} of the suggested "
            f"codes; expected precision {operating.precision:.2f}, at least {operating.at_least:.2f}"
        )
    say_note(f"{told} (measured on {coder.calibration.measured_on})", asked=True)
