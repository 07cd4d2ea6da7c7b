"""Writes docs/reference (commands, rules, schemas of results) from the program itself; --check only compares."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wardround.cli.app import app
from wardround.coding import CodingResult
from wardround.coding.rules import RULES
from wardround.coding.rules.cases import cases
from wardround.reporting import DraftReport
from wardround.reporting.laboratory import LaboratoryReport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.coding.rules import Rule
    from wardround.coding.rules.cases import Case

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


def rules() -> str:
    """The reference of all coding rules, each with its table of cases."""
    lines = [
        "# Coding rules",
        "",
        "Written by `make docs` from the rules themselves. A section such as I.A.12.a is one of the ICD-10-CM Official",
        "Guidelines for Coding and Reporting; MCE is the Medicare Code Editor. Every row below is also a test.",
        "",
        "| severity | meaning |",
        "|---|---|",
        "| info | changes nothing; worth knowing |",
        "| review | a person must decide |",
        "| reject | cannot be reported as it stands |",
        "",
        f"{len(RULES)} rules, in the order in which they are applied; the severity is the strongest of their findings.",
        "",
        "| rule | section | demands | severity |",
        "|---|---|---|---|",
    ]
    lines += [f"| [{rule.name}](#{rule.name}) | {rule.section} | {rule.title} | {rule.severity} |" for rule in RULES]
    for rule in RULES:
        lines += [
            "",
            f"## {rule.name}",
            "",
            f"**{rule.section}.** {_limits(rule)}{' '.join((inspect.getdoc(rule) or '').split())}",
        ]
        lines += ["", "| | given | codes | findings | why |", "|---|---|---|---|---|", *map(case_row, cases(rule.name))]
    return "\n".join(lines) + "\n"


def _limits(rule: Rule) -> str:
    told = []
    if len(rule.settings) == 1:
        told.append(f"{next(iter(rule.settings)).capitalize()} encounters only.")
    if rule.since:
        told.append(f"Releases from {rule.since} on.")
    if rule.until:
        told.append(f"Releases until {rule.until}.")
    return "".join(f"{each} " for each in told)


def case_row(case: Case) -> str:
    """One case as a row of the rule's table."""
    kind = "still wrong" if case.kind == "bug" else case.kind
    given = " ".join(f"`{code}`" for code in case.listed) if case.listed is not None else f"“{_cell(case.note)}”"
    known = ", ".join(f"{name} {value}" for name, value in case.encounter.items())
    codes = " ".join(f"`{code}`" for code in case.codes) if case.listed is None else ""
    found = "; ".join(f"{' '.join(codes)}: {severity}" for codes, severity in sorted(case.findings))
    return f"| {kind} | {given}{f' ({known})' if known else ''} | {codes} | {found} | {_cell(case.reason)} |"


def _cell(text: str) -> str:
    return text.replace("|", "&#124;").replace("\n", " / ")


def schema() -> str:
    """The JSON Schema of a result, as ``wardround schema`` prints it."""
    return json.dumps(CodingResult.model_json_schema(by_alias=True, mode="serialization"), indent=2) + "\n"


def report_schema() -> str:
    """The JSON Schema of a draft report, as ``wardround schema report`` prints it."""
    return json.dumps(DraftReport.model_json_schema(mode="serialization"), indent=2) + "\n"


def laboratory_schema() -> str:
    """The JSON Schema of laboratory results, as ``wardround schema laboratory`` prints it."""
    return json.dumps(LaboratoryReport.model_json_schema(mode="serialization"), indent=2) + "\n"


def main() -> int:
    stale = 0
    schemas = {
        "result.schema.json": schema(),
        "report.schema.json": report_schema(),
        "laboratory.schema.json": laboratory_schema(),
    }
    for name, text in {"cli.md": page(), "rules.md": rules(), **schemas}.items():
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
