"""DOCX: paragraphs with their list numbers, tables as rows, text boxes, headers, footers and notes.

Tracked insertions are part of the note, deletions are not; nor is what is hidden or struck out (ECMA-376 Part 1, 17).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, ClassVar

from wardround.documents.readers.base import Options, Reader, Reading, missing
from wardround.errors import NoteError
from wardround.settings import DOCUMENT_LIMIT

__all__ = ["DocxReader"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MEMBERS = 5_000
_XML_LIMIT = 50_000_000  # bytes of all XML when unpacked
_RATIO, _RATIO_FROM = 200, 5_000_000  # a member so much larger when unpacked is a bomb, if it is large at all
_SKIPPED = frozenset(f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sdtPr"))
_PAGE_FOOT = re.compile(r"[\W\d]*(?:page|seite|pg|p)?[\W\d]*(?:of)?[\W\d]*", re.IGNORECASE)
_LINES_OF_A_CELL = 3


class DocxReader(Reader):
    """Word documents since 2007."""

    limit: ClassVar[int] = DOCUMENT_LIMIT

    def accepts(self, data: bytes) -> bool:
        """A ZIP archive with the main part of a Word document."""
        return data.startswith(b"PK\x03\x04") and b"word/document" in data

    def read(self, data: bytes, options: Options) -> Reading:
        """See `Reader.read`; sizes are checked before anything is unpacked."""
        try:
            import docx
        except ImportError:
            raise missing("reading DOCX", options.where) from None
        _check(data, options.where)
        try:
            document = docx.Document(io.BytesIO(data))
            content = _Content(document)
            lines = content.lines()
        except NoteError:
            raise
        except Exception as error:  # python-docx and lxml raise KeyError, ValueError, XMLSyntaxError and more
            hint = "save it again, or as PDF"
            raise NoteError("the Word document is damaged", where=options.where, hint=hint) from error
        text = "\n".join(lines).strip("\n")
        if not text.strip():
            hint = "if it holds pictures of pages, give those"
            raise NoteError("the Word document has no text", where=options.where, hint=hint)
        return Reading(text=text + "\n", reader="docx", notices=tuple(content.notices()))


def _check(data: bytes, where: str) -> None:
    """Refuse an archive that grows out of bounds; a member never unpacks to more than it says."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        raise NoteError("the Word document is damaged or cut off", where=where, hint="get the file again") from None
    size = sum(member.file_size for member in members)
    xml = sum(member.file_size for member in members if member.filename.endswith((".xml", ".rels")))
    bombs = any(
        member.file_size > _RATIO_FROM and member.file_size > _RATIO * max(1, member.compress_size)
        for member in members
    )
    if len(members) > _MEMBERS or size > DOCUMENT_LIMIT or xml > _XML_LIMIT or bombs:
        what = "the Word document would grow out of bounds when unpacked; it is refused as unsafe"
        raise NoteError(what, where=where, hint="save it again, or as PDF")


