"""A result as a table for people, at 80 columns and more, in colour on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE_HEAD
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from wardround.cli.terminal import console, drawn
from wardround.export import Exporter, Failure
from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from wardround.coding import CodingResult, Finding, Suggestion

__all__ = ["COLOURS", "Table", "cited"]

COLOURS = {"accepted": "green", "review": "yellow", "rejected": "red", "info": "dim", "reject": "red"}
_QUOTE_LIMIT = 120  # characters of a quote that are shown; JSON has all of it
_MOST_CONFIRMED = 10  # words of a page that are shown for confirmation; JSON has all of them
_ROLES = {"inpatient": "principal diagnosis", "outpatient": "first-listed diagnosis"}  # Guidelines II and IV.A


class Table(Exporter):
    """The name of the note, the release, one row per code, and what the rules found beneath.

    Args:
        output: where the text will go; decides colours and width.
        explain: show the way to each code, and what was considered and turned down.
    """

    name = "table"

    def __init__(self, output: TextIO, *, explain: bool = False) -> None:
        self._console = console(output)
        self._explain = explain

    def result(self, result: CodingResult) -> str:
        return drawn(self._console, self._parts(result))

    def failure(self, failure: Failure) -> str:
        if self._console.is_terminal:  # standard error has said it on the same screen
            return ""
        return drawn(self._console, [_name(failure.id), Text(f"not coded: {visible(_told(failure))}\n")])

    def _parts(self, result: CodingResult) -> Iterator[RenderableType]:
        yield _name(result.id or "note")
        yield Text(f"{result.release.title} · {result.setting} · scope {result.scope}", "dim")
        yield _codes(result) if result.codes else Text("\nNo codes.\n")
        if result.provenance.engine is not None:
            yield Text(_spent(result), "dim")
        for warning in result.warnings:
            yield Text(f"! {visible(warning)}", "yellow")
        yield from _to_confirm(result)
        yield from _findings(result.codes)
        for query in result.queries:
            yield Text.assemble(
                ("?", "yellow"), f" {query.topic}  ", ("wardround code --queries drafts the question", "dim")
            )
        if self._explain:
            yield from _ways(result.codes)
            yield from _turned_down(result.rejected)
        yield Text("")


def _to_confirm(result: CodingResult) -> Iterator[RenderableType]:
    """The words to compare with the page, on one line for each page."""
    pages: dict[int, list[str]] = {}
    for each in result.confirm or ():
        page = each.places[0].page if each.places else 0
        pages.setdefault(page, []).append(f"{each.kind} {_quote(each.text)}")
    for page, words in pages.items():
        more = f" and {len(words) - _MOST_CONFIRMED} more" if len(words) > _MOST_CONFIRMED else ""
        said = f"page {page}, read with low confidence, please compare: {', '.join(words[:_MOST_CONFIRMED])}{more}"
        yield Text(f"! {said}", "yellow")


def _told(failure: Failure) -> str:
    """The error without its place, which stands above."""
    return f"{failure.error.what} ({failure.error.hint})" if failure.error.hint else failure.error.what


def _name(id: str) -> Text:
    return Text(visible(id), "bold")


def _codes(result: CodingResult) -> RenderableType:
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=False)
    grid.add_column("#", justify="right", style="dim")
    grid.add_column("Code", no_wrap=True, style="bold")
    grid.add_column("Description", ratio=1)
    grid.add_column("Status", no_wrap=True)
    grid.add_column("Confidence", justify="right", no_wrap=True)
    grid.add_column("Evidence", ratio=1)
    for sequence, suggestion in enumerate(result.codes, 1):
        description = Text(suggestion.description)
        if suggestion.role == "principal":
            description.append(f"\n{_ROLES[result.setting]}", "dim")
        grid.add_row(
            str(sequence),
            suggestion.code,
            description,
            Text(suggestion.status, COLOURS[suggestion.status]),
            f"{suggestion.confidence:.2f}",
            _evidence(suggestion),
        )
    return grid


def _spent(result: CodingResult) -> str:
    """The model that took part and what that took."""
    made = result.provenance
    seconds = result.timings.get("model", 0.0) / 1000
    return f"{made.coder} by {visible(made.engine or '')} · {made.tokens or 0:,} tokens · {seconds:.1f} s"


def _evidence(suggestion: Suggestion) -> Text:
    """The first quote with its section, and how many more there are."""
    first, *more = suggestion.evidence
    shown = Text(_quote(first.text))
    shown.append(f"\n{_words(first.section)}", "dim")
    if first.assertion != "present":
        shown.append(f", {first.assertion}", "dim")
    if more:
        shown.append(f", {len(more)} more", "dim")
    return shown


def _findings(suggestions: Iterable[Suggestion]) -> Iterator[RenderableType]:
    """One line per finding, under all the codes it was found for."""
    found: dict[tuple[str, str, str, str], tuple[Finding, list[str]]] = {}
    for suggestion in suggestions:
        for finding in suggestion.findings:
            same = (finding.rule, finding.section, finding.severity, finding.message)
            found.setdefault(same, (finding, []))[1].append(suggestion.code)
    for finding, found_for in found.values():
        line = Text.assemble((", ".join(found_for), "bold"), "  ", (finding.severity, COLOURS[finding.severity]), "  ")
        line.append(visible(finding.message))
        line.append(f"  {cited(finding.section, finding.rule)}", "dim")
        yield line


def _ways(suggestions: Iterable[Suggestion]) -> Iterator[RenderableType]:
    yield Text("\nWhy these codes", "bold")
    for suggestion in suggestions:
        yield Text.assemble((suggestion.code, "bold"), f"  {suggestion.description}")
        for evidence in suggestion.evidence:
            said = f"{_words(evidence.section)}, {evidence.assertion}"
            yield _indented(Text.assemble(_quote(evidence.text), (f"  {said}, {evidence.start}-{evidence.end}", "dim")))
        for step in suggestion.route:
            yield _indented(Text(visible(step)))


def _turned_down(suggestions: Iterable[Suggestion]) -> Iterator[RenderableType]:
    yield Text("\nConsidered and not chosen", "bold")
    some = False
    for suggestion in suggestions:
        some = True
        quote = _quote(suggestion.evidence[0].text) if suggestion.evidence else "no quote"
        yield Text.assemble((suggestion.code, "bold"), f"  {suggestion.description}  ", (quote, "dim"))
        for finding in suggestion.findings:
            where = cited(finding.section, finding.rule)
            yield _indented(Text.assemble(visible(finding.message), (f"  {where}", "dim")))
    if not some:
        yield Text("nothing")


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))


def _quote(text: str) -> str:
    shown = visible(text)
    return f"“{shown if len(shown) <= _QUOTE_LIMIT else shown[: _QUOTE_LIMIT - 1] + '…'}”"


def cited(section: str, rule: str) -> str:
    """Where a finding comes from: the section of the guidelines, an edit of the MCE, or the name of our own check."""
    return section if section.startswith("MCE") else f"Guidelines {section}" if section else rule


def _words(name: str) -> str:
    return name.replace("_", " ")
