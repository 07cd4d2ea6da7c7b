"""``wardround evaluate --reports``: draft reports scored against gold findings."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wardround.reporting.evaluation import GoldReport, Ratio, ReportEvaluation, Scores
    from wardround.reporting.report import DraftReport

__all__ = ["report_figures"]

_COLUMNS = ("id", "observation", "presence", "side", "change", "critical")


def report_figures(gold: str, reports: Path, *, as_json: bool) -> bool:
    """Print the figures; whether every gold study had its report.

    Raises:
        InputError: a file cannot be read, or no study is in both.
    """
    from wardround.cli.terminal import print_json, say_error
    from wardround.reporting.evaluation import evaluate_reports

    wanted = _gold(Path(gold))
    made = _reports(reports)
    missing = sorted(wanted.keys() - made.keys())
    for name in missing:
        say_error(f"{name}: there is no report of this study")
    both = [(wanted[name], made[name]) for name in wanted if name in made]
    if not both:
        raise InputError(
            "no study has both gold findings and a report", where=gold, hint="their ids must be the same in both"
        )
    figures = evaluate_reports(both)
    if as_json:
        print_json({**figures.model_dump(mode="json"), "missing": missing})
    else:
        _print(figures)
    return not missing


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(f"the file cannot be read: {reason}", where=str(path)) from None


def _gold(path: Path) -> Mapping[str, GoldReport]:
    """By id: of lines of JSON, or of rows of CSV, one per finding."""
    from pydantic import ValidationError

    from wardround.reporting.evaluation import GoldReport

    found: dict[str, GoldReport] = {}
    text = _text(path)
    rows = _lines(text, path) if text.lstrip().startswith("{") else _rows(text, path)
    for where, each in rows:
        try:
            report = GoldReport.model_validate(each)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise InputError(f"{place}: {first['msg']}", where=where, hint=f"fields: {', '.join(_COLUMNS)}") from None
        if report.id in found:
            raise InputError("a study is there twice", where=where, hint="give all findings of a study together")
        found[report.id] = report
    return found


def _lines(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"{path.name} line {number}", json.loads(line)
            except ValueError:
                raise InputError("this line is not JSON", where=f"{path.name} line {number}") from None


def _rows(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    """Rows of one study put together, as one value each."""
    reader = csv.DictReader(StringIO(text))
    missing = {"id", "observation"} - set(reader.fieldnames or ())
    if missing:
        raise InputError(
            f"the column {sorted(missing)[0]!r} is missing", where=path.name, hint=f"columns: {', '.join(_COLUMNS)}"
        )
    findings: dict[str, list[dict[str, Any]]] = {}
    first: dict[str, int] = {}
    for number, row in enumerate(reader, 2):
        told: dict[str, Any] = {name: (row.get(name) or "").strip() for name in _COLUMNS}
        first.setdefault(told["id"], number)
        critical = told["critical"].casefold() in ("1", "true", "yes")
        given = {name: told[name].casefold() for name in ("presence", "side", "change") if told[name]}
        finding = {"observation": told["observation"], **given, "critical": critical}
        findings.setdefault(told["id"], []).append(finding)
    for name, found in findings.items():
        yield f"{path.name} line {first[name]}", {"id": name, "findings": found}


def _reports(path: Path) -> Mapping[str, DraftReport]:
    """By id: of a folder of JSON files, a file of one report, or a file with a report on each line."""
    from wardround.reporting.report import DraftReport

    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    found: dict[str, DraftReport] = {}
    for file in files:
        text = _text(file)
        try:
            values = [(file.name, json.loads(text))]
        except ValueError:
            values = list(_lines(text, file))
        for where, value in values:
            try:
                report = DraftReport.model_validate(value)
            except ValueError:
                raise InputError(
                    "this is no report of wardround read --format json", where=where, hint="see wardround schema report"
                ) from None
            found[report.id] = report
    return found


def _print(figures: ReportEvaluation) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from wardround.cli.terminal import say, tally
    from wardround.export.evaluation import told_ratio
    from wardround.export.visible import visible

    def scored(name: str, scores: Scores) -> tuple[str, ...]:
        there = str(scores.true_positives + scores.false_negatives)
        return visible(name), there, *map(told_ratio, (scores.precision, scores.recall, scores.f1))

    def counted(name: str, of: Ratio) -> tuple[str, str]:
        return name, f"{told_ratio(of.ratio)} ({of.count:,} of {of.of:,})"

    scores = Table(box=SIMPLE_HEAD, pad_edge=False)
    scores.add_column("Findings present")
    for heading in ("Gold", "Precision", "Recall", "F1"):
        scores.add_column(heading, justify="right")
    for name, each in figures.by_observation.items():
        scores.add_row(*scored(name, each))
    scores.add_row(*scored("all, micro", figures.findings))
    counts = tally()
    counts.add_row("reports", f"{figures.reports:,}")
    counts.add_row("gold findings", f"{figures.gold_findings:,}")
    counts.add_row(*counted("critical findings found", figures.critical_recall))
    counts.add_row(*counted("right side", figures.laterality))
    counts.add_row(*counted("right direction against the prior", figures.comparison))
    counts.add_row(*counted("stated the other way round", figures.flipped))
    counts.add_row(*counted("not assessable", figures.not_assessable))
    counts.add_row(*counted("not mentioned", figures.not_mentioned))
    counts.add_row("sentences without a source, removed", f"{figures.sentences_removed:,}")
    counts.add_row("contradictions", f"{figures.contradictions:,}")
    say([scores, counts])
