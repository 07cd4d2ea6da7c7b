"""Reads the Tabular List from its official XML into plain rows, in printed order.

The file is ``chapter`` > ``section`` (a block, perhaps with blocks inside) > ``diag`` (nested). Notes may stand at any
level. A 7th character is defined once, at a category or subcategory, for all the codes below it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from wardround.errors import CodeSetError
from wardround.icd10.code import Block, Chapter, printed
from wardround.icd10.notes import NOTE_KINDS

if TYPE_CHECKING:
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


@dataclass(slots=True)
class Row:
    """One ``diag`` element; ``number`` counts from 0 in printed order."""

    number: int
    code: str
    title: str
    parent: int | None
    block: str
    sevenths: int | None  # number of the entry that defines its 7th characters
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
    sevenths: dict[int, dict[str, str]] = field(default_factory=dict)  # entry's number → character → meaning


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
        try:
            root = ET.parse(self._path).getroot()
        except ET.ParseError as error:
            line, _ = error.position
            raise CodeSetError(
                "this is not well-formed XML",
                where=f"{self._file}, line {line}",
                hint="the file is damaged or incomplete; fetch it again",
            ) from error
        except OSError as error:
            raise CodeSetError(f"the file cannot be read: {error.strerror}", where=self._file) from error
        version = _text(root.find("version"))
        if not re.fullmatch(r"\d{4}", version, re.ASCII):
            self._fail("this is not an ICD-10-CM Tabular List: it does not name its fiscal year")
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
        self._notes(element, f"chapter {name}")
        for section in element.iterfind("section"):
            self._block(section, name, None)

    def _block(self, element: ET.Element, chapter: str, parent: str | None) -> None:
        name = element.get("id", "")
        if not name:
            self._fail("a block has no name", f"chapter {chapter}")
        if any(name == block.name for block in self._tabular.blocks):
            self._fail("the block occurs twice", f"block {name}")
        title, first, last = self._titled(element, f"block {name}")
        self._tabular.blocks.append(
            Block(name=name, title=title, first=first, last=last, chapter=chapter, parent=parent)
        )
        self._notes(element, f"block {name}")
        for child in element:
            if child.tag == "section":
                self._block(child, chapter, name)
            elif child.tag == "diag":
                self._entry(child, name, None)

    def _titled(self, element: ET.Element, at: str) -> tuple[str, str, str]:
        title = _text(element.find("desc"))
        match = _RANGE.search(title)
        if match is None:
            self._fail("its title does not end in its range of codes", at)
        return title[: match.start()], match[1], match[2] or match[1]

    def _entry(self, element: ET.Element, block: str, parent: Row | None) -> None:
        rows = self._tabular.rows
        at = parent.code if parent else f"block {block}"
        code, title = _text(element.find("name")), _text(element.find("desc"))
        if not code or printed(code) != code:
            self._fail("an entry has no name, or one that is not a code", at)
        if not title:
            self._fail("the entry has no title", code)
        if code in self._seen:
            self._fail("the entry occurs twice", code)
        if not code.startswith(parent.code) if parent else len(code) != 3:
            self._fail(f"the entry cannot stand under {at}", code)
        self._seen.add(code)
        row = Row(
            number=len(rows),
            code=code,
            title=title,
            parent=parent.number if parent else None,
            block=block,
            sevenths=parent.sevenths if parent else None,
        )
        rows.append(row)
        self._notes(element, code)
        for child in element:
            if child.tag == "diag":
                self._entry(child, block, row)
            elif child.tag == "inclusionTerm":
                row.terms.extend(_lines(child))
            elif child.tag == "sevenChrDef":
                row.sevenths = row.number
                self._tabular.sevenths[row.number] = self._characters(child, code)
        row.past = len(rows)

    def _characters(self, element: ET.Element, code: str) -> dict[str, str]:
        # A "note" between two characters is another wording of the one before it; it adds nothing to a title.
        meanings = {child.get("char", "").upper(): _text(child) for child in element if child.tag == "extension"}
        if not meanings or not all(len(character) == 1 and meaning for character, meaning in meanings.items()):
            self._fail("a 7th character has no sign or no meaning", code)
        return meanings

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


def _text(element: ET.Element | None) -> str:
    return " ".join((element.text or "").split()) if element is not None else ""


def _lines(element: ET.Element) -> Iterator[str]:
    for note in element:
        text = _text(note)
        if note.tag == "note" and text:
            yield text
