"""C-CDA: sections by LOINC code, narrative text, and XML that must be refused."""

from __future__ import annotations

import base64
import time

import pytest

from wardround.documents import SectionKind, read
from wardround.documents.headings import look_up
from wardround.documents.tables import read_table
from wardround.errors import NoteError
from wardround.words import cut

from .files import lines, pdf


def section(title: str, code: str, text: str, inner: str = "") -> str:
    loinc = f'<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>' if code else ""
    named = f"<title>{title}</title>" if title else ""
    return f"<component><section>{loinc}{named}<text>{text}</text>{inner}</section></component>"


def document(*sections: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    body = f"<component><structuredBody>{''.join(sections)}</structuredBody></component>"
    return f'{head}<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Visit Note</title>{body}</ClinicalDocument>'.encode()


def test_narrative() -> None:
    items = '<item>Gout</item><item><content styleCode="Bold">Acute  cough</content></item>'
    head = "<thead><tr><th>Drug</th><th>Dose</th></tr></thead>"
    rows = "<tbody><tr><td>Metformin</td><td>500 mg</td></tr></tbody>"
    paragraphs = "<paragraph>Rest.<br/>Ice.</paragraph><paragraph>Return in May.</paragraph>"
    data = document(
        section("Assessment", "51848-0", f'<list listType="ordered">{items}</list>'),
        section("MEDICATIONS", "10160-0", f"<table>{head}{rows}</table>"),
        section("Plan", "18776-5", paragraphs),
        section("Chief complaint", "10154-3", "line one\nline two"),
    )
    note = read(data)
    assert note.text == (
        "Visit Note\n\nASSESSMENT:\n- Gout\n- Acute cough\n\nMEDICATIONS:\nDrug\tDose\nMetformin\t500 mg\n\n"
        "PLAN:\nRest.\nIce.\n\nReturn in May.\n\nCHIEF COMPLAINT:\nline one\nline two\n"
    )
    assert note.reader == "c-cda"
    kinds = [
        SectionKind.OTHER,
        SectionKind.ASSESSMENT,
        SectionKind.MEDICATIONS,
        SectionKind.PLAN,
        SectionKind.CHIEF_COMPLAINT,
    ]
    assert [each.kind for each in note.sections] == kinds


@pytest.mark.parametrize(
    ("title", "code", "heading", "kind"),
    [
        ("Assessment", "", "ASSESSMENT:", SectionKind.ASSESSMENT),
        ("", "51848-0", "ASSESSMENT:", SectionKind.ASSESSMENT),
        ("What we think", "51848-0", "ASSESSMENT:", SectionKind.ASSESSMENT),
        (
            "Things to keep in mind",
            "11450-4",
            "PROBLEM LIST AND PAST MEDICAL HISTORY:",
            SectionKind.PAST_MEDICAL_HISTORY,
        ),
        ("Payers", "48768-6", "INSURANCE:", SectionKind.OTHER),
        ("Something odd", "", "FURTHER SECTION:\nSomething odd", SectionKind.OTHER),
        ("", "", "FURTHER SECTION:", SectionKind.OTHER),
    ],
)
def test_headings_are_such_as_the_note_knows(title: str, code: str, heading: str, kind: SectionKind) -> None:
    before = section("Diagnosis", "29308-4", "Gout.")
    note = read(document(before, section(title, code, "<paragraph>Words here.</paragraph>")))
    assert f"\n\n{heading}\nWords here." in note.text
    assert note.section_of(note.text.index("Words")).kind is kind


@pytest.mark.parametrize(("code", "name"), read_table("loinc_sections.tsv"))
def test_the_usual_name_of_a_section_is_a_heading(code: str, name: str) -> None:
    assert look_up(cut(name).folded) is not None
    note = read(document(section("Diagnosis", "29308-4", "Gout."), section("", code, "Words here.")))
    found = note.section_of(note.text.index("Words"))
    assert found.heading is not None
    assert found.heading.quote(note.text).lower().startswith(name.lower())


def test_sections_inside_of_sections_and_empty_ones() -> None:
    inner = section("Vital Signs", "8716-3", "BP 120/80")
    note = read(document(section("Physical Exam", "29545-1", "Well.", inner), section("Results", "30954-2", "")))
    assert note.text == "Visit Note\n\nPHYSICAL EXAM:\nWell.\n\nVITAL SIGNS:\nBP 120/80\n"


def body(inner: str) -> bytes:
    held = f"<component><nonXMLBody>{inner}</nonXMLBody></component>"
    return f'<ClinicalDocument xmlns="urn:hl7-org:v3">{held}</ClinicalDocument>'.encode()


def test_a_body_that_is_a_file() -> None:
    data = base64.b64encode(pdf(lines("Assessment: gout."))).decode()
    note = read(body(f'<text mediaType="application/pdf" representation="B64">{data}</text>'))
    assert note.text == "Assessment: gout."
    assert note.reader == "c-cda, pdf text"
    assert note.layout is not None


@pytest.mark.parametrize(
    ("inner", "what"),
    [
        ('<text><reference value="a.pdf"/></text>', "kept elsewhere"),
        ('<text representation="B64">%%%</text>', "damaged"),
        ("", "no body"),
    ],
)
def test_a_body_that_cannot_be_had(inner: str, what: str) -> None:
    with pytest.raises(NoteError, match=what):
        read(body(inner))


def test_documents_in_documents_in_documents() -> None:
    data = b"Gout."
    for _ in range(5):
        data = body(f'<text representation="B64">{base64.b64encode(data).decode()}</text>')
    with pytest.raises(NoteError, match="nested"):
        read(data)


LAUGHS = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!DOCTYPE ClinicalDocument [<!ENTITY l0 "sepsis">{LAUGHS}]>',
        '<!DOCTYPE ClinicalDocument [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE ClinicalDocument [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE ClinicalDocument SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE ClinicalDocument [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
    ],
    ids=["laughs", "file", "address", "external", "parameter"],
)
def test_declared_entities_are_refused(declared: str) -> None:
    name = "l9" if "l9" in declared else "x"
    began = time.monotonic()
    with pytest.raises(NoteError, match="unsafe"):
        read(document(section("Assessment", "51848-0", f"&{name};"), head=f'<?xml version="1.0"?>{declared}'))
    assert time.monotonic() - began < 2


def test_xml_that_is_not_well_formed_or_nested_too_deeply() -> None:
    with pytest.raises(NoteError, match="not well-formed at line 1"):
        read(document(section("Assessment", "51848-0", "Gout"))[:-30])
    with pytest.raises(NoteError, match="nested too deeply"):
        read(document(section("Plan", "", "<paragraph>" * 500 + "x" + "</paragraph>" * 500)))


def test_a_document_without_sections() -> None:
    with pytest.raises(NoteError, match="no sections"):
        read(document())
