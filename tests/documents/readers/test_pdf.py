"""PDF: order, columns, tables, running heads, what cannot be seen, scans, and files that must be refused."""

from __future__ import annotations

import io
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2
import pytest

from wardround.documents import Note, compose, read
from wardround.errors import NoteError
from wardround.settings import PAGE_LIMIT
from wardround.spans import Span

from .files import OCR, PROSE, encoded, lines, pdf, picture, slip, together

if TYPE_CHECKING:
    from collections.abc import Callable

    from reportlab.pdfgen.canvas import Canvas


def check_layout(note: Note) -> None:
    """Every run is a word of the text, on a page, in a box of that page."""
    assert note.layout is not None
    pages = {page.number: page for page in note.layout.pages}
    for run in note.layout.runs:
        word = note.text[run.start : run.end]
        assert word == word.strip() != ""
        page = pages[run.page]
        assert -1 <= run.box.left < run.box.right <= page.width + 1
        assert -1 <= run.box.top < run.box.bottom <= page.height + 1
        assert 0 <= run.confidence <= 1
    covered = sum(run.end - run.start for run in note.layout.runs)
    assert covered >= sum(not character.isspace() for character in note.text) - note.text.count("-")


def test_text_is_read_line_by_line() -> None:
    note = read(pdf(lines(*PROSE)))
    assert note.text == "\n".join(PROSE)
    assert note.reader == "pdf text"
    assert note.notices == ()
    check_layout(note)


def test_a_table_is_read_row_by_row() -> None:
    cells = [("Drug", "Dose", "Often"), ("Metformin", "500 mg", "twice daily"), ("Aspirin", "81 mg", "daily")]

    def table(page: Canvas) -> None:
        for down, row in enumerate(cells):
            for across, cell in enumerate(row):
                page.drawString(60 + 120 * across, 700 - 14 * down, cell)

    assert read(pdf(table)).text == "\n".join("\t".join(row) for row in cells)


LEFT = (
    "She was seen in the clinic for pain of the",
    "knee which began two weeks ago after she",
    "slipped on ice and fell to the ground near",
    "her own front door in the morning.",
)
RIGHT = (
    "Walking is possible with a cane inside the",
    "house but stairs are hard to manage, and",
    "she has not been able to go to work since",
    "then because of the pain.",
)


@pytest.mark.parametrize("shift", [0, 5])
def test_columns_of_prose_are_read_one_after_the_other(shift: float) -> None:
    page = together(
        lines("Orthopedics Clinic Letter of the Day", y=740), lines(*LEFT, y=700), lines(*RIGHT, x=320, y=700 - shift)
    )
    assert read(pdf(page)).text.replace("\n\n", "\n").split("\n") == [
        "Orthopedics Clinic Letter of the Day",
        *LEFT,
        *RIGHT,
    ]


def test_what_is_drawn_first_need_not_stand_first() -> None:
    assert (
        read(pdf(together(lines("second line", y=600), lines("first line", y=614)))).text == "first line\nsecond line"
    )


def test_running_heads_are_told_once_and_page_numbers_not_at_all() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        body = lines(f"Day {number}: the cough is better than on day {number - 1}.", "Temperature 37.2.", y=700)
        return together(lines("Patient: Example   MRN 55", y=815), body, lines(f"Page {number} of 3", x=280, y=30))

    text = read(pdf(*map(page, (1, 2, 3)))).text
    assert text.count("MRN 55") == 1
    assert text.index("MRN 55") < text.index("Day 1")
    assert "Page" not in text
    assert text.count("Temperature") == 3


def test_values_at_the_edge_of_pages_are_no_running_heads() -> None:
    pages = [together(lines(f"BP {value}", y=815), lines("He feels well.", y=700)) for value in ("120/80", "150/95")]
    text = read(pdf(*pages)).text
    assert "BP 120/80" in text
    assert "BP 150/95" in text


def test_headings_at_the_edge_of_pages_are_no_running_heads() -> None:
    pages = [together(lines("Chief complaint:", said, y=815)) for said in ("Cough.", "Knee pain.")]
    assert read(pdf(*pages)).text.count("Chief complaint:") == 2


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ("He has hyper-", "tension today.", "He has hypertension today."),
        ("pain is right-", "sided today", "pain is right-sided today"),
        ("seen for follow-", "up today", "seen for follow-up today"),
        ("tested for COVID-", "19 today", "tested for COVID-\n19 today"),
        ("given 5-", "day course", "given 5-\nday course"),
    ],
)
def test_words_broken_at_line_ends(above: str, below: str, joined: str) -> None:
    note = read(pdf(lines(above, below)))
    assert note.text == joined
    check_layout(note)


def test_a_joined_word_stands_in_two_boxes() -> None:
    note = read(pdf(lines("He has hyper-", "tension today.")))
    assert note.layout is not None
    at = note.text.index("hypertension")
    upper, lower = note.layout.places(Span(at, at + 12))
    assert upper.box.bottom < lower.box.bottom
    assert upper.box.left > lower.box.left


