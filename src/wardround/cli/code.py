"""``wardround code``"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.cli.accepting import TargetPrecision, say_what_is_accepted
from wardround.cli.encounter import Age, Date, Sex, day
from wardround.cli.site import Examples, Site
from wardround.errors import InputError

if TYPE_CHECKING:
    from typing import TextIO

    from wardround.coding import CodingResult
    from wardround.engines import Engine
    from wardround.export import Exporter
    from wardround.icd10 import Release
    from wardround.records import Record

__all__ = ["REVIEW_NEEDED", "code", "usual_budget"]

REVIEW_NEEDED = 3  # exit status of --fail-on-review
_CPU_BUDGET = 60.0  # seconds of a model for a note, where it has no GPU


def code(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="Notes to code: text, PDF, pictures of pages, DOCX, RTF, HTML, C-CDA, FHIR JSON; - is standard input.",
        ),
    ] = None,
    jsonl: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help='Code one note per line: {"id", "text", "setting"?, "date"?, "age"?, "sex"?}; - is standard input.',
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here; appears when it is complete.")
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="table, json (a line per note), csv, markdown, queries or fhir. Default: table for files, json for "
            "--jsonl.",
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    queries: Annotated[
        bool,
        typer.Option(
            "--queries", help="Draft questions to the provider, where a note leaves open what a code needs, instead."
        ),
    ] = False,
    setting: Annotated[
        Literal["outpatient", "inpatient"],
        typer.Option(help="outpatient or inpatient; decides how uncertain diagnoses are coded."),
    ] = "outpatient",
    date: Date = None,
    age: Age = None,
    sex: Sex = None,
    scope: Annotated[
        Literal["encounter", "mentions"],
        typer.Option(help="encounter: what this visit assessed or treated. mentions: everything the note mentions."),
    ] = "encounter",
    release: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Code with this release whatever the date; see wardround codeset list."),
    ] = None,
    site: Site = None,
    target_precision: TargetPrecision = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC", help="Let a model help: medgemma, llamacpp:FILE.gguf, http://127.0.0.1:8000/v1#MODEL …"
        ),
    ] = None,
    method: Annotated[
        Literal["assisted", "direct"],
        typer.Option(
            help="With --engine. assisted: the model beside the coder. direct: the model alone, as a baseline."
        ),
    ] = "assisted",
    budget: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="With --engine: the time of the model for a note. Default: 60 where it has no GPU, else no limit.",
        ),
    ] = None,
    examples: Examples = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="With --engine: send notes to a server that is not this machine.")
    ] = False,
    ocr: Annotated[
        Literal["auto", "tesseract", "rapidocr", "engine", "none"],
        typer.Option(
            help="What reads pictures of pages. auto: tesseract where it is installed, else rapidocr. "
            "One that is named reads scans anew that bring a text of their own. engine: the model of --engine reads "
            "the pages too, and where the two differ is for review. none: leave pictures unread."
        ),
    ] = "auto",
    show: Annotated[
        Path | None,
        typer.Option(
            metavar="PAGE.png",
            help="Draw the quotes with their codes on the pages of a PDF or picture: PAGE-1.png, one for each page.",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why each code, and why others were not chosen.")
    ] = False,
    fail_on_review: Annotated[
        bool, typer.Option("--fail-on-review", help="Exit with status 3 if a code needs review.")
    ] = False,
    plugins: Annotated[bool, typer.Option("--plugins", help="Offer the formats of installed plugins too.")] = False,
) -> None:
    """Draft ICD-10-CM codes for notes, each with its quote.

    \b
    Examples:
      wardround code note.txt
      wardround code --explain --setting inpatient --date 2026-05-11 note.txt
      wardround code --json morning/*.txt > codes.jsonl
      wardround code --jsonl notes.jsonl --format csv -o codes.csv
      wardround code --queries note.txt > questions.md
      wardround code --site site.model note.txt
      cat note.txt | wardround code -
      wardround code --show page.png letter.pdf

    What a line of --jsonl says of its encounter goes before the options. A note that cannot be coded costs that note
    alone: the others are coded, its place holds the error, and the exit status is 1.

    With --engine a model reads what the coder does not know. It points at words and chooses among titles; what is not
    in the note is not used, and what only the model finds is for review.

    Exit status: 0 done, 1 a note or the whole run failed, 2 the command line is wrong, 3 with --fail-on-review.
    """
    from wardround.cli.output import destination
    from wardround.cli.progress import Progress, preparing
    from wardround.cli.terminal import say_error, say_note
    from wardround.coding import Coder, Encounter
    from wardround.coding.assisted.examples import Examples as Shown
    from wardround.coding.site import SiteModel
    from wardround.engines import open_engine
    from wardround.export import Failure
    from wardround.records import Files, Lines, Record, coded

    if bool(files) == (jsonl is not None):
        raise typer.BadParameter("name the notes to code, or one file of them with --jsonl", param_hint="FILES")
    encounter = Encounter(setting=setting, date=day(date), age=age, sex=sex)
    source = Lines(jsonl, encounter) if jsonl is not None else Files(files or [], encounter)
    named = format_ or ("json" if json_ else "queries" if queries else None)
    form = named or ("table" if jsonl is None else "json")
    if json_ + queries + bool(format_) > 1:
        raise typer.BadParameter("give one of --format, --json and --queries", param_hint="--format")
    if explain and form not in ("table", "json"):
        raise typer.BadParameter("belongs to the table; JSON always has the reasons", param_hint="--explain")
    if engine is None and (method != "assisted" or budget is not None or allow_remote or examples):
        raise typer.BadParameter("belongs to a model, and none is named", param_hint="--engine")
    if budget is not None and not budget > 0:
        raise typer.BadParameter("a number of seconds above 0", param_hint="--budget")
    if ocr == "engine" and engine is None:
        raise typer.BadParameter("engine needs a model that sees images, named with --engine", param_hint="--ocr")
    if show is not None and (files is None or len(files) != 1):
        raise typer.BadParameter("draws on the pages of one file", param_hint="--show")
    learned = None if site is None else SiteModel.load(site)
    with preparing():
        model = None if engine is None else open_engine(engine, allow_remote=allow_remote)
        if ocr == "engine" and model is not None and not model.capabilities.images:
            model.close()
            raise typer.BadParameter("the model does not see images", param_hint="--ocr")
        coder = Coder(
            release,
            scope=scope,
            engine=model,
            method=method,
            budget=budget or usual_budget(model),
            examples=None if examples is None else Shown.load(examples),
            site=learned,
            target_precision=target_precision,
        )
    if learned is not None and learned.release != coder.newest.id:
        say_note(f"the site model was learned with {learned.release}; learn again for {coder.newest.id}")
    if target_precision is not None:
        say_what_is_accepted(coder)
    if files and encounter.date is None and release is None:
        _say_what_is_in_force(coder.newest)
    if not coder.has_index():
        say_note(
            "no Alphabetic Index is installed for this release, so there are fewer routes to codes; "
            "wardround codeset install adds it"
        )
    count = failed = review = 0
    opened = nullcontext() if model is None else model
    with opened, destination(output) as out, Progress("coding", source.total, out) as progress:
        exporter = _exporter(form, out, explain=explain, plugins=plugins)
        out.write(exporter.header())
        for count, record in enumerate(source, 1):
            with progress.pages() as on_page:
                outcome = coded(coder, record, ocr=ocr, on_page=on_page)
            if isinstance(outcome, Failure):
                failed += 1
                say_error(str(outcome.error))
                out.write(exporter.failure(outcome))
            else:
                review += bool(outcome.review)
                out.write(exporter.result(outcome))
                if show is not None and isinstance(record, Record):
                    _draw(outcome, record, show)
            out.flush()
            progress.at(source.done, count)
    if failed and count > 1:
        say_error(f"{failed} of {count} notes could not be coded")
    if failed:
        raise typer.Exit(1)
    if fail_on_review and review:
        raise typer.Exit(REVIEW_NEEDED)


def _draw(result: CodingResult, record: Record, path: Path) -> None:
    """Write the pages that hold quotes; say so, where a person reads along."""
    from wardround.cli.terminal import say_note
    from wardround.export.drawing import draw_pages

    if isinstance(record.source, str) or result.pages is None:
        raise InputError("the note has no pages to draw on", where=record.where, hint="leave --show out")
    drawn = []
    for number, png in draw_pages(result, record.source):
        target = path.with_name(f"{path.stem}-{number}.png")
        try:
            target.write_bytes(png)
        except OSError as error:
            what = f"cannot write the file: {error.strerror or 'unknown reason'}"
            raise InputError(what, where=str(target)) from error
        drawn.append(target.name)
    say_note(f"drawn: {', '.join(drawn)}" if drawn else "no code has a quote to draw")


def usual_budget(model: Engine | None) -> float | None:
    """Seconds that a model may take for a note where nothing else is said."""
    return _CPU_BUDGET if model is not None and model.capabilities.cpu else None


def _say_what_is_in_force(release: Release) -> None:
    """Without an encounter's date the newest release is used; say so if it is not today's."""
    import datetime

    from wardround.cli.terminal import say_note

    if not release.valid_from <= datetime.date.today() <= release.valid_to:
        say_note(f"no --date is given: coding with {release.title}, in force until {release.valid_to}")


def _exporter(form: str, out: TextIO, *, explain: bool, plugins: bool) -> Exporter:
    from wardround.export import exporter, formats

    if form == "table":
        from wardround.cli.table import Table

        return Table(out, explain=explain)
    if form not in formats(plugins=plugins):
        names = ", ".join(("table", *formats(plugins=plugins)))
        raise typer.BadParameter(f"there is no format {form!r}; there are {names}", param_hint="--format")
    return exporter(form, plugins=plugins)
