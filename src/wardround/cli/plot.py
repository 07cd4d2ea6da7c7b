"""The plot of ``wardround evaluate --plot``"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.coding.evaluation import Evaluation

__all__ = ["draw"]


def draw(figures: Evaluation, path: Path) -> None:
    """Precision of the codes kept against coverage, the share of suggested codes that is kept, the most certain first.

    Raises:
        InputError: matplotlib is not installed, the file cannot be written, or its ending is no picture's.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("drawing needs matplotlib", hint="pip install 'wardround[plot]'") from error
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(
        [point.coverage for point in figures.curve], [point.precision for point in figures.curve], label="by confidence"
    )
    if figures.accepted.coverage is not None and figures.accepted.precision is not None:
        axes.plot([figures.accepted.coverage], [figures.accepted.precision], "o", label="accepted")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="coverage of suggested codes", ylabel="precision")
    axes.set_title(f"{figures.notes:,} notes, {figures.suggested_codes:,} suggested codes")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InputError(f"cannot write the plot: {error.strerror or 'unknown reason'}", where=str(path)) from error
    except ValueError as error:
        raise InputError(
            "this is not a picture's file name", where=str(path), hint="end it in .png, .svg or .pdf"
        ) from error
