"""``wardround codeset diff``"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from wardround.errors import InputError

if TYPE_CHECKING:
    from typing import BinaryIO

    from rich.console import RenderableType

    from wardround.icd10 import Change, CodeSet, ReleaseDiff

__all__ = ["diff"]

_WORDS = {  # kind of change → how it is told
    "new": "new",
    "billable": "now billable, before a header",
    "revised": "revised",
    "subdivided": "not billable any more, now a header",
    "deleted": "deleted",
}
_TOUCHES = ("revised", "subdivided", "deleted")  # the changes that concern a chart which has the code
_LINE_LIMIT = 64_000_000  # bytes of one result


@dataclass(frozen=True, slots=True)
class _Touched:
    """A code of a chart that is not what it was when it was coded."""

    id: str
    change: Change


def diff(
    older: Annotated[str, typer.Argument(metavar="OLDER", help="A release, as wardround codeset list names it.")],
    newer: Annotated[str, typer.Argument(metavar="NEWER", help="Another one.")],
    results: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Say which of these coded charts the changes touch: lines of wardround code --json; - is "
            "standard input.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here; appears when it is complete.")
    ] = None,
    format_: Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="table, json or csv.")] = "table",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Compare two releases, or find coded charts that need another look.

    Billable codes that are new, revised or gone are told, 7th characters included.

    \b
    Examples:
      wardround codeset diff 2026-04-01 2026-10-01
      wardround codeset diff 2026-04-01 2026-10-01 --format csv -o changes.csv
      wardround codeset diff 2026-04-01 2026-10-01 --results codes.jsonl

    A code that became a header is followed by the codes below it, a deleted one by the entry closest above its place.
    CMS counts a code that became a header as deleted, and a header that became billable as new.

    With --results only the charts that hold a changed code are told, each code with what stands there now. Codes that
    were rejected, and notes that could not be coded, are left out. A line that is no result is named on standard
    error and makes the status 1.
    """
    from wardround import icd10
    from wardround.cli.output import destination
    from wardround.cli.progress import preparing

    with preparing():
        codes = icd10.load(older), icd10.load(newer)
    found = icd10.diff(*codes)
    charts = _Charts(results) if results is not None else None
    touched = list(charts.touched(found)) if charts is not None else None
    form = "json" if json_ else format_
    with destination(output) as out:
        if form == "json":
            told = _as_json(found, codes[1], charts, touched)
            out.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        elif form == "csv":
            out.writelines(_as_csv(found, touched))
        else:
            from wardround.cli.terminal import console, drawn

            out.write(drawn(console(out), _as_table(found, codes[1], charts, touched)))
    if charts is not None and charts.failed:
        raise typer.Exit(1)


class _Charts:
    """The results of coded charts, read line by line.

    Attributes:
        count: how many results were read.
        other: how many of them were coded with another release than the older one.
        failed: how many lines are no results.
    """

    def __init__(self, name: str) -> None:
        """Open the file called ``name``.

        Raises:
            InputError: it cannot be opened.
        """
        self.count = self.other = self.failed = 0
        try:
            self._lines: BinaryIO = sys.stdin.buffer if name == "-" else open(name, "rb")  # noqa: SIM115  closed when read
        except OSError as error:
            raise InputError(f"cannot read the file: {error.strerror or 'unknown reason'}", where=name) from error

    def touched(self, found: ReleaseDiff) -> Iterator[_Touched]:
        """The codes that the changes touch, chart by chart."""
        from wardround.cli.terminal import say_error

        changes = {change.code: change for change in found.changes if change.kind in _TOUCHES}
        number = 0
        with self._lines as lines:
            while line := lines.readline(_LINE_LIMIT):
                number += 1
                if not line.strip():
                    continue
                try:
                    id, codes, release = _read(line, f"line {number}")
                except InputError as error:
                    self.failed += 1
                    say_error(str(error))
                    continue
                if codes is None:
                    continue
                self.count += 1
                self.other += release != found.older.id
                yield from (_Touched(id, changes[code]) for code in codes if code in changes)


