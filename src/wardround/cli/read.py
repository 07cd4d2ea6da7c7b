"""``wardround read``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.errors import EngineMissing, EngineRefused, InputError

if TYPE_CHECKING:
    from wardround.engines import Engine
    from wardround.export.reports import ReportExporter
    from wardround.reporting import Protocol, Reader

__all__ = ["LABORATORY", "WITHOUT", "read"]

WITHOUT = "wardround inspect tells what can be known of an image without a model"
LABORATORY = "laboratory"
"""The protocol for print-outs, which are no medical images."""

Kind = Literal["radiograph", "ct", "mr", "ultrasound", "slide", "fundus", "skin"]


def read(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATHS", help="The images of a study: files, folders, zip archives.")
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT|FILE",
            help="Clinical information; - is standard input. With --each, a folder with STUDY.txt for each study.",
        ),
    ] = None,
    prior: Annotated[Path | None, typer.Option(metavar="PATH", help="An earlier study to compare with.")] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="What to look for; by default chosen by the image and the history. laboratory reads print-outs.",
        ),
    ] = None,
    list_protocols: Annotated[
        bool, typer.Option("--list-protocols", help="Tell which protocols there are, and stop.")
    ] = False,
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="What a plain picture is: radiograph, ct, mr, ultrasound, slide, fundus or skin. DICOM tells it."
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="The model that sees and writes: medgemma, a folder, http://127.0.0.1:8000/v1#MODEL … "
            "Default: the best one on this machine.",
        ),
    ] = None,
    allow_remote: Annotated[
        bool,
        typer.Option(
            "--allow-remote",
            help="Send to a server that is not this machine: the images, with the text in them blackened and without "
            "their headers, and the history as it is.",
        ),
    ] = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="markdown, json, html, pdf, fhir, dicom-sr or secondary-capture. Default: by the end of -o's name, "
            "else markdown. Of laboratory results: table (the default), csv, json, fhir, markdown.",
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="Write to this file; with --each, into this folder."),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option(metavar="OUT.png", help="Ask where the findings are too, and draw that on the image."),
    ] = None,
    each: Annotated[
        bool, typer.Option("--each", help="Every path, and every entry of a folder, is a study of its own.")
    ] = False,
) -> None:
    """Draft the report of a medical image: each statement with the image or the words of the history it comes from.

    \b
    Examples:
      wardround read chest.dcm --engine medgemma --history "Suspected pneumonia, fever for three days."
      wardround read study/ --engine medgemma --history note.txt --prior earlier/ --format html -o report.html
      wardround read xray.png --engine medgemma --protocol chest-xray --boxes where.png
      wardround read --each morning/ --engine medgemma --history histories/ -o reports/
      wardround read lab-report.pdf --protocol laboratory --format csv -o results.csv
      wardround read --list-protocols

    The model first looks, without the history, for what the protocol asks about. Then it writes, without the image,
    from what was seen and the history; a sentence that these do not bear out is removed, and counted. A study that
    cannot be read costs that study alone: the others are read, and the exit status is 1.

    With --protocol laboratory it reads the table of a laboratory's print-out: PDF, scan or photograph. That needs no
    model; one that is named with --engine is asked too, and what it says counts where it stands on the page.

    It is a draft for a professional to check, and not a diagnosis.

    Exit status: 0 done, 1 a study or the whole run failed, 2 the command line is wrong.
    """
    from wardround.cli.reading import Reading
    from wardround.reporting import load

    if list_protocols:
        _list_protocols()
        return
    if not paths:
        raise typer.BadParameter("name the images to read", param_hint="PATHS")
    if json_ and format_ not in (None, "json"):
        raise typer.BadParameter("give one of --format and --json", param_hint="--format")
    if each and (prior is not None or boxes is not None):
        raise typer.BadParameter("belongs to one study, not to --each", param_hint="--prior" if prior else "--boxes")
    named = "json" if json_ else format_
    if protocol == LABORATORY:
        if history is not None or prior is not None or kind is not None:
            wrong = "--history" if history is not None else "--prior" if prior is not None else "--kind"
            raise typer.BadParameter("belongs to a medical image, not to a laboratory report", param_hint=wrong)
        _read_laboratory(paths, engine, named, output, boxes, each=each, allow_remote=allow_remote)
        return
    form = _form(named, output, each=each)
    if form.binary and (output is None or str(output) == "-") and sys.stdout.isatty():
        raise typer.BadParameter(f"{form.name} is not for a terminal: name a file with -o", param_hint="--format")
    wanted = None if protocol is None else load(protocol)
    with _open(engine, allow_remote=allow_remote) as model:
        reading = Reading(_reader(model), wanted, prior, history, form, output, boxes, each=each)
        reading.all(paths, kind or _kind_of(wanted))
    if reading.failed:
        raise typer.Exit(1)


def _open(spec: str | None, *, allow_remote: bool) -> Engine:
    """The engine that is named, or the best one here; it sees images.

    Raises:
        EngineMissing: there is none; the hint says how to get one, and what can be had without.
        EngineRefused: it is not on this machine.
    """
    from wardround.engines import open_engine

    try:
        return open_engine(spec, allow_remote=allow_remote)
    except EngineMissing as error:
        hint = "; ".join(part for part in (error.hint, WITHOUT) if part)
        raise EngineMissing(error.what, where=error.where, hint=hint) from None


def _read_laboratory(
    paths: list[Path],
    spec: str | None,
    named: str | None,
    output: Path | None,
    boxes: Path | None,
    *,
    each: bool,
    allow_remote: bool,
) -> None:
    """Read print-outs; the model is asked only if one is named."""
    from contextlib import ExitStack

    from wardround.cli.laboratory import Laboratory, form_of
    from wardround.engines import open_engine

    try:
        form = form_of(named, output, each=each)
    except InputError as error:
        raise typer.BadParameter(f"{error.what}; {error.hint}", param_hint="--format") from None
    with ExitStack() as stack:
        model = None if spec is None else stack.enter_context(open_engine(spec, allow_remote=allow_remote))
        reading = Laboratory(engine=model, form=form, output=output, boxes=boxes, each=each)
        failed = reading.all(paths)
    if failed:
        raise typer.Exit(1)


def _reader(engine: Engine) -> Reader:
    from wardround.reporting import Reader

    try:
        return Reader(engine)
    except EngineRefused as error:
        hint = "; ".join(part for part in (error.hint, WITHOUT) if part)
        raise EngineRefused(error.what, where=error.where, hint=hint) from None


def _form(named: str | None, output: Path | None, *, each: bool) -> ReportExporter:
    from wardround.export.reports import report_exporter, report_formats

    if named is None and output is not None and not each:
        by_suffix = {report_exporter(name).suffix: name for name in ("markdown", "json", "html", "pdf")}
        named = by_suffix.get(output.suffix.lower())
    named = named or "markdown"
    if named not in report_formats():
        names = ", ".join(report_formats())
        raise typer.BadParameter(f"there is no format {named!r}; there are {names}", param_hint="--format")
    return report_exporter(named)


def _kind_of(protocol: Protocol | None) -> Kind | None:
    """What a plain picture must be, if it is to be read by a protocol for one kind."""
    kinds = [] if protocol is None else [kind for kind in protocol.selects.kinds if kind not in ("photograph", "other")]
    return kinds[0] if len(kinds) == 1 else None  # type: ignore[return-value]


def _list_protocols() -> None:
    from rich.table import Table

    from wardround.cli.terminal import say
    from wardround.reporting import load, names

    table = Table("protocol", "report", "for", box=None, pad_edge=False)
    for name in names():
        protocol = load(name)
        selects = protocol.selects
        parts = ", ".join([*selects.kinds, *(part.lower() for part in selects.body_parts[:1])]) or "anything else"
        table.add_row(name, protocol.title, parts)
    table.add_row(LABORATORY, "Laboratory results", "print-outs: PDF, scan, photograph")
    say([table])
