"""``wardround ask``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wardround.errors import InputError

__all__ = ["ask"]


def ask(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="An image, a folder of slices, or an archive.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to ask about it.")],
    engine: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="The model. Default: what wardround models use chose."),
    ] = None,
    series: Annotated[int | None, typer.Option(min=1, metavar="N", help="One series alone.")] = None,
    frame: Annotated[int | None, typer.Option(min=1, metavar="N", help="One frame alone. Default: all.")] = None,
    think: Annotated[bool, typer.Option("--think", help="Let a model that can think do so; it takes longer.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    allow_remote: Annotated[
        bool,
        typer.Option("--allow-remote", help="Let the model be on another machine; pictures are cleaned of text first."),
    ] = False,
) -> None:
    """Ask a model a free question about an image.

    \b
    Examples:
      wardround ask chest.dcm "Is there a pleural effusion?"
      wardround ask ct-head/ "Is this a contrast-enhanced study?" --series 2
      wardround ask skin.jpg "Describe the lesion." --json

    The answer is the model's own: nothing checks it. For a report whose statements say where they come from, see
    wardround read.
    """
    from wardround.cli.pictures import pictures_of
    from wardround.cli.progress import Steps
    from wardround.cli.terminal import print_json
    from wardround.engines import open_engine
    from wardround.export.visible import visible
    from wardround.reporting.ask import ask as asked
    from wardround.reporting.report import DISCLAIMER

    with Steps() as steps, open_engine(engine, allow_remote=allow_remote) as model:
        steps.tell("reading the image")
        pictures = pictures_of(image, model, series=series, frame=frame)
        steps.tell("asking the model")
        try:
            answer = asked(model, pictures, question, id=image.name, think=think)
        except ValueError as error:
            raise InputError(str(error), where="QUESTION") from None
    if json_:
        print_json(answer.model_dump(mode="json"))
    else:
        for line in answer.answer.splitlines():
            typer.echo(visible(line))
        for warning in answer.warnings:
            typer.echo(f"Note: {warning}")
        typer.echo(f"\n{DISCLAIMER}\n{answer.engine}")
    if not answer.answer:
        raise typer.Exit(1)
