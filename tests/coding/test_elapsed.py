"""How long ago something was, read off the words."""

from __future__ import annotations

import datetime

import pytest

from wardround.coding.elapsed import dates, elapsed

TODAY = datetime.date(2026, 5, 20)

TABLE = [
    ("MI 2 weeks ago", [("2 weeks ago", 14, 14)]),
    ("MI three days prior to admission", [("three days prior", 3, 3)]),
    ("MI a month ago", [("a month ago", 28, 31)]),
    ("MI 2 mo ago", [("2 mo ago", 56, 62)]),
    ("MI 4 yrs ago", [("4 yrs ago", 1460, 1464)]),
    ("MI yesterday", [("yesterday", 0, 7)]),
    ("MI last week", [("last week", 0, 13)]),
    ("MI last year", [("last year", 140, 730)]),
    ("MI in 2019", [("in 2019", 2332, 2696)]),
    ("MI on 5/6/2026", [("5/6/2026", 14, 14)]),
    ("MI on 5/6/26", [("5/6/26", 14, 14)]),
    ("MI on 2026-05-06", [("2026-05-06", 14, 14)]),
    ("MI on May 6, 2026", [("May 6, 2026", 14, 14)]),
    ("MI on 6 May 2026", [("6 May 2026", 14, 14)]),
    ("MI in April 2026", [("April 2026", 20, 49)]),
    ("MI, next visit on 6/6/2026", []),
    ("MI on 13/45/2026", []),
    ("BP 120/80, dose 2 weeks", []),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_elapsed(text: str, expected: list[tuple[str, int, int]]) -> None:
    found = [(e.span.quote(text), e.least, e.most) for e in elapsed(text, 0, len(text), TODAY)]
    assert found == expected


def test_a_date_says_nothing_without_the_day_of_the_encounter() -> None:
    assert not list(elapsed("MI in 2019", 0, 10, None))
    assert [e.least for e in elapsed("MI last year", 0, 12, None)] == [31]


def test_only_where_it_is_asked_for() -> None:
    text = "MI 2 weeks ago. Stroke in 2019."
    assert [e.span.quote(text) for e in elapsed(text, 0, 15, TODAY)] == ["2 weeks ago"]


def test_the_most_exact_date_counts() -> None:
    text = "LMP March 5, 2026"
    assert [(first, last) for _, first, last in dates(text, 0, len(text))] == [
        (datetime.date(2026, 3, 5), datetime.date(2026, 3, 5))
    ]
