"""``wardround evaluate``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.cli.accepting import TargetPrecision
from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wardround.coding.evaluation import Answers, Mistake
    from wardround.records import Record

__all__ = ["evaluate"]


def evaluate(
    gold: Annotated[
        str,
        typer.Argument(metavar="GOLD.jsonl", help='Lines of {"id", "text", "codes": […]}; - is standard input.'),
    ],
    systems: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SYSTEMS",
            help="What to score, side by side: embedded (the default), site:FILE, engine:SPEC, direct:SPEC, medspacy, "
            'icd10-coder, or a file of results: lines of wardround code --json, or {"id", "codes": […]}.',
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
    target_precision: TargetPrecision = None,
    budget: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="The time of a model for a note. Default: 60 where it has no GPU, else no limit.",
        ),
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Send notes to a model on a server that is not this machine.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write everything as one page, for a browser or a printer.")
    ] = None,
    errors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write every miss and false alarm as CSV, and into the page; holds quotes of the notes.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw precision against coverage, and reliability, .png or .svg; needs wardround[plot].",
        ),
    ] = None,
    reports: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="Score draft reports instead; GOLD then has findings: CSV of id, observation, presence, side, change.",
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Score the coder, other systems and files of results, or draft reports, against what people gave.

    \b
    Examples:
      wardround evaluate gold.jsonl
      wardround evaluate gold.jsonl --html report.html --errors mistakes.csv
      wardround evaluate gold.jsonl --scope mentions --json
      wardround evaluate gold.jsonl embedded site:site.model
      wardround evaluate gold.jsonl embedded engine:medgemma direct:medgemma
      wardround evaluate gold.jsonl embedded medspacy icd10-coder other-tool.jsonl
      wardround evaluate findings.csv --reports reports/

    The tables have a column for each of SYSTEMS. Intervals of 95 % come from a thousand draws of the notes; the
    first system is the one that the others are compared with. Results in files are matched to the notes by their ids.
    A file that is called as a system is, is named with its folder: ./embedded.

    Lines that cannot be read are left out of the figures; a note that a system cannot code, or has no result for,
    counts as one without codes. What went wrong is named on standard error and makes the status 1.
    """
    from wardround.cli.progress import Steps
    from wardround.cli.systems import Options, answers
    from wardround.cli.terminal import print_json, say, say_error
    from wardround.coding.evaluation import compare

    if reports is not None:
        from wardround.cli.report_figures import report_figures

        if not report_figures(gold, reports, as_json=json_):
            raise typer.Exit(1)
        return
    if budget is not None and not budget > 0:
        raise typer.BadParameter("a number of seconds above 0", param_hint="--budget")
    named = systems or ["embedded"]
    if len(set(named)) < len(named):
        raise typer.BadParameter("a system is named twice", param_hint="SYSTEMS")
    if plot is not None:
        from wardround.cli.plot import draw, ready

        ready()
    complaints = 0

    def complain(line: str) -> None:
        nonlocal complaints
        complaints += 1
        say_error(line)

    records, failed = _gold(gold, setting)
    options = Options(
        scope=scope, release=release, target_precision=target_precision, budget=budget, allow_remote=allow_remote
    )
    told = answers(named, records, options, complain)
    with Steps() as steps:
        steps.tell("drawing notes for the intervals")
        comparison = compare(told)
    if errors is not None:
        _write_errors(errors, told)
    if plot is not None:
        draw(comparison, plot)
    if html is not None:
        from wardround.cli.output import destination
        from wardround.export.evaluation import page

        with destination(html) as out:
            out.write(page(comparison, mistakes=list(_mistakes(told)) if errors is not None else None))
    if json_:
        print_json({**comparison.to_json(), "failed_lines": failed})
    else:
        from wardround.cli.comparison import tables

        say(tables(comparison))
    if failed or complaints:
        raise typer.Exit(1)


def _gold(name: str, setting: Literal["outpatient", "inpatient"]) -> tuple[Sequence[Record], int]:
    """The notes with gold codes, and how many lines are none."""
    from wardround.cli.terminal import say_error
    from wardround.coding import Encounter
    from wardround.records import Lines, Record

    records = []
    failed = 0
    for each in Lines(name, Encounter(setting=setting)):
        if isinstance(each, Record) and each.codes is not None:
            records.append(each)
            continue
        failed += 1
        if isinstance(each, Record):
            hint = "gold codes, a list of strings"
            say_error(str(InputError('the field "codes" is missing', where=each.where, hint=hint)))
        else:
            say_error(str(each.error))
    if not records:
        raise InputError("there is no note to score", where=name, hint='each line has "text" and "codes"')
    return records, failed


def _mistakes(told: Sequence[Answers]) -> Iterator[tuple[str, Mistake]]:
    from wardround.coding.evaluation import mistakes

    return ((each.name, mistake) for each in told for mistake in mistakes(each.notes))


def _write_errors(path: Path, told: Sequence[Answers]) -> None:
    from wardround.cli.output import destination
    from wardround.export.csv import row

    columns = ("id", "kind", "code", "status", "confidence", "quote", "section", "related", "reason")
    with destination(path) as out:
        out.write(row(("system", *columns)))
        for system, mistake in _mistakes(told):
            cells = {**{name: getattr(mistake, name) for name in columns}, "related": " ".join(mistake.related)}
            out.write(row((system, *cells.values())))
