"""What holds of every text: spans, tiling, and time."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.documents import Note, assertions, read
from wardround.spans import Span

_PIECES = st.sampled_from(
    (
        "ASSESSMENT|PLAN:|Plan|HPI|S:|A:|P:|# |- |• |1. |2) |(-) |+|?|: |, |. |; | – | - |\n|\n\n|\r\n|\x85|\u2028|\t|"
        "no |denies |likely |history of |mother |mother's |ruled out |in 1998 |gout|Gout.|pain and fever|Dr. |He is |"
        "\ufeff|\0|\ud800|…|é|(|)|**|=="
    ).split("|")
)
TEXTS = st.one_of(
    st.lists(_PIECES, min_size=1, max_size=40).map("".join),
    st.text(min_size=1, max_size=200),
).filter(lambda text: bool(text.strip("\ufeff \t\r\n")) and not text.isspace())


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_sections_tile_the_text(text: str) -> None:
    sections = read(text).sections
    assert sections[0].span.start == 0
    assert sections[-1].span.end == len(text)
    assert all(above.span.end == below.span.start for above, below in pairwise(sections))
    for section in sections:
        assert section.span.start < section.span.end
        assert section.span.covers(section.body)
        assert section.body.end == section.span.end
        if section.heading:
            assert section.span.covers(section.heading)
            assert section.heading.start < section.heading.end <= section.body.start


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_word_is_in_one_sentence(text: str) -> None:
    note = read(text)
    assert all(above.end <= below.start for above, below in pairwise(note.sentences))
    for sentence in note.sentences:
        quote = sentence.quote(text)
        assert quote == quote.strip()
    for start, end in zip(note.words.starts, note.words.ends, strict=True):
        word = Span(start, end)
        assert sum(sentence.overlaps(word) for sentence in note.sentences) == 1
        assert note.sentence_of(start).covers(word)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_problems_and_assertions_point_into_the_note(text: str) -> None:
    note = read(text)
    last = 0
    for problem in note.problems:
        assert problem.heading.quote(text).strip()
        assert last <= problem.heading.start < problem.heading.end <= problem.body.start
        assert problem.body.start <= problem.body.end <= len(text)
        assert note.section_of(problem.heading.start).kind is problem.kind
        last = problem.heading.end
    said = assertions(note)
    for start in range(len(text)):
        assertion = said.at(Span(start, min(start + 3, len(text))))
        for cue in [assertion.cue, *(cue for _, cue in assertion.others)]:
            assert cue is None or cue.quote(text)


# Pieces of which notes are made that tempt to read on and on.
SLOW = ["a", "pain ", "no ", ":", "Plan: ", ". ", "\n", "no pain\n", "Gout.\n", "(", "?a ", "+a ", "(-) a ", "in 1998 "]
SLOW += ["likely ", "no, ", "a - ", "- a\n", "Denies:\n", ".", "Dr. ", "1. ", "mother: ", "gout: ", "1) ", "#", "PLAN "]


@pytest.mark.parametrize("piece", SLOW)
def test_time_is_linear(piece: str) -> None:
    def seconds(length: int) -> float:
        text = "ASSESSMENT: " + piece * (length // len(piece)) + "a"
        gc.collect()
        gc.disable()  # what other tests have left in memory must not be walked on this one's time
        try:
            start = time.process_time()
            note = Note(text)
            said = assertions(note)
            assert note.problems is not None
            for at in range(0, length, length // 100):
                said.at(Span(at, at + 1))
            return time.process_time() - start
        finally:
            gc.enable()

    seconds(1_000)
    assert seconds(30_000) < 40 * seconds(3_000) + 0.1  # quadratic time would be a hundredfold


def test_import_is_light() -> None:
    code = "import sys, wardround.documents; print([m for m in ('pydantic', 'charset_normalizer') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
