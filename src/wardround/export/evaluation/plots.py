"""The plots of the page, as SVG that takes its colours from the page; their numbers stand in its tables too."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wardround.coding.evaluation import Compared, Interval

__all__ = ["COLOURS", "bars", "coverage", "f1", "reliability", "swatch"]

COLOURS = 6
"""So many systems have a colour of their own; further ones begin again, with another dash."""

_WIDTH, _HEIGHT = 420, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 40
_SHAPES = (
    '<circle cx="{x}" cy="{y}" r="4.5"/>',
    '<rect x="{left}" y="{top}" width="8" height="8"/>',
    '<path d="M{x} {top}l5 9h-10z"/>',
)
_ROW = 34


def f1(systems: Sequence[Compared]) -> str:
    """The micro and the macro F1 of each system with their intervals."""
    width, label = 640.0, 200.0
    lines = [
        (f"{one.name}, {kind}", number, value, interval)
        for kind, values in (
            ("micro", [(one.figures.micro.f1, one.intervals.f1) for one in systems]),
            ("macro", [(one.figures.macro_f1, one.intervals.macro_f1) for one in systems]),
        )
        for number, (one, (value, interval)) in enumerate(zip(systems, values, strict=True))
        if value is not None
    ]
    height = _ROW * len(lines) + 44

    def across(value: float) -> float:
        return label + (width - label - 24) * value

    def drawn() -> Iterator[str]:
        for step in range(0, 11, 2):
            x = across(step / 10)
            yield f'<path class="grid" d="M{x:.1f} 6V{height - 34}"/>'
            yield f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle">{step / 10:g}</text>'
        yield f'<text x="{across(0.5):.1f}" y="{height - 2}" text-anchor="middle">F1, with 95 % intervals</text>'
        for row, (name, number, value, interval) in enumerate(lines):
            y = 8 + _ROW * (row + 0.5)
            yield f'<text x="{label - 12}" y="{y + 4:.1f}" text-anchor="end">{_label(name)}</text>'
            yield f'<g class="s{number % COLOURS}">'
            if interval is not None:
                yield _whisker(across(interval.low), across(interval.high), y)
            yield f"{_mark(number, across(value), y)}<title>{_label(name)}: {_told(value, interval)}</title></g>"

    return _svg("F1 of each system with its 95 % interval", width, height, drawn())


def coverage(systems: Sequence[Compared]) -> str:
    """Precision of the codes kept against the share of suggested codes that is kept."""
    parts = []
    for number, one in enumerate(systems):
        figures, accepted = one.figures, one.figures.accepted
        points = [(point.coverage, point.precision) for point in figures.curve]
        if not points and figures.micro.precision is not None:
            points = [(1.0, figures.micro.precision)]
        marked = points[-1:]
        if accepted.coverage and accepted.precision is not None:
            marked = [(accepted.coverage, accepted.precision)]
        parts.append(_series(number, one.name, points, marked))
    return _plane("Precision against coverage", "coverage of suggested codes", "precision", parts)


def reliability(systems: Sequence[Compared]) -> str:
    """The share of codes that is right against their confidence; on the diagonal a system is as sure as it is right."""
    parts = [f'<path class="even" d="M{_x(0):.1f} {_y(0):.1f}L{_x(1):.1f} {_y(1):.1f}"/>']
    for number, one in enumerate(systems):
        if one.figures.reliability is not None:
            points = [(each.confidence, each.precision) for each in one.figures.reliability.bins]
            parts.append(_series(number, one.name, points, points))
    return _plane("Reliability", "confidence", "share that is right", parts)


def bars(right: int, false_alarms: int, misses: int, most: int) -> str:
    """A bar of what was right, wrong and missing, by the length of the longest."""
    x, parts = 0.0, []
    for kind, count in (("right", right), ("alarm", false_alarms), ("miss", misses)):
        width = 160.0 * count / most if most else 0.0
        if count:
            parts.append(f'<rect class="{kind}" x="{x:.1f}" y="1" width="{max(width - 1, 0.5):.1f}" height="12"/>')
        x += width
    told = f"{right:,} right, {false_alarms:,} false alarms, {misses:,} missed"
    return _svg(told, 160, 14, parts)


def swatch(number: int) -> str:
    """The mark of a system, beside its name."""
    return f'<svg class="s{number % COLOURS}" width="12" height="12" aria-hidden="true">{_mark(number, 6, 6)}</svg>'


def _svg(label: str, width: float, height: float, parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _plane(title: str, below: str, beside: str, parts: Iterable[str]) -> str:
    def drawn() -> Iterator[str]:
        for step in range(6):
            value, x, y = step / 5, _x(step / 5), _y(step / 5)
            yield f'<path class="grid" d="M{x:.1f} {_y(0):.1f}V{_y(1):.1f}M{_x(0):.1f} {y:.1f}H{_x(1):.1f}"/>'
            yield f'<text x="{x:.1f}" y="{_y(0) + 16:.1f}" text-anchor="middle">{value:g}</text>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
        yield f'<text x="{_x(0.5):.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{below}</text>'
        yield f'<text transform="translate(12 {_y(0.5):.1f}) rotate(-90)" text-anchor="middle">{beside}</text>'
        yield from parts

    return _svg(title, _WIDTH, _HEIGHT, drawn())


def _series(
    number: int, name: str, points: Sequence[tuple[float, float]], marked: Sequence[tuple[float, float]]
) -> str:
    dashes = f' stroke-dasharray="{3 * (number // COLOURS) + 3} 3"' if number >= COLOURS else ""
    line = "L".join(f"{_x(x):.1f} {_y(y):.1f}" for x, y in points)
    drawn = f'<path class="line"{dashes} d="M{line}"/>' if len(points) > 1 else ""
    marks = "".join(_mark(number, _x(x), _y(y)) for x, y in marked)
    return f'<g class="s{number % COLOURS}"><title>{_label(name)}</title>{drawn}{marks}</g>'


def _mark(number: int, x: float, y: float) -> str:
    shape = _SHAPES[number % len(_SHAPES)]
    return shape.format(x=f"{x:.1f}", y=f"{y:.1f}", left=f"{x - 4:.1f}", top=f"{y - 4:.1f}")


def _whisker(low: float, high: float, y: float) -> str:
    return f'<path class="line" d="M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - 5:.1f}v10M{high:.1f} {y - 5:.1f}v10"/>'


def _told(value: float, interval: Interval | None) -> str:
    return f"{value:.3f}" if interval is None else f"{value:.3f} ({interval.low:.3f}–{interval.high:.3f})"


def _label(name: str) -> str:
    return escape(visible(name))


def _x(value: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * value


def _y(value: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value
