"""Markdown: the report to be pasted into a message or a chart, each statement followed by its source.

What a report quotes stays text: everything that Markdown would read as its own is escaped, and so is what GitHub's
dialect would turn into a link by itself. Sources: CommonMark 0.31; GitHub Flavored Markdown, 6.9 Autolinks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wardround.export.reports.exporter import ReportExporter
from wardround.export.reports.outline import COLUMNS, alerts, outline, table
from wardround.export.visible import visible
from wardround.reporting.report import DISCLAIMER

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from pydicom import Dataset

    from wardround.export.reports.outline import Line, Section
    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["Markdown", "escaped"]

_EVERYWHERE = re.compile(r"[\\`*_{}\[\]<>|~&$#@]")
_AT_THE_START = re.compile(r"^([-+=:])|^(\d+)([.)])")
_LINKS = re.compile(r"(?<=[a-z]):(?=//)|(?<=www)\.", re.IGNORECASE)


class Markdown(ReportExporter):
    """Headings and lists, the table of what was looked for, the draft line at the top and the bottom."""

    name = "markdown"
    suffix = ".md"
    media_type = "text/markdown"

    def export(
        self,
        report: DraftReport,
        *,
        pictures: Sequence[Picture] = (),
        originals: Sequence[Dataset] = (),
        time: datetime.datetime | None = None,
    ) -> bytes:
        draft = f"**{escaped(DISCLAIMER)}**"
        lines = [draft, "", f"# {escaped(visible(report.title))}", ""]
        for alert in alerts(report):
            lines += [f"> {_line(alert)}", ""]
        for section in outline(report):
            if section.heading == "Provenance" and report.findings:
                lines += _table(report)
            lines += _section(section, level=2)
        return ("\n".join([*lines, draft]) + "\n").encode()


def escaped(text: str) -> str:
    r"""One line of ``text`` that Markdown shows as it is.

    >>> print(escaped("# a *b* http://c <d>"))
    \# a \*b\* http\://c \<d\>
    """
    text = _LINKS.sub(lambda found: "\\" + found.group(), _EVERYWHERE.sub(lambda found: "\\" + found.group(), text))
    return _AT_THE_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)


def _section(section: Section, *, level: int) -> Iterator[str]:
    yield f"{'#' * level} {escaped(section.heading)}"
    yield ""
    for number, line in enumerate(section.lines, 1):
        yield f"{number}. {_line(line)}" if section.numbered else f"- {_line(line)}"
    if section.lines:
        yield ""
    for below in section.sections:
        yield from _section(below, level=level + 1)


def _line(line: Line) -> str:
    label = f"**{escaped(line.label)}:** " if line.label else ""
    sources = f" *[{escaped('; '.join(line.sources))}]*" if line.sources else ""
    return f"{label}{escaped(line.text)}{sources}"


def _table(report: DraftReport) -> Iterator[str]:
    yield "## What was looked for"
    yield ""
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|---" * len(COLUMNS) + "|"
    for row in table(report):
        yield f"| {' | '.join(escaped(cell) for cell in row)} |"
    yield ""
