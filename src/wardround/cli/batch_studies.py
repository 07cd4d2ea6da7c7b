"""What ``wardround batch`` does with a folder of studies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wardround.cli.read import LABORATORY, WITHOUT
from wardround.errors import EngineMissing

if TYPE_CHECKING:
    from wardround.batch import Source
    from wardround.batch.reading import ReadingSummary, StudyWork
    from wardround.images.study import Kind

__all__ = ["are_studies", "print_reading", "reading", "studies_of"]


def are_studies(source: str) -> bool:
    """Whether what is named is a folder of images rather than of notes."""
    from wardround.images.folders import holds_studies

    return Path(source).is_dir() and holds_studies(Path(source))


def studies_of(source: str, history: Path | None) -> Source:
    """The studies of a folder."""
    from wardround.batch.reading import PER_PART
    from wardround.batch.sources.studies import Studies

    if not Path(source).is_dir():
        raise typer.BadParameter("studies lie in a folder", param_hint="IN")
    return Studies(Path(source), history, PER_PART)


def reading(
    output: Path, *, engine: str | None, allow_remote: bool, protocol: str | None, kind: Kind | None
) -> StudyWork:
    """The work on studies with the engine that is named, or the best one here.

    Raises:
        EngineMissing: there is none; the hint says how to get one, and what can be had without.
        InputError: there is no such protocol.
    """
    from wardround.batch import Output
    from wardround.batch.reading import ReadingOptions, StudyWork
    from wardround.engines.registry import absence, resolve

    if protocol == LABORATORY:
        raise typer.BadParameter("print-outs are read by wardround read", param_hint="--protocol")
    try:
        backend, rest = resolve(engine)
        if reason := absence(backend, rest):
            raise EngineMissing(reason, hint="wardround models install brings one")
    except EngineMissing as error:
        hint = "; ".join(part for part in (error.hint, WITHOUT) if part)
        raise EngineMissing(error.what, where=error.where, hint=hint) from None
    spec = rest if backend == "openai" else f"{backend}:{rest}"
    options = ReadingOptions(engine=spec, allow_remote=allow_remote, protocol=_absolute(protocol), kind=kind)
    options.identity()
    return StudyWork(output=Output(folder=output, format="jsonl", results="reports"), options=options)


def _absolute(protocol: str | None) -> str | None:
    """A protocol of one's own by its whole path, so that it is found from everywhere."""
    return str(Path(protocol).absolute()) if protocol is not None and protocol.endswith(".toml") else protocol


def print_reading(summary: ReadingSummary) -> None:
    """Say what came out."""
    from wardround.cli.terminal import say, tally

    told = summary.to_json()
    table = tally()
    table.add_row("studies", f"{told['studies']:,}")
    table.add_row("  could not be read", f"{told['failed']:,}")
    table.add_row("reports with warnings", f"{told['reports_with_warnings']:,}")
    table.add_row("statements removed", f"{told['statements_removed']:,}")
    for protocol, count in told["protocols"].items():
        table.add_row(f"  by protocol {protocol}", f"{count:,}")
    say([table])
