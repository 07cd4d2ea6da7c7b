"""DOCX: lists, tables, headers, text boxes, tracked changes, and archives that must be refused."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml

from wardround.documents import read
from wardround.errors import NoteError

from .files import archive

_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)


def saved(document: Any) -> bytes:
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def paragraph(document: Any, xml: str) -> None:
    document.element.body.insert(0, parse_xml(f"<w:p {_NAMES}>{xml}</w:p>"))


def test_paragraphs_lists_and_tables() -> None:
    document = docx.Document()
    document.add_heading("Assessment", 1)
    for problem in ("Type 2 diabetes mellitus", "Essential hypertension"):
        document.add_paragraph(problem, style="List Number")
    document.add_paragraph("recheck in May", style="List Bullet")
    table = document.add_table(2, 3)
    for row, cells in enumerate((("Drug", "Dose", "Often"), ("Metformin", "500 mg", "twice daily"))):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    document.add_paragraph("Signed.")
    note = read(saved(document))
    assert note.text.splitlines() == [
        "Assessment",
        "1. Type 2 diabetes mellitus",
        "2. Essential hypertension",
        "- recheck in May",
        "Drug\tDose\tOften",
        "Metformin\t500 mg\ttwice daily",
        "Signed.",
    ]
    assert note.reader == "docx"
    assert note.layout is None
    assert note.notices == ()


def test_headers_stand_first_and_footers_last_without_page_numbers() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Riverside Clinic"
    document.sections[0].footer.paragraphs[0].text = "Page 1 of 2"
    document.sections[0].footer.add_paragraph("Dictated, not read")
    document.add_paragraph("Gout.")
    assert read(saved(document)).text == "Riverside Clinic\n\nGout.\n\nDictated, not read\n"


BOX = "<w:txbxContent><w:p><w:r><w:t>No latex</w:t></w:r></w:p></w:txbxContent>"
TEXT_BOX = (
    f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx>{BOX}</wps:txbx></mc:Choice>"
    f"<mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent><w:t>Gout</w:t></w:r>"
)
TRACKED = "<w:ins><w:r><w:t>Gout</w:t></w:r></w:ins><w:del><w:r><w:delText>Sepsis</w:delText></w:r></w:del>"
SIGNS = "<w:r><w:t>no</w:t><w:noBreakHyphen/><w:t>fault</w:t><w:tab/><w:t>x</w:t><w:br/><w:t>y</w:t></w:r>"


@pytest.mark.parametrize(
    ("inside", "said", "notice"),
    [
        (TRACKED, "Gout", ""),
        ("<w:r><w:t>Gout</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>Sepsis</w:t></w:r>", "Gout", "not shown"),
        ("<w:r><w:t>Gout</w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>Sepsis</w:t></w:r>", "Gout", "struck out"),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>Gout</w:t></w:r>', "Gout", ""),
        (SIGNS, "no-fault\tx\ny", ""),
        ("<w:r><w:instrText>PAGE</w:instrText><w:t>Gout</w:t></w:r>", "Gout", ""),
        (TEXT_BOX, "Gout\nNo latex", ""),
    ],
    ids=["tracked", "hidden", "struck", "shown", "signs", "field", "text box"],
)
def test_what_is_part_of_the_note(inside: str, said: str, notice: str) -> None:
    document = docx.Document()
    paragraph(document, inside)
    note = read(saved(document))
    assert note.text == f"{said}\n"
    assert [notice in told for told in note.notices] == [True] * bool(notice)


def test_a_table_that_lays_out_the_page_is_read_cell_by_cell() -> None:
    document = docx.Document()
    cell = document.add_table(1, 2).cell(0, 0)
    for line in ("Assessment:", "Gout.", "Plan:", "Rest."):
        cell.add_paragraph(line)
    assert read(saved(document)).text.splitlines() == ["Assessment:", "Gout.", "Plan:", "Rest."]


def test_a_document_without_text() -> None:
    with pytest.raises(NoteError, match="no text"):
        read(saved(docx.Document()))


@pytest.mark.parametrize("content", [b" " * 30_000_000, b"a" * 60_000_000])
def test_a_bomb_is_refused_before_it_is_unpacked(content: bytes) -> None:
    with pytest.raises(NoteError, match="out of bounds"):
        read(archive([("[Content_Types].xml", b"<Types/>"), ("word/document.xml", content)]))


def test_too_many_members() -> None:
    with pytest.raises(NoteError, match="out of bounds"):
        read(archive([("word/document.xml", b""), *((f"word/{i}.xml", b"") for i in range(5_001))]))


def test_entities_are_not_expanded() -> None:
    data = saved(docx.Document())
    with zipfile.ZipFile(io.BytesIO(data)) as read_from:
        members = [(name, read_from.read(name)) for name in read_from.namelist()]
    bomb = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "SEPSIS"><!ENTITY e SYSTEM "file:///etc/passwd">]>'
    body = b"<w:p><w:r><w:t>&a;&e;Gout</w:t></w:r></w:p></w:body>"
    parts = dict(members)
    main = parts["word/document.xml"].split(b"?>", 1)[1]
    parts["word/document.xml"] = bomb + main.replace(b"</w:body>", body)
    try:
        text = read(archive([*parts.items()])).text
    except NoteError:
        return
    assert "SEPSIS" not in text
    assert "root" not in text


def test_a_damaged_document() -> None:
    data = saved(docx.Document())
    with pytest.raises(NoteError, match="damaged"):
        read(data[: len(data) // 2])
    with pytest.raises(NoteError, match="damaged"):
        read(archive([("word/document.xml", b"<no")]))


def test_another_archive_is_no_document() -> None:
    with pytest.raises(NoteError, match="ZIP archive"):
        read(archive([("xl/workbook.xml", b"<x/>")]))
