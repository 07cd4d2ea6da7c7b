"""HTML: one file with everything in it, for a browser or a printer.

Pictures are embedded; the areas are drawn over them as SVG, and pointing at a statement lights up its area. There is no
script, and a policy in the file forbids the browser to load or run anything: what a report quotes cannot become active.
The contrast of all text is at least 4.5 to 1 in light and dark (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from wardround.export.reports.exporter import ReportExporter
from wardround.export.reports.outline import COLUMNS, alerts, outline, table
from wardround.export.reports.picture import marks, short
from wardround.export.visible import visible
from wardround.reporting.report import DISCLAIMER

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping, Sequence

    from pydicom import Dataset

    from wardround.export.reports.outline import Line, Section
    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["Html"]

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LABEL = 30
"""A label's height is this part of the picture's width."""


class Html(ReportExporter):
    """A page that needs nothing else: no script, no network, light and dark, and made to be printed."""

    name = "html"
    suffix = ".html"
    media_type = "text/html"

    def export(
        self,
        report: DraftReport,
        *,
        pictures: Sequence[Picture] = (),
        originals: Sequence[Dataset] = (),
        time: datetime.datetime | None = None,
    ) -> bytes:
        marked = {mark.finding for picture in pictures for mark in marks(picture, report) if mark.finding}
        keys = {id: f"f{number}" for number, id in enumerate(sorted(marked), 1)}
        return ("\n".join(_page(report, pictures, keys)) + "\n").encode()


def _page(report: DraftReport, pictures: Sequence[Picture], keys: Mapping[str, str]) -> Iterator[str]:
    sections = outline(report)
    title = visible(report.title)
    style = files("wardround.export.reports").joinpath("html.css").read_text(encoding="utf-8")
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield f'<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>Draft report: {escape(title)}</title>"
    yield f"<style>\n{style}{''.join(_light(key) for key in keys.values())}</style>\n</head>\n<body>"
    yield f'<header class="draft" role="banner">{_text(DISCLAIMER)}</header>'
    yield '<div class="watermark" aria-hidden="true"><span>DRAFT – not a diagnosis</span></div>'
    yield f'<div class="sheet{" with-pictures" if pictures else ""}">\n<main>'
    yield f"<h1>{_text(title)}</h1>"
    for alert in alerts(report):
        yield f'<p class="alert" role="note">{_line(alert)}</p>'
    for section in sections:
        if section.heading == "Provenance":
            yield from _table(report, keys)
        yield from _section(section, keys, level=2)
    yield "</main>"
    if pictures:
        yield '<aside class="pictures" aria-label="Images">'
        for number, picture in enumerate(pictures, 1):
            yield from _figure(picture, number, report, keys)
        yield "</aside>"
    yield f'</div>\n<footer class="draft">{_text(DISCLAIMER)}</footer>\n</body>\n</html>'


def _light(key: str) -> str:
    """Pointing at a statement, or reaching it by keyboard, lights up its area, and the other way round."""
    area, said = f'[data-area="{key}"]', f'[data-said~="{key}"]'
    return (
        f"body:has({said}:is(:hover,:focus)) {area} rect{{stroke:#ff3b30;stroke-width:4;fill:rgb(255 59 48/.15)}}\n"
        f"body:has({area}:hover) {said}{{background:var(--lit)}}\n"
    )


def _section(section: Section, keys: Mapping[str, str], *, level: int) -> Iterator[str]:
    named = section.heading.lower().replace(" ", "-") if level == 2 else ""
    classes = " ".join(part for part in (named, "note" if section.note else "") if part)
    yield f'<section class="{classes}">' if classes else "<section>"
    yield f"<h{level}>{_text(section.heading)}</h{level}>"
    if section.lines:
        kind = "ol" if section.numbered else "ul"
        yield f"<{kind}>"
        for line in section.lines:
            said = " ".join(keys[id] for id in line.findings if id in keys)
            yield f'<li tabindex="0" data-said="{said}">{_line(line)}</li>' if said else f"<li>{_line(line)}</li>"
        yield f"</{kind}>"
    for below in section.sections:
        yield from _section(below, keys, level=level + 1)
    yield "</section>"


def _line(line: Line) -> str:
    label = f'<span class="label">{_text(line.label)}:</span> ' if line.label else ""
    sources = "".join(
        f' <span class="from{" history" if source.startswith("history") else ""}">{_text(source)}</span>'
        for source in line.sources
    )
    return f"{label}{_text(line.text)}{sources}"


def _table(report: DraftReport, keys: Mapping[str, str]) -> Iterator[str]:
    if not report.findings:
        return
    yield "<section>\n<h2>What was looked for</h2>"
    yield '<div class="scroll" tabindex="0" role="region" aria-label="What was looked for">\n<table>'
    heads = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    yield f"<tr>{heads}</tr>"
    for finding, row in zip(report.findings, table(report), strict=True):
        said = f' data-said="{keys[finding.id]}"' if finding.id in keys else ""
        yield f"<tr{said}>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>"
    yield "</table>\n</div>\n</section>"


def _figure(picture: Picture, number: int, report: DraftReport, keys: Mapping[str, str]) -> Iterator[str]:
    areas = marks(picture, report)
    caption = visible(picture.caption) or f"Image {number}"
    prior = "Prior study. " if picture.study == "prior" else ""
    said = f" Marked: {', '.join(visible(mark.label) for mark in areas)}." if areas else ""
    yield "<figure>"
    yield '<div class="picture">'
    yield (
        f'<img src="data:image/png;base64,{b64encode(picture.png).decode()}" width="{picture.width}" '
        f'height="{picture.height}" alt="{escape(f"{prior}{caption}.{said}")}">'
    )
    if areas:
        yield f'<svg viewBox="0 0 {picture.width} {picture.height}" aria-hidden="true">'
        size = picture.width / _LABEL
        end = ' text-anchor="end"'
        for mark in areas:
            box = mark.box
            key = f' data-area="{keys[mark.finding]}"' if mark.finding in keys else ""
            above = box.top - size * 0.35
            right = box.left + box.right > picture.width  # the label runs to the left, so as to stay in the picture
            yield (
                f'<g class="area"{key}><rect x="{box.left:.2f}" y="{box.top:.2f}" width="{box.width:.2f}" '
                f'height="{box.height:.2f}"/><text x="{box.right if right else box.left:.2f}" '
                f'y="{above if above > size else box.top + size * 1.1:.2f}" font-size="{size:.2f}" '
                f'stroke-width="{size / 6:.2f}"{end if right else ""}>{escape(short(mark.label))}</text></g>'
            )
        yield "</svg>"
    yield "</div>"
    yield f"<figcaption>{_text(prior + caption)}{'. Areas are approximate.' if areas else ''}</figcaption>"
    yield "</figure>"


def _text(text: str) -> str:
    """``text`` as text; letters of a script that runs from right to left turn nothing round that stands beside them."""
    return escape(text) if text.isascii() else f"<bdi>{escape(text)}</bdi>"
