"""``wardround explain``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.errors import InputError

if TYPE_CHECKING:
    from wardround.reporting.explain import Explanation
    from wardround.reporting.report import DraftReport

__all__ = ["explain"]


def explain(
    report: Annotated[
        str, typer.Argument(metavar="REPORT", help="A report of wardround read --format json, or any report as text.")
    ],
    grade: Annotated[
        float, typer.Option(min=1, max=18, metavar="N", help="School grade of the reader, which is measured.")
    ] = 6,
    accepted: Annotated[
        bool, typer.Option("--accepted", help="Say that a qualified person has accepted the report; asked otherwise.")
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="The model that rewords. Default: what wardround models use chose."),
    ] = None,
    format_: Annotated[Literal["text", "json"], typer.Option("--format", help="text or json.")] = "text",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here; appears when it is complete.")
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let the model be on another machine; the report is sent there.")
    ] = False,
) -> None:
    """Say an accepted report in plain words for the patient, adding nothing.

    \b
    Examples:
      wardround explain report.json --accepted
      wardround explain report.txt --accepted --grade 8 -o for-the-patient.txt
      wardround explain report.json --accepted --json

    A sentence that says more than the report, another side, number or condition, advice or comfort, is left out. What
    the report concludes and no sentence says stands in the report's own words at the end.
    """
    from wardround.cli.output import destination
    from wardround.cli.progress import Steps, preparing
    from wardround.coding import Coder
    from wardround.engines import open_engine
    from wardround.reporting.explain import explain as explained

    given = _read(report)
    if not (accepted or _confirmed()):
        raise InputError(
            "a report is explained to a patient only when a qualified person has accepted it",
            where=Path(report).name,
            hint="say so with --accepted",
        )
    with preparing():
        coder = Coder(scope="mentions")
    with Steps() as steps, open_engine(engine or "", allow_remote=allow_remote) as model, destination(output) as out:
        steps.tell("asking for plain words")
        try:
            result = explained(model, given, grade=grade, coder=coder, id=Path(report).name)
        except ValueError as error:
            raise InputError(str(error), where=Path(report).name) from None
        if json_ or format_ == "json":
            out.write(result.model_dump_json(indent=2) + "\n")
        else:
            out.write(_text(result))


def _confirmed() -> bool:
    return sys.stdin.isatty() and typer.confirm("Has a qualified person accepted this report?", default=False, err=True)


def _read(name: str) -> DraftReport | str:
    """One of our reports, or the text of any other."""
    import json

    from pydantic import ValidationError

    from wardround.documents import read
    from wardround.reporting.report import DraftReport

    data = sys.stdin.buffer.read() if name == "-" else None
    text = read(Path(name) if data is None else data).text
    if not text.lstrip().startswith("{"):
        return text
    try:
        return DraftReport.model_validate(json.loads(text))
    except ValueError as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) if isinstance(error, ValidationError) else "not JSON"
        raise InputError(
            f"this is no report of wardround read ({place})", where=Path(name).name, hint="see wardround schema report"
        ) from None


def _text(result: Explanation) -> str:
    from wardround.export.visible import visible

    lines = [visible(sentence.text) for sentence in result.sentences]
    if result.in_the_reports_words:
        lines += ["", "In the words of the report:", *(f"- {visible(text)}" for text in result.in_the_reports_words)]
    lines += ["", result.note]
    left_out = sum(each.count for each in result.removed)
    about = f"Reading grade: {result.grade:g}."
    if left_out:
        about += f" Sentences of the model that said more than the report and were left out: {left_out}."
    lines += [about, *(f"Note: {warning}." for warning in result.warnings)]
    return "\n".join(lines) + "\n"
