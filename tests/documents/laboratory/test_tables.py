"""Rows of laboratory reports: which words are which cell, in the layouts that laboratories use."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pypdfium2", reason="the extra wardround[documents] is not installed")
pytest.importorskip("reportlab", reason="the extra wardround[pdf] is not installed")

from documents.laboratory.reports import REPORTS, Expected, Printed, Report, as_pdf, as_png
from wardround.documents import Note, read
from wardround.documents.laboratory import ROLES, Results, find_results

if TYPE_CHECKING:
    from wardround.documents.laboratory import PrintedResult

TESSERACT = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
PATIENT = ("Jane", "Placeholder", "000123", "45", "Years", "Example", "03/11/2026")
LETTER = (
    "Dear colleague,",
    "Thank you for seeing this patient with fatigue. Her potassium was 5.9 mmol/L last week and her creatinine",
    "was 1.4 mg/dL. I would be grateful for your advice. She takes 20 mg of enalapril in the morning.",
    "With kind regards",
)


def cells(row: PrintedResult) -> Expected:
    """The cells of a row as texts."""
    texts = {name: cell.text for name in ("section", *ROLES) if (cell := getattr(row, name)) is not None}
    return Expected(**texts)


def table(results: Results) -> list[Expected]:
    return [cells(row) for row in results.rows]


@pytest.mark.parametrize("name", REPORTS)
def test_every_cell_of_a_pdf_is_found(name: str) -> None:
    assert table(find_results(read(as_pdf(REPORTS[name].texts)))) == list(REPORTS[name].rows)


@pytest.mark.parametrize("name", REPORTS)
def test_a_cell_is_exactly_what_stands_in_its_box(name: str) -> None:
    note = read(as_pdf(REPORTS[name].texts))
    assert note.layout is not None
    for row in find_results(note).rows:
        assert row.test is not None
        assert row.value is not None
        for token in row.tokens:
            assert note.text[token.start : token.end] == token.text
            (run,) = [run for run in note.layout.runs if run.start <= token.start < token.end <= run.end]
            assert (run.page, run.box) == (token.page, token.box)


@pytest.mark.parametrize("name", REPORTS)
def test_no_word_is_in_two_cells_and_none_is_about_the_patient(name: str) -> None:
    rows = find_results(read(as_pdf(REPORTS[name].texts))).rows
    starts = [token.start for row in rows for token in row.tokens]
    assert len(starts) == len(set(starts))
    assert not {token.text for row in rows for token in row.tokens} & set(PATIENT) - {"45"}


@TESSERACT
@pytest.mark.parametrize(("name", "degrees"), [("urine", 0.0), ("no head", 1.0)])
def test_a_picture_is_read_like_the_page(name: str, degrees: float) -> None:
    report = REPORTS[name]
    found = table(find_results(read(as_png(report.texts, degrees=degrees), ocr="tesseract")))
    right = sum(
        a == b != "" for row, own in zip(report.rows, found, strict=True) for a, b in zip(row, own, strict=True)
    )
    assert right >= 0.95 * sum(cell != "" for row in report.rows for cell in row)


def test_a_table_goes_on_over_the_page() -> None:
    columns, head = (60, 230, 300, 400), ("Test", "Result", "Units", "Reference Range")
    first = [Printed(x, 700, text) for x, text in zip(columns, head, strict=True)]
    first += [Printed(x, 720, text) for x, text in zip(columns, ("Sodium", "138", "mmol/L", "135 - 145"), strict=True)]
    second = [
        Printed(x, 100 + 18 * number, text)
        for number, line in enumerate(
            [("Potassium", "4.1", "mmol/L", "3.5 - 5.1"), ("Free T4", "14", "pmol/L", "12 - 22"), ("INR", "1.0")]
        )
        for x, text in zip(columns, line, strict=False)
    ]
    rows = find_results(read(as_pdf(first, second))).rows
    assert [(row.tokens[0].page, cells(row).test, cells(row).value) for row in rows] == [
        (1, "Sodium", "138"),
        (2, "Potassium", "4.1"),
        (2, "Free T4", "14"),
        (2, "INR", "1.0"),
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            ["Test\tResult\tUnit\tReference", "Sodium\t138\tmmol/L\t135-145"],
            [Expected("Sodium", "138", "mmol/L", "135-145")],
            id="tabs",
        ),
        pytest.param(
            ["Test          Result   Units    Ref. Range", "Serum iron-   12       µmol/L   9-30", "binding"],
            [Expected("Serum iron- binding", "12", "µmol/L", "9-30")],
            id="a name that goes on",
        ),
        pytest.param(
            ["Test          Result   Units    Ref. Range", "Neutrophil    4.5      10^9/L   2-7", "Count"],
            [Expected("Neutrophil Count", "4.5", "10^9/L", "2-7")],
            id="a name that ends below",
        ),
        pytest.param(
            [
                "                                          Biological",
                "Test            Result   Unit              Ref. Interval",
                "eGFR            111      mL/min/1.73       >59",
            ],
            [Expected("eGFR", "111", "mL/min/1.73", ">59")],
            id="a head of two lines",
        ),
        pytest.param(
            ["Serum sodium      138 mmol/L      [133 - 146]", "Serum potassium   5.9 mmol/L   *  [3.5 - 5.3]"],
            [
                Expected("Serum sodium", "138", "mmol/L", "[133 - 146]"),
                Expected("Serum potassium", "5.9", "mmol/L", "[3.5 - 5.3]", "*"),
            ],
            id="a flag before the range",
        ),
        pytest.param(
            [
                "Analysis                  Value Unit    Ref.range Flag",
                "Erythrocytes                4.5 T/l       4.2-5.4",
                "Thrombocytes                 98 G/l       150-400  L",
            ],
            [Expected("Erythrocytes", "4.5", "T/l", "4.2-5.4"), Expected("Thrombocytes", "98", "G/l", "150-400", "L")],
            id="figures to the right",
        ),
        pytest.param(
            ["Test          Result   Units    Range", "Blood group   A Positive", "HIV 1+2       Not detected"],
            [Expected("Blood group", "A Positive"), Expected("HIV 1+2", "Not detected")],
            id="words as results",
        ),
        pytest.param(
            ["Test       Result     Units    Range", "Sodium     ↑ 151      mmol/L   135-145"],
            [Expected("Sodium", "151", "mmol/L", "135-145", "↑")],
            id="a flag before the figure",
        ),
        pytest.param(
            ["Test       Result     Units    Range", "Vitamin B12   250     pg/mL    200-900"],
            [Expected("Vitamin B12", "250", "pg/mL", "200-900")],
            id="a figure in a name",
        ),
        pytest.param(
            ["Test       Result     Units    Range", "Sodium                mmol/L   135-145"],
            [],
            id="no result is no row",
        ),
        pytest.param(
            ["Test       Result     Units    Range", "Sodium     138", "Comment: the sample was old when it came"],
            [Expected("Sodium", "138")],
            id="a comment is no row",
        ),
        pytest.param(["Sodium     138     mmol/L     135-145"], [], id="one line is no table"),
        pytest.param(["Weight     72 kg", "Height     178 cm", "Age     45 years"], [], id="measures of the patient"),
        pytest.param(list(LETTER), [], id="a letter"),
    ],
)
def test_rows_of_typed_text(lines: list[str], expected: list[Expected]) -> None:
    assert table(find_results(Note("\n".join(lines)))) == expected


def test_a_comment_belongs_to_the_row_above() -> None:
    text = (
        "Test       Result   Unit\nSodium     138      mmol/L\nComment: haemolysed sample\nPotassium  4.0      mmol/L"
    )
    first, second = find_results(Note(text)).rows
    assert first.comment is not None
    assert first.comment.text == "Comment: haemolysed sample"
    assert second.comment is None


@pytest.mark.parametrize("line", ["           12       mmol/L   3-9", "Sodium              mmol/L   135-145"])
def test_a_line_that_cannot_be_read_is_counted(line: str) -> None:
    results = find_results(Note(f"Test       Result   Unit     Range\nUrea       4.0      mmol/L   2.5-7.8\n{line}"))
    assert (len(results.rows), results.unread) == (1, 1)


WORDS = [
    "Test",
    "Result",
    "Units",
    "Range",
    "Sodium",
    "138",
    "5.6",
    "H",
    "mmol/L",
    "135-145",
    "<",
    "-",
    "(",
    "Comment:",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 12)), max_size=8), max_size=12))
def test_whatever_the_text_cells_are_words_of_it_and_each_has_one_place(lines: list[list[tuple[str, int]]]) -> None:
    text = "\n".join("".join(f"{word}{' ' * gap}" for word, gap in line) for line in lines)
    if not text.strip():
        return
    results = find_results(Note(text))
    starts = [token.start for row in results.rows for token in row.tokens]
    assert len(starts) == len(set(starts))
    for row in results.rows:
        assert row.test is not None
        assert row.value is not None
        assert all(text[token.start : token.end] == token.text for token in row.tokens)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Sodium", "Potassium", "Total protein", "Alanine aminotransferase", "Ferritin"]),
            st.decimals(0, 999, places=1).map(str),
            st.sampled_from(["mmol/L", "g/dL", "U/L", "µg/L", ""]),
            st.sampled_from(["3.5 - 5.1", "< 40", "up to 20", "(10-20)", ""]),
            st.sampled_from(["H", "L", "*", ""]),
        ),
        min_size=1,
        max_size=20,
    ),
    st.permutations(["unit", "reference", "flag"]),
)
def test_columns_in_any_order_are_told_by_their_head(lines: list[tuple[str, ...]], order: list[str]) -> None:
    heads = {"unit": "Units", "reference": "Reference range", "flag": "Flag"}
    at = dict(zip(("test", "result", *order), (60, 230, 300, 390, 480), strict=True))
    texts = [Printed(at["test"], 100, "Test"), Printed(at["result"], 100, "Result")]
    texts += [Printed(at[role], 100, words) for role, words in heads.items()]
    expected = []
    for number, (test, value, unit, reference, flag) in enumerate(lines, 1):
        line = {"test": test, "result": value, "unit": unit, "reference": reference, "flag": flag}
        texts += [Printed(at[role], 100 + 18 * number, word) for role, word in line.items() if word]
        expected.append(Expected(test, value, unit, reference, flag))
    report = Report(tuple(texts), tuple(expected))
    assert table(find_results(read(as_pdf(report.texts)))) == expected
