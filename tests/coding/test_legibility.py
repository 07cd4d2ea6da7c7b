"""What a note that was read from pages leaves in doubt."""

from __future__ import annotations

import json

import pytest

from wardround.boxes import Box
from wardround.coding import Coder, CodingResult
from wardround.coding.legibility import to_confirm
from wardround.documents import DOUBTFUL, Layout, Note, Page, Run
from wardround.words import cut

TEXT = "ASSESSMENT\n1. Acute appendicitis.\n2. Essential hypertension, no chest pain. Left knee 5 mg."
LOW = DOUBTFUL - 0.01


def scanned(text: str, doubtful: tuple[str, ...] = (), notices: tuple[str, ...] = ()) -> Note:
    """A note as if it had been read from a page, some of its words with low confidence."""
    words = cut(text)
    runs = [
        Run(start, end, 1, Box(10.123 * i, 20.0, 10.123 * i + 9, 32.0), LOW if text[start:end] in doubtful else 0.97)
        for i, (start, end) in enumerate(zip(words.starts, words.ends, strict=True))
    ]
    page = Page(number=1, width=612.04, height=792, reader="tesseract 5.3.0")
    return Note(text, Layout((page,), tuple(runs)), notices, "tesseract 5.3.0")


def statuses(result: CodingResult) -> dict[str, str]:
    return {code.code: code.status for code in result.codes}


def test_a_quote_that_was_read_badly_is_for_review(coder: Coder) -> None:
    sure = coder.code(scanned(TEXT))
    doubtful = coder.code(scanned(TEXT, ("appendicitis",)))
    assert statuses(sure)["K35.80"] == "accepted"
    assert statuses(doubtful) == {**statuses(sure), "K35.80": "review"}
    (code,) = [code for code in doubtful.codes if code.code == "K35.80"]
    finding = code.findings[-1]
    assert (finding.rule, finding.severity) == ("legibility", "review")
    assert "low confidence" in finding.message
    assert code.evidence[0].read_confidence == pytest.approx(LOW, abs=0.001)


def test_a_word_beside_the_quote_that_was_read_badly_changes_nothing(coder: Coder) -> None:
    assert statuses(coder.code(scanned(TEXT, ("chest",)))) == statuses(coder.code(scanned(TEXT)))


@pytest.mark.parametrize(
    ("word", "kind"),
    [("5", "number"), ("no", "negation"), ("Left", "side"), ("knee", None), ("Acute", None)],
)
def test_numbers_negations_and_sides_are_listed_for_confirmation(word: str, kind: str | None) -> None:
    note = scanned(TEXT, (word,))
    found = to_confirm(note)
    assert found is not None
    assert [(each.kind, each.text) for each in found] == ([(kind, word)] if kind else [])
    for each in found:
        assert note.text[each.start : each.end] == each.text
        assert each.places[0].page == 1


@pytest.mark.parametrize(("word", "kind"), [("doesn't", "negation"), ("10mg", "number"), ("B/L", "side")])
def test_words_with_signs_in_them(word: str, kind: str | None) -> None:
    run = Run(0, len(word), 1, Box(0, 0, 1, 1), 0.1)
    note = Note(word, Layout((Page(number=1, width=9, height=9, reader="x"),), (run,)))
    assert [each.kind for each in to_confirm(note) or ()] == ([kind] if kind else [])


def test_the_result_says_where_each_quote_stands(coder: Coder) -> None:
    result = coder.code(scanned(TEXT, notices=("page 1: a notice",)))
    assert result.warnings[0] == "page 1: a notice"
    assert result.provenance.reader == "tesseract 5.3.0"
    assert result.pages is not None
    assert [(page.number, page.width, page.reader) for page in result.pages] == [(1, 612.0, "tesseract 5.3.0")]
    shown = json.loads(json.dumps(result.to_json()))
    for code in shown["codes"]:
        for evidence in code["evidence"]:
            (place,) = evidence["places"]
            assert place["page"] == 1
            assert len(place["box"]) == 4
    assert CodingResult.model_validate(shown) == result


def test_nothing_of_this_is_in_the_result_of_a_plain_text(coder: Coder) -> None:
    shown = json.dumps(coder.code(TEXT).to_json())
    for name in ("places", "read_confidence", "confirm", "pages", "reader"):
        assert f'"{name}"' not in shown


def test_the_codes_of_a_page_are_those_of_its_text(coder: Coder) -> None:
    def told(note: Note | str) -> list[tuple[str, str]]:
        return [(code.code, code.status) for code in coder.code(note).codes]

    assert told(scanned(TEXT)) == told(TEXT)
