"""``wardround evaluate``"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding.evaluation import Evaluation, GoldNote, Score

__all__ = ["evaluate"]


def evaluate(
    gold: Annotated[
        str, typer.Argument(metavar="GOLD.jsonl", help='Lines of {"id", "text", "codes": […]}; - is standard input.')
    ],
    results: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RESULTS",
            help='Compare these files instead of coding: lines of wardround code --json, or {"id", "codes": […]}.',
        ),
    ] = None,
    scope: Annotated[
        Literal["encounter", "mentions"],
        typer.Option(help="encounter: what the visit assessed or treated. mentions: everything the note mentions."),
    ] = "encounter",
    setting: Annotated[
        Literal["outpatient", "inpatient"],
        typer.Option(help="outpatient or inpatient, for notes whose line does not say."),
    ] = "outpatient",
    release: Annotated[str | None, typer.Option(metavar="ID", help="Code with this release whatever the date.")] = None,
    errors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every miss and false alarm as CSV; holds quotes of the notes."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw precision against coverage, .png or .svg; needs wardround[plot]."),
    ] = None,
    reports: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="Score draft reports instead; GOLD then has findings: CSV of id, observation, presence, side, change.",
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Score the coder, files of results, or draft reports, against what people gave.

    \b
    Examples:
      wardround evaluate gold.jsonl
      wardround evaluate gold.jsonl --errors mistakes.csv --plot curve.png
      wardround evaluate gold.jsonl --scope mentions --json
      wardround evaluate gold.jsonl embedded.jsonl assisted.jsonl direct.jsonl
      wardround evaluate findings.csv --reports reports/

    With RESULTS the table has a column for each file, its lines matched to the notes by their ids; the files may be of
    other systems. A note without a result counts as one without codes.

    Lines that cannot be read or coded are left out of the figures, named on standard error, and make the status 1.
    """
    from wardround.cli.terminal import print_json
    from wardround.coding.evaluation import evaluate as figures_of

    if reports is not None:
        from wardround.cli.report_figures import report_figures

        if not report_figures(gold, reports, as_json=json_):
            raise typer.Exit(1)
        return
    if results:
        if errors is not None or plot is not None:
            raise typer.BadParameter(
                "belongs to the coder's own figures, without RESULTS", param_hint="--errors, --plot"
            )
        _compare(gold, results, scope, setting, release, json_=json_)
        return
    notes, seconds, failed = _coded(gold, scope, setting, release)
    if not notes:
        raise InputError("there is no note to score", where=gold)
    figures = figures_of(notes, seconds=seconds)
    if errors is not None:
        _write_errors(errors, notes)
    if plot is not None:
        from wardround.cli.plot import draw

        draw(figures, plot)
    if json_:
        print_json({**figures.model_dump(mode="json"), "failed": failed})
    else:
        _print_figures(figures)
    if failed:
        raise typer.Exit(1)


def _compare(
    gold: str,
    results: Sequence[str],
    scope: Literal["encounter", "mentions"],
    setting: Literal["outpatient", "inpatient"],
    release: str | None,
    *,
    json_: bool,
) -> None:
    from wardround.cli.comparison import grid, read, score
    from wardround.cli.progress import preparing
    from wardround.cli.terminal import print_json, say, say_error
    from wardround.coding import Coder, Encounter
    from wardround.records import Lines, Record

    records = [each for each in Lines(gold, Encounter(setting=setting)) if isinstance(each, Record) and each.codes]
    if not records:
        raise InputError("there is no note to score", where=gold, hint='each line has "text" and "codes"')
    with preparing():
        empty = Coder(release, scope=scope).code("Nothing.").model_copy(update={"codes": ()})
    known = {record.id for record in records}
    compared = []
    failed = 0
    for name in results:
        found, wrong = read(name, empty)
        failed += len(wrong)
        for line in wrong:
            say_error(line)
        strangers = found.keys() - known
        if strangers:
            say_error(f"{Path(name).name}: {len(strangers)} results are of no note in {Path(gold).name}")
        compared.append(score(Path(name).stem, records, found, empty))
    if json_:
        print_json([one.to_json() for one in compared])
    else:
        say([grid(compared)])
    if failed:
        raise typer.Exit(1)


