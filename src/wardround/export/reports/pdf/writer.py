"""The report as a flow of paragraphs, and the pages they run through."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    HRFlowable,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Table,
    TableStyle,
)

from wardround.export.reports.outline import COLUMNS, alerts, outline, table
from wardround.export.reports.pdf.drawing import Drawing, numbered_canvas
from wardround.export.reports.pdf.letters import letters
from wardround.export.reports.picture import marks
from wardround.export.visible import visible
from wardround.reporting.report import DISCLAIMER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.export.reports.outline import Line, Section
    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport

__all__ = ["Writer"]

_BESIDE = 168.0
"""Points: the width of the pictures beside the text."""
_GAP = 16.0
_MARGIN = 46.0
_WHOLE = 24
"""Characters of a source that is not broken over two lines."""
_NO_BREAK = "\u00a0"
_WIDTHS = (0.09, 0.2, 0.13, 0.08, 0.15, 0.13, 0.11, 0.11)
"""Of the columns of the table, as parts of its width."""
_INK, _SOFT, _BLUE, _RED, _LINE = "#16202b", "#4c5967", "#0b4f8f", "#a3141c", "#d5dbe1"
_HISTORY = ("#7a4b00", "#fdf3e0")
_IMAGE = (_BLUE, "#e6f0fa")


class Writer:
    """One report on its way to paper."""

    def __init__(self, report: DraftReport, pictures: Sequence[Picture]) -> None:
        self.report = report
        self.letters = letters()
        self.unknown = 0
        self.beside, self.after = _beside(report, pictures)
        body = ParagraphStyle("body", fontName=self.letters.regular, fontSize=9, leading=12.2, textColor=HexColor(_INK))
        self.styles = {
            "body": ParagraphStyle("line", body, leftIndent=4, spaceAfter=1.5),
            "numbered": ParagraphStyle(
                "numbered", body, fontName=self.letters.bold, bulletFontName=self.letters.bold, bulletFontSize=9,
                leftIndent=17, bulletIndent=2, spaceAfter=2.5,
            ),
            "note": ParagraphStyle(
                "note", body, fontSize=7.8, leading=10.4, textColor=HexColor(_SOFT), leftIndent=4, spaceAfter=1
            ),
            "cell": ParagraphStyle("cell", body, fontSize=7.6, leading=9.6),
            "head": ParagraphStyle("cell", body, fontSize=7.2, leading=9.6, textColor=HexColor(_SOFT)),
            "caption": ParagraphStyle(
                "caption", body, fontSize=7.2, leading=9, textColor=HexColor(_SOFT), spaceAfter=8
            ),
            "title": ParagraphStyle("title", body, fontName=self.letters.bold, fontSize=16, leading=19, spaceAfter=6),
            "alert": ParagraphStyle(
                "alert", body, textColor=HexColor(_RED), backColor=HexColor("#fdecec"), borderPadding=4, leftIndent=5,
                rightIndent=5, spaceBefore=4, spaceAfter=9,
            ),
            1: ParagraphStyle(
                "h1", body, fontName=self.letters.bold, fontSize=7.6, leading=10, textColor=HexColor(_BLUE),
                spaceBefore=9, spaceAfter=3, keepWithNext=1,
            ),
            2: ParagraphStyle("h2", body, fontName=self.letters.bold, spaceBefore=4, spaceAfter=1, keepWithNext=1),
        }  # fmt: skip

    def write(self) -> bytes:
        width, height = LETTER
        inner, tall = width - 2 * _MARGIN, height - 2 * _MARGIN - 16

        def frame(left: float, wide: float) -> Any:
            return Frame(left, _MARGIN + 4, wide, tall, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)

        story: list[Flowable] = []
        first = [frame(_MARGIN, inner)]
        if self.beside:
            left = inner - _BESIDE - _GAP
            first = [frame(_MARGIN + left + _GAP, _BESIDE), frame(_MARGIN, left)]
            room = tall / len(self.beside) - 34
            for picture in self.beside:
                story += self._picture(picture, _BESIDE, room)
            story.append(FrameBreak())
        story += [NextPageTemplate("rest"), *self._text(inner)]
        file = io.BytesIO()
        paper = BaseDocTemplate(
            file,
            pagesize=LETTER,
            title="Draft imaging report",
            author=f"wardround {visible(self.report.provenance.wardround)}",
            subject=DISCLAIMER,
            creator="wardround",
            lang="en",
            invariant=1,
        )
        paper.addPageTemplates([PageTemplate("first", first), PageTemplate("rest", [frame(_MARGIN, inner)])])
        paper.build(story, canvasmaker=numbered_canvas(self.letters))
        return file.getvalue()

    def _text(self, width: float) -> list[Flowable]:
        story: list[Flowable] = [Paragraph(self._shown(visible(self.report.title)), self.styles["title"])]
        story += [Paragraph(self._line(alert), self.styles["alert"]) for alert in alerts(self.report)]
        for section in outline(self.report):
            if section.heading == "Provenance":
                story += self._table(width)
                story += self._pictures(width)
            story += self._section(section, 1)
        if self.unknown:
            story.append(
                Paragraph(
                    f"{self.unknown} characters that the font of this page cannot show stand as their code points.",
                    self.styles["note"],
                )
            )
        return story

    def _section(self, section: Section, level: int) -> list[Flowable]:
        heading = section.heading.upper() if level == 1 else section.heading
        story: list[Flowable] = [Paragraph(self._shown(heading), self.styles[min(level, 2)])]
        if level == 1:
            story.append(self._rule())
        style = self.styles["numbered" if section.numbered else "note" if section.note else "body"]
        for number, line in enumerate(section.lines, 1):
            story.append(Paragraph(self._line(line), style, bulletText=f"{number}." if section.numbered else None))
        for below in section.sections:
            story += self._section(below, level + 1)
        return story

    def _line(self, line: Line) -> str:
        label = f'<font name="{self.letters.bold}">{self._shown(line.label)}:</font> ' if line.label else ""
        sources = ""
        for source in line.sources:
            ink, back = _HISTORY if source.startswith("history") else _IMAGE
            sources += (
                f' <font name="{self.letters.regular}" size="7" color="{ink}" backColor="{back}">'
                f"&nbsp;{self._shown(source if len(source) > _WHOLE else source.replace(' ', _NO_BREAK))}&nbsp;</font>"
            )
        return f"{label}{self._shown(line.text)}{sources}"

    def _shown(self, text: str) -> str:
        """``text`` in ReportLab's markup, with what cannot be shown as its code points."""
        shown, unknown = self.letters.shown(text)
        self.unknown += unknown
        return escape(shown)

    def _table(self, width: float) -> list[Flowable]:
        if not self.report.findings:
            return []
        rows = [[Paragraph(column, self.styles["head"]) for column in COLUMNS]]
        rows += [[Paragraph(self._shown(cell), self.styles["cell"]) for cell in row] for row in table(self.report)]
        grid = Table(rows, colWidths=[part * width for part in _WIDTHS], repeatRows=1, splitInRow=1, hAlign="LEFT")
        grid.setStyle(
            TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                    ("LEFTPADDING", (0, 0), (-1, -1), 3),
                    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                    ("TOPPADDING", (0, 0), (-1, -1), 2),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ]
            )
        )
        return [Paragraph("WHAT WAS LOOKED FOR", self.styles[1]), self._rule(), grid]

    def _pictures(self, width: float) -> list[Flowable]:
        """Those that do not stand beside the text, three in a row."""
        if not self.after:
            return []
        wide = width / 3
        cells = [self._picture(picture, wide - 8, 220) for picture in self.after]
        cells += [[]] * (-len(cells) % 3)
        grid = Table([cells[row : row + 3] for row in range(0, len(cells), 3)], colWidths=[wide] * 3)
        grid.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))
        return [Paragraph("FURTHER IMAGES", self.styles[1]), self._rule(), grid]

    def _picture(self, picture: Picture, width: float, height: float) -> list[Flowable]:
        areas = marks(picture, self.report)
        caption = visible(picture.caption)[:200] or "Image"
        text = f"{'Prior study. ' if picture.study == 'prior' else ''}{caption}"
        if areas:
            text += ". Areas are approximate: " + ", ".join(visible(mark.label)[:60] for mark in areas[:12])
        drawing = Drawing(picture, areas, width, height, self.letters)
        return [drawing, Paragraph(self._shown(text), self.styles["caption"])]

    def _rule(self) -> Flowable:
        return HRFlowable(width="100%", thickness=0.5, color=HexColor(_LINE), spaceBefore=0, spaceAfter=3)


def _beside(report: DraftReport, pictures: Sequence[Picture]) -> tuple[list[Picture], list[Picture]]:
    """The pictures beside the text, the current one with most areas and the prior one like it, and the others."""
    chosen: list[Picture] = []
    for study in ("current", "prior"):
        of_study = [picture for picture in pictures if picture.study == study]
        if of_study:
            chosen.append(max(of_study, key=lambda picture: len(marks(picture, report))))
    return chosen, [picture for picture in pictures if all(picture is not other for other in chosen)]
