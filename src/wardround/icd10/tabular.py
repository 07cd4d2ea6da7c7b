"""Reads the Tabular List from its official XML into plain rows, in printed order.

The file is ``chapter`` > ``section`` (a block, perhaps with blocks inside) > ``diag`` (nested). Notes may stand at any
level. 7th characters are defined once, mostly at a category or subcategory, for all the codes below. Text may carry the
marks of a revision, ``old`` and ``new``; what is marked old is left out.

Source: the schema published with the list, ``icd10cm-tabular.xsd``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from wardround.errors import CodeSetError
from wardround.icd10.code import Block, Chapter, printed
from wardround.icd10.notes import NOTE_KINDS
from wardround.icd10.xmlfile import read

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Row", "Tabular", "parse"]

_RANGE = re.compile(r"\s*\(([0-9A-Z]+)(?:-([0-9A-Z]+))?\)$")  # at the end of the title of a chapter or block
# The one way in which the list takes a 7th character back: "7th characters D and S do not apply to codes in category
# S06 with 6th character 7 - death due to …, or 8 - death due to …".
_WITHHELD = re.compile(
    r"7th characters? (?P<characters>[0-9A-Z](?:(?:, | and |, and | or )[0-9A-Z])*) do(?:es)? not apply to codes in "
    r"(?:sub)?category (?P<start>[0-9A-Z.]+?)-? with (?P<place>[56])th character (?P<values>.+)$"
)
_LONE = re.compile(r"(?<![0-9A-Za-z])([0-9A-Z])(?= - )")
_DEEPEST = 8  # blocks inside each other; the official list has two


@dataclass(slots=True)
class Row:
    """One ``diag`` element; ``number`` counts from 0 in printed order."""

    number: int
    code: str
    title: str
    parent: int | None
    block: str
    sevenths: int | None  # number of the definition of its 7th characters
    terms: list[str] = field(default_factory=list)
    past: int = 0  # number of the first entry after the last one below it
    withheld: str = ""  # 7th characters that do not apply after all


@dataclass(slots=True)
class Tabular:
    """A whole Tabular List."""

    fiscal_year: int
    chapters: list[Chapter] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)  # source, kind (a field of Code), text
    sevenths: dict[int, dict[str, str]] = field(default_factory=dict)  # definition's number → character → meaning


def parse(path: Path) -> Tabular:
    """Read the Tabular List at ``path``.

    Raises:
        CodeSetError: the file cannot be read, is not XML (``where`` gives the line), or is not a Tabular List.
    """
    return _Parser(path).parse()


class _Parser:
    def __init__(self, path: Path) -> None:
        self._file = path.name
        self._path = path
        self._tabular = Tabular(fiscal_year=0)
        self._seen: set[str] = set()
        self._withheld: list[re.Match[str]] = []

    def parse(self) -> Tabular:
        root = read(self._path)
        version = _text(root.find("version"))
        if root.tag != "ICD10CM.tabular" or not re.fullmatch(r"\d{4}", version, re.ASCII):
            self._fail("this is not an ICD-10-CM Tabular List, or it does not name its fiscal year")
        if root.get("isAddenda") == "true":
            self._fail("these are the changes to a Tabular List (addenda), not the list")
        self._tabular.fiscal_year = int(version)
        for chapter in root.iterfind("chapter"):
            self._chapter(chapter)
        if not self._tabular.rows:
            self._fail("this is not an ICD-10-CM Tabular List: it has no codes")
        self._apply_withheld()
        return self._tabular

    def _fail(self, what: str, at: str = "") -> NoReturn:
        raise CodeSetError(what, where=f"{self._file}, {at}" if at else self._file)

    def _chapter(self, element: ET.Element) -> None:
        name = _text(element.find("name"))
        if not name:
            self._fail(f"chapter number {len(self._tabular.chapters) + 1} has no name")
        title, first, last = self._titled(element, f"chapter {name}")
        self._tabular.chapters.append(Chapter(name=name, title=title, first=first, last=last))
        sevenths = self._above(element, f"chapter {name}", None)
        for section in element.iterfind("section"):
            self._block(section, name, None, sevenths)

    def _block(
        self, element: ET.Element, chapter: str, parent: Block | None, sevenths: int | None, deep: int = 1
    ) -> None:
        name = element.get("id") or _text(element.find("name"))
        if not name:
            self._fail("a block has no name", f"chapter {chapter}")
        if any(name == block.name for block in self._tabular.blocks):
            self._fail("the block occurs twice", f"block {name}")
        if deep > _DEEPEST:
            self._fail("the blocks inside each other are too many", f"block {name}")
        title, first, last = self._titled(element, f"block {name}")
        block = Block(
            name=name, title=title, first=first, last=last, chapter=chapter, parent=parent.name if parent else None
        )
        self._tabular.blocks.append(block)
        sevenths = self._above(element, f"block {name}", sevenths)
        for child in element:
            if child.tag == "section":
                self._block(child, chapter, block, sevenths, deep + 1)
            elif child.tag == "diag":
                self._entry(child, name, None, sevenths)

    def _above(self, element: ET.Element, source: str, sevenths: int | None) -> int | None:
        """What stands in a chapter or block above its entries; gives the 7th characters that hold for them."""
        self._notes(element, source)
        for child in element:
            if child.tag == "inclusionTerm":  # in a block these are remarks on its use, or another name for all of it
                self._tabular.notes.extend((source, "remarks", text) for text in _lines(child))
            elif child.tag == "sevenChrDef":
                sevenths = self._characters(child, source)
        return sevenths

    def _titled(self, element: ET.Element, at: str) -> tuple[str, str, str]:
        title = _text(element.find("desc"))
        match = _RANGE.search(title)
        if match is None:
            self._fail("its title does not end in its range of codes", at)
        return title[: match.start()], match[1], match[2] or match[1]

    def _entry(self, element: ET.Element, block: str, parent: Row | None, sevenths: int | None) -> None:
        rows = self._tabular.rows
        at = parent.code if parent else f"block {block}"
        code, title = _text(element.find("name")), _text(element.find("desc"))
        if not code or printed(code) != code:
            self._fail("an entry has no name, or one that is not a code", at)
        if not title:
            self._fail("the entry has no title", code)
        if code in self._seen:
            self._fail("the entry occurs twice", code)
        if not _fits(code, parent):
            self._fail(f"the entry cannot stand under {at}", code)
        self._seen.add(code)
        row = Row(
            number=len(rows),
            code=code,
            title=title,
            parent=parent.number if parent else None,
            block=block,
            sevenths=sevenths,
        )
        rows.append(row)
        self._notes(element, code)
        for child in element:
            if child.tag == "diag":
                self._entry(child, block, row, row.sevenths)
            elif child.tag == "inclusionTerm":
                row.terms.extend(_lines(child))
            elif child.tag == "sevenChrDef":
                row.sevenths = self._characters(child, code)
            elif child.tag == "visualImpairment":
                self._tabular.notes.extend((code, "remarks", text) for text in _acuities(child))
        row.past = len(rows)

    def _characters(self, element: ET.Element, source: str) -> int:
        """The number under which the 7th characters that ``element`` defines are kept."""
        # A "note" between two characters is another wording of the one before it; it adds nothing to a title.
        meanings = {child.get("char", "").upper(): _text(child) for child in element if child.tag == "extension"}
        if not meanings or not all(len(character) == 1 and meaning for character, meaning in meanings.items()):
            self._fail("a 7th character has no sign or no meaning", source)
        number = len(self._tabular.sevenths)
        self._tabular.sevenths[number] = meanings
        return number

    def _notes(self, element: ET.Element, source: str) -> None:
        for child in element:
            kind = NOTE_KINDS.get(child.tag, "")
            for text in _lines(child) if kind else ():
                self._tabular.notes.append((source, kind, text))
                if kind == "remarks" and "7th character" in text and "not apply" in text:
                    match = _WITHHELD.search(text)
                    if match is None:
                        self._fail("a note on where 7th characters do not apply cannot be understood", source)
                    self._withheld.append(match)

    def _apply_withheld(self) -> None:
        for match in self._withheld:
            characters = "".join(re.findall(r"\b[0-9A-Z]\b", match["characters"]))
            place, values = int(match["place"]) - 1, set(_LONE.findall(match["values"]))
            for row in self._tabular.rows:
                compact = row.code.replace(".", "")
                if row.code.startswith(match["start"]) and len(compact) > place and compact[place] in values:
                    row.withheld += characters


def _fits(code: str, parent: Row | None) -> bool:
    """Whether an entry called ``code`` may stand under ``parent``: its code is that of the parent and more.

    The last character of a subcategory need not return: the list of FY2021 prints H54.512A under H54.511.
    """
    if parent is None:
        return len(code) == 3
    return len(code) > len(parent.code) and code.startswith(parent.code[:-1] if len(parent.code) > 4 else parent.code)


def _text(element: ET.Element | None) -> str:
    if element is None:
        return ""
    return " ".join((element.text or "" if len(element) == 0 else "".join(_pieces(element))).split())


def _pieces(element: ET.Element) -> Iterator[str]:
    """The text of ``element`` as it is after the revision that it may have marked."""
    yield element.text or ""
    for child in element:
        if child.tag != "old":
            yield from _pieces(child)
        yield child.tail or ""


def _lines(element: ET.Element) -> Iterator[str]:
    for note in element:
        text = _text(note)
        if note.tag == "note" and text:
            yield text


def _acuities(element: ET.Element) -> Iterator[str]:
    """The table of visual acuities, a line for each category of impairment."""
    for category in element.iterfind("visCategory"):
        value = _text(category.find("value"))
        below, least = (
            ", ".join(filter(None, map(_text, category.iterfind(f"visRange/{bound}/value"))))
            for bound in ("visMax", "visMin")
        )
        if value and below:
            told = f"less than {below}; equal to or better than {least}" if least else below
            yield f"visual impairment category {value}: {told}"
