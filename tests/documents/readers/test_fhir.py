"""FHIR JSON: DocumentReference, Composition, Bundle."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from wardround.documents import SectionKind, read
from wardround.errors import NoteError
from wardround.spans import Span

from .files import lines, pdf


def reference(*attachments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "DocumentReference", "content": [{"attachment": each} for each in attachments], **more}


def attached(data: bytes, kind: str = "text/plain") -> dict[str, str]:
    return {"contentType": kind, "data": base64.b64encode(data).decode()}


def composition(*sections: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Composition", "title": "Visit Note", "section": list(sections)}


def section(title: str, code: str, div: str, *inner: dict[str, Any]) -> dict[str, Any]:
    coding = [{"system": "http://snomed.info/sct", "code": "1"}, {"system": "http://loinc.org", "code": code}]
    return {
        "title": title,
        "code": {"coding": coding},
        "text": {"status": "generated", "div": div},
        "section": list(inner),
    }


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "entry": [{"fullUrl": f"urn:uuid:{i}", "resource": r} for i, r in enumerate(resources)],
    }


def text_of(resource: dict[str, Any]) -> str:
    return read(json.dumps(resource).encode()).text


def test_an_attachment_is_read_as_what_it_is() -> None:
    note = read(json.dumps(reference(attached(pdf(lines("Assessment: gout.")), "application/pdf"))).encode())
    assert note.text == "Assessment: gout."
    assert note.reader == "fhir, pdf text"
    assert note.layout is not None


def test_several_contents_are_one_document() -> None:
    both = reference(attached(pdf(lines("Gout as PDF.")), "application/pdf"), attached(b"Gout as text."))
    assert text_of(both) == "Gout as text."


def test_an_attachment_that_cannot_be_read_gives_way_to_one_that_can() -> None:
    both = reference(attached(b"\x89PNG\r\n\x1a\nxx", "text/plain"), attached(b"<p>Gout.</p>", "text/html"))
    assert text_of(both) == "Gout."


def test_binaries_beside_it_are_found_and_others_not_fetched() -> None:
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": attached(b"Gout.")["data"]}
    assert text_of(reference({"url": "#b"}, contained=[binary])) == "Gout."
    assert text_of(bundle(reference({"url": "urn:uuid:1"}), binary)) == "Gout."
    assert text_of(bundle(reference({"url": "https://example.org/fhir/Binary/b"}), binary)) == "Gout."
    with pytest.raises(NoteError, match="was not fetched"):
        text_of(reference({"url": "https://example.org/fhir/Binary/9"}))


def test_a_composition_by_its_sections() -> None:
    inner = section("Vital Signs", "8716-3", "<div>BP 120/80</div>")
    note = read(
        json.dumps(
            composition(
                section(
                    "Exam today",
                    "29545-1",
                    "<div xmlns='x'><p>Well &amp; alert</p></div>",
                    inner,
                ),
                section("Our thoughts", "51848-0", "<div><ul><li>Gout</li></ul></div>"),
                section("Empty", "18776-5", ""),
            )
        ).encode()
    )
    assert note.text == "Visit Note\n\nEXAM TODAY:\nWell & alert\n\nVITAL SIGNS:\nBP 120/80\n\nASSESSMENT:\n- Gout\n"
    assert note.section_of(note.text.index("Gout")).kind is SectionKind.ASSESSMENT
    assert note.reader == "fhir, fhir composition"


def test_a_composition_without_sections_by_its_own_text() -> None:
    assert text_of({"resourceType": "Composition", "text": {"div": "<div><p>Gout.</p></div>"}}) == "Gout.\n"


def test_several_documents_of_a_bundle_keep_their_places() -> None:
    both = bundle(
        reference(attached(pdf(lines("Gout."), lines("Cough.")), "application/pdf")),
        {"resourceType": "Patient", "text": {"div": "<div>Sepsis</div>"}},
        reference(attached(pdf(lines("Anemia.")), "application/pdf")),
    )
    note = read(json.dumps(both).encode())
    assert "Sepsis" not in note.text
    assert note.notices == ("2 documents of one bundle were read as one note",)
    assert note.layout is not None
    for word, page in (("Gout", 1), ("Cough", 2), ("Anemia", 3)):
        at = note.text.index(word)
        assert [place.page for place in note.layout.places(Span(at, at + 4))] == [page]


@pytest.mark.parametrize(
    ("resource", "what"),
    [
        ({"resourceType": "Patient"}, "holds no document"),
        ({"resourceType": "Bundle", "entry": [7, {"resource": None}]}, "holds no document"),
        (reference({"data": "%%%"}), "not base64"),
        (reference(), "holds no document"),
    ],
)
def test_resources_without_a_document(resource: dict[str, Any], what: str) -> None:
    with pytest.raises(NoteError, match=what):
        text_of(resource)


def test_resources_in_resources_in_resources() -> None:
    data = b"Gout."
    for _ in range(5):
        data = json.dumps(reference(attached(data))).encode()
    with pytest.raises(NoteError, match="nested"):
        read(data)
    deep = section("Plan", "18776-5", "<div>x</div>")
    for _ in range(40):
        deep = section("Plan", "18776-5", "", deep)
    with pytest.raises(NoteError, match="nested"):
        text_of(composition(deep))


def test_damaged_json() -> None:
    with pytest.raises(NoteError, match="damaged"):
        read(b'{"resourceType": "Bundle", "entry": [')
    with pytest.raises(NoteError, match="damaged"):
        read(b'{"resourceType": ' + b"[" * 200_000)
