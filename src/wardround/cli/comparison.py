"""The tables of ``wardround evaluate``: a column for each system."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from wardround.coding.evaluation import Compared, Comparison, Difference, Distances, Interval

__all__ = ["chapters", "grid", "sections", "tables"]

_NONE = "–"
_TITLE = 44  # characters of a chapter's title


def tables(comparison: Comparison) -> Iterator[RenderableType]:
    """All tables, the summary last."""
    yield chapters(comparison)
    if any(one.figures.sections for one in comparison.systems):
        yield sections(comparison)
    yield grid(comparison)


def grid(comparison: Comparison) -> RenderableType:
    """The summary."""
    systems = comparison.systems
    first = systems[0].figures
    table = _table(f"{first.notes:,} notes, {first.gold_codes:,} gold codes", [one.name for one in systems])
    for title, value in _ROWS:
        values = [value(one) for one in systems]
        if any(each is not None for each in values):
            table.add_row(title, *(_NONE if each is None else each for each in values))
    return table


def chapters(comparison: Comparison) -> RenderableType:
    """The F1 of each chapter."""
    from wardround.coding.evaluation import Score

    known = {each.codes: each.title for one in comparison.systems for each in one.figures.chapters}
    scores: list[Mapping[str, Score]] = [
        {each.codes: each.score for each in one.figures.chapters} for one in comparison.systems
    ]
    table = _table("Chapter", ["Gold", *(f"F1, {one.name}" for one in comparison.systems)])
    for codes in sorted(known, key=lambda codes: (not codes, codes)):
        title = known[codes] if len(known[codes]) <= _TITLE else f"{known[codes][: _TITLE - 1].rstrip()}…"
        found = [each.get(codes) for each in scores]
        gold = next(each.true_positives + each.false_negatives for each in found if each is not None)
        table.add_row(f"{codes} {title}".strip(), f"{gold:,}", *(_ratio(each.f1) if each else _NONE for each in found))
    return table


def sections(comparison: Comparison) -> RenderableType:
    """The precision of the codes that are quoted from each kind of section; no section is known of gold codes."""
    table = _table("Quoted from", [f"Precision, {one.name}" for one in comparison.systems])
    found = [{each.section: each for each in one.figures.sections} for one in comparison.systems]
    for section in dict.fromkeys(name for each in found for name in each):
        told = (each.get(section) for each in found)
        table.add_row(
            section.replace("_", " "),
            *(_NONE if each is None else f"{_ratio(each.precision)} of {each.suggested:,}" for each in told),
        )
    return table


def _table(title: str, columns: Sequence[str]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from wardround.export.visible import visible

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(title)
    for column in columns:
        table.add_column(visible(column), justify="right", overflow="fold")
    return table


def _ratio(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"


def _within(value: float | None, interval: Interval | None) -> str | None:
    if value is None:
        return None
    return _ratio(value) if interval is None else f"{value:.3f} ({interval.low:.3f}–{interval.high:.3f})"


def _apart(difference: Difference | None) -> str | None:
    if difference is None:
        return None
    return f"{difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"


def _share(difference: Difference | None) -> str | None:
    return None if difference is None else f"{difference.otherwise:.3f}"


def _in_category(distances: Distances) -> str:
    near = distances.subcategory + distances.category
    total = near + distances.block + distances.chapter + distances.elsewhere
    return f"{near:,} of {total:,}"


def _number(value: float | None, form: str) -> str | None:
    return None if value is None else format(value, form)


_ROWS: tuple[tuple[str, Callable[[Compared], str | None]], ...] = (
    ("precision", lambda one: _within(one.figures.micro.precision, one.intervals.precision)),
    ("recall", lambda one: _within(one.figures.micro.recall, one.intervals.recall)),
    ("F1, micro", lambda one: _within(one.figures.micro.f1, one.intervals.f1)),
    ("  against the first", lambda one: _apart(one.differences.f1) if one.differences else None),
    ("  draws that say otherwise", lambda one: _share(one.differences.f1) if one.differences else None),
    ("F1, macro over gold", lambda one: _within(one.figures.macro_f1, one.intervals.macro_f1)),
    ("F1, three characters", lambda one: _number(one.figures.three_character.f1, ".3f")),
    ("suggested codes", lambda one: f"{one.figures.suggested_codes:,}"),
    ("  for each gold code", lambda one: _number(one.figures.over_coding, ".2f")),
    ("accepted codes", lambda one: f"{one.figures.accepted.codes:,}" if one.figures.accepted.codes else None),
    ("  coverage", lambda one: _number(one.figures.accepted.coverage or None, ".3f")),
    ("  precision", lambda one: _number(one.figures.accepted.precision, ".3f")),
    ("calibration error", lambda one: _ratio(one.figures.reliability.ece) if one.figures.reliability else None),
    ("Brier score", lambda one: _ratio(one.figures.reliability.brier) if one.figures.reliability else None),
    ("false alarms in a missed category", lambda one: _in_category(one.figures.near_misses.false_alarms)),
    ("misses considered and turned down", lambda one: f"{one.figures.near_misses.considered:,}"),
    ("gold codes not billable in the release", lambda one: f"{one.figures.gold_codes_not_in_release:,}"),
    ("invalid codes", lambda one: f"{one.figures.invalid_codes:,}"),
    ("quotes that are not exact", lambda one: f"{one.figures.inexact_quotes:,}"),
    ("notes without a result", lambda one: f"{one.missing_notes:,}"),
    ("milliseconds a note", lambda one: _number(one.cost.seconds and 1000 * one.cost.seconds, ",.1f")),
    ("seconds of the model a note", lambda one: _number(one.cost.model_seconds, ",.1f")),
    ("tokens of the model a note", lambda one: _number(one.cost.tokens, ",.0f")),
)
