"""``wardround export``"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from wardround.errors import InputError
from wardround.export import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import BinaryIO

    from pydicom import Dataset

    from wardround.coding import CodingResult
    from wardround.export.reports.picture import Picture
    from wardround.reporting import DraftReport

__all__ = ["export"]

_LIMIT = 64_000_000
"""Bytes a saved report, or a line of codes, may have."""


def export(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A report of wardround read, or lines of wardround code; - is stdin."),
    ],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="NAME",
            help="Of a report: markdown, json, html, pdf, fhir, dicom-sr, secondary-capture. "
            "Of codes: json, csv, markdown, queries, fhir.",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="OUT", help="Write here; appears when it is complete.")
    ] = None,
    images: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="The images a report is about, to be shown; may be given several times."),
    ] = None,
    prior: Annotated[Path | None, typer.Option(metavar="PATH", help="The earlier study it was compared with.")] = None,
    plugins: Annotated[bool, typer.Option("--plugins", help="Offer the formats of installed plugins too.")] = False,
) -> None:
    """Write a saved report, or saved codes, in another format.

    \b
    Examples:
      wardround export report.json --format pdf --images chest.dcm -o report.pdf
      wardround export report.json --format fhir > bundle.json
      wardround export codes.jsonl --format fhir > bundles.ndjson

    Only the images that the report was made from are taken, which their digest tells. A DICOM format needs them.
    """
    with _opened(file) as source:
        objects = _objects(source, file)
        first = next(objects, None)
        if first is None:
            raise InputError("there is nothing in it", where=file)
        if "protocol" not in (first.get("provenance") or {}):
            _export_codes(chain([first], objects), format_, output, plugins=plugins)
            return
        if next(objects, None) is not None:
            raise InputError("there are several reports in it", where=file, hint="export them one by one")
    _export_report(_report(first, file), format_, output, images or [], prior, plugins=plugins)


def _export_report(
    report: DraftReport, name: str, output: Path | None, images: list[Path], prior: Path | None, *, plugins: bool
) -> None:
    from wardround.cli.report_files import save
    from wardround.export.reports import report_exporter, report_formats

    if name not in report_formats(plugins=plugins):
        _say_formats(name, "reports", report_formats(plugins=plugins))
    form = report_exporter(name, plugins=plugins)
    if form.binary and (output is None or str(output) == "-") and sys.stdout.isatty():
        raise typer.BadParameter(f"{name} is not for a terminal: name a file with -o", param_hint="--format")
    shown, headers = _shown(report, images, prior)
    document = form.export(report, pictures=shown, originals=headers)
    if output is not None and str(output) != "-":
        save(output, document)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(document)


def _shown(report: DraftReport, images: list[Path], prior: Path | None) -> tuple[list[Picture], list[Dataset]]:
    """The pictures and headers of the images that a report was made from.

    Raises:
        InputError: other images are named.
    """
    shown: list[Picture] = []
    headers: list[Dataset] = []
    given: tuple[tuple[Literal["current", "prior"], list[Path]], ...] = (
        ("current", images),
        ("prior", [prior] if prior else []),
    )
    for which, paths in given:
        if not paths:
            continue
        from wardround.export.reports.images import originals, pictures
        from wardround.images import read

        study = read(paths[0] if len(paths) == 1 else paths)
        if study.digest not in {image.digest for image in report.images if image.study == which}:
            raise InputError(
                f"these are not the images of the {which} study that the report was made from", where=str(paths[0])
            )
        shown += pictures(report, study, which)
        headers += originals(study, paths)
    return shown, headers


def _export_codes(objects: Iterable[dict[str, Any]], name: str, output: Path | None, *, plugins: bool) -> None:
    from wardround.cli.output import destination
    from wardround.export import exporter, formats

    if name not in formats(plugins=plugins):
        _say_formats(name, "codes", formats(plugins=plugins))
    form = exporter(name, plugins=plugins)
    with destination(output) as out:
        out.write(form.header())
        for number, fields in enumerate(objects, 1):
            outcome = _outcome(fields, f"record {number}")
            out.write(form.failure(outcome) if isinstance(outcome, Failure) else form.result(outcome))


def _outcome(fields: dict[str, Any], where: str) -> CodingResult | Failure:
    """A record of ``wardround code --json``.

    Raises:
        InputError: it is none.
    """
    from pydantic import ValidationError

    from wardround.coding import CodingResult

    error = fields.get("error")
    if isinstance(error, dict):
        told = InputError(str(error.get("what")), where=str(error.get("where")), hint=str(error.get("hint")))
        return Failure(id=str(fields.get("id")), error=told)
    try:
        return CodingResult.model_validate(fields)
    except ValidationError:
        hint = "give what wardround code --json or wardround read --json has written"
        raise InputError("this is neither codes nor a report", where=where, hint=hint) from None


def _report(fields: dict[str, Any], file: str) -> DraftReport:
    from pydantic import ValidationError

    from wardround.reporting.report import DraftReport

    try:
        return DraftReport.model_validate(fields)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InputError(f"the report is not in the published shape, at {place}", where=file) from None


def _say_formats(name: str, of: str, known: Sequence[str]) -> NoReturn:
    raise typer.BadParameter(
        f"there is no format {name!r} for {of}; there are {', '.join(known)}", param_hint="--format"
    )


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        source = open(file, "rb")  # noqa: SIM115
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or 'unknown reason'}", where=file) from error
    with source:
        yield source


def _objects(source: BinaryIO, file: str) -> Iterator[dict[str, Any]]:
    """The objects of a file that holds one per line, or a single one over many lines."""
    count = 0
    while line := source.readline(_LIMIT + 1):
        if not line.strip():
            continue
        count += 1
        try:
            found = _object(line)
        except ValueError:
            if count > 1:
                raise InputError("this is not JSON", where=f"{file}, record {count}") from None
            found = _object_of_all(line + source.read(_LIMIT), file)
        if not isinstance(found, dict):
            raise InputError("this is no JSON object", where=f"{file}, record {count}")
        yield found


def _object(text: bytes) -> object:
    if len(text) > _LIMIT:
        raise ValueError
    try:
        return json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError:
        raise ValueError from None


def _object_of_all(text: bytes, file: str) -> object:
    try:
        return _object(text)
    except ValueError:
        long = len(text) > _LIMIT
        what = f"longer than {_LIMIT:,} bytes" if long else "this is not JSON"
        raise InputError(what, where=file) from None
