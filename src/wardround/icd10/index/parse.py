"""Reads the Index and its tables from their official XML into plain rows, in printed order.

All four files have one layout: ``letter`` > ``mainTerm`` > ``term`` (nested, nine levels at most), each with a title
and a code, a cross-reference, or, in the two tables, cells under the headings at the top of the file. A title may have
non-essential modifiers (``nemod``) and text after them. In files that show changes, ``diff`` stands where the title
would or inside a cell; what holds now is its unchanged and its new text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from wardround.errors import CodeSetError
from wardround.icd10.index.entry import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Row", "Section", "parse"]

_ROOT = "ICD10CM.index"
_CHUNK = 1 << 16  # bytes fed to the parser at a time
_DEEPEST = 9
_TERMS = frozenset({"mainTerm", "term"})
_TEXTS = frozenset("version title head see seeAlso code seecat subcat manif warning cell".split())
_INLINE = frozenset({"nemod", "unc", "old", "new"})
_HOLDERS = {  # where an element may stand
    "version": {_ROOT},
    "title": {_ROOT, "letter", *_TERMS},
    "indexHeading": {_ROOT},
    "letter": {_ROOT},
    "head": {"indexHeading"},
    "mainTerm": {"letter"},
    "term": _TERMS,
    **dict.fromkeys("see seeAlso code seecat subcat manif warning cell".split(), _TERMS),
    "diff": {*_TERMS, "letter", *_TEXTS},
    "nemod": {"title", "diff", *_TEXTS},
    **{tag: {"diff", *_TEXTS} for tag in ("unc", "old", "new")},
}
_PAIRS = frozenset((holder, tag) for tag, holders in _HOLDERS.items() for holder in holders)
_HEADS = {  # the words by which a heading is known → its column
    "malignant primary": "malignant_primary",
    "malignant secondary": "malignant_secondary",
    "ca in situ": "in_situ",
    "carcinoma in situ": "in_situ",
    "benign": "benign",
    "uncertain behavior": "uncertain",
    "unspecified behavior": "unspecified",
    "poisoning accidental": "poisoning_accidental",
    "poisoning intentional self-harm": "poisoning_self_harm",
    "poisoning assault": "poisoning_assault",
    "poisoning undetermined": "poisoning_undetermined",
    "adverse effect": "adverse_effect",
    "underdosing": "underdosing",
}
_CODE = r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?"
# A code, a dash if it is incomplete, a dagger or star; then perhaps the manifestation, in brackets or after a comma.
_CODES = re.compile(
    rf"(?P<code>{_CODE})(?P<dash>\.?-)?\s*[*†#]?(?:[\s,/]*\[?\s*(?P<manifestation>{_CODE})(?:\.?-)?\s*[*†#]?\s*\]?)?"
)
_NOTHING = re.compile(r"[-–—\s]*")
_GLUED = re.compile(r"\((?:-|(?:s|es|e|ies|ing|ism|ry|y|o)\))")  # part of the word before it
# Cross-references that are written into a title.
_SEE = re.compile(r"\(\s*see\s+(?P<also>also\b)?[,\s]*(?P<text>(?:[^()]|\([^()]*\))+)\)", re.IGNORECASE)
_AS = re.compile(
    r"\s*\s-{1,2}\s*(?P<how>code (?:by site(?: and stage)? under|by|as|to|under)|omit code)\b\s*(?P<text>.*)$"
)


@dataclass(slots=True)
class Row:
    """One ``mainTerm`` or ``term``; ``number`` counts from 0 in printed order over all files."""

    number: int
    table: str
    line: int
    parent: int | None
    printed: str = ""
    past: int = 0  # number after that of the last row below
    code: str = ""  # with its dash
    manifestation: str = ""
    see: str = ""
    also: str = ""
    category: str = ""
    subcategory: str = ""
    warning: str = ""
    withdrawn: str = ""  # codes taken out, because the release does not have them
    cells: dict[str, str] = field(default_factory=dict)  # column → code, with its dash


@dataclass(slots=True)
class Section:
    """One file: its rows have the numbers ``[first, past)``. ``fiscal_year`` is 0 where it does not name one."""

    table: str
    file: str
    fiscal_year: int
    first: int
    past: int


def parse(table: str, path: Path, rows: list[Row]) -> Section:
    """Read the file of one table and append what it holds to ``rows``.

    Raises:
        CodeSetError: the file cannot be read, is not well-formed, declares a document type, or is not what ``table``
            says; ``where`` names the file and the line.
    """
    return _Parser(table, path, rows).parse()


class _Parser:
    def __init__(self, table: str, path: Path, rows: list[Row]) -> None:
        self._table = table
        self._path = path
        self._rows = rows
        self._first = len(rows)
        self._year = 0
        self._elements: list[str] = []
        self._open: list[Row] = []  # the terms around
        self._text: list[str] | None = None  # of the element being read
        self._of = ""  # which element that is
        self._column = ""
        self._columns: dict[str, str] = {}  # number of a column → its name
        self._old = 0  # depth inside text that no longer holds
        self._changed: set[int] = set()  # terms whose title shows changes
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.StartDoctypeDeclHandler = self._doctype

    def parse(self) -> Section:
        try:
            with self._path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    self._expat.Parse(chunk, False)
            self._expat.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: an encoding that is not known
            raise CodeSetError(
                "this is not well-formed XML",
                where=f"{self._path.name}, line {self._expat.CurrentLineNumber}",
                hint="the file is damaged or incomplete; fetch it again",
            ) from error
        except OSError as error:
            raise CodeSetError(f"the file cannot be read: {error.strerror}", where=self._path.name) from error
        rows = self._rows[self._first :]
        if not rows or (self._table in COLUMNS) != any(row.cells for row in rows):
            raise CodeSetError(f"this is not the {_NAMES[self._table]}", where=self._path.name)
        return Section(self._table, self._path.name, self._year, self._first, len(self._rows))

    def _fail(self, what: str) -> NoReturn:
        above = " > ".join(row.printed for row in self._open if row.printed)
        where = f"{self._path.name}, line {self._expat.CurrentLineNumber}"
        raise CodeSetError(what, where=f"{where}, {above}" if above else where)

    def _doctype(self, *_: object) -> None:
        self._fail("it declares a document type, which no published file does; nothing of it is read")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        holder = self._elements[-1] if self._elements else ""
        self._elements.append(tag)
        if (holder, tag) not in _PAIRS:
            self._misplaced(holder, tag, attributes)
        elif tag in _TERMS:
            self._term(tag, attributes)
        elif tag == "nemod":
            self._append("\0")
        elif tag == "old":
            self._old += 1
        elif tag in _TEXTS or (tag == "diff" and self._text is None):
            self._begin("title" if tag == "diff" else tag, attributes)

    def _misplaced(self, holder: str, tag: str, attributes: dict[str, str]) -> None:
        """An element that stands in none that may hold it; the outermost one alone may."""
        if holder:
            self._fail(f"<{tag}> cannot stand in <{holder}>")
        if tag != _ROOT:
            self._fail(f"this is not an ICD-10-CM Index: it begins with <{tag}>")
        if attributes.get("isAddenda", "false").lower() == "true":
            self._fail("this lists changes only; install the full Index of the same year")

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._text, self._of = [], tag
        if self._elements[-1] == "diff" and self._open:
            self._changed.add(self._open[-1].number)
        if tag in ("cell", "head"):
            self._column = attributes.get("col", "")
            if tag == "cell" and self._column not in self._known_columns():
                self._fail(f"a cell stands in an unknown column, {self._column or 'without a number'}")

    def _known_columns(self) -> dict[str, str]:
        if not self._columns:  # a file without headings has the columns in their usual order
            self._columns = {str(place): name for place, name in enumerate(COLUMNS.get(self._table, ()), 2)}
        return self._columns

    def _term(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "term" and attributes.get("level") != str(len(self._open)):
            self._fail(f"a term of level {attributes.get('level', '(none)')} stands at level {len(self._open)}")
        if len(self._open) > _DEEPEST:
            self._fail("terms are nested too deeply")
        parent = self._open[-1].number if self._open else None
        self._open.append(Row(len(self._rows), self._table, self._expat.CurrentLineNumber, parent))
        self._rows.append(self._open[-1])

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._append(text)
        elif not text.isspace():
            self._fail(f"text stands in <{self._elements[-1]}>, where there can be none")

    def _append(self, text: str) -> None:
        if self._text is not None and not self._old:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        self._elements.pop()
        if tag == "old":
            self._old -= 1
        elif tag == "nemod":
            self._append("\1")
        elif tag in _TERMS:
            self._finish(self._open.pop())
        elif self._text is not None and (tag == self._of or (tag == "diff" and self._of == "title")):
            if tag == "diff" and self._elements[-1] == "title":
                return
            text, self._text = _printed("".join(self._text)), None
            if self._open:
                self._set(self._open[-1], text)
            elif self._of == "version":
                self._version(text)
            elif self._of == "head":
                self._head(text)
            elif self._of == "title" and self._elements[-1] == _ROOT:
                self._check_title(text)

    def _version(self, text: str) -> None:
        if not re.fullmatch(r"\d{4}", text, re.ASCII):
            self._fail("the version is no fiscal year")
        self._year = int(text)

    def _check_title(self, text: str) -> None:
        if self._table in ("index", "external") and ("external cause" in text.lower()) != (self._table == "external"):
            self._fail(f"this is not the {_NAMES[self._table]}")

    def _head(self, text: str) -> None:
        if self._table not in COLUMNS:
            self._fail(f"this is not the {_NAMES[self._table]}: it has columns")
        name = _HEADS.get(re.sub(r"\s*\(.*", "", text).lower())
        if name in COLUMNS[self._table]:
            self._columns[self._column] = name or ""
        elif self._column != "1":  # the first names the row
            self._fail(f"column {self._column} has an unknown heading")

    def _set(self, row: Row, text: str) -> None:
        tag = self._of
        if tag == "title":
            self._title(row, text)
        elif tag == "cell":
            if not _NOTHING.fullmatch(text):
                name = self._columns[self._column]
                if name in row.cells:
                    self._fail("a row has two cells in one column")
                row.cells[name] = self._code(text)[0]
        elif tag == "code":
            if row.code:
                self._fail("a term has two codes")
            row.code, manifestation = self._code(text)
            row.manifestation = manifestation or row.manifestation
        elif tag == "manif":
            match = _CODES.fullmatch(text.strip("[] "))
            if match:
                row.manifestation = match["code"]
            else:
                row.warning = _joined(row.warning, text)
        elif tag == "see":
            row.see = _joined(row.see, text)
        elif tag == "seeAlso":
            row.also = _joined(row.also, text)
        elif tag == "seecat":
            row.category = text
        elif tag == "subcat":
            row.subcategory = text
        elif tag == "warning":
            row.warning = _joined(row.warning, text)

    def _title(self, row: Row, text: str) -> None:
        for match in _SEE.finditer(text) if "(" in text else ():
            reference = match["text"].removeprefix("if applicable, ").strip()
            if match["also"]:
                row.also = _joined(row.also, reference)
            else:
                row.see = _joined(row.see, reference)
            text = " ".join(text.replace(match[0], " ").split())
        instead = _AS.search(text) if " -" in text else None
        if instead:
            text = text[: instead.start()]
            if instead["how"] == "omit code":
                row.warning = "omit code"
            else:
                by_site = ", by site" if "by site" in instead["how"] else ""
                row.see = _joined(row.see, f"{instead['text']}{by_site}")
        row.printed = text.rstrip("*† ")

    def _code(self, text: str) -> tuple[str, str]:
        match = _CODES.fullmatch(text)
        if match is None:
            self._fail(f"{text[:40]!r} is no code")
        return match["code"] + ("-" if match["dash"] else ""), match["manifestation"] or ""

    def _finish(self, row: Row) -> None:
        if not row.printed:
            if row.number not in self._changed:
                self._fail("a term has no title")
            del self._rows[row.number :]  # taken out: all of its title is old text
        elif row.printed.startswith("Note:") and self._open and row.number + 1 == len(self._rows):
            above = self._open[-1]
            above.warning = _joined(above.warning, row.printed.removeprefix("Note:").strip())
            del self._rows[row.number :]
        row.past = len(self._rows)


_NAMES = {
    "index": "Index to Diseases and Injuries",
    "external": "External Cause Index",
    "neoplasm": "Table of Neoplasms",
    "drug": "Table of Drugs and Chemicals",
}


def _printed(pieces: str) -> str:
    """Text with its modifiers, marked by control characters, put where they are printed."""
    if "\0" in pieces:
        before, _, rest = pieces.partition("\0")
        text = before.rstrip()
        for part in rest.split("\0"):
            modifiers, _, after = part.partition("\1")
            modifiers = modifiers.strip()
            text += modifiers if _GLUED.match(modifiers) or not text else f" {modifiers}"
            text += after
        pieces = text
    return " ".join(pieces.split())


def _joined(one: str, other: str) -> str:
    return f"{one}; {other}" if one and other else one or other
