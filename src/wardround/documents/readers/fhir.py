"""FHIR JSON: what a DocumentReference, a Composition or a Bundle of them says (HL7 FHIR R4, R4B and R5).

An attachment that the resource carries is read as what it is. One that lies elsewhere is not fetched.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from wardround.documents.layout import Layout, Page, Run
from wardround.documents.readers.base import Options, Reader, Reading
from wardround.documents.readers.html import markup_notices, parsed
from wardround.documents.readers.markup import Markup
from wardround.documents.readers.section_titles import section_lines
from wardround.errors import NoteError
from wardround.settings import DOCUMENT_LIMIT

__all__ = ["FhirReader"]

_ELSEWHERE = "an attachment lies elsewhere and was not fetched"
_ORDER = ("text/plain", "application/hl7", "text/xml", "application/xml", "text/html", "application/xhtml", "text/rtf")
_DEEPEST = 20  # sections inside of sections


class FhirReader(Reader):
    """A resource as JSON."""

    limit: ClassVar[int] = DOCUMENT_LIMIT

    def accepts(self, data: bytes) -> bool:
        """An object of JSON that names its resource type."""
        head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
        return head.startswith(b"{") and b'"resourceType"' in data

    def read(self, data: bytes, options: Options) -> Reading:
        """See `Reader.read`."""
        try:
            resource = json.loads(data.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise NoteError("the FHIR JSON is damaged", where=options.where, hint="get the resource again") from None
        resources = _Resources(resource, options)
        readings = list(resources.readings(resource))
        if not readings:
            if resources.notices:
                hint = "give the document itself, or a resource that carries it in its data"
                raise NoteError(resources.notices[0], where=options.where, hint=hint)
            what = "the FHIR resource holds no document"
            hint = "give a DocumentReference, a Composition, or a Bundle with one"
            raise NoteError(what, where=options.where, hint=hint)
        if len(readings) > 1:
            resources.notices.append(f"{len(readings)} documents of one bundle were read as one note")
        return _joined(readings, tuple(resources.notices))


class _Resources:
    """A resource with all that is inside of it, by the names under which it can be referred to."""

    def __init__(self, root: Any, options: Options) -> None:
        self._options = options
        self._by_name: dict[str, Mapping[str, Any]] = {}
        self.notices: list[str] = []
        for entry in _objects(root, "entry"):
            resource = entry.get("resource")
            if isinstance(resource, dict):
                for name in (entry.get("fullUrl"), f"{resource.get('resourceType')}/{resource.get('id')}"):
                    if isinstance(name, str):
                        self._by_name.setdefault(name, resource)

    def readings(self, resource: Any) -> Iterator[Reading]:
        """What the documents in a resource say, in order."""
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if kind == "Bundle":
            for entry in _objects(resource, "entry"):
                inner = entry.get("resource")
                if isinstance(inner, dict) and inner.get("resourceType") in ("Composition", "DocumentReference"):
                    yield from self.readings(inner)
        elif kind == "DocumentReference":
            yield from self._document(resource)
        elif kind == "Composition":
            yield from self._composition(resource)

    def _document(self, resource: Mapping[str, Any]) -> Iterator[Reading]:
        """One reading: the contents of a DocumentReference are one document in several formats."""
        attachments = [each.get("attachment") for each in _objects(resource, "content")]
        found = [each for each in attachments if isinstance(each, dict)]
        problem: NoteError | None = None
        for attachment in sorted(found, key=_preference):
            data = self._data(attachment, resource)
            if data is None:
                continue
            try:
                yield self._inside(data)
            except NoteError as error:
                problem = problem or error
            else:
                return
        if problem is not None:
            raise problem
        if found:
            self.notices.append(_ELSEWHERE)

    def _inside(self, data: bytes) -> Reading:
        from wardround.documents.readers import read_inside

        return read_inside(data, self._options)

    def _data(self, attachment: Mapping[str, Any], resource: Mapping[str, Any]) -> bytes | None:
        """The bytes of an attachment, its own or of a Binary beside it; None if they lie elsewhere."""
        encoded = attachment.get("data")
        if not isinstance(encoded, str):
            url = attachment.get("url")
            binary = self._referred(url, resource) if isinstance(url, str) else None
            encoded = None if binary is None else binary.get("data")
        if not isinstance(encoded, str):
            return None
        try:
            return base64.b64decode("".join(encoded.split()), validate=True)
        except (binascii.Error, ValueError):
            raise NoteError("the data of an attachment is not base64", where=self._options.where) from None

    def _referred(self, url: str, resource: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if url.startswith("#"):
            return next((each for each in _objects(resource, "contained") if each.get("id") == url[1:]), None)
        return self._by_name.get(url) or self._by_name.get("/".join(url.split("/")[-2:]))

    def _composition(self, resource: Mapping[str, Any]) -> Iterator[Reading]:
        markup = Markup()
        title = resource.get("title")
        lines = [title, ""] if isinstance(title, str) and title.strip() else []
        body = [line for each in _objects(resource, "section") for line in self._section(each, markup, 0)]
        if not body:
            body = self._narrative(resource, markup)
        if body:
            text = "\n".join([*lines, *body]).strip("\n") + "\n"
            yield Reading(text=text, reader="fhir composition", notices=markup_notices(markup))

    def _section(self, section: Mapping[str, Any], markup: Markup, depth: int) -> list[str]:
        if depth > _DEEPEST:
            raise NoteError("the sections of the FHIR resource are nested too deeply", where=self._options.where)
        body = self._narrative(section, markup)
        inner = [line for each in _objects(section, "section") for line in self._section(each, markup, depth + 1)]
        if not body and not inner:
            return []
        title = section.get("title")
        return section_lines(title if isinstance(title, str) else "", _loinc(section.get("code")), body) + inner

    def _narrative(self, holder: Mapping[str, Any], markup: Markup) -> list[str]:
        text = holder.get("text")
        div = text.get("div") if isinstance(text, dict) else None
        if not isinstance(div, str) or not div.strip():
            return []
        return markup.lines(parsed(div, self._options.where))


def _objects(holder: Any, name: str) -> list[dict[str, Any]]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _loinc(concept: Any) -> str:
    codings = _objects(concept, "coding")
    found = next((coding.get("code") for coding in codings if coding.get("system") == "http://loinc.org"), None)
    return found if isinstance(found, str) else ""


def _preference(attachment: Mapping[str, Any]) -> int:
    """Text before pages, pages before the rest."""
    kind = attachment.get("contentType")
    name = kind.lower() if isinstance(kind, str) else ""
    return next((place for place, known in enumerate(_ORDER) if name.startswith(known)), len(_ORDER))


def _joined(readings: list[Reading], notices: tuple[str, ...]) -> Reading:
    """Several readings as one, their pages numbered through."""
    parts: list[str] = []
    pages: list[Page] = []
    runs: list[Run] = []
    length = 0
    for reading in readings:
        if parts:
            parts.append("\n\n")
            length += 2
        if reading.layout is not None:
            before = len(pages)
            numbers = {page.number: before + place for place, page in enumerate(reading.layout.pages, 1)}
            for page in reading.layout.pages:
                number = numbers[page.number]
                pages.append(Page(number=number, width=page.width, height=page.height, reader=page.reader))
            runs += [
                Run(run.start + length, run.end + length, numbers[run.page], run.box, run.confidence)
                for run in reading.layout.runs
            ]
        parts.append(reading.text)
        length += len(reading.text)
    readers = dict.fromkeys(reading.reader for reading in readings if reading.reader)
    return Reading(
        text="".join(parts),
        reader=", ".join(["fhir", *(each for each in readers if each != "fhir")]),
        layout=Layout(tuple(pages), tuple(runs)) if pages else None,
        notices=tuple(dict.fromkeys([*(notice for reading in readings for notice in reading.notices), *notices])),
    )