def white(text: str) -> Callable[[Canvas], None]:
    def draw(page: Canvas) -> None:
        page.setFillColorRGB(1, 1, 1)
        page.drawString(60, 300, text)

    return draw


def white_on_blue(page: Canvas) -> None:
    page.setFillColorRGB(0, 0, 0.5)
    page.rect(50, 295, 200, 18, fill=1)
    white("Problem list")(page)


def invisible(page: Canvas) -> None:
    text = page.beginText(60, 300)
    text.setTextRenderMode(3)
    text.textLine("ignore the rest")
    page.drawText(text)


def beyond(page: Canvas) -> None:
    page.drawString(700, 300, "ignore the rest")


def tiny(page: Canvas) -> None:
    page.setFont("Helvetica", 0.3)
    page.drawString(60, 300, "ignore the rest")


@pytest.mark.parametrize(
    "hidden", [white("ignore the rest"), invisible, beyond, tiny], ids=["white", "invisible", "beyond", "tiny"]
)
def test_text_that_cannot_be_seen_is_left_out_and_said(hidden: Callable[[Canvas], None]) -> None:
    note = read(pdf(together(lines(*PROSE), hidden)))
    assert note.text == "\n".join(PROSE)
    assert note.notices == ("page 1: text that cannot be seen on the page was left out",)


def test_white_text_on_a_dark_ground_is_read() -> None:
    note = read(pdf(together(lines(*PROSE), white_on_blue)))
    assert note.text.endswith("Problem list")
    assert note.notices == ()


@pytest.mark.parametrize("shown", [0, 90, 180, 270])
@pytest.mark.parametrize("drawn", [0, 90, 180, 270])
def test_boxes_hold_the_ink_of_their_words_however_the_page_is_turned(drawn: int, shown: int) -> None:
    """Text that is drawn at an angle, on a page that is shown turned."""

    def draw(page: Canvas) -> None:
        page.translate(250, 400)
        page.rotate(drawn)
        page.drawString(20, 30, "Words near a corner")

    document = pypdfium2.PdfDocument(pdf(draw))
    document[0].set_rotation(shown)
    kept = io.BytesIO()
    document.save(kept)
    document.close()
    note = read(kept.getvalue())
    assert note.text == "Words near a corner"
    assert note.layout is not None
    ink = np.asarray(picture(kept.getvalue(), dpi=144))
    outside = ink.copy()
    for run in note.layout.runs:
        left, top, right, bottom = (round(2 * side) for side in run.box)
        assert ink[top:bottom, left:right].min() < 100
        outside[top - 1 : bottom + 1, left - 1 : right + 1] = 255
    assert outside.min() > 200
    check_layout(note)


def test_text_in_the_margin_that_stands_on_end_comes_last() -> None:
    def margin(page: Canvas) -> None:
        page.saveState()
        page.translate(570, 300)
        page.rotate(90)
        page.drawString(0, 0, "Form 12 revised")
        page.restoreState()

    note = read(pdf(together(margin, lines(*PROSE))))
    assert note.text == "\n".join((*PROSE, "", "Form 12 revised"))
    check_layout(note)


def form(page: Canvas) -> None:
    lines("Diagnosis:", y=700)(page)
    page.acroForm.textfield(name="dx", x=150, y=695, width=200, height=18, value="acute appendicitis", fontSize=10)


def test_what_a_form_is_filled_with_is_read() -> None:
    assert "acute appendicitis" in read(pdf(form)).text


# -- pages that are pictures -----------------------------------------------------------------------------------------


def scanned(*text: str, layer: bool = False, stamp: bool = False, beneath: bool = False) -> Callable[[Canvas], None]:
    from reportlab.lib.utils import ImageReader

    image = picture(pdf(lines(*text)))

    def draw(page: Canvas) -> None:
        if beneath:
            lines(*(f"LAYER {line}" for line in text))(page)
        page.drawImage(ImageReader(image), 0, 0, *page._pagesize)
        if stamp:
            page.drawString(200, 830, "FAX 2026-05-11 page 1")
        if layer:
            words = page.beginText(60, 780)
            words.setTextRenderMode(3)
            for line in text:
                words.textLine(f"LAYER {line}")
            page.drawText(words)

    return draw


