"""Notes in windows: every word in one, none too long, the assessment first."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from coding.fragments import MIXTURES
from wardround.coding.assisted.prompts import Prompts
from wardround.coding.assisted.quotes import places
from wardround.coding.assisted.windows import LONGEST, windows
from wardround.documents import Note
from wardround.errors import NoteError
from wardround.spans import Span


@given(note=MIXTURES, repeat=st.sampled_from([1, 30]))
@settings(max_examples=40, deadline=None)
def test_every_word_is_in_exactly_one_window(note: str, repeat: int) -> None:
    try:
        read = Note(note * repeat)
    except NoteError:
        return
    spans = sorted(window.span for window in windows(read))
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(span.end - span.start <= LONGEST for span in spans)
    for start, end in zip(read.words.starts, read.words.ends, strict=True):
        if end - start < LONGEST:
            assert any(span.start < end and start < span.end for span in spans)
    assert len(Prompts(read).text) == len(read.text)  # a place in the one is a place in the other


def test_the_assessment_comes_first() -> None:
    note = Note("CC: Cough.\nPMH: Gout.\nMEDICATIONS: Aspirin.\nASSESSMENT: Bronchitis.\n")
    assert [window.span.quote(note.text).split(":")[0] for window in windows(note)] == [
        "ASSESSMENT",
        "CC",
        "PMH",
        "MEDICATIONS",
    ]


def test_a_sentence_without_end_is_cut_between_words() -> None:
    note = Note("word " * 5000)
    cut = [window.span.quote(note.text) for window in windows(note)]
    assert len(cut) > 1
    assert all(set(piece.split()) == {"word"} for piece in cut)


def test_a_quote_is_found_letter_by_letter_and_never_inside_a_word() -> None:
    text = "No pain.  Knee\n pain (left) and knee pain; kneepain"
    whole = Span(0, len(text))
    assert [text[place.start : place.end] for place in places("knee pain", text, whole)] == ["knee pain"]
    assert [text[place.start : place.end] for place in places("Knee pain (left)", text, whole)] == [
        "Knee\n pain (left)"
    ]
    assert places("pain.*", text, whole) == []
    assert places(" ", text, whole) == []