def _read(line: bytes, where: str) -> tuple[str, Sequence[str] | None, str]:
    """The id, codes and release of a result; no codes if the line tells of a note that could not be coded."""
    try:
        record = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
        id = str(record.get("id") or where)
        if "error" in record and "codes" not in record:
            return id, None, ""
        codes = [code["code"] for code in record["codes"]]
        if not all(isinstance(code, str) for code in codes):
            raise TypeError
        return id, codes, str(record["release"]["id"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise InputError(
            "the line is not a result", where=where, hint="expected one of wardround code --json"
        ) from None


def _as_json(
    found: ReleaseDiff, newer: CodeSet, charts: _Charts | None, touched: Sequence[_Touched] | None
) -> dict[str, Any]:
    from wardround.cli.releases import release_fields

    told: dict[str, Any] = {
        "older": release_fields(found.older),
        "newer": release_fields(found.newer),
        "counts": dict(found.counts),
    }
    if charts is None or touched is None:
        return {**told, "changes": [_fields(change, newer) for change in found.changes]}
    return {
        **told,
        "results": charts.count,
        "coded_with_another_release": charts.other,
        "charts": [
            {"id": id, "codes": [_fields(change, newer) for change in changes]} for id, changes in _by_chart(touched)
        ],
    }


def _fields(change: Change, newer: CodeSet) -> dict[str, Any]:
    return {
        "code": change.code,
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
        "successors": [
            {"code": code, "title": newer.title(code), "billable": newer.billable(code)} for code in change.successors
        ],
    }


def _by_chart(touched: Sequence[_Touched]) -> list[tuple[str, list[Change]]]:
    charts: dict[str, list[Change]] = {}
    for each in touched:
        charts.setdefault(each.id, []).append(each.change)
    return list(charts.items())


def _as_csv(found: ReleaseDiff, touched: Sequence[_Touched] | None) -> Iterator[str]:
    from wardround.export.csv import row

    columns = ("code", "kind", "before", "after", "successors")
    if touched is None:
        yield row(columns)
        yield from map(row, map(_cells, found.changes))
    else:
        yield row(("id", *columns))
        yield from (row((each.id, *_cells(each.change))) for each in touched)


def _cells(change: Change) -> tuple[str, ...]:
    return change.code, change.kind, change.before, change.after, " ".join(change.successors)


def _as_table(
    found: ReleaseDiff, newer: CodeSet, charts: _Charts | None, touched: Sequence[_Touched] | None
) -> Iterable[RenderableType]:
    from rich.text import Text

    yield Text(f"From {found.older.title} to {found.newer.title}", "bold")
    if charts is None or touched is None:
        for kind, words in _WORDS.items():
            changes = [change for change in found.changes if change.kind == kind]
            yield Text(f"{len(changes):,} {words}")
        for kind, words in _WORDS.items():
            changes = [change for change in found.changes if change.kind == kind]
            if changes:
                yield Text(f"\n{words[0].upper()}{words[1:]}", "bold")
                yield _grid(changes, newer)
        return
    by_chart = _by_chart(touched)
    yield Text(f"Charts that hold a changed code: {len(by_chart):,} of {charts.count:,}")
    if charts.other:
        yield Text(f"Charts coded with another release than {found.older.id}: {charts.other:,}", "yellow")
    for id, changes in by_chart:
        yield Text(f"\n{_visible(id)}", "bold")
        yield _grid(changes, newer, kinds=True)


def _grid(changes: Sequence[Change], newer: CodeSet, *, kinds: bool = False) -> RenderableType:
    """One row for each change: its code and description, and below them what holds now."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, min_width=8)
    grid.add_column()
    for change in changes:
        told = Text(change.before if change.kind in _TOUCHES else change.after)
        if kinds:
            told.append(f" · {_WORDS[change.kind]}", "yellow")
        if change.kind == "revised":
            told.append(f"\n→ {change.after}", "green")
        for code in change.successors:
            told.append(f"\n→ {code}  {newer.title(code)}", "green" if newer.billable(code) else "dim")
        grid.add_row(Text(change.code, "bold"), told)
    return grid


def _visible(text: str) -> str:
    from wardround.export.visible import visible

    return visible(text)
