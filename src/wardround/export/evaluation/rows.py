"""The summary of a system, line by line, as the terminal and the page have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.coding.evaluation import Compared, Difference, Distances, Interval

__all__ = ["DISTANCES", "ROWS", "told_ratio"]

DISTANCES = {
    "subcategory": "first four characters in common",
    "category": "same category",
    "block": "same block",
    "chapter": "same chapter",
    "elsewhere": "nothing in common",
}
"""How far a wrong code is from a right one, by the names of `wardround.coding.evaluation.Distances`."""


def told_ratio(value: float | None) -> str:
    """Three digits; a dash for what has no denominator."""
    return "–" if value is None else f"{value:.3f}"


def _between(interval: Interval | None) -> str | None:
    return None if interval is None else f"{interval.low:.3f}–{interval.high:.3f}"


def _apart(one: Compared, part: Callable[[Difference], str]) -> str | None:
    """Of the difference in F1 to the first system."""
    return part(one.differences.f1) if one.differences and one.differences.f1 else None


def _in_category(distances: Distances) -> str:
    near = distances.subcategory + distances.category
    return f"{near:,} of {sum(distances.model_dump().values()):,}"


def _number(value: float | None, form: str) -> str | None:
    return None if value is None else format(value, form)


ROWS: tuple[tuple[str, Callable[[Compared], str | None]], ...] = (
    ("precision", lambda one: told_ratio(one.figures.micro.precision)),
    ("  interval", lambda one: _between(one.intervals.precision)),
    ("recall", lambda one: told_ratio(one.figures.micro.recall)),
    ("  interval", lambda one: _between(one.intervals.recall)),
    ("F1, micro", lambda one: told_ratio(one.figures.micro.f1)),
    ("  interval", lambda one: _between(one.intervals.f1)),
    ("  against the first", lambda one: _apart(one, lambda apart: f"{apart.value:+.3f}")),
    ("  interval", lambda one: _apart(one, lambda apart: f"{apart.low:+.3f} to {apart.high:+.3f}")),
    ("  draws that say otherwise", lambda one: _apart(one, lambda apart: told_ratio(apart.otherwise))),
    ("F1, macro over gold", lambda one: told_ratio(one.figures.macro_f1)),
    ("  interval", lambda one: _between(one.intervals.macro_f1)),
    ("F1, three characters", lambda one: told_ratio(one.figures.three_character.f1)),
    ("suggested codes", lambda one: f"{one.figures.suggested_codes:,}"),
    ("  for each gold code", lambda one: _number(one.figures.over_coding, ".2f")),
    ("accepted codes", lambda one: f"{one.figures.accepted.codes:,}" if one.figures.accepted.codes else None),
    ("  coverage", lambda one: _number(one.figures.accepted.coverage or None, ".3f")),
    ("  precision", lambda one: _number(one.figures.accepted.precision, ".3f")),
    ("calibration error", lambda one: told_ratio(one.figures.reliability.ece) if one.figures.reliability else None),
    ("  Brier score", lambda one: told_ratio(one.figures.reliability.brier) if one.figures.reliability else None),
    ("false alarms near a miss", lambda one: _in_category(one.figures.near_misses.false_alarms)),
    ("misses turned down before", lambda one: _number(one.figures.near_misses.considered, ",d")),
    ("gold codes not billable", lambda one: f"{one.figures.gold_codes_not_in_release:,}"),
    ("invalid codes", lambda one: f"{one.figures.invalid_codes:,}"),
    ("quotes that are not exact", lambda one: f"{one.figures.inexact_quotes:,}"),
    ("notes without a result", lambda one: f"{one.missing_notes:,}"),
    ("milliseconds a note", lambda one: _number(one.cost.seconds and 1000 * one.cost.seconds, ",.1f")),
    ("  seconds of a model", lambda one: _number(one.cost.model_seconds, ",.1f")),
    ("  tokens of a model", lambda one: _number(one.cost.tokens, ",.0f")),
)
"""What a line is called, two spaces before what belongs to the line above, and its text; None where it has none."""
