"""``wardround rules list``, ``show`` and ``check``"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from wardround.cli.encounter import Age, Date, Sex, day
from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wardround.coding import Checker
    from wardround.coding.rules import Rule
    from wardround.coding.rules.cases import Case
    from wardround.records import CodeLines, CodeRows, Given, Listed

__all__ = ["rules"]

rules = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="The coding rules, and what they find wrong with a list of codes.",
)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@rules.callback()
def _without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_()


@rules.command("list")
def list_(json_: _Json = False) -> None:
    """List the rules in the order in which they are applied.

    \b
    Examples:
      wardround rules
      wardround rules list --json
    """
    from wardround.cli.terminal import print_json
    from wardround.coding.rules import RULES

    if json_:
        print_json([_described(rule) for rule in RULES])
    else:
        _print_rules(RULES)


@rules.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A rule, as wardround rules list names it.")],
    json_: _Json = False,
) -> None:
    """Show what a rule demands, and what it does with examples.

    \b
    Examples:
      wardround rules show excludes1
      wardround rules show code-first --json
    """
    import inspect

    from wardround.cli.terminal import print_json
    from wardround.coding.rules.cases import cases

    rule = _named(name)
    documentation = " ".join((inspect.getdoc(rule) or "").split())
    if json_:
        examples = [_example(case) for case in cases(rule.name)]
        print_json({**_described(rule), "documentation": documentation, "cases": examples})
    else:
        _print_rule(rule, documentation, cases(rule.name))


@rules.command()
def check(
    codes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODES", help="In sequence, the principal or first-listed one first; case and dot free."
        ),
    ] = None,
    jsonl: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help='Check one list per line: {"id", "codes", "setting"?, "date"?, "age"?, "sex"?}, or a line that '
            "wardround code --json wrote; - is standard input.",
        ),
    ] = None,
    csv: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Check one list per row, the columns named as the fields of --jsonl."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here; appears when it is complete.")
    ] = None,
    format_: Annotated[
        Literal["table", "json", "csv"] | None,
        typer.Option("--format", help="Default: table for codes, json (one line per list) for --jsonl, csv for --csv."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    setting: Annotated[
        Literal["outpatient", "inpatient"], typer.Option(help="outpatient or inpatient; some rules hold for one only.")
    ] = "outpatient",
    date: Date = None,
    age: Age = None,
    sex: Sex = None,
    release: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Check with this release whatever the date; see wardround codeset list."),
    ] = None,
    fail_on_review: Annotated[
        bool, typer.Option("--fail-on-review", help="Exit with status 3 if anything has to be looked at or changed.")
    ] = False,
) -> None:
    """Check lists of codes, of a person or of any program.

    \b
    Examples:
      wardround rules check I10 e11.9 N18.30
      wardround rules check --sex female --setting inpatient "O80, Z37.0, Z3A.39"
      wardround code --json note.txt | wardround rules check --jsonl -
      wardround rules check --csv claims.csv -o findings.csv

    A finding is info (worth knowing), review (a person must decide) or reject (cannot be reported as it stands). What a
    line says of its encounter goes before the options, and a release that it names is taken unless --release names one.
    A list that cannot be read costs that list alone: its place holds the error, and the exit status is 1.

    Exit status: 0 done, 1 a list or the whole run failed, 2 the command line is wrong, 3 with --fail-on-review.
    """
    from wardround.cli.code import REVIEW_NEEDED
    from wardround.cli.findings import form
    from wardround.cli.output import destination
    from wardround.cli.progress import Progress, preparing
    from wardround.cli.terminal import say_error
    from wardround.coding import Encounter
    from wardround.export import Failure
    from wardround.records import CodeLines, CodeRows, Given, checked

    if sum((bool(codes), jsonl is not None, csv is not None)) != 1:
        raise typer.BadParameter("name the codes, or one file of lists with --jsonl or --csv", param_hint="CODES")
    encounter = Encounter(setting=setting, date=day(date), age=age, sex=sex)
    source: Given | CodeLines | CodeRows
    if jsonl is not None:
        source, usual = CodeLines(jsonl, encounter), "json"
    elif csv is not None:
        source, usual = CodeRows(csv, encounter), "csv"
    else:
        source, usual = Given(codes or [], encounter), "table"
    with preparing():
        checker = _checkers(release)
    count = failed = review = 0
    with destination(output) as out, Progress("checking", source.total, out) as progress:
        written = form("json" if json_ else format_ or usual, out)
        out.write(written.header())
        for count, record in enumerate(source, 1):
            outcome = checked(checker, record)
            if isinstance(outcome, Failure):
                failed += 1
                say_error(str(outcome.error))
                out.write(written.failure(outcome))
            else:
                review += any(finding.severity != "info" for finding in outcome.findings)
                out.write(written.checked(outcome))
            if "-" in (jsonl, csv):  # whoever writes the next line may wait for this answer
                out.flush()
            progress.at(source.done, count)
    if failed and count > 1:
        say_error(f"{failed} of {count} lists could not be checked")
    if failed:
        raise typer.Exit(1)
    if fail_on_review and review:
        raise typer.Exit(REVIEW_NEEDED)


def _checkers(release: str | None) -> Callable[[Listed], Checker]:
    """Which checker is for a list: that of ``release``, else that of the release the list names, else the usual one."""
    from wardround.coding import Checker

    made = cache(Checker)
    usual = made(release)
    return lambda listed: made(listed.release) if listed.release and release is None else usual


def _named(name: str) -> Rule:
    from difflib import get_close_matches

    from wardround.coding.rules import RULES

    rules = {rule.name: rule for rule in RULES}
    if name not in rules:
        near = get_close_matches(name, rules)
        hint = f"perhaps {' or '.join(near)}" if near else "wardround rules list names them"
        raise InputError(f"there is no rule {name!r}", hint=hint)
    return rules[name]


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "section": rule.section,
        "title": rule.title,
        "severity": rule.severity,
        "settings": sorted(rule.settings, reverse=True),
        "since": rule.since and rule.since.isoformat(),
        "until": rule.until and rule.until.isoformat(),
    }


def _example(case: Case) -> dict[str, Any]:
    return {
        "kind": case.kind,
        "listed": case.listed,
        "note": case.note or None,
        "encounter": dict(case.encounter),
        "codes": case.codes if case.listed is None else None,
        "findings": [{"codes": codes, "severity": severity} for codes, severity in sorted(case.findings)],
        "reason": case.reason,
    }


def _print_rules(rules: Iterable[Rule]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.table import COLOURS
    from wardround.cli.terminal import say

    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("Rule", no_wrap=True, style="bold")
    grid.add_column("Section", no_wrap=True)
    grid.add_column("Severity", no_wrap=True)
    grid.add_column("Demands")
    for rule in rules:
        only = f" ({next(iter(rule.settings))} only)" if len(rule.settings) == 1 else ""
        grid.add_row(rule.name, rule.section, Text(rule.severity, COLOURS[rule.severity]), f"{rule.title}{only}")
    say([grid])


def _print_rule(rule: Rule, documentation: str, cases: Iterable[Case]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.table import cited
    from wardround.cli.terminal import say

    settings = " and ".join(sorted(rule.settings, reverse=True))
    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Given", "Codes", "Findings", "Why"):
        grid.add_column(heading, ratio=1)
    for case in cases:
        known = ", ".join(f"{name} {value}" for name, value in case.encounter.items())
        given = " ".join(case.listed) if case.listed is not None else case.note
        found = "\n".join(f"{' '.join(codes)}: {severity}" for codes, severity in sorted(case.findings))
        still = "still wrong: " if case.kind == "bug" else ""
        codes = "" if case.listed is not None else " ".join(case.codes) or "none"
        grid.add_row(f"{given}\n({known})" if known else given, codes, found, f"{still}{case.reason}")
    say(
        [
            Text.assemble((rule.name, "bold"), f"  {rule.title}"),
            Text(f"{cited(rule.section, rule.name)} · {rule.severity} · {settings}", "dim"),
            Text(f"\n{documentation}"),
            grid,
        ]
    )