@OCR
def test_a_page_without_text_is_read_as_a_picture_and_the_others_are_not() -> None:
    seen: list[tuple[int, int]] = []
    note = read(
        pdf(lines(*PROSE), scanned("Diagnosis: iron deficiency anemia.", stamp=True)),
        on_page=lambda *at: seen.append(at),
    )
    assert note.layout is not None
    assert "iron deficiency anemia" in note.text
    assert note.text.startswith(PROSE[0])
    first, second = note.layout.pages
    assert first.reader == "pdf text"
    assert second.reader.startswith(("tesseract", "rapidocr"))
    assert note.reader == f"pdf text, {second.reader}"
    assert seen == [(1, 2), (2, 2)]
    anemia = next(run for run in note.layout.runs if note.text[run.start : run.end].startswith("anemia"))
    assert anemia.page == 2
    assert 150 < anemia.box.left < 240  # in points, where it was drawn
    assert 50 < anemia.box.top < 70
    check_layout(note)


@pytest.mark.parametrize("where", ["layer", "beneath"])
def test_a_scan_with_a_text_of_its_own_says_so(where: str) -> None:
    note = read(pdf(scanned(*PROSE, *PROSE, *PROSE, **{where: True})))
    assert note.text.startswith(f"LAYER {PROSE[0]}")
    assert note.reader == "pdf text layer"
    assert "used as it is" in note.notices[0]


@OCR
def test_a_scan_with_a_text_of_its_own_is_read_anew_by_a_program_that_is_named() -> None:
    from wardround.documents.ocr import open_ocr

    name = open_ocr().name.partition(" ")[0]
    note = read(pdf(scanned("Diagnosis: iron deficiency anemia.", layer=True)), ocr=name)
    assert "LAYER" not in note.text
    assert "anemia" in note.text


def test_pictures_are_left_alone_when_that_is_asked_for() -> None:
    note = read(pdf(lines(*PROSE), scanned("Diagnosis: gout.")), ocr="none")
    assert note.text == "\n".join(PROSE)
    assert note.notices == ("page 2: a picture, and not read",)
    with pytest.raises(NoteError, match="only pictures"):
        read(pdf(scanned("Diagnosis: gout.")), ocr="none")


def test_blank_pages_are_said_and_nothing_but_blank_pages_is_an_error() -> None:
    note = read(pdf(lines(*PROSE), lines(), lines()))
    assert note.notices == ("pages 2-3: no text can be made out",)
    with pytest.raises(NoteError, match="no text can be made out on its 2 pages"):
        read(pdf(lines(), lines()))


# -- files that must be refused, or of which something must be said --------------------------------------------------


def test_an_encrypted_pdf() -> None:
    with pytest.raises(NoteError, match="encrypted") as caught:
        read(pdf(lines(*PROSE), encrypt="secret"))
    assert "without a password" in caught.value.hint


def test_too_many_pages() -> None:
    document = pypdfium2.PdfDocument.new()
    for _ in range(10_000):
        document.new_page(200, 200)

    kept = io.BytesIO()
    document.save(kept)
    document.close()
    began = time.monotonic()
    with pytest.raises(NoteError, match=rf"10,000 pages, more than the limit of {PAGE_LIMIT:,}"):
        read(kept.getvalue())
    assert time.monotonic() - began < 5


def test_a_truncated_pdf() -> None:
    data = pdf(*(lines(*PROSE) for _ in range(4)))
    for share in (0.2, 0.5, 0.8, 0.95):
        with suppress(NoteError):  # cut off before any page
            note = read(data[: int(len(data) * share)])
            assert "the PDF seems to be cut off: pages may be missing" in note.notices


def test_scripts_are_not_run_and_said() -> None:
    note = read(pdf(lines(*PROSE), javascript="app.alert('hello')"))
    assert note.text == "\n".join(PROSE)
    assert note.notices == ("the PDF has scripts; they were not run",)


def test_embedded_files_are_not_read_and_said() -> None:
    document = pypdfium2.PdfDocument(pdf(lines(*PROSE)))
    document.new_attachment("other.txt").set_data(b"Assessment: sepsis")

    kept = io.BytesIO()
    document.save(kept)
    document.close()
    note = read(kept.getvalue())
    assert "sepsis" not in note.text
    assert note.notices == ("the PDF has files embedded in it; they were not read",)


def test_a_page_of_paper_without_end_is_drawn_small() -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(14_000, 14_000)

    kept = io.BytesIO()
    document.save(kept)
    document.close()
    with pytest.raises(NoteError, match="no text"):
        read(kept.getvalue())


def test_several_threads_may_read_at_once() -> None:
    data = pdf(*(lines(*PROSE) for _ in range(5)))
    expected = read(data).text
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(read(data).text)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [expected] * 6


def test_a_note_grown_too_long_is_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [lines(*("sepsis " * 15 for _ in range(60)), leading=12) for _ in range(5)]
    monkeypatch.setattr(compose, "NOTE_LIMIT", 20_000)
    with pytest.raises(NoteError, match="characters"):
        read(pdf(*many))


@OCR
def test_an_upside_down_scan_in_a_pdf() -> None:
    image = slip("Diagnosis: iron deficiency anemia.", "No fever, no weight loss.").rotate(180)
    assert "iron deficiency anemia" in read(encoded(image, "PDF", resolution=200)).text
