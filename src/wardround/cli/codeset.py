"""``wardround codeset``: its commands, of which ``show`` and ``search`` stand here"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wardround.cli import diff, lookup, releases

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wardround.icd10 import Code, CodeSet, Release

__all__ = ["codeset"]

codeset = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The releases of ICD-10-CM and their codes.")
codeset.command("list")(releases.list_)
codeset.command()(releases.install)
codeset.command()(releases.remove)
codeset.command()(diff.diff)
codeset.command()(lookup.lookup)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_ReleaseId = Annotated[str | None, typer.Option("--release", metavar="ID", help="Another release than the newest.")]
_NOTES = {  # attribute of a code → how the Tabular List heads these notes
    "includes": "Includes",
    "excludes1": "Excludes1",
    "excludes2": "Excludes2",
    "code_first": "Code first",
    "use_additional": "Use additional code",
    "code_also": "Code also",
    "remarks": "Note",
}


@codeset.command()
def show(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="A code, category or subcategory; case and dot are free.")
    ],
    release: _ReleaseId = None,
    json_: _Json = False,
) -> None:
    """Show a code with all the Tabular List says of it.

    Notes that stand at its categories, blocks and chapter hold for it too; they are followed by [where they stand].

    \b
    Examples:
      wardround codeset show K35.80
      wardround codeset show t360x1a
      wardround codeset show M17 --json
    """
    from wardround.cli.terminal import print_json

    codes = _load(release)
    found = codes.code(code)
    above = [codes.code(each) for each in reversed(found.ancestors)]
    below = [codes.code(each) for each in found.children]
    if json_:
        print_json(_full(found, above, below))
    else:
        _print_code(found, above, below, codes.release)


@codeset.command()
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="Words of a title or an inclusion term.")],
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="How many to print at most.")] = 10,
    release: _ReleaseId = None,
    json_: _Json = False,
) -> None:
    """Search titles and inclusion terms, best match first.

    \b
    Examples:
      wardround codeset search acute appendicitis
      wardround codeset search --limit 50 --json left knee pain
    """
    from wardround.cli.terminal import print_json, say

    found = _load(release).search(" ".join(words), limit=limit)
    if json_:
        print_json([_brief(code) for code in found])
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, show_header=False)
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(no_wrap=True)
    grid.add_column()
    for code in found:
        grid.add_row(code.code, Text("billable", "green") if code.billable else Text(code.level, "dim"), code.title)
    say([grid if found else "No code has these words."])


def _load(release: str | None) -> CodeSet:
    from wardround import icd10
    from wardround.cli.progress import preparing

    with preparing():
        return icd10.load(release)


def _print_code(code: Code, above: list[Code], below: list[Code], release: Release) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from wardround.cli.terminal import say

    state = Text("billable", "green") if code.billable else Text(f"{code.level}, not billable", "yellow")
    parts: list[RenderableType] = [
        Text.assemble((code.code, "bold"), "  ", code.title),
        Text.assemble(state, (f" · {release.title}", "dim")),
    ]
    places = [f"Chapter {code.chapter.name}  {code.chapter.title}", f"Block {code.block.name}  {code.block.title}"]
    places += [f"{each.code}  {each.title}" for each in above]
    parts += [Padding(Text(place, "dim"), (0, 0, 0, depth)) for depth, place in enumerate(places)]
    sections = {"Inclusion terms": [Text(term) for term in code.inclusion_terms]}
    for attribute, heading in _NOTES.items():
        sections[heading] = [
            Text.assemble(note.text, ("" if note.source == code.code else f"  [{note.source}]", "dim"))
            for note in getattr(code, attribute)
        ]
    sections["7th characters"] = [Text.assemble((c, "bold"), f"  {m}") for c, m in code.seventh_characters.items()]
    sections["Below it"] = [Text.assemble((each.code, "bold"), f"  {each.title}") for each in below]
    for heading, lines in sections.items():
        if lines:
            parts += [Text(f"\n{heading}", "bold"), *(Padding(line, (0, 0, 0, 2)) for line in lines)]
    say(parts)


def _brief(code: Code) -> dict[str, Any]:
    return {"code": code.code, "title": code.title, "billable": code.billable, "level": code.level}


def _full(code: Code, above: list[Code], below: list[Code]) -> dict[str, Any]:
    notes = {
        attribute: [
            {"text": n.text, "source": n.source, "codes": [_pattern(p) for p in n.codes]}
            for n in getattr(code, attribute)
        ]
        for attribute in _NOTES
    }
    return {
        **_brief(code),
        "chapter": dataclasses.asdict(code.chapter),
        "block": dataclasses.asdict(code.block),
        "ancestors": [_brief(each) for each in above],
        "children": [_brief(each) for each in below],
        "inclusion_terms": list(code.inclusion_terms),
        **notes,
        "seventh_characters": dict(code.seventh_characters),
    }


def _pattern(pattern: Any) -> dict[str, str]:
    return {name: value for name, value in pattern._asdict().items() if value}
