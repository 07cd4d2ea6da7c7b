"""``wardround batch``"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer
from typer.core import TyperCommand

from wardround.cli.accepting import TargetPrecision, say_what_is_accepted
from wardround.cli.read import Kind
from wardround.cli.site import Examples, Site

if TYPE_CHECKING:
    from wardround.batch import Output, Source, Summary, Task
    from wardround.batch.summary import Totals

__all__ = ["BatchCommand", "batch"]

S = TypeVar("S", bound="Totals")

_ADDRESS = re.compile(r"local|auto|\w+://.*|[^/]+:\d+")

_TERMINATED = 143  # exit status after SIGTERM, as shells have it
_PATIENCE, _PATIENCE_WITH_A_MODEL = 600.0, 3600.0  # seconds for a note, after which its process is taken for hanging


class BatchCommand(TyperCommand):
    """Takes ``--ray`` with an address and without; what comes after it and is none is an argument."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Say by an empty value that there is none."""
        end = args.index("--") if "--" in args else len(args)
        told = [
            "--ray=" if each == "--ray" and not _ADDRESS.fullmatch("".join(args[at + 1 : at + 2])) else each
            for at, each in enumerate(args[:end])
        ]
        return super().parse_args(ctx, told + args[end:])


def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="IN",
            help="Notes: a file .jsonl, .csv, .tsv or .parquet with a column text, a folder of such files, a folder of "
            "notes or of studies, or the address of a database, as SQLAlchemy writes it.",
        ),
    ],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the results; made if it is not there.")],
    query: Annotated[
        str | None, typer.Option(metavar="SQL", help='With a database: "select id, text from notes".')
    ] = None,
    format_: Annotated[
        Literal["parquet", "jsonl"],
        typer.Option("--format", help="parquet, a row per note, or jsonl, a line per note."),
    ] = "parquet",
    setting: Annotated[
        Literal["outpatient", "inpatient"],
        typer.Option(help="outpatient or inpatient, for notes that do not say."),
    ] = "outpatient",
    date: Annotated[
        str | None, typer.Option(metavar="DAY", help="Day of the encounter or discharge, for notes that do not say.")
    ] = None,
    scope: Annotated[
        Literal["encounter", "mentions"],
        typer.Option(help="encounter: what the visit assessed or treated. mentions: everything a note mentions."),
    ] = "encounter",
    release: Annotated[str | None, typer.Option(metavar="ID", help="Code with this release whatever the date.")] = None,
    engine: Annotated[
        str | None, typer.Option(metavar="SPEC", help="Let a model help; see wardround code --help.")
    ] = None,
    method: Annotated[
        Literal["assisted", "direct"],
        typer.Option(help="With --engine. assisted: the model beside the coder. direct: the model alone."),
    ] = "assisted",
    budget: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="With --engine: the time of the model for a note.")
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="With --engine: send notes to a server that is not this machine.")
    ] = False,
    examples: Examples = None,
    site: Site = None,
    target_precision: TargetPrecision = None,
    ocr: Annotated[
        Literal["auto", "tesseract", "rapidocr", "engine", "none"],
        typer.Option(help="What reads pictures of pages; see wardround code --help."),
    ] = "auto",
    studies: Annotated[
        bool, typer.Option("--studies", help="IN is a folder of images; without this, DICOM and NIfTI are recognised.")
    ] = False,
    history: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With studies: where STUDY.txt tells of the patient. Default: IN."),
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(metavar="NAME|FILE", help="With studies: what to look for; see wardround read --help.")
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="With studies: what plain pictures are.")] = None,
    processes: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many work at once. Default: one for each core.")
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="[ADDRESS]",
            help="Work on a Ray cluster: local begins one on this machine; auto is the one that is there; HOST:PORT. "
            "Without an address: the one that is there, else local.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the summary with plots as a page of HTML too.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Remove what an earlier run left in OUT, and begin anew.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Code very many notes, or read very many studies, in several processes, into a folder of files.

    \b
    Examples:
      wardround batch notes.jsonl coded
      wardround batch notes.parquet coded --report report.html
      wardround batch morning coded --setting inpatient
      wardround batch postgresql+psycopg://coder@db/ehr coded --query "select id, text from notes"
      wardround batch notes.parquet coded --ray
      wardround batch films reports --engine medgemma

    Stopped or killed, the same command goes on where it was; the files are the same in the end. A note that cannot be
    coded is in OUT/errors, and costs that note alone. OUT/summary.json appears when all are done. Studies are read as
    by wardround read, and their reports are lines of JSON in OUT/reports.

    Exit status: 0 done, 1 the run failed or no note could be coded, 2 the command line is wrong, 130 interrupted.
    """
    from wardround.batch import Options, Output, Work, open_source
    from wardround.batch.output import write_whole
    from wardround.cli.batch_studies import are_studies, print_reading, reading, studies_of
    from wardround.cli.encounter import day
    from wardround.cli.progress import preparing
    from wardround.cli.terminal import print_json
    from wardround.coding import Encounter

    if studies or are_studies(source):
        if report is not None:
            raise typer.BadParameter("belongs to notes, not to studies", param_hint="--report")
        reader = reading(output, engine=engine, allow_remote=allow_remote, protocol=protocol, kind=kind)
        read = _run(studies_of(source, history), reader, "reading", ray, processes, fresh=fresh)
        print_json(read.to_json()) if json_ else print_reading(read)
        _tell(read, "studies could not be read", reader.output)
        return
    if history is not None or protocol is not None or kind is not None:
        given = "--history" if history is not None else "--protocol" if protocol is not None else "--kind"
        raise typer.BadParameter("belongs to studies, not to notes", param_hint=given)
    if engine is None and (method != "assisted" or budget is not None or allow_remote or examples):
        raise typer.BadParameter("belongs to a model, and none is named", param_hint="--engine")
    if budget is not None and not budget > 0:
        raise typer.BadParameter("a number of seconds above 0", param_hint="--budget")
    if ocr == "engine" and engine is None:
        raise typer.BadParameter("engine needs a model that sees images, named with --engine", param_hint="--ocr")
    options = Options(
        scope=scope,
        release=release,
        engine=engine,
        method=method,
        budget=budget,
        allow_remote=allow_remote,
        examples=None if examples is None else str(examples.absolute()),
        site=None if site is None else str(site.absolute()),
        target_precision=target_precision,
        ocr=ocr,
    )
    folder = Output(folder=output, format=format_)
    encounter = Encounter(setting=setting, date=day(date))
    notes = open_source(source, encounter, query=query, spool=folder.spool, size=options.records_per_part)
    work = Work(output=folder, options=options, patience=_PATIENCE if engine is None else _PATIENCE_WITH_A_MODEL)
    with preparing():
        options.identity()  # compiles the code set where that was not done yet
    if target_precision is not None:
        say_what_is_accepted(options.coder())
    summary = _run(notes, work, "coding", ray, processes, fresh=fresh)
    if report is not None:
        from wardround.batch.report import report as page

        write_whole(report, page(summary).encode())
    if json_:
        print_json(summary.to_json())
    else:
        _print(summary)
    _tell(summary, "notes could not be coded", folder)


def _run(source: Source, task: Task[S], what: str, ray: str | None, processes: int | None, *, fresh: bool) -> S:
    """Do it, here or on a cluster, and say how far it is."""
    from wardround.batch import run
    from wardround.batch.running import Terminated
    from wardround.cli.progress import Pace
    from wardround.cli.terminal import say_error, say_note

    try:
        with Pace(what) as pace:
            if ray is None:
                summary = run(source, task, processes=processes, fresh=fresh, on_progress=pace.at)
            else:
                from wardround.batch.cluster import usual_address
                from wardround.batch.ray import run as run_on_ray

                address = None if ray == "local" else ray or usual_address()
                summary = run_on_ray(
                    source, task, address=address, processes=processes, fresh=fresh, on_progress=pace.at
                )
    except KeyboardInterrupt as stopped:
        done = len(task.output.done())
        say_error(f"stopped; {done:,} parts are done, and the same command goes on from there")
        raise typer.Exit(_TERMINATED if isinstance(stopped, Terminated) else 130) from None
    if summary.before:
        say_note("it was all done already; --fresh begins anew")
    return summary


def _tell(summary: Totals, what: str, folder: Output) -> None:
    """Say of failures, and exit if there is nothing else."""
    from wardround.cli.terminal import say_error

    counts = summary.counts
    if counts.failed:
        say_error(f"{counts.failed:,} of {counts.notes:,} {what}: see {folder.errors(0).parent}")
    if counts.notes and counts.failed == counts.notes:
        raise typer.Exit(1)


def _print(summary: Summary) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from wardround.cli.terminal import say, tally

    told = summary.to_json()
    last = told["last_run"]

    def share(value: float | None) -> str:
        return "" if value is None else f" ({value:.1%})"

    counts = tally()
    counts.add_row("notes", f"{told['notes']:,}")
    counts.add_row("  could not be coded", f"{told['failed']:,}{share(told['failed_of_notes'])}")
    counts.add_row("  without codes", f"{told['notes_without_codes']:,}")
    counts.add_row("codes", f"{told['codes']:,}")
    counts.add_row("  accepted", f"{told['accepted']:,}{share(told['accepted_of_codes'])}")
    counts.add_row("  for review", f"{told['review']:,}")
    counts.add_row("  not valid in the release", f"{told['invalid']:,}")
    per_note = told["codes_per_note"]
    counts.add_row("codes a note", "–" if per_note is None else f"{per_note:.2f}")
    counts.add_row("questions to providers", f"{told['queries']:,}")
    if summary.seconds:
        rate = f"{last['notes_per_second']:,} in {last['processes']} processes"
        counts.add_row("notes a second", rate)
    chapters = Table(box=SIMPLE_HEAD, pad_edge=False)
    chapters.add_column("Chapter", justify="right")
    chapters.add_column("")
    chapters.add_column("Codes", justify="right")
    for chapter, title, count in summary.chapters():
        chapters.add_row(chapter, title, f"{count:,}")
    say([counts, chapters] if told["chapters"] else [counts])
