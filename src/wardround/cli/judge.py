"""``wardround judge``"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.errors import InputError, WardroundError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from wardround.cli.judgements import Notes
    from wardround.coding import CodingResult
    from wardround.coding.judging import Judge, Judged, Label
    from wardround.coding.judging.judgement import Context
    from wardround.export import Failure

__all__ = ["judge"]


def judge(
    results: Annotated[
        str,
        typer.Argument(
            metavar="RESULTS.jsonl", help="Lines of wardround code --json, or of this command; - is standard input."
        ),
    ],
    engine: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="The model that judges; not needed for lines that are judged already."),
    ] = None,
    notes: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help='The notes that were coded, lines of {"id", "text"} or their folder; without, only quotes are shown.',
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="GOLD.jsonl", help='Tell how far the judge agrees with people\'s lines of {"id", "code", "label"}.'
        ),
    ] = None,
    repeat: Annotated[
        int, typer.Option(min=1, max=20, metavar="N", help="Ask so often in each of the two orders.")
    ] = 1,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write here; what is there in JSON is gone on with."),
    ] = None,
    format_: Annotated[
        Literal["json", "csv", "table"] | None,
        typer.Option("--format", help="json (a line per note), csv or table. Default: table, json with -o."),
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let the model be on another machine; the quotes are sent there.")
    ] = False,
) -> None:
    """Have a second model say whether the words of the note support each code.

    \b
    Examples:
      wardround judge codes.jsonl --engine medgemma --notes notes.jsonl
      wardround judge codes.jsonl --engine medgemma --notes notes.jsonl -o judged.jsonl
      wardround judge judged.jsonl --against labels.jsonl

    The judge sees words of the note and the title of a code, not who proposed it. It is asked twice, in two orders, and
    what it does not say both times is no verdict. A label is supported, not-supported, more-specific or contradicted.

    Exit status: 0 done, 1 a code or a line could not be judged, 2 the command line is wrong.
    """
    from wardround.cli.judgements import Judgeable, Notes, Summary, figures, form_of, resumed
    from wardround.cli.output import destination
    from wardround.cli.progress import Progress
    from wardround.cli.terminal import print_json, say, say_error, say_note
    from wardround.coding.judging import Judge, agreement
    from wardround.export import Failure

    if against is not None and format_ == "csv":
        raise typer.BadParameter("the figures of --against are a table or json", param_hint="--format")
    name = "json" if against is not None else format_ or ("table" if output is None else "json")
    labels, failed = _labels(against)
    source = Judgeable(results)
    texts = None if notes is None else Notes(notes)
    judged: list[Judged] = []
    summary = Summary()
    with ExitStack() as stack:
        judging: Judge | None = None
        done: dict[tuple[str | None, str], Judged] = {}
        out: TextIO | None = None
        if engine is not None:
            from wardround.engines import open_engine

            judging = Judge(stack.enter_context(open_engine(engine, allow_remote=allow_remote)), repeat=repeat)
            if texts is None:
                say_note("no --notes are given: the judge sees the quotes alone")
        if output is not None and name == "json" and judging is not None:
            context: Context = "quote" if texts is None else "sentences"
            out, done = stack.enter_context(resumed(output, judging.info, context))
        elif output is not None or against is None:
            out = stack.enter_context(destination(output))
        form = form_of(name, out)
        progress = stack.enter_context(Progress("judging", source.total, out))
        if out is not None:
            out.write(form.header)
        for count, (where, given) in enumerate(source.each(), 1):
            each = _judged(given, where, judging, texts, done)
            if isinstance(each, Failure):
                failed += 1
                say_error(str(each.error))
            else:
                failed += each.failed
                summary.add(each)
                if against is not None:
                    judged.append(each)
                if out is not None and (each.id, each.result) not in done:
                    out.write(form.text(each))
                    out.flush()
            progress.at(source.done, count)
        if out is not None and name == "table":
            out.write(f"{summary}\n")
    if name != "table":
        say_note(str(summary))
    if against is not None:
        agreed = agreement(judged, labels)
        if format_ == "json":
            print_json(agreed.model_dump(mode="json"))
        else:
            say(figures(agreed))
    if failed:
        raise typer.Exit(1)


def _judged(
    given: CodingResult | Judged | Failure,
    where: str,
    judge: Judge | None,
    notes: Notes | None,
    done: Mapping[tuple[str | None, str], Judged],
) -> Judged | Failure:
    """The judgements of one line, if they are not there already, or what went wrong."""
    from wardround.coding import CodingResult
    from wardround.coding.judging.judge import digest_of
    from wardround.export import Failure

    if not isinstance(given, CodingResult):
        return given
    if judge is None:
        raise InputError("the codes are not judged yet", where=where, hint="name a model with --engine")
    already = done.get((given.id, digest_of(given)))
    if already is not None:
        return already
    try:
        return judge.judge(given, None if notes is None else notes.text(given.id))
    except WardroundError as error:
        return Failure(id=given.id or where, error=InputError(error.what, where=error.where or where, hint=error.hint))


def _labels(name: str | None) -> tuple[list[Label], int]:
    """People's labels, and how many lines of them cannot be used."""
    from wardround.cli.judgements import labels
    from wardround.cli.terminal import say_error

    found: list[Label] = []
    failed = 0
    for each in labels(name) if name is not None else ():
        if isinstance(each, InputError):
            failed += 1
            say_error(str(each))
        else:
            found.append(each)
    return found, failed
