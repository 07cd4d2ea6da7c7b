"""``wardround code`` on pages: PDF, pictures, what is drawn."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from reportlab.pdfgen import canvas

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """Two pages; the quotes stand on the second."""
    made = canvas.Canvas(str(tmp_path / "letter.pdf"), pagesize=(400, 300))
    made.drawString(40, 250, "Riverside Clinic")
    made.showPage()
    made.drawString(40, 250, "ASSESSMENT")
    made.drawString(40, 230, "1. Acute appendicitis.")
    made.showPage()
    made.save()
    return tmp_path / "letter.pdf"


def test_a_pdf_is_coded_with_the_place_of_each_quote(wardround: Run, letter: Path) -> None:
    ran = wardround("code", "--json", letter)
    (record,) = ran.records
    (code,) = record["codes"]
    (evidence,) = code["evidence"]
    assert (ran.status, code["code"], evidence["text"]) == (0, "K35.80", "Acute appendicitis")
    (place,) = evidence["places"]
    left, top, right, bottom = place["box"]
    assert place["page"] == 2
    assert 45 < left < 60 < right < 160
    assert 55 < top < 70 < bottom < 80  # 230 points above the lower edge of 300
    assert record["provenance"]["reader"] == "pdf text"
    assert [page["number"] for page in record["pages"]] == [1, 2]
    assert record["confirm"] == []


def test_a_pdf_comes_by_standard_input_too(wardround: Run, letter: Path) -> None:
    (record,) = wardround("code", "--json", "-", stdin=letter.read_bytes()).records
    assert [code["code"] for code in record["codes"]] == ["K35.80"]


def test_the_quotes_are_drawn_on_the_pages_that_have_some(wardround: Run, letter: Path, tmp_path: Path) -> None:
    ran = wardround("code", "--show", tmp_path / "seen.png", letter)
    assert (ran.status, ran.err) == (0, "")
    assert sorted(path.name for path in tmp_path.glob("seen*")) == ["seen-2.png"]
    drawn = Image.open(tmp_path / "seen-2.png")
    assert drawn.height == pytest.approx(300 / 72 * 150, abs=2)
    green = sum(count for count, (red, g, blue) in drawn.getcolors(1 << 20) if g > red + 60 and g > blue + 40)
    assert green > 200


def test_what_cannot_be_drawn_is_said(wardround: Run, letter: Path, tmp_path: Path) -> None:
    text = tmp_path / "note.txt"
    text.write_text("ASSESSMENT\nAcute appendicitis.\n")
    ran = wardround("code", "--show", tmp_path / "seen.png", text)
    assert ran.status == 1
    assert "no pages to draw on" in ran.err
    assert wardround("code", "--show", tmp_path / "seen.png", letter, text).status == 2
    assert not list(tmp_path.glob("seen*"))


def test_pictures_are_left_unread_when_that_is_asked_for(wardround: Run, tmp_path: Path) -> None:
    kept = io.BytesIO()
    Image.new("L", (200, 100), 255).save(kept, "PNG")
    picture = tmp_path / "page.png"
    picture.write_bytes(kept.getvalue())
    ran = wardround("code", "--ocr", "none", picture)
    assert ran.status == 1
    assert "a PNG image, and pictures are not to be read" in ran.err
    assert wardround("code", "--ocr", "crystal", picture).status == 2


def test_a_line_of_json_may_be_a_fhir_resource(wardround: Run) -> None:
    data = base64.b64encode(b"ASSESSMENT\nAcute appendicitis.\n").decode()
    content = [{"attachment": {"contentType": "text/plain", "data": data}}]
    resource = {"resourceType": "DocumentReference", "id": "d1", "date": "x", "content": content}
    (record,) = wardround("code", "--jsonl", "-", stdin=json.dumps(resource).encode()).records
    assert record["id"] == "d1"
    assert [code["code"] for code in record["codes"]] == ["K35.80"]
    assert record["provenance"]["reader"] == "fhir"
