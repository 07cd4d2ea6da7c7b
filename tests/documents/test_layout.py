"""Words on pages: their order, the text they make, and where each stands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.boxes import Box
from wardround.documents import Layout, Note, Page, Place, Run
from wardround.documents.arrange import PrintedWord, arrange, spaced
from wardround.documents.compose import Composer, PrintedPage
from wardround.spans import Span

PAGE = Page(number=1, width=600, height=800, reader="test")


def run(start: int, end: int, left: float, top: float, page: int = 1, confidence: float = 1.0) -> Run:
    return Run(start, end, page, Box(left, top, left + 10 * (end - start), top + 12), confidence)


LAYOUT = Layout(
    (PAGE, Page(number=2, width=600, height=800, reader="test")),
    (run(0, 3, 10, 10), run(4, 8, 50, 11, confidence=0.4), run(9, 12, 10, 30), run(13, 15, 10, 10, page=2)),
)


@pytest.mark.parametrize(
    ("span", "places", "confidence"),
    [
        (Span(0, 3), [Place(1, Box(10, 10, 40, 22))], 1.0),
        (Span(0, 8), [Place(1, Box(10, 10, 90, 23))], 0.4),
        (Span(2, 10), [Place(1, Box(10, 10, 90, 23)), Place(1, Box(10, 30, 40, 42))], 0.4),
        (Span(9, 15), [Place(1, Box(10, 30, 40, 42)), Place(2, Box(10, 10, 30, 22))], 1.0),
        (Span(3, 4), [], 1.0),
        (Span(15, 20), [], 1.0),
    ],
)
def test_where_a_span_stands(span: Span, places: list[Place], confidence: float) -> None:
    assert list(LAYOUT.places(span)) == places
    assert LAYOUT.confidence(span) == confidence


@pytest.mark.parametrize(
    "runs",
    [
        (run(0, 3, 0, 0), run(2, 5, 0, 0)),
        (run(3, 3, 0, 0),),
        (run(0, 3, 0, 0, page=2),),
        (run(4, 5, 0, 0), run(0, 1, 0, 0)),
    ],
    ids=["overlap", "empty", "no such page", "order"],
)
def test_a_layout_is_always_in_order(runs: tuple[Run, ...]) -> None:
    with pytest.raises(ValueError, match="a run that is"):
        Layout((PAGE,), runs)


def test_a_layout_reaches_no_further_than_its_note() -> None:
    with pytest.raises(ValueError, match="beyond"):
        Note("short", LAYOUT)


WORDS = st.lists(
    st.builds(
        lambda text, left, top, width, height: PrintedWord(text, Box(left, top, left + width, top + height), 0.9),
        st.text("abcXY12-.,é", min_size=1, max_size=8),
        st.floats(0, 500),
        st.floats(0, 780),
        st.floats(1, 90),
        st.floats(4, 30),
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=3))
def test_every_word_is_told_and_stands_where_it_stood(pages: list[list[PrintedWord]]) -> None:
    composer = Composer()
    for number, words in enumerate(pages, 1):
        arranged = arrange(words)
        assert sorted(word for line in arranged for word in line.words) == sorted(words)
        assert all(cell for line in arranged for cell in line.cells)
        composer.add(PrintedPage(Page(number=number, width=600, height=800, reader="test"), arranged))
    transcript = composer.transcript()
    text, layout = transcript.text, transcript.layout
    given_words = {(number, word.box): word.text for number, words in enumerate(pages, 1) for word in words}
    for each in layout.runs:
        said = text[each.start : each.end]
        assert given_words[each.page, each.box].startswith(said) or said in {w.text for w in pages[each.page - 1]}
    if len(pages) == 1:
        assert len(layout.runs) >= len(pages[0]) - 2  # page numbers may be left out


def test_cells_and_paragraphs() -> None:
    def row(top: float, *cells: tuple[float, str]) -> list[PrintedWord]:
        return [
            PrintedWord(word, Box(left + 30 * i, top, left + 30 * i + 26, top + 10))
            for left, said in cells
            for i, word in enumerate(said.split())
        ]

    rows = [
        row(0, (0, "Sodium"), (120, "138 mmol/L")),
        row(14, (0, "Potassium"), (120, "4.1 mmol/L")),
        row(60, (0, "Seen today")),
    ]
    told = spaced(rows, tight=True)
    assert [line.text for line in told] == ["Sodium\t138 mmol/L", "Potassium\t4.1 mmol/L", "Seen today"]
    assert [line.apart for line in told][1:] == [False, True]
