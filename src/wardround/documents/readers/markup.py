"""The text of marked-up documents, HTML and the narrative block of CDA alike: blocks as lines, tables as rows.

The cells of a row stand on one line with a tab between them, as in a note that was printed. What is not shown (scripts,
styles, hidden elements) and what is struck out is not part of the note.
"""

from __future__ import annotations

import re
from typing import Any

from wardround.documents.tables import word_set

__all__ = ["Markup", "name_of"]

_BLOCKS = word_set(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form header html li main nav ol p paragraph section summary table tbody text tfoot thead tr ul list item "
    "legend hr option select"
)
_SPACED = word_set("p paragraph table ul ol list blockquote pre h1 h2 h3 h4 h5 h6 dl")
_HEADINGS = word_set("h1 h2 h3 h4 h5 h6")
_DROPPED = word_set(
    "script style head title template noscript object embed applet iframe svg math audio video canvas map meta link "
    "base rendermultimedia textarea datalist"
)
_STRUCK = word_set("del s strike")
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE
)
_STRUCK_STYLE = re.compile(r"text-decoration[^;]*:[^;]*line-through", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")
_LINES_OF_A_CELL = 3  # that are put on the row's line; a cell with more is laid out below


def name_of(element: Any) -> str:
    """The local name of an element in small letters; empty for a comment or an instruction."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


class Markup:
    """Lays out elements of ElementTree or lxml.

    Attributes:
        struck: whether something that is struck out was left out.
        hidden: whether something that is not shown was left out, besides scripts and the like.
    """

    def __init__(self) -> None:
        self.struck = False
        self.hidden = False

    def text(self, element: Any) -> str:
        """The text of an element, without blank lines at its ends."""
        return "\n".join(self.lines(element))

    def lines(self, element: Any) -> list[str]:
        """The lines of an element; empty ones stand between paragraphs."""
        flow = _Flow()
        self._inside(element, flow)
        return flow.done()

    def _element(self, element: Any, flow: _Flow) -> None:
        name = name_of(element)
        if not name or name in _DROPPED or not self._is_shown(element, name):
            return
        if name == "br":
            flow.end_line()
        elif name == "tr":
            self._row(element, flow)
        elif name in ("input", "img"):
            flow.write(_shown_by(element, name))
        elif name == "pre":
            flow.blank()
            for line in "".join(element.itertext()).splitlines():
                flow.line(line.rstrip())
            flow.blank()
        elif name in ("li", "item"):
            flow.end_line()
            flow.mark(_mark(element))
            self._inside(element, flow)
            flow.end_line()
        elif name in _BLOCKS or name in _HEADINGS:
            flow.blank() if name in _SPACED else flow.end_line()
            self._inside(element, flow)
            flow.blank() if name in _SPACED and name not in _HEADINGS else flow.end_line()
        else:
            self._inside(element, flow)

    def _inside(self, element: Any, flow: _Flow) -> None:
        flow.write(element.text or "")
        for child in element:
            self._element(child, flow)
            flow.write(child.tail or "")

    def _row(self, row: Any, flow: _Flow) -> None:
        cells = [self.lines(cell) for cell in row if name_of(cell) in ("td", "th") and self._is_shown(cell, "td")]
        told = [cell for cell in cells if cell]
        flow.end_line()
        if len(told) == 1 or any(len(cell) > _LINES_OF_A_CELL for cell in told):
            for cell in told:  # a table that lays out the page
                for line in cell:
                    flow.line(line)
        else:
            flow.line("\t".join(" ".join(filter(None, cell)) for cell in cells).rstrip())

    def _is_shown(self, element: Any, name: str) -> bool:
        style = element.get("style") or ""
        if name in _STRUCK or _STRUCK_STYLE.search(style) or element.get("revised") == "delete":
            self.struck = True
            return False
        if element.get("hidden") is not None or (name == "input" and element.get("type") == "hidden"):
            self.hidden = True
            return False
        if style and _HIDDEN_STYLE.search(style):
            self.hidden = True
            return False
        return True


def _shown_by(element: Any, name: str) -> str:
    if name == "img":
        return ""
    kind = (element.get("type") or "text").lower()
    if kind in ("checkbox", "radio"):
        return " [x] " if element.get("checked") is not None else " [ ] "
    return f" {element.get('value') or ''} " if kind in ("text", "number", "date", "tel") else ""


def _mark(item: Any) -> str:
    """The bullet or number of a list's item."""
    above = item.getparent() if hasattr(item, "getparent") else None
    if above is None or name_of(above) != "ol":
        return "- "
    before = sum(name_of(each) == "li" for each in item.itersiblings(preceding=True))
    start = above.get("start") or "1"
    return f"{before + (int(start) if start.isdigit() and len(start) < 6 else 1)}. "


class _Flow:
    """Lines in the making; white space is one space, and none at the ends of a line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line = ""
        self._mark = ""

    def write(self, text: str) -> None:
        text = _SPACE.sub(" ", text)
        if text == " " and not self._line:
            return
        self._line += text.lstrip(" ") if not self._line or self._line.endswith(" ") else text

    def mark(self, mark: str) -> None:
        """What the next line begins with."""
        self._mark = mark

    def end_line(self) -> None:
        line = self._line.rstrip(" ")
        if line:
            self._lines.append(self._mark + line)
            self._mark = ""
        self._line = ""

    def line(self, text: str) -> None:
        """A line as it is."""
        self.end_line()
        if text.strip() or (self._lines and self._lines[-1]):
            self._lines.append(self._mark + text if text.strip() else "")
            self._mark = ""

    def blank(self) -> None:
        """An empty line, unless there is one."""
        self.end_line()
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def done(self) -> list[str]:
        self.end_line()
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return self._lines
