"""Plots as shapes on a plane of 640 by 220 units, which a template draws as SVG; y grows downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["HEIGHT", "LEFT", "WIDTH", "Bar", "Course", "Dot", "Tick", "bars", "course"]

WIDTH, HEIGHT = 640.0, 220.0
LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 12.0, 12.0, 28.0
_BAR = 26.0
_LABELS = 8  # along the time axis, at most


class Tick(NamedTuple):
    """A line of the scale, or a label below the plane."""

    at: float
    label: str


class Dot(NamedTuple):
    """A value with its interval."""

    x: float
    y: float
    low: float
    high: float
    told: str


class Course(NamedTuple):
    """Values over time: dots with whiskers, joined where nothing is missing between them."""

    dots: tuple[Dot, ...]
    lines: tuple[str, ...]
    across: tuple[Tick, ...]
    below: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar that lies: ``x``, ``y`` and ``width`` in units."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    count: int


def course(values: Sequence[tuple[str, tuple[float, float, float] | None, str]], top: float, unit: str) -> Course:
    """Values over time.

    Args:
        values: of each time its label, its value with the ends of its interval, None where there are too few, and
            what is told of it.
        top: of the scale, which begins at 0.
        unit: after the numbers of the scale.
    """
    step = (WIDTH - LEFT - _RIGHT) / max(1, len(values))
    every = -(-len(values) // _LABELS) if values else 1

    def height(value: float) -> float:
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - min(value, top) / top), 1)

    dots, below, runs = [], [], [list[Dot]()]
    for number, (label, value, told) in enumerate(values):
        x = round(LEFT + step * (number + 0.5), 1)
        if number % every == 0:
            below.append(Tick(x, label))
        if value is None:
            runs.append([])
            continue
        middle, low, high = value
        dots.append(Dot(x, height(middle), height(low), height(high), told))
        runs[-1].append(dots[-1])
    across = tuple(Tick(height(top * part / 4), f"{top * part / 4:g}{unit}") for part in range(5))
    lines = tuple(" ".join(f"{dot.x},{dot.y}" for dot in run) for run in runs if len(run) > 1)
    return Course(tuple(dots), lines, across, tuple(below))


def bars(rows: Sequence[Sequence[tuple[str, int]]]) -> tuple[tuple[Bar, ...], ...]:
    """Bars of the same length, each in parts of a kind by their counts; nothing of a part that is 0."""
    made = []
    for number, parts in enumerate(rows):
        total = sum(count for _, count in parts)
        x, row = 0.0, []
        for kind, count in parts:
            width = WIDTH * count / total if total else 0.0
            if count:
                row.append(Bar(kind, round(x, 1), number * _BAR, round(width, 1), _BAR - 8, count))
            x += width
        made.append(tuple(row))
    return tuple(made)
