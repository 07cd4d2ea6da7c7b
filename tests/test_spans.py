"""Half-open ranges over code points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.spans import Span


@pytest.mark.parametrize(
    ("span", "text", "quote"),
    [
        (Span(0, 4), "gout", "gout"),
        (Span(1, 2), "a🩺b", "🩺"),
        (Span(2, 3), "a\r\nb", "\n"),
        (Span(0, 1), "\ud800", "\ud800"),
    ],
)
def test_quote(span: Span, text: str, quote: str) -> None:
    assert span.quote(text) == quote


@pytest.mark.parametrize("span", [Span(2, 2), Span(3, 1), Span(-1, 2), Span(0, 5), Span(4, 5)])
def test_a_span_outside_the_text_is_an_error(span: Span) -> None:
    with pytest.raises(ValueError, match="not inside a text of 4 characters") as raised:
        span.quote("gout")
    assert "gout" not in str(raised.value)


@pytest.mark.parametrize(
    ("one", "other", "overlaps", "covers"),
    [
        (Span(0, 4), Span(0, 4), True, True),
        (Span(0, 4), Span(1, 3), True, True),
        (Span(1, 3), Span(0, 4), True, False),
        (Span(0, 4), Span(3, 6), True, False),
        (Span(0, 4), Span(4, 6), False, False),
        (Span(4, 6), Span(0, 4), False, False),
    ],
)
def test_two_spans(one: Span, other: Span, overlaps: bool, covers: bool) -> None:
    assert one.overlaps(other) is overlaps
    assert other.overlaps(one) is overlaps
    assert one.covers(other) is covers


SPANS = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


@given(SPANS, SPANS)
def test_overlap_and_cover_are_those_of_the_characters(one: Span, other: Span) -> None:
    mine, theirs = set(range(*one)), set(range(*other))
    assert one.overlaps(other) is bool(mine & theirs)
    assert one.covers(other) is (theirs <= mine)