def _coded(
    gold: str, scope: Literal["encounter", "mentions"], setting: Literal["outpatient", "inpatient"], release: str | None
) -> tuple[Sequence[GoldNote], float, int]:
    """The notes that could be coded, the seconds that the coder took, and how many lines failed."""
    from wardround.cli.progress import Progress, preparing
    from wardround.cli.terminal import say_error
    from wardround.coding import Coder, Encounter
    from wardround.coding.evaluation import GoldNote, normal
    from wardround.export import Failure
    from wardround.records import Lines, Record, coded

    source = Lines(gold, Encounter(setting=setting))
    with preparing():
        coder = Coder(release, scope=scope)
    notes: list[GoldNote] = []
    seconds = 0.0
    failed = 0
    with Progress("scoring", source.total) as progress:
        for count, record in enumerate(source, 1):
            if isinstance(record, Record) and record.codes is None:
                missing = InputError(
                    'the field "codes" is missing', where=record.where, hint="gold codes, a list of strings"
                )
                record = Failure(id=record.id, error=missing)
            began = time.perf_counter()
            outcome = coded(coder, record)
            seconds += time.perf_counter() - began
            if isinstance(outcome, Failure):
                failed += 1
                say_error(str(outcome.error))
            elif isinstance(record, Record):
                codes = frozenset(map(normal, record.codes or ()))
                notes.append(GoldNote(id=record.id, text=str(record.source), gold=codes, result=outcome))
            progress.at(source.done, count)
    return notes, seconds, failed


def _write_errors(path: Path, notes: Sequence[GoldNote]) -> None:
    from wardround.cli.output import destination
    from wardround.coding.evaluation import mistakes
    from wardround.export.csv import row

    columns = ("id", "kind", "code", "status", "confidence", "quote", "section", "related", "reason")
    with destination(path) as out:
        out.write(row(columns))
        for mistake in mistakes(notes):
            cells = {**{name: getattr(mistake, name) for name in columns}, "related": " ".join(mistake.related)}
            out.write(row(tuple(cells.values())))


def _print_figures(figures: Evaluation) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from wardround.cli.terminal import say

    def ratio(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    def scored(name: str, score: Score) -> tuple[str, ...]:
        return name, ratio(score.precision), ratio(score.recall), ratio(score.f1)

    scores = Table(box=SIMPLE_HEAD, pad_edge=False)
    scores.add_column("")
    for heading in ("Precision", "Recall", "F1"):
        scores.add_column(heading, justify="right")
    scores.add_row(*scored("codes, micro", figures.micro))
    scores.add_row("codes, macro over gold", "", "", ratio(figures.macro_f1))
    scores.add_row(*scored("three characters, micro", figures.three_character))
    scores.add_row("accepted codes", ratio(figures.accepted.precision), "", "")
    counts = Table(box=None, pad_edge=False, show_header=False)
    counts.add_column()
    counts.add_column(justify="right")
    counts.add_row("notes", f"{figures.notes:,}")
    counts.add_row("gold codes", f"{figures.gold_codes:,}")
    counts.add_row("  not billable in the release", f"{figures.gold_codes_not_in_release:,}")
    counts.add_row("suggested codes", f"{figures.suggested_codes:,}")
    counts.add_row("  accepted (coverage)", f"{figures.accepted.codes:,} ({ratio(figures.accepted.coverage)})")
    counts.add_row("  invalid", f"{figures.invalid_codes:,}")
    counts.add_row("  quotes that are not exact", f"{figures.inexact_quotes:,}")
    counts.add_row("notes per second", "–" if figures.notes_per_second is None else f"{figures.notes_per_second:,.0f}")
    say([scores, counts])
