"""PDF: the codes of a note on paper, each with its quotes; a draft says so on every page.

The letters are those of `wardround.export.reports.pdf`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from wardround.export.reports.packages import require
from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.coding.result import CodingResult, Suggestion
    from wardround.export.reports.pdf.letters import Letters
    from wardround.export.signature import Signature

__all__ = ["coding_pdf"]

_DRAFT = "DRAFT. Suggested codes; for review by a qualified professional."
_MARGIN = 46.0
_WIDTHS = (22.0, 64.0, 0.0, 64.0)  # of the columns: number, code, what it is with its quotes, status
_QUOTE_LIMIT = 300  # characters of a quote; JSON has the whole of it
_MOST_QUOTES = 6  # of a code


def coding_pdf(result: CodingResult, signature: Signature | None = None) -> bytes:
    """The codes of a note as a document on letter pages. The same arguments give the same bytes.

    Args:
        result: what to write.
        signature: of the person who reviewed it; None for a draft.

    Raises:
        InputError: the package that writes PDF is not installed.
    """
    require("reportlab")
    from reportlab.lib.pagesizes import LETTER
    from reportlab.platypus import SimpleDocTemplate

    from wardround.export.reports.pdf.drawing import numbered_canvas
    from wardround.export.reports.pdf.letters import letters

    font = letters()
    said = signature.said if signature else _DRAFT
    file = io.BytesIO()
    paper = SimpleDocTemplate(
        file,
        pagesize=LETTER,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title="ICD-10-CM codes",
        author=f"wardround {visible(result.provenance.wardround)}",
        subject=said,
        creator="wardround",
        lang="en",
        invariant=1,
    )
    line, _ = font.shown(visible(said))
    paper.build(_story(result, font), canvasmaker=numbered_canvas(font, line, "" if signature else "DRAFT"))
    return file.getvalue()


def _story(result: CodingResult, font: Letters) -> list[Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.pagesizes import LETTER
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, Table, TableStyle

    body = ParagraphStyle("body", fontName=font.regular, fontSize=9, leading=12)
    small = ParagraphStyle("small", body, fontSize=7.8, leading=10.4, textColor=HexColor("#4c5967"))
    title = ParagraphStyle("title", body, fontName=font.bold, fontSize=16, leading=19, spaceAfter=6)
    heading = ParagraphStyle("heading", body, fontName=font.bold, spaceBefore=10, spaceAfter=3, keepWithNext=1)

    def shown(text: str) -> str:
        return escape(font.shown(visible(text))[0])

    def cell(number: int, each: Suggestion) -> list[Any]:
        about = [Paragraph(shown(each.description), body)]
        about += [Paragraph(shown(line), small) for line in _lines(each)]
        code = f'<font name="{font.bold}">{shown(each.code)}</font>'
        return [Paragraph(str(number), small), Paragraph(code, body), about, Paragraph(shown(each.status), small)]

    number, code, _, status = _WIDTHS
    release = f"{result.release.title}. {result.setting.capitalize()}."
    story: list[Any] = [Paragraph("ICD-10-CM codes", title), Paragraph(shown(release), small)]
    story += [Paragraph(shown(warning), small) for warning in result.warnings]
    if result.codes:
        widths = [number, code, LETTER[0] - 2 * _MARGIN - number - code - status - 12, status]
        grid = Table([cell(place, each) for place, each in enumerate(result.codes, 1)], colWidths=widths, splitInRow=1)
        grid.setStyle(
            TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#d5dbe1")])
        )
        story += [Paragraph("Codes, the principal or first-listed one first", heading), grid]
    else:
        story.append(Paragraph("No codes.", body))
    if result.queries:
        story.append(Paragraph("Questions to the provider", heading))
        for query in result.queries:
            asked = query.question if query.letter is None else query.letter
            story += [Paragraph(shown(line), body) for line in f"{query.topic}: {asked}".splitlines()]
    made = result.provenance
    by = f"Drafted by wardround {made.wardround} ({made.coder}){', with ' + made.engine if made.engine else ''}."
    return [*story, Paragraph("Provenance", heading), Paragraph(shown(by), small)]


def _lines(suggestion: Suggestion) -> Iterator[str]:
    for quote in suggestion.evidence[:_MOST_QUOTES]:
        text = quote.text if len(quote.text) <= _QUOTE_LIMIT else f"{quote.text[:_QUOTE_LIMIT]}…"
        yield f"“{text}” ({quote.section.replace('_', ' ')}; {quote.assertion})"
    if len(suggestion.evidence) > _MOST_QUOTES:
        yield f"and {len(suggestion.evidence) - _MOST_QUOTES} more quotes"
    for finding in suggestion.findings:
        section = f", {finding.section}" if finding.section else ""
        yield f"{finding.message} ({finding.rule}{section})"
