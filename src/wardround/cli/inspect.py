"""``wardround inspect``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardround.errors import EngineError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType
    from rich.text import Text

    from wardround.images.inspection import InspectedSeries, Inspection, Remark
    from wardround.images.study import Study

__all__ = ["inspect"]


def inspect(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH…", help="Images, or folders and zip archives of them.", show_default=False),
    ],
    json_: Annotated[bool, typer.Option("--json", help="Print a line of JSON per study instead of a table.")] = False,
    render: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="Write what a model would be shown, all pictures on a sheet.")
    ] = None,
    series: Annotated[int | None, typer.Option(min=1, metavar="N", help="Look at this series only.")] = None,
    frame: Annotated[int | None, typer.Option(min=1, metavar="N", help="Look at this frame of each series.")] = None,
) -> None:
    """Tell what can be known of an image without a model, and show what a model would see.

    \b
    Examples:
      wardround inspect chest.dcm
      wardround inspect chest.dcm --render seen.png
      wardround inspect --json study/ > study.jsonl
      wardround inspect study/ --series 1 --frame 2 --render slice.png

    Tells the series and frames, how they are stored and measured, what may be wrong with them, where text is burned in,
    and which fields of the header hold data of the patient, by name. Without --frame, text is looked for in the middle
    frame. Nothing leaves this machine.

    Exit status: 0 done, 1 a path could not be read (the others are shown), 2 the command line is wrong.
    """
    from wardround.cli.progress import Steps
    from wardround.cli.terminal import say, say_error

    if render is not None and render.suffix.lower() != ".png":
        raise typer.BadParameter("the picture is a PNG file: give a name that ends in .png", param_hint="--render")
    if render is not None and len(paths) > 1:
        raise typer.BadParameter("only one study can be rendered", param_hint="--render")
    failed = False
    for number, path in enumerate(paths, 1):
        try:
            with Steps() as steps:
                steps.tell(f"reading {path.name}" + (f", {number} of {len(paths)}" if len(paths) > 1 else ""))
                studies = _read(path)
            if render is not None and len(studies) > 1:
                raise InputError(f"there are {len(studies)} studies, and one can be rendered", where=str(path))
            for study in studies:
                with Steps() as steps:
                    steps.tell(f"looking at {path.name}")
                    found = _inspect(study, path, series, frame)
                if json_:
                    _print_line(found)
                else:
                    say(_told(found))
                if render is not None:
                    _render(study, render, series, frame)
        except (InputError, EngineError) as error:
            failed = True
            if json_:
                _print_failure(path, error)
            say_error(str(error) if error.where else f"{path}: {error}")
    if failed:
        raise typer.Exit(1)


def _read(path: Path) -> tuple[Study, ...]:
    from wardround.images import read_studies

    return read_studies(path)


def _inspect(study: Study, path: Path, series: int | None, frame: int | None) -> Inspection:
    from wardround.images.inspection import inspect as look

    return look(study, str(path), series, frame)


def _render(study: Study, path: Path, series: int | None, frame: int | None) -> None:
    """Write the picture, or the sheet of all pictures, of one series to ``path``."""
    import os

    from wardround.cli.terminal import say_note
    from wardround.images.render import render
    from wardround.images.render.sheet import sheet

    made = render(study, (series or 1) - 1, frames=None if frame is None else [frame])
    picture, reduced = sheet(made)
    written = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        picture.save(written, "PNG")
        written.replace(path)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise InputError(
            f"cannot write the file: {error.strerror or 'unknown reason'}", where=str(path), hint="name another place"
        ) from error
    if reduced:
        say_note(f"the {len(made.views)} pictures of {path} were made smaller to fit; --frame gives one as it is")


def _print_line(found: Inspection) -> None:
    import json
    import sys

    sys.stdout.write(json.dumps(found.model_dump(mode="json", by_alias=True)) + "\n")


def _print_failure(path: Path, error: InputError | EngineError) -> None:
    import json
    import sys

    sys.stdout.write(json.dumps({"path": str(path), "error": error.what}) + "\n")


# the table


def _told(found: Inspection) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    from wardround.export.visible import visible

    count = len(found.series)
    yield Text(visible(found.path), "bold")
    yield Padding(Text(f"{found.format}, {count} series"), (0, 0, 0, 2))
    for series in found.series:
        yield Text("")
        yield Padding(_grid(_rows(series, found.text_unread)), (0, 0, 0, 2))
    rows: list[tuple[str, Text]] = []
    fields = found.patient_data
    told = (
        f"{len(fields)} field{'s' * (len(fields) > 1)}: {', '.join(fields)}" if fields else "none found in the header"
    )
    rows.append(("patient data", Text(visible(told), "yellow" if fields else "")))
    if found.left_out:
        rows.append(("left out", Text(visible(", ".join(found.left_out)))))
    rows += [("careful", _notice(notice)) for notice in found.notices]
    if found.text_unread:
        rows.append(("text", Text(visible(found.text_unread), "dim")))
    yield Text("")
    yield Padding(_grid(rows), (0, 0, 0, 2))
    yield Text("")


def _rows(series: InspectedSeries, unread: str) -> list[tuple[str, Text]]:
    from rich.text import Text

    from wardround.export.visible import visible

    what = " ".join(filter(None, (series.modality, series.body_part, series.view, series.laterality)))
    frames = f"{series.frames} frame{'s' * (series.frames > 1)} of {series.columns} × {series.rows} pixels"
    depth = f"{series.bits} bits{' a channel' if series.colour else ''}, {_UNITS[series.units]}"
    told: list[tuple[str, str]] = [
        (f"series {series.number}", f"{what} ({series.kind})" if what else series.kind),
        ("frames", frames),
        ("values", "colour, " + depth if series.colour else depth),
        ("stored as", series.transfer_syntax),
        ("spacing", _spacing(series)),
        ("plane", series.orientation or ""),
        ("windows", _windows(series)),
        ("read by", "; ".join(f"{step.name}: {step.detail}" if step.detail else step.name for step in series.steps)),
        ("shown as", _shown(series)),
    ]
    if series.text is not None:
        told.append(("text", _burned_in([each.confidence for each in series.text])))
    elif not unread:
        told.append(("text", "not looked for"))
    rows: list[tuple[str, Text]] = [(name, Text(visible(text))) for name, text in told if text]
    rows[0] = (rows[0][0], Text(str(rows[0][1]), "bold"))
    return rows + [("careful", _notice(notice)) for notice in series.notices]


_UNITS = {"HU": "Hounsfield units", "stored": "the maker's own scale", "display": "made for display"}


def _spacing(series: InspectedSeries) -> str:
    parts = []
    if series.spacing:
        parts.append(f"{series.spacing[0]:.4g} × {series.spacing[1]:.4g} mm")
    if series.slice_spacing:
        parts.append(f"a slice every {series.slice_spacing:.4g} mm")
    if series.thickness:
        parts.append(f"slices {series.thickness:.4g} mm thick")
    return ", ".join(parts) or "unknown"


def _burned_in(confidences: list[float]) -> str:
    """How many places of text there are, the likely ones apart."""
    likely = sum(confidence >= _LIKELY for confidence in confidences)
    perhaps = len(confidences) - likely
    parts = [f"at {likely} place{'s' * (likely > 1)}"] if likely else []
    if perhaps:
        parts.append(f"perhaps at {perhaps}{' more' if likely else ''}")
    return f"found {', '.join(parts)}" if parts else "none found"


_LIKELY = 0.5  # confidence, as for what de-identification makes black by itself


def _windows(series: InspectedSeries) -> str:
    return ", ".join(
        f"W {each.width:g} L {each.centre:g}{f' ({each.explanation})' if each.explanation else ''}"
        for each in series.windows
    )


def _shown(series: InspectedSeries) -> str:
    shown = series.shown
    if shown is None:
        return ""
    pictures = f"{shown.pictures} pictures" if shown.pictures > 1 else "one picture"
    slices = ", each followed by SLICE and its number" if shown.labelled else ""
    steps = "; ".join(f"{step.name}: {step.detail}" for step in shown.steps)
    return f"{pictures} of {shown.side} × {shown.side}{slices}; {steps}"


def _notice(notice: Remark) -> Text:
    from rich.text import Text

    from wardround.export.visible import visible

    return Text(visible(f"{notice.message} [{notice.code}]"), "yellow")


def _grid(rows: list[tuple[str, Text]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(Text(name, "dim"), text)
    return grid
