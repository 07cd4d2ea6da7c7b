"""Reads one official XML file. What it declares is not believed: a document type is refused, so no entity is expanded.

The official files have none. A file that has one may be made to exhaust memory or to read other files.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from wardround.errors import CodeSetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Beginning", "beginning", "read"]

_START = 1 << 16  # bytes within which everything that tells a file's part and year has to stand
_CHUNK = 1 << 20  # bytes parsed at a time; in smaller pieces one endless tag would be read over and over
_DEEPEST = 64  # elements inside each other; the official files have twelve
_MOST = 3_000_000  # elements; the Tabular List has 250,000
_BODY = {"letter", "chapter", "introduction"}  # elements that come after everything that tells a file's part and year


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """What a file says of itself before its content.

    Attributes:
        root: name of the outermost element, ``"ICD10CM.tabular"``.
        attributes: those of the outermost element.
        version: the fiscal year as it is written; empty if it is not.
        title: of an Index; empty if there is none.
        columns: headings of a table's columns; empty if it is no table.
    """

    root: str
    attributes: Mapping[str, str]
    version: str
    title: str
    columns: tuple[str, ...]


def read(path: Path) -> ET.Element:
    """The outermost element of the file at ``path``.

    Raises:
        CodeSetError: the file cannot be read, has a document type, or is not well-formed; ``where`` gives the line.
    """
    beginning(path)
    parser = ET.XMLParser(target=_Builder(path.name))
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.feed(chunk)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        _damaged(path, error.position[0], error)
    except OSError as error:
        _unreadable(path, error)
    except (ValueError, LookupError) as error:  # an encoding that Python does not have
        _damaged(path, 1, error)
    return root


class _Builder(ET.TreeBuilder):
    """Builds the tree unless it outgrows that of any official file."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._depth = self._count = 0

    def start(self, tag: str, attributes: dict[str, str], /) -> ET.Element:
        self._depth += 1
        self._count += 1
        if self._depth > _DEEPEST or self._count > _MOST:
            raise CodeSetError("it has more elements, or more inside each other, than any release", where=self._name)
        return super().start(tag, attributes)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def beginning(path: Path) -> Beginning:
    """What the file at ``path`` says of itself; only its first few lines are read.

    Raises:
        CodeSetError: the file cannot be read, has a document type, or does not begin as well-formed XML.
    """
    reader = _Reader(path)
    try:
        with path.open("rb") as file:
            start = file.read(_START)
            reader.parser.Parse(start, len(start) < _START)
    except expat.ExpatError as error:
        _damaged(path, error.lineno, error)
    except OSError as error:
        _unreadable(path, error)
    except (ValueError, LookupError) as error:
        _damaged(path, 1, error)
    if reader.wanted and len(start) == _START:
        raise CodeSetError("the file does not begin as an official one does", where=path.name)
    return Beginning(
        root=reader.root,
        attributes=reader.attributes,
        version=reader.texts.get("version", "").strip(),
        title=" ".join(reader.texts.get("title", "").split()),
        columns=tuple(reader.columns),
    )


class _Reader:
    """Collects the beginning from what the parser reports."""

    def __init__(self, path: Path) -> None:
        self.root = ""
        self.attributes: dict[str, str] = {}
        self.texts: dict[str, str] = {}  # element right below the root → its text
        self.columns: list[str] = []
        self.wanted = True
        self._path = path
        self._above: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _refuse(self, *_: object) -> NoReturn:
        raise CodeSetError(
            "the file has a document type declaration, which no official file has; it is not read",
            where=f"{self._path.name}, line {self.parser.CurrentLineNumber}",
            hint="fetch it again from its publisher",
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._above:
            self.root, self.attributes = tag, attributes
            self.wanted = tag.startswith("ICD10CM.")
        elif tag in _BODY:
            self.wanted = False
        elif tag == "head" and self.wanted:
            self.columns.append("")
        self._above.append(tag)

    def _end(self, tag: str) -> None:
        self._above.pop()

    def _text(self, text: str) -> None:
        if not self.wanted:
            return
        if "old" in self._above:  # what a revision has taken out
            return
        if self._above[1:3] == ["indexHeading", "head"]:
            self.columns[-1] += text
        elif len(self._above) > 1:
            self.texts[self._above[1]] = self.texts.get(self._above[1], "") + text


def _damaged(path: Path, line: int, error: Exception) -> NoReturn:
    raise CodeSetError(
        "this is not well-formed XML",
        where=f"{path.name}, line {line}",
        hint="the file is damaged or incomplete; fetch it again",
    ) from error


def _unreadable(path: Path, error: OSError) -> NoReturn:
    raise CodeSetError(f"the file cannot be read: {error.strerror}", where=path.name) from error