class _Content:
    """The text of one document."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._numbers = _Numbers(document)
        self._struck = self._hidden = False

    def lines(self) -> list[str]:
        """Headers, body, notes, footers."""
        headers, footers = self._margins("header"), self._margins("footer")
        body = self._blocks(self._document.element.body)
        notes = [line for kind in ("footnotes", "endnotes") for line in self._notes(kind)]
        parts = [headers, body, notes, [line for line in footers if not _PAGE_FOOT.fullmatch(line)]]
        joined: list[str] = []
        for part in parts:
            if any(line.strip() for line in part):
                joined += [*([""] if joined else []), *part]
        return joined

    def notices(self) -> Iterator[str]:
        """What to say of what was left out."""
        if self._struck:
            yield "text that is struck out was left out"
        if self._hidden:
            yield "text that is not shown was left out"

    def _margins(self, kind: str) -> list[str]:
        """The headers or footers, each once."""
        told: dict[str, None] = {}
        for section in self._document.sections:
            names = [kind]
            names += [f"first_page_{kind}"] if section.different_first_page_header_footer else []
            for name in names:
                margin = getattr(section, name)
                if not margin.is_linked_to_previous:
                    told.update(dict.fromkeys(line for line in self._blocks(margin._element) if line.strip()))
        return list(told)

    def _notes(self, kind: str) -> list[str]:
        from docx.oxml.parser import parse_xml

        lines: list[str] = []
        for relation in self._document.part.rels.values():
            if relation.is_external or not relation.reltype.endswith(f"/{kind}"):
                continue
            for note in parse_xml(relation.target_part.blob):
                if note.get(f"{_W}type") in (None, "normal"):
                    lines += [line for line in self._blocks(note) if line.strip()]
        return lines

    def _blocks(self, parent: Any) -> list[str]:
        """The lines of paragraphs and tables below an element; empty ones stand for any number of empty paragraphs."""
        lines: list[str] = []
        for child in parent:
            if child.tag == f"{_W}p":
                added = self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                added = [line for row in self._rows(child) for line in self._row(row)]
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}smartTag", f"{_W}customXml"):
                added = self._blocks(child)
            else:
                continue
            if added or not lines or lines[-1]:
                lines += added or [""]
        return lines

    def _paragraph(self, paragraph: Any) -> list[str]:
        boxes: list[str] = []
        text = "".join(self._inline(paragraph, boxes))
        mark = self._numbers.mark(paragraph) if text.strip() else ""
        lines = [line.strip(" ") for line in f"{mark}{text}".split("\n")]
        return [line for line in lines if line.strip()] + boxes

    def _inline(self, element: Any, boxes: list[str]) -> Iterator[str]:
        """The text inside of a paragraph; that of its text boxes goes to ``boxes``."""
        for child in element:
            tag = child.tag
            if not isinstance(tag, str) or tag in _SKIPPED:
                continue
            if tag in (f"{_W}t", f"{_MATH}t"):
                yield (child.text or "").replace("\xa0", " ").replace("\n", " ")
            elif tag == f"{_W}tab":
                yield "\t"
            elif tag in (f"{_W}br", f"{_W}cr"):
                yield "\n"
            elif tag == f"{_W}noBreakHyphen":
                yield "-"
            elif tag == f"{_W}txbxContent":
                boxes += [line for line in self._blocks(child) if line.strip()]
            elif tag == f"{_MC}Fallback" or (tag == f"{_W}r" and not self._is_shown(child)):
                continue
            else:
                yield from self._inline(child, boxes)

    def _is_shown(self, run: Any) -> bool:
        look = run.find(f"{_W}rPr")
        if look is None:
            return True
        if _is_on(look.find(f"{_W}vanish")):
            self._hidden = True
            return False
        if _is_on(look.find(f"{_W}strike")) or _is_on(look.find(f"{_W}dstrike")):
            self._struck = True
            return False
        return True

    def _rows(self, table: Any) -> Iterator[Any]:
        for child in table:
            if child.tag == f"{_W}tr":
                look = child.find(f"{_W}trPr")
                if look is None or look.find(f"{_W}del") is None:
                    yield child
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins"):
                yield from self._rows(child)

    def _row(self, row: Any) -> list[str]:
        cells = [
            [line for line in self._blocks(cell) if line.strip()]
            for cell in row.iter(f"{_W}tc")
            if _row_of(cell) is row
        ]
        told = [cell for cell in cells if cell]
        if len(told) == 1 or any(len(cell) > _LINES_OF_A_CELL for cell in told):
            return [line for cell in told for line in cell]  # a table that lays out the page
        line = "\t".join(" ".join(cell) for cell in cells).rstrip()
        return [line] if line else []


def _row_of(cell: Any) -> Any:
    return next(cell.iterancestors(f"{_W}tr"), None)


def _is_on(toggle: Any) -> bool:
    return toggle is not None and toggle.get(f"{_W}val") not in ("0", "false", "off", "none")


class _Numbers:
    """The numbers and bullets of lists, which Word counts when it shows a document (17.9)."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, str], tuple[str, str, int]] = {}
        self._styles: dict[str, Any] = {}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        try:
            numbering = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        for style in document.styles.element.iter(f"{_W}style"):
            properties = style.find(f"{_W}pPr/{_W}numPr")
            if properties is not None:
                self._styles[style.get(f"{_W}styleId")] = properties
        kinds = {each.get(f"{_W}abstractNumId"): each for each in numbering.iter(f"{_W}abstractNum")}
        for number in numbering.iter(f"{_W}num"):
            kind = kinds.get(_value(number.find(f"{_W}abstractNumId")))
            for level in () if kind is None else kind.iter(f"{_W}lvl"):
                start = _value(level.find(f"{_W}start")) or "1"
                self._levels[number.get(f"{_W}numId"), level.get(f"{_W}ilvl")] = (
                    _value(level.find(f"{_W}numFmt")) or "decimal",
                    _value(level.find(f"{_W}lvlText")) or "",
                    int(start) if start.isdigit() and len(start) < 6 else 1,
                )

    def mark(self, paragraph: Any) -> str:
        """What stands before a paragraph; empty if it is in no list."""
        look = paragraph.find(f"{_W}pPr")
        properties = None if look is None else look.find(f"{_W}numPr")
        if properties is None and look is not None:
            properties = self._styles.get(_value(look.find(f"{_W}pStyle")))
        if properties is None:
            return ""
        number = _value(properties.find(f"{_W}numId"))
        depth = _value(properties.find(f"{_W}ilvl")) or "0"
        if (number, depth) not in self._levels or not depth.isdigit():
            return ""
        form, pattern, start = self._levels[number, depth]
        counts, here = self._counts[number], int(depth)
        counts[here] = counts.get(here, start - 1) + 1
        for deeper in [level for level in counts if level > here]:
            del counts[deeper]
        if form == "bullet":
            return "- "
        if form == "none":
            return ""

        def count(found: re.Match[str]) -> str:
            level = int(found[1]) - 1
            shape, _, first = self._levels.get((number, str(level)), (form, "", 1))
            return _written(counts.get(level, first), shape)

        return f"{re.sub(r'%([1-9])', count, pattern)} "


def _value(element: Any) -> str:
    return "" if element is None else element.get(f"{_W}val") or ""


def _written(count: int, form: str) -> str:
    """A number as lists have it: 3, c, C, iii, III."""
    if form.endswith("Letter"):
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 % 9 + 1)
        return letters if form.startswith("lower") else letters.upper()
    if form.endswith("Roman") and count < 40:
        roman = "x" * (count // 10) + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[count % 10]
        return roman if form.startswith("lower") else roman.upper()
    return str(count)
