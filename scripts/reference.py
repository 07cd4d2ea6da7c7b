"""Writes docs/reference/cli.md and docs/reference/result.schema.json from the program itself; --check only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wardround.cli.app import app
from wardround.coding import CodingResult

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[1] / "docs" / "reference"


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command below ``command`` with its full name, groups left out."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
    else:
        for part, each in below.items():
            yield from commands(each, f"{name} {part}")


def page() -> str:
    """The reference of all commands as Markdown."""
    root = typer.main.get_command(app)
    lines = [
        "# Command reference",
        "",
        "Written by `make docs` from the program itself. Every command has `--help`; `-h` is short for it.",
        "",
        "| exit status | meaning |",
        "|---|---|",
        "| 0 | done |",
        "| 1 | a note, a line or the whole run failed; standard error says which and why |",
        "| 2 | the command line is wrong |",
        "| 3 | done, and a code needs review (only with `--fail-on-review`) |",
    ]
    for name, command in [("wardround", root), *commands(root, "wardround")]:
        lines += ["", f"## `{name}`", "", *paragraphs(command.help or "")]
        rows = [row(parameter) for parameter in command.params if parameter.name != "help"]
        if rows:
            lines += ["", "| argument or option | default | meaning |", "|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def paragraphs(text: str) -> list[str]:
    """The text of a command; what stands under a ``\\b`` is kept line by line, as a block of console commands."""
    parts = []
    for paragraph in text.strip().split("\n\n"):
        if paragraph.startswith("\b"):
            _, _, *examples = paragraph.split("\n")
            parts.append("\n".join(["```console", *(f"$ {example.strip()}" for example in examples), "```"]))
        else:
            parts.append(" ".join(paragraph.split()))
    return "\n\n".join(parts).split("\n")


def row(parameter: Any) -> str:
    """One argument or option as a row of the table."""
    is_argument = parameter.param_type_name == "argument"
    names = [parameter.metavar or parameter.name] if is_argument else [*parameter.opts, *parameter.secondary_opts]
    default = parameter.default
    shown = "" if default is None or default is False else f"`{default}`"
    return f"| {', '.join(f'`{name}`' for name in names)} | {shown} | {(parameter.help or '').replace('|', '&#124;')} |"


def schema() -> str:
    """The JSON Schema of a result, as ``wardround schema`` prints it."""
    return json.dumps(CodingResult.model_json_schema(by_alias=True, mode="serialization"), indent=2) + "\n"


def main() -> int:
    stale = 0
    for name, text in {"cli.md": page(), "result.schema.json": schema()}.items():
        path = FOLDER / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if "--check" in sys.argv[1:]:
            print(f"{path.name} is not what the program says; run: make docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/reference/{name}")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
