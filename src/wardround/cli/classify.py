"""``wardround classify``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.errors import EngineError, InputError, WardroundError

if TYPE_CHECKING:
    from wardround.reporting.classify import Classification

__all__ = ["classify"]


def classify(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGES", help="Images, or folders of slices.")],
    labels: Annotated[str, typer.Option(metavar="A,B,C", help="The labels to choose from, between commas.")],
    engine: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="The model. Default: what wardround models use chose."),
    ] = None,
    format_: Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="table, json or csv.")] = "table",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json, a line per image.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here; appears when it is complete.")
    ] = None,
    allow_remote: Annotated[
        bool,
        typer.Option("--allow-remote", help="Let the model be on another machine; pictures are cleaned of text first."),
    ] = False,
) -> None:
    """Choose one of several labels for each image, with probabilities where the model's runtime can tell.

    \b
    Examples:
      wardround classify chest.png --labels "normal,pneumonia,pleural effusion"
      wardround classify patches/*.png --labels "tumour,stroma,necrosis" --format csv -o patches.csv
      wardround classify fundus.jpg --labels "no retinopathy,mild,moderate,severe,proliferative"

    Each image is asked about twice, with the labels in both orders; where the two differ, it is said. An image that
    cannot be read costs that image alone, and the exit status is 1.
    """
    from wardround.cli.output import destination
    from wardround.cli.pictures import pictures_of
    from wardround.cli.progress import Progress
    from wardround.cli.terminal import say_error
    from wardround.engines import open_engine
    from wardround.export.csv import row
    from wardround.reporting.classify import classify as classified

    form = "json" if json_ else format_
    names = [label.strip() for label in labels.split(",")]
    failed = 0
    done: list[Classification] = []
    with (
        open_engine(engine, allow_remote=allow_remote) as model,
        destination(output) as out,
        Progress("classifying", len(images), out) as progress,
    ):
        if form == "csv":
            out.write(row(("id", "label", *names, "consistent")))
        for count, image in enumerate(images, 1):
            try:
                found = classified(model, pictures_of(image, model), names, id=image.name)
            except ValueError as error:
                raise InputError(str(error), where="--labels") from None
            except EngineError:
                raise  # it would meet every other image too
            except WardroundError as error:
                failed += 1
                say_error(str(error))
                continue
            finally:
                progress.at(count, count)
            if form == "json":
                out.write(found.model_dump_json() + "\n")
            elif form == "csv":
                told = {label.name: label.probability for label in found.labels}
                chances = ("" if told[name] is None else f"{told[name]:.4f}" for name in told and names)
                out.write(row((found.id, found.label or "", *chances, "yes" if found.consistent else "no")))
            else:
                done.append(found)
        if form == "table" and done:
            out.write(_table(done))
    if failed or any(found.label is None for found in done):
        raise typer.Exit(1)


def _table(found: list[Classification]) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from wardround.cli.terminal import console, drawn
    from wardround.export.visible import visible
    from wardround.reporting.report import DISCLAIMER

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Image", "Label", "Probability", "Then"):
        table.add_column(heading, justify="right" if heading == "Probability" else "left")
    for each in found:
        first, second = each.labels[:2]
        chance = "–" if first.probability is None else f"{first.probability:.2f}"
        then = "" if second.probability is None else f"{visible(second.name)} {second.probability:.2f}"
        label = "no answer" if each.label is None else visible(each.label)
        if each.label is not None and not each.consistent:
            then = f"{then} (depends on the order)"
        table.add_row(visible(each.id), label, chance, then)
    notes = [f"{each.id}: {warning}" for each in found for warning in each.warnings]
    return drawn(console(), [table, *map(visible, notes), f"{DISCLAIMER} {found[0].engine}"])
