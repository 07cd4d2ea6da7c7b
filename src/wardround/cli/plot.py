"""The plot of ``wardround evaluate --plot``"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.coding.evaluation import Comparison

__all__ = ["draw", "ready"]


def ready() -> None:
    """Make sure that `draw` can, before the work that it shows.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise InputError("drawing needs matplotlib", hint="pip install 'wardround[plot]'") from error


def draw(comparison: Comparison, path: Path) -> None:
    """Precision of the codes kept against coverage, the share of suggested codes that is kept, the most certain first;
    and reliability, the share of codes that is right against their confidence.

    Raises:
        InputError: matplotlib is not installed, the file cannot be written, or its ending is no picture's.
    """
    ready()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    curve, reliability = figure.subplots(1, 2)
    reliability.plot([0, 1], [0, 1], color="0.6", linestyle=":", label="as sure as right")
    for number, one in enumerate(comparison.systems):
        figures, colour = one.figures, f"C{number}"
        points, accepted = figures.curve, figures.accepted
        if points:
            coverage, precision = [point.coverage for point in points], [point.precision for point in points]
            curve.plot(coverage, precision, color=colour, label=one.name)
        elif figures.micro.precision is not None:  # without confidences there is one point, of all codes
            curve.plot([1.0], [figures.micro.precision], "s", color=colour, label=one.name, clip_on=False)
        if accepted.coverage and accepted.precision is not None:
            curve.plot([accepted.coverage], [accepted.precision], "o", color=colour, label=f"{one.name}, accepted")
        if figures.reliability is not None:
            bins = figures.reliability.bins
            label = f"{one.name}, error {figures.reliability.ece:.3f}"
            sure, right = [each.confidence for each in bins], [each.precision for each in bins]
            reliability.plot(sure, right, "o-", color=colour, label=label)
    curve.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="coverage of suggested codes", ylabel="precision")
    first = comparison.systems[0].figures
    curve.set_title(f"{first.notes:,} notes, {first.gold_codes:,} gold codes")
    reliability.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="confidence", ylabel="share that is right")
    reliability.set_title("reliability")
    for axes, place in ((curve, "lower left"), (reliability, "upper left")):
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            for text in axes.legend(loc=place).get_texts():
                text.set_parse_math(False)  # a name may hold dollar signs
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InputError(f"cannot write the plot: {error.strerror or 'unknown reason'}", where=str(path)) from error
    except ValueError as error:
        raise InputError(
            "this is not a picture's file name", where=str(path), hint="end it in .png, .svg or .pdf"
        ) from error
