"""The tables of ``wardround evaluate``: a column for each system."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from wardround.coding.evaluation import Comparison, Score

__all__ = ["chapters", "grid", "sections", "tables"]

_NONE = "–"
_ROOM, _TITLE = 66, 10  # characters for a chapter's title and all columns beside it, and what the title has at least


def tables(comparison: Comparison) -> Iterator[RenderableType]:
    """All tables, the summary last."""
    yield chapters(comparison)
    if any(one.figures.sections for one in comparison.systems):
        yield sections(comparison)
    yield grid(comparison)


def grid(comparison: Comparison) -> RenderableType:
    """The summary."""
    from wardround.export.evaluation import ROWS

    systems = comparison.systems
    first = systems[0].figures
    table = _table(f"{first.notes:,} notes, {first.gold_codes:,} gold codes", [one.name for one in systems])
    for title, value in ROWS:
        values = [value(one) for one in systems]
        if any(each is not None for each in values):
            table.add_row(title, *(_NONE if each is None else each for each in values))
    return table


def chapters(comparison: Comparison) -> RenderableType:
    """The F1 of each chapter."""
    from wardround.export.evaluation import told_ratio

    known = {each.codes: each.title for one in comparison.systems for each in one.figures.chapters}
    scores: list[Mapping[str, Score]] = [
        {each.codes: each.score for each in one.figures.chapters} for one in comparison.systems
    ]
    columns = ["gold codes", *(one.name for one in comparison.systems)]
    table = _table("F1 by chapter", columns)
    length = max(_ROOM - sum(3 + max(len(column), len("0.000")) for column in columns), _TITLE)
    for codes in sorted(known, key=lambda codes: (not codes, codes)):
        title = known[codes] if len(known[codes]) <= length else f"{known[codes][: length - 1].rstrip()}…"
        found = [each.get(codes) for each in scores]
        gold = next(each.true_positives + each.false_negatives for each in found if each is not None)
        table.add_row(
            f"{codes} {title}".strip(), f"{gold:,}", *(told_ratio(each.f1) if each else _NONE for each in found)
        )
    return table


def sections(comparison: Comparison) -> RenderableType:
    """The precision of the codes that are quoted from each kind of section; no section is known of gold codes."""
    from wardround.export.evaluation import told_ratio

    table = _table("Precision by section", [one.name for one in comparison.systems])
    found = [{each.section: each for each in one.figures.sections} for one in comparison.systems]
    for section in dict.fromkeys(name for each in found for name in each):
        told = (each.get(section) for each in found)
        table.add_row(
            section.replace("_", " "),
            *(_NONE if each is None else f"{told_ratio(each.precision)} of {each.suggested:,}" for each in told),
        )
    return table


def _table(title: str, columns: Sequence[str]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from wardround.export.visible import visible

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(title, no_wrap=True)
    for column in columns:
        table.add_column(visible(column), justify="right", overflow="fold")
    return table
