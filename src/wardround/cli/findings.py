"""What the rules found wrong with lists of codes: as a table, as lines of JSON, or as CSV."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TextIO

from wardround.export.csv import row
from wardround.export.json import JsonLines
from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from wardround.export import Failure
    from wardround.records import Checked

__all__ = ["Form", "form"]

_COLUMNS = ("id", "release", "rule", "section", "severity", "codes", "message")


class Form(ABC):
    """One form of the output; a text it returns ends with a newline or is empty."""

    def header(self) -> str:
        """The text before the first list."""
        return ""

    @abstractmethod
    def checked(self, checked: Checked) -> str:
        """The text of one list."""

    @abstractmethod
    def failure(self, failure: Failure) -> str:
        """The text that takes the place of a list that could not be checked."""


class _Json(Form):
    """``{"id", "release", "findings": [{"rule", "section", "severity", "codes", "message"}]}`` on one line."""

    def checked(self, checked: Checked) -> str:
        found = [
            {"rule": f.rule, "section": f.section, "severity": f.severity, "codes": f.codes, "message": f.message}
            for f in checked.findings
        ]
        record = {"id": checked.listed.id or None, "release": checked.release.id, "findings": found}
        return json.dumps(record, ensure_ascii=False) + "\n"

    def failure(self, failure: Failure) -> str:
        return JsonLines().failure(failure)


class _Csv(Form):
    """One row per finding; a list with nothing wrong has no row, one that failed has the severity ``error``."""

    def header(self) -> str:
        return row(_COLUMNS)

    def checked(self, checked: Checked) -> str:
        about = (checked.listed.id, checked.release.id)
        return "".join(
            row((*about, f.rule, f.section, f.severity, " ".join(f.codes), f.message)) for f in checked.findings
        )

    def failure(self, failure: Failure) -> str:
        return row((failure.id, "", "", "", "error", "", str(failure.error)))


class _Table(Form):
    """The codes as they were read, and a line per finding, for people."""

    def __init__(self, output: TextIO) -> None:
        from wardround.cli.terminal import console

        self._console = console(output)

    def checked(self, checked: Checked) -> str:
        from wardround.cli.terminal import drawn

        return drawn(self._console, self._parts(checked))

    def failure(self, failure: Failure) -> str:
        if self._console.is_terminal:  # standard error has said it on the same screen
            return ""
        return f"{visible(failure.id)}\nnot checked: {visible(str(failure.error))}\n\n"

    def _parts(self, checked: Checked) -> Iterator[RenderableType]:
        from rich.table import Table
        from rich.text import Text

        from wardround import icd10
        from wardround.cli.table import COLOURS, cited

        listed, codes = checked.listed, icd10.load(checked.release.id)
        if listed.id:
            yield Text(visible(listed.id), "bold")
        yield Text(f"{codes.release.title} · {listed.encounter.setting}", "dim")
        grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 0))
        grid.add_column(justify="right", style="dim")
        grid.add_column(no_wrap=True, style="bold")
        grid.add_column()
        for place, code in enumerate(listed.codes, 1):
            brief = codes.brief(code)
            shown = visible(code) if brief is None else brief.code
            grid.add_row(str(place), shown, "" if brief is None else brief.title)
        yield grid
        yield Text("")
        for finding in checked.findings:
            line = Text.assemble((finding.severity, COLOURS[finding.severity]), "  ", visible(finding.message))
            line.append(f"  {cited(finding.section, finding.rule)}, {finding.rule}", "dim")
            yield line
        if not checked.findings:
            yield Text("Nothing found.", "green")
        yield Text("")


def form(name: str, output: TextIO) -> Form:
    """The form called ``json``, ``csv`` or ``table``."""
    if name == "table":
        return _Table(output)
    return {"json": _Json, "csv": _Csv}[name]()
