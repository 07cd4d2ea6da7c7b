"""``wardround codeset lookup``"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wardround.cli.encounter import day

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wardround.coding.lookup import Answer, Lookup
    from wardround.icd10 import CodeSet
    from wardround.icd10.index import Route

__all__ = ["lookup"]

_NAMES = {
    "index": "Alphabetic Index",
    "external": "External Cause Index",
    "neoplasm": "Table of Neoplasms",
    "drug": "Table of Drugs and Chemicals",
}
_STARTS = ("lead term", "table")  # steps after which the tree begins anew


def lookup(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="A condition, substance or circumstance.")],
    release: Annotated[
        str | None, typer.Option("--release", metavar="ID", help="Another release than the newest.")
    ] = None,
    date: Annotated[str | None, typer.Option("--date", metavar="DAY", help="The release in force on this day.")] = None,
    table: Annotated[
        str | None, typer.Option("--table", metavar="NAME", help="One table alone: index, external, neoplasm or drug.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=50, help="How many ways to print at most.")] = 1,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of a tree.")] = False,
) -> None:
    """Look a term up in the Alphabetic Index, then verify the code in the Tabular List.

    Words may stand in the order of the Index or of speech. What the words do not say, side or encounter, is listed.

    \b
    Examples:
      wardround codeset lookup fracture, femur, neck, left
      wardround codeset lookup "type 2 diabetes with retinopathy"
      wardround codeset lookup metastatic cancer to liver
      wardround codeset lookup --limit 3 adverse effect of penicillin
      wardround codeset lookup --table external fall from ladder
    """
    from wardround.cli.progress import preparing
    from wardround.cli.terminal import print_json, say
    from wardround.coding.lookup import look_up
    from wardround.icd10 import load
    from wardround.icd10.index import TABLES

    if table is not None and table not in TABLES:
        raise typer.BadParameter(f"there is no table {table!r}; there are {', '.join(TABLES)}", param_hint="--table")
    when = day(date)
    with preparing():
        codes = load(release, when)
        found = look_up(codes, " ".join(words), table=table, limit=limit)
    if json_:
        print_json(_full(found, codes))
    elif found.answers:
        say(part for answer in found.answers for part in _parts(answer, codes))
    else:
        say(["No main term of the Index is among these words."])


def _parts(answer: Answer, codes: CodeSet) -> list[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = []
    for code in answer.codes:
        parts.append(Text.assemble((code, "bold"), "  ", codes.title(code)))
    if not answer.codes:
        parts.append(Text("The way ends without a code.", "yellow"))
    lines: list[tuple[int, Text]] = []
    if answer.route is not None:
        lines.append((0, Text(_NAMES["index"], "bold")))
        lines += _tree(answer.route)
    if answer.steps:
        lines.append((0, Text(f"Tabular List, {codes.release.id}", "bold")))
        lines += [(1, Text.assemble((f"{step.kind}: ", "dim"), step.text)) for step in answer.steps]
    for missing in answer.missing:
        lines.append((0, Text(f"Not said: {missing.what}", "yellow")))
        lines += [(1, Text.assemble((f"{value}  ", "dim"), words)) for words, value in _choices(missing.choices)]
    if answer.unused:
        lines.append((0, Text.assemble(("Not used: ", "yellow"), " ".join(answer.unused))))
    parts += [Padding(line, (0, 0, 0, 2 + 2 * depth)) for depth, line in lines]
    return [*parts, ""]


def _choices(choices: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """What could be said and the code for it; a 7th character stands before its meaning."""
    return [(value, words) if len(words) == 1 else (words, value) for words, value in choices]


def _tree(route: Route) -> list[tuple[int, Any]]:
    """The steps of a route, each as deep as its entry."""
    from rich.text import Text

    lines: list[tuple[int, Any]] = []
    depth = 0
    for step in route.steps:
        if step.kind in _STARTS:
            depth = 1
        elif step.path:
            depth = len(step.path) + (step.kind not in ("subterm", *_STARTS))
        if step.kind in ("lead term", "subterm"):
            lines.append((depth, Text(step.text)))
        elif step.kind in ("code", "default"):
            lines.append((depth, Text.assemble(("→ ", "dim"), (step.text, "bold"))))
        else:
            lines.append((depth, Text(f"{step.kind}: {step.text}", "dim")))
    if route.column and route.code is None:
        lines.append((depth, Text("no code in this column", "dim")))
    elif route.entry.cells and route.code is None:
        lines += [(depth, Text(f"{name.replace('_', ' ')}: {code}", "dim")) for name, code in route.entry.cells.items()]
    return lines


def _full(found: Lookup, codes: CodeSet) -> dict[str, Any]:
    return {
        "words": found.words,
        "release": codes.release.id,
        "answers": [
            {
                "codes": [{"code": code, "title": codes.title(code)} for code in answer.codes],
                "complete": answer.complete,
                "route": _route(answer.route) if answer.route is not None else None,
                "tabular": [{"kind": step.kind, "text": step.text} for step in answer.steps],
                "missing": [dataclasses.asdict(missing) for missing in answer.missing],
                "unused": answer.unused,
            }
            for answer in found.answers
        ],
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "table": route.entry.table,
        "path": route.entry.path,
        "column": route.column,
        "code": route.code,
        "incomplete": route.incomplete,
        "manifestation": route.manifestation,
        "used": route.used,
        "steps": [dataclasses.asdict(step) for step in route.steps],
    }
