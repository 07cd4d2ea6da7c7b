"""A report as headings and lines, in the order people read one: what all formats for people are written from.

The order is that of reports in practice (RSNA reporting templates): exam, clinical information, comparison, findings by
region, impression, differential, recommendations, limitations; then what the reader of a draft must know. Every text is
on one line and made visible, see :func:`wardround.export.visible.visible`; a format only has to escape it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.export.visible import visible
from wardround.reporting.report import HistorySource, ImageSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wardround.reporting.report import Area, DraftReport, Finding, ImageInfo, Source, Statement

__all__ = ["COLUMNS", "Line", "Section", "alerts", "area_in_words", "outline", "said", "table"]

QUOTE_LIMIT = 160
"""Characters of the history that are shown beside a statement; JSON has the whole quote."""

COLUMNS = ("finding", "looked for", "seen", "side", "location", "size", "certainty", "where")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line.

    Attributes:
        text: the line itself.
        sources: where it comes from, each as it is shown: ``"image F3"``, ``"history “cough”"``.
        findings: ids of the findings it rests on.
        label: a word or two before it, or empty.
    """

    text: str
    sources: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with its lines, and sections below it.

    Attributes:
        heading: as it is shown.
        lines: under the heading.
        sections: below the lines.
        numbered: whether the lines are counted.
        note: whether it speaks of the draft itself, not of the patient.
    """

    heading: str
    lines: tuple[Line, ...] = ()
    sections: tuple[Section, ...] = ()
    numbered: bool = False
    note: bool = False


def alerts(report: DraftReport) -> tuple[Line, ...]:
    """The critical findings, to be told to the clinician directly."""
    return tuple(
        Line(text=_said(finding), sources=(_image_mark(finding.id),), findings=(finding.id,), label="Critical")
        for finding in report.findings
        if finding.critical
    )


def outline(report: DraftReport) -> tuple[Section, ...]:
    """The sections that have something in them; Exam, Findings, Impression and Provenance always stand."""
    sections = (
        Section(heading="Exam", lines=tuple(_images(report.images))),
        Section(heading="Technique", lines=_statements(report.technique)),
        Section(heading="Clinical information", lines=_statements(report.clinical_information)),
        Section(heading="Comparison", lines=(*_statements(report.comparison), *_changes(report))),
        Section(
            heading="Findings",
            lines=() if report.regions else (Line(text="None were written."),),
            sections=tuple(
                Section(heading=visible(region.name), lines=_statements(region.statements)) for region in report.regions
            ),
        ),
        Section(
            heading="Impression",
            lines=_statements(report.impression) or (Line(text="None was written."),),
            numbered=bool(report.impression),
        ),
        Section(
            heading="Differential",
            sections=tuple(
                Section(
                    heading=visible(entry.condition),
                    lines=(
                        *_statements(entry.supports, label="Supports"),
                        *_statements(entry.contradicts, label="Contradicts"),
                    ),
                )
                for entry in report.differential
            ),
        ),
        Section(heading="Recommendations", lines=_statements(report.recommendations)),
        Section(
            heading="Contradictions",
            lines=tuple(
                Line(
                    text=visible(contradiction.message),
                    sources=tuple(_image_mark(id) for id in contradiction.findings),
                    findings=contradiction.findings,
                    label=contradiction.kind.capitalize(),
                )
                for contradiction in report.contradictions
            ),
            note=True,
        ),
        Section(heading="Warnings", lines=_warnings(report), note=True),
        Section(heading="Limitations", lines=_plain(report.limitations), note=True),
        Section(heading="Not assessed", lines=_plain(report.not_assessed), note=True),
        Section(heading="Provenance", lines=_provenance(report), note=True),
    )
    standing = ("Exam", "Findings", "Impression", "Provenance")
    return tuple(s for s in sections if s.lines or s.sections or s.heading in standing)


def table(report: DraftReport) -> tuple[tuple[str, ...], ...]:
    """What was looked for, a row per finding; the columns are named by ``COLUMNS``."""
    return tuple(
        (
            visible(finding.id),
            visible(finding.name),
            finding.presence + (" (normal)" if finding.normal else "") + (" · critical" if finding.critical else ""),
            "" if finding.side == "not stated" else finding.side,
            visible(finding.location),
            visible(finding.size),
            finding.certainty if finding.presence != "not assessable" else "",
            ", ".join(dict.fromkeys(_place(source) for source in finding.sources if isinstance(source, ImageSource))),
        )
        for finding in report.findings
    )


def said(line: Line) -> str:
    """A line as plain text, its label before it and its sources behind it."""
    label = f"{line.label}: " if line.label else ""
    return f"{label}{line.text}" + (f" [{'; '.join(line.sources)}]" if line.sources else "")


def area_in_words(source: ImageSource, area: Area) -> str:
    """Where an area lies, for formats without pictures."""
    return (
        f"Approximate area, {source.study} study, series {source.series}, frame {source.frame or 1}: columns "
        f"{area.left:.0f} to {area.right:.0f}, rows {area.top:.0f} to {area.bottom:.0f} of the stored pixels"
    )


def _statements(statements: Iterable[Statement], label: str = "") -> tuple[Line, ...]:
    return tuple(
        Line(
            text=visible(statement.text),
            sources=_marks(statement.sources),
            findings=_findings_of(statement),
            label=label,
        )
        for statement in statements
    )


def _findings_of(statement: Statement) -> tuple[str, ...]:
    ids = (source.finding for source in statement.sources if isinstance(source, ImageSource))
    return tuple(dict.fromkeys(id for id in ids if id))


def _plain(texts: Iterable[str]) -> tuple[Line, ...]:
    return tuple(Line(text=visible(text)) for text in texts)


def _marks(sources: Iterable[Source]) -> tuple[str, ...]:
    """One mark for each quote, and one for all findings of the same place in the images."""
    marks: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        if isinstance(source, HistorySource):
            quote = visible(source.text)
            shown = quote if len(quote) <= QUOTE_LIMIT else quote[:QUOTE_LIMIT] + "…"
            marks.setdefault((f"history “{shown}”", ""), [])
        else:
            what = "prior image" if source.study == "prior" else "image"
            ids = marks.setdefault((what, _place(source)), [])
            ids += [visible(source.finding)] if source.finding else []
    return tuple(
        " ".join(part for part in (what, ", ".join(dict.fromkeys(ids))) if part) + (f", {place}" if place else "")
        for (what, place), ids in marks.items()
    )


def _image_mark(finding: str) -> str:
    return f"image {visible(finding)}"


def _place(source: ImageSource) -> str:
    parts = [f"series {source.series}"] if source.series > 1 else []
    if source.frame is not None and (source.frame > 1 or source.area is None):
        parts.append(f"frame {source.frame}")
    if source.area is not None:
        parts.append("area marked")
    return " ".join(parts)


def _said(finding: Finding) -> str:
    side = "" if finding.side == "not stated" else f"{finding.side} "
    rest = "".join(f", {visible(part)}" for part in (finding.size, finding.location) if part)
    certainty = "" if finding.certainty == "definite" else f" ({finding.certainty})"
    return f"{side}{visible(finding.name)}{rest}{certainty}: to be told to the clinician directly"


def _images(images: Iterable[ImageInfo]) -> Iterator[Line]:
    for image in images:
        what = " ".join(visible(part) for part in (image.modality, image.body_part, image.view) if part) or image.kind
        frames = f"{image.frames} frame{'s' if image.frames != 1 else ''}"
        seen = len(image.frames_seen)
        if seen != image.frames:
            frames += f", {seen} of them looked at"
        date = f", {image.date.isoformat()}" if image.date else ", date unknown"
        size = f"{image.columns} × {image.rows} pixels"
        yield Line(
            text=f"{visible(what)}{date}: {visible(image.format)}, {frames}, {size}",
            label="Prior image" if image.study == "prior" else "Image",
        )


def _changes(report: DraftReport) -> Iterator[Line]:
    for change in report.changes:
        (line,) = _statements((change.statement,))
        ids = tuple(dict.fromkeys((change.finding, *line.findings))) if change.finding else line.findings
        yield Line(
            text=line.text, sources=line.sources, findings=ids, label=f"{visible(change.name)}, {change.direction}"
        )


def _warnings(report: DraftReport) -> tuple[Line, ...]:
    images = [
        Line(text=visible(warning), label="Prior image" if image.study == "prior" else "Image")
        for image in report.images
        for warning in image.warnings
    ]
    removed = [
        Line(
            text=f"{visible(removal.reason)}: {removal.count} time{'s' if removal.count != 1 else ''}",
            label="Removed from what the model wrote",
        )
        for removal in report.removed
    ]
    return (*_plain(report.warnings), *images, *removed)


def _provenance(report: DraftReport) -> tuple[Line, ...]:
    made = report.provenance
    digest = f", {visible(made.engine_digest)}" if made.engine_digest else ""
    reason = f" ({visible(made.protocol_reason)})" if made.protocol_reason else ""
    lines = [
        Line(text=visible(report.id), label="Record"),
        Line(text=f"wardround {visible(made.wardround)}", label="Software"),
        Line(text=visible(made.engine) + digest, label="Remote model" if made.remote else "Model"),
        Line(text=f"{visible(made.protocol)}{reason}, {visible(made.protocol_digest)}", label="Protocol"),
        Line(
            text=f"{made.prompt_tokens} tokens read, {made.completion_tokens} written, seed {made.seed}, "
            f"{made.seconds:.1f} s",
            label="Run",
        ),
    ]
    if made.history_digest:
        lines.append(Line(text=f"SHA-256 {visible(made.history_digest)}", label="History"))
    if made.prompt_digests:
        lines.append(Line(text=", ".join(visible(digest) for digest in made.prompt_digests), label="Prompts"))
    for image in report.images:
        label = "Prior image" if image.study == "prior" else "Image"
        lines.append(Line(text=f"SHA-256 {visible(image.digest)}", label=label))
        if image.steps:
            lines.append(Line(text="; ".join(visible(step) for step in image.steps), label=f"{label}, steps"))
    return tuple(lines)
