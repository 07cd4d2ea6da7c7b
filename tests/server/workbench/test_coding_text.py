from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardround.documents import Note
from wardround.server.workbench.coding.signs import UNSEEN, sign_of
from wardround.server.workbench.coding.text import Highlight, Line, Mark, Piece, lines


def highlight(item: str, start: int, end: int) -> Highlight:
    return Highlight(item=item, start=start, end=end, look="present")


def pieces(inside: tuple[Mark | Piece, ...], over: tuple[str, ...] = ()) -> list[tuple[Piece, tuple[str, ...]]]:
    """The pieces in order, each with the items that are over it."""
    found: list[tuple[Piece, tuple[str, ...]]] = []
    for each in inside:
        if isinstance(each, Mark):
            found += pieces(each.inside, (*over, each.highlight.item))
        else:
            found.append((each, over))
    return found


def drawn(line: Line) -> str:
    """A line with its marks as brackets, a piece that goes on beyond the line or another mark with a dash."""

    def one(each: Mark | Piece) -> str:
        if isinstance(each, Piece):
            return each.sign or each.text
        inside = "".join(map(one, each.inside))
        return f"{'[' if each.opens else '-'}{each.highlight.item}:{inside}{']' if each.closes else '-'}"

    return "".join(map(one, line.inside))


@pytest.mark.parametrize(
    ("text", "highlights", "expected"),
    [
        ("pain", [], ["pain"]),
        ("chest pain", [("A", 0, 10)], ["[A:chest pain]"]),
        ("chest pain", [("A", 0, 10), ("B", 6, 10)], ["[A:chest [B:pain]]"]),
        ("a b c d", [("A", 0, 5), ("B", 4, 7)], ["[A:a b [B:c-]-B: d]"]),
        ("pain", [("B", 0, 4), ("A", 0, 4)], ["[A:[B:pain]]"]),
        ("one\ntwo", [("A", 0, 7)], ["[A:one-", "-A:two]"]),
        ("one\r\n\rtwo\n", [("A", 5, 7)], ["one", "", "-A:t]wo"]),
        ("x\u202ey", [("A", 1, 2)], ["x[A:RLO]y"]),
        ("😀 pain", [("A", 2, 6)], ["😀 [A:pain]"]),
        ("👩\u200d⚕\ufe0f", [], ["👩\u200d⚕\ufe0f"]),
    ],
)
def test_highlights_nest_and_go_on(text: str, highlights: list[tuple[str, int, int]], expected: list[str]) -> None:
    assert [drawn(line) for line in lines(text, (), [highlight(*each) for each in highlights])] == expected


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # as other work on the machine lets it
@given(
    st.text(st.sampled_from("ab \n\r\té😀\u202e\x00<"), max_size=40),
    st.lists(st.tuples(st.integers(0, 39), st.integers(1, 12)), max_size=8),
)
def test_every_character_is_shown_once_where_it_stands(text: str, wanted: list[tuple[int, int]]) -> None:
    spans = [(start, min(len(text), start + length)) for start, length in wanted if start < len(text)]
    made = lines(text, (), [highlight(f"h{n}", *span) for n, span in enumerate(spans)])
    at = 0
    for line in made:
        assert text[at : line.start].strip("\r\n") == ""
        at = line.start
        for piece, over in pieces(line.inside):
            length = 1 if piece.sign else len(piece.text)
            assert piece.start == at
            assert piece.text == ("" if piece.sign else text[at : at + length])
            for n, (start, end) in enumerate(spans):
                assert (f"h{n}" in over) == (start <= at and at + length <= end) or not length
            at += length
        assert at == line.end
    assert text[at:].strip("\r\n") == ""


def test_headings_are_found() -> None:
    text = "DIAGNOSIS\nGout.\n\nPLAN: rest"
    found = [(line.number, line.heading) for line in lines(text, Note(text).sections, ()) if line.heading]
    assert found == [(1, "diagnosis"), (4, "plan")]


@pytest.mark.parametrize("span", [(3, 3), (-1, 2), (2, 9)])
def test_a_highlight_outside_the_note_is_refused(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="outside"):
        lines("text", (), [highlight("A", *span)])


@pytest.mark.parametrize("character", [*map(chr, range(32)), "\x7f", "\x85", *"\u202a\u202e\u2066\u2069\u200e\u200f"])
def test_what_has_an_effect_gets_a_sign(character: str) -> None:
    assert bool(UNSEEN.fullmatch(character)) == (character not in "\t\n\r")
    assert sign_of(character).isprintable()
