"""``wardround read --protocol laboratory``: print-outs of laboratories in, tables of results out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import InputError, WardroundError
from wardround.export.laboratory import LaboratoryExporter

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wardround.engines import Engine
    from wardround.reporting.laboratory import LaboratoryCell, LaboratoryReport, LaboratoryRow

__all__ = ["Laboratory", "form_of"]

_SUFFIXES = {".csv": "csv", ".json": "json", ".md": "markdown"}


def form_of(named: str | None, output: Path | None, *, each: bool) -> LaboratoryExporter:
    """The format that is asked for, by its name or by the end of the file's.

    Raises:
        InputError: there is no such format.
    """
    from wardround.export.laboratory import laboratory_exporter, laboratory_formats

    if named is None and output is not None and not each:
        fhir = output.name.lower().endswith(".fhir.json")
        named = "fhir" if fhir else _SUFFIXES.get(output.suffix.lower())
    if named in (None, "table"):
        return Table()
    if named not in laboratory_formats():
        names = ", ".join(("table", *laboratory_formats()))
        raise InputError(f"there is no format {named!r} of laboratory results", hint=f"formats: {names}")
    return laboratory_exporter(named)


class Table(LaboratoryExporter):
    """For people: the rows of each report, and beneath them what is to be checked."""

    name = "table"
    suffix = ".txt"

    def report(self, report: LaboratoryReport, *, several: bool) -> str:
        from wardround.cli.terminal import console, drawn

        return drawn(console(), _parts(report)) + ("\n" if several else "")


def _parts(report: LaboratoryReport) -> Iterator[RenderableType]:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Grid

    from wardround.export.visible import visible

    yield visible(report.id)
    if report.rows:
        grid = Grid("row", "test", "result", "unit", "flag", "reference range", "outside", box=SIMPLE_HEAD)
        heading: str | None = None
        for row in report.rows:
            own = row.section.text if row.section else None
            if own != heading and own is not None:
                grid.add_row("", visible(own))
            heading = own
            grid.add_row(*_line(row))
        yield grid
    for notice in report.notices:
        yield visible(f"note: {notice}")
    for removed in report.removed:
        yield visible(f"not used, from the model: {removed.count} × {removed.reason}")
    yield report.disclaimer


def _line(row: LaboratoryRow) -> tuple[str, ...]:
    cells = (row.test, row.value, row.unit, row.flag, row.reference_range)
    return (row.id, *map(_told, cells), {None: "", True: "yes", False: "no"}[row.outside_range])


def _told(cell: LaboratoryCell | None) -> str:
    from wardround.export.visible import visible

    return "" if cell is None else f"{visible(cell.text)}{' ?' if cell.doubtful else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """All files of one call, one after the other.

    Attributes:
        engine: asked too; None for the layout alone.
        form: of what is written.
        output: a file for all, or with ``each`` a folder; None is standard output.
        boxes: where the page with its cells goes, of one file.
        each: a file of its own for every report.
    """

    engine: Engine | None
    form: LaboratoryExporter
    output: Path | None = None
    boxes: Path | None = None
    each: bool = False

    def all(self, paths: Sequence[Path]) -> int:
        """Read every file and write its results; how many could not be read.

        Raises:
            InputError: there is nothing to read, or it cannot be written.
        """
        from wardround.cli.output import destination
        from wardround.cli.report_files import save

        files = list(_files(paths))
        if not files:
            raise InputError("there is nothing to read", where=str(paths[0]), hint="name files, or a folder with some")
        if self.boxes is not None and len(files) > 1:
            raise InputError("there are several files, and --boxes draws on one", where=str(self.boxes))
        failed = 0
        if self.each and self.output is not None:
            for path in files:
                text, ok = self._one(path, several=False)
                failed += not ok
                if text:
                    name = f"{path.name}{self.form.suffix}"
                    save(self.output / name, (self.form.header() + text).encode("utf-8", "backslashreplace"))
            return failed
        with destination(self.output) as file:
            file.write(self.form.header())
            for path in files:
                text, ok = self._one(path, several=len(files) > 1)
                failed += not ok
                file.write(text)
        return failed

    def _one(self, path: Path, *, several: bool) -> tuple[str, bool]:
        """What to write of one file, and whether it could be read."""
        from wardround.cli.progress import Steps
        from wardround.cli.terminal import say_error
        from wardround.reporting.laboratory import LaboratoryReader

        try:
            with Steps() as steps:
                report = LaboratoryReader(self.engine).read(
                    path, on_step=lambda step: steps.tell(f"{path.name}: {step}")
                )
            if self.boxes is not None:
                self._draw(report, path, self.boxes)
            return self.form.report(report, several=several), True
        except WardroundError as error:
            say_error(str(error) if error.where else f"{path.name}: {error}")
            return self.form.failure(path.name, error, several=several), False

    def _draw(self, report: LaboratoryReport, path: Path, target: Path) -> None:
        from wardround.cli.report_files import save
        from wardround.export.laboratory.drawing import draw_cells

        if not report.rows:
            raise InputError("there is no result to draw a box around", where=path.name)
        for number, picture in draw_cells(report, path):
            many = len(report.pages) > 1
            save(target.with_stem(f"{target.stem}-{number}") if many else target, picture)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        else:
            yield path
