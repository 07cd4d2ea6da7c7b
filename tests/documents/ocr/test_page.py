"""Whole pages read, as they arrive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw

from wardround.boxes import Box
from wardround.documents.ocr import open_ocr, read_page

from .engines import RAPIDOCR, TESSERACT
from .measures import character_accuracy, key_values
from .pages import GRADES, NOTES, PAGE, font, printed, written


@TESSERACT
@pytest.mark.parametrize(
    ("grade", "note", "face", "least"),
    [
        ("clean", "asthma", "serif", 0.99),
        ("scan", "knee", "sans", 0.985),
        ("bad scan", "heart", "times", 0.97),
        ("fax", "stroke", "sans", 0.97),
        ("photo", "discharge", "serif", 0.97),
    ],
)
def test_tesseract_reads_pages_as_they_arrive(grade: str, note: str, face: str, least: float) -> None:
    text = "\n".join(NOTES[note].splitlines()[:16])
    read = read_page(GRADES[grade](printed(text, face), 3), open_ocr("tesseract"))
    assert character_accuracy(text, read.text) >= least
    right, present = key_values(text, read.text)
    assert right >= (0.98 if grade in ("clean", "scan") else 0.9) * present
    assert (read.handwriting, read.notices) == (False, ())


@TESSERACT
@pytest.mark.parametrize(("grade", "rows"), [("scan", range(1100, 1700, 110)), ("clean", ())])
def test_handwriting_under_print_is_said(grade: str, rows: Sequence[int]) -> None:
    text = "\n".join(NOTES["knee"].splitlines()[:12])
    read = read_page(GRADES[grade](written(printed(text, "sans"), rows, 4), 4), open_ocr("tesseract"))
    assert read.handwriting == bool(rows)
    assert bool(read.notices) == bool(rows)


@RAPIDOCR
def test_rapidocr_reads_a_bad_scan() -> None:
    text = "\n".join(NOTES["pneumonia"].splitlines()[:6])
    read = read_page(GRADES["bad scan"](printed(text, "sans"), 3), open_ocr("rapidocr"))
    assert character_accuracy(text, read.text) >= 0.95


@TESSERACT
@pytest.mark.parametrize("quarters", [1, 2])
def test_a_turned_page_is_read_and_its_words_found_in_the_picture(quarters: int) -> None:
    text = "\n".join(NOTES["heart"].splitlines()[:9])
    page = printed(text, "sans")
    there = {w.text: w.box for line in read_page(page, open_ocr("tesseract")).lines for w in line.words}
    read = read_page(np.rot90(page, quarters), open_ocr("tesseract"))
    assert character_accuracy(text, read.text) >= 0.99
    turned = {word.text: word.box for line in read.lines for word in line.words}
    columns, rows = PAGE
    left, top, right, bottom = there["syncope,"]
    expected = {
        1: Box(top, columns - right, bottom, columns - left),
        2: Box(columns - right, rows - bottom, columns - left, rows - top),
    }[quarters]
    assert turned["syncope,"] == pytest.approx(expected, abs=6)


@TESSERACT
@pytest.mark.parametrize("level", [255, 128, 0])
def test_a_blank_page_is_blank_and_not_read(level: int) -> None:
    page = GRADES["scan"](np.full((1200, 900), level, np.uint8), 1) if level else np.zeros((1200, 900), np.uint8)
    read = read_page(page, open_ocr("tesseract"))
    assert (read.lines, read.text) == ((), "")
    assert read.blank or read.notices


@TESSERACT
def test_a_decimal_point_that_was_seen_and_not_read_leaves_doubt() -> None:
    """Tesseract reads 1.1 in this table as 11, with confidence; the point is there in the ink."""
    rows = [("Test", "Value", "Unit", "Reference"), ("Sodium", "137", "mmol/L", "135-145")]
    rows += [("Potassium", "4.1", "mmol/L", "3.5-5.1"), ("Creatinine", "1.1", "mg/dL", "0.7-1.3")]
    page = Image.new("L", PAGE, 255)
    draw = ImageDraw.Draw(page)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            draw.text((130 + c * 320, 210 + r * 60), cell, font=font("times", 30), fill=15)
    for r in range(len(rows) + 1):
        draw.line((115, 200 + r * 60, 115 + 4 * 320, 200 + r * 60), fill=0, width=2)
    for c in range(5):
        draw.line((115 + c * 320, 200, 115 + c * 320, 200 + len(rows) * 60), fill=0, width=2)
    read = read_page(np.asarray(page), open_ocr("tesseract"))
    values = {line.words[0].text: line.words[1] for line in read.lines if len(line.words) > 1}
    assert not read.handwriting  # the rules of the table are none
    assert values["Sodium"].text == "137"
    assert values["Sodium"].confidence > 0.85
    assert values["Creatinine"].text == "1.1" or values["Creatinine"].confidence <= 0.5
