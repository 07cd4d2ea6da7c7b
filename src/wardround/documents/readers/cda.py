"""C-CDA: the sections of a ClinicalDocument with their narrative text (HL7 CDA R2, C-CDA R2.1).

The narrative is what a person signs; entries, which repeat it as data, are not read. A document with a type definition
is refused before anything in it is resolved.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from wardround.documents.readers.base import Options, Reader, Reading, missing
from wardround.documents.readers.html import markup_notices
from wardround.documents.readers.markup import Markup, name_of
from wardround.documents.readers.section_titles import section_lines
from wardround.errors import NoteError
from wardround.settings import FILE_LIMIT

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["CdaReader"]

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.\-]*:)?ClinicalDocument[\s>]")
_HEAD = 65_536
_DEEPEST = 100


class CdaReader(Reader):
    """C-CDA and other CDA R2 documents; one with a body that is no XML is read as what that body is."""

    limit: ClassVar[int] = 4 * FILE_LIMIT

    def accepts(self, data: bytes) -> bool:
        """XML whose root is a ClinicalDocument."""
        head = data[:_HEAD].replace(b"\0", b"")  # UTF-16
        return b"<" in head[:8] and _ROOT.search(head) is not None

    def read(self, data: bytes, options: Options) -> Reading:
        """See `Reader.read`."""
        root = _parsed(data, options.where)
        title = _text_of(_child(root, "title"))
        body = _child(_child(root, "component"), "structuredBody")
        if body is None:
            return _without_sections(root, options)
        markup = Markup()
        lines = [title, ""] if title else []
        for section in _sections(body):
            lines += _section(section, markup)
        text = "\n".join(lines).strip("\n")
        if not text.strip() or text == title:
            raise NoteError("the document has no sections with text", where=options.where)
        return Reading(text=text + "\n", reader="c-cda", notices=markup_notices(markup))


def _parsed(data: bytes, where: str) -> Element:
    from xml.etree.ElementTree import ParseError

    try:
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import fromstring
    except ImportError:
        raise missing("reading C-CDA", where) from None
    try:
        root: Element = fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        what = "the XML has a document type definition or entities, which no C-CDA has; it is refused as unsafe"
        raise NoteError(what, where=where, hint="get the document from its source again") from None
    except (ParseError, ValueError, LookupError) as error:
        position = getattr(error, "position", None)
        place = f" at line {position[0]}" if position else ""
        raise NoteError(f"the XML is not well-formed{place}", where=where, hint="get the document again") from None
    level, deep = [root], 0
    while level:
        level, deep = [child for element in level for child in element], deep + 1
        if deep > _DEEPEST:
            raise NoteError("the elements of the XML are nested too deeply", where=where)
    return root


def _sections(parent: Element) -> Iterator[Element]:
    """Sections right below a body or a section."""
    for component in parent:
        if name_of(component) == "component":
            yield from (each for each in component if name_of(each) == "section")


def _section(section: Element, markup: Markup) -> list[str]:
    code = _child(section, "code")
    text = _child(section, "text")
    body = [] if text is None else _narrative(text, markup)
    inner = [line for each in _sections(section) for line in _section(each, markup)]
    if not body and not inner:
        return []
    title = _text_of(_child(section, "title"))
    loinc = "" if code is None else code.get("code") or ""
    return section_lines(title, loinc, body) + inner


def _narrative(text: Element, markup: Markup) -> list[str]:
    if len(text):
        return markup.lines(text)
    return [line.strip() for line in (text.text or "").splitlines() if line.strip()]  # lines are all that it has


def _without_sections(root: Element, options: Options) -> Reading:
    """The body of a document that is a file of another kind (nonXMLBody)."""
    from wardround.documents.readers import read_inside

    text = _child(_child(_child(root, "component"), "nonXMLBody"), "text")
    if text is None:
        raise NoteError("the document has no body", where=options.where)
    if _child(text, "reference") is not None:
        hint = "give the file that it refers to"
        raise NoteError("the body of the document is kept elsewhere", where=options.where, hint=hint)
    if (text.get("representation") or "").upper() != "B64":
        return Reading(text=_text_of(text), reader="c-cda")
    try:
        data = base64.b64decode("".join((text.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("the body of the document is damaged", where=options.where) from None
    inside = read_inside(data, options)
    return replace(inside, reader=f"c-cda, {inside.reader}" if inside.reader else "c-cda")


def _child(element: Element | None, name: str) -> Any:
    wanted = name.lower()
    return None if element is None else next((each for each in element if name_of(each) == wanted), None)


def _text_of(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())
