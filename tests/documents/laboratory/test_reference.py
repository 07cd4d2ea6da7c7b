"""Figures and ranges: read only where they can be read in one way."""

from __future__ import annotations

import pytest

from wardround.documents.laboratory.reference import Figure, Limits, Point, figure, is_outside, limits, point_of


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("13.5", ".", Figure(13.5)),
        ("13,5", ",", Figure(13.5)),
        ("13,5", "", Figure(13.5)),
        ("13,5", ".", None),
        ("13.5", ",", None),
        ("12,500", ".", Figure(12500)),
        ("12,500", ",", Figure(12.5)),
        ("12,500", "", None),
        ("1,50,000", "", Figure(150000)),
        ("1.250,5", ",", Figure(1250.5)),
        ("1,250.5", ".", Figure(1250.5)),
        ("< 0.01", ".", Figure(0.01, "<")),
        ("≥90", "", Figure(90, ">=")),
        ("-2.5", ".", Figure(-2.5)),
        ("2-4", "", None),
        ("1:80", "", None),
        ("1O.5", ".", None),
        ("Negative", "", None),
        ("", "", None),
    ],
)
def test_a_figure(text: str, point: Point, expected: Figure | None) -> None:
    assert figure(text, point) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.5 - 5.1", Limits(3.5, 5.1)),
        ("(135–145)", Limits(135, 145)),
        ("3.5 to 5.1 mmol/L", Limits(3.5, 5.1)),
        ("< 5.0", Limits(high=5, strict=True)),
        ("<= 5", Limits(high=5)),
        ("up to 40", Limits(high=40)),
        ("> 60", Limits(low=60, strict=True)),
        ("more than 40 mg/dL", Limits(low=40, strict=True)),
        ("5.1 - 3.5", None),
        ("M: 13-17 F: 12-15", None),
        ("Negative", None),
        ("3.5 - 5.1 in adults", None),
    ],
)
def test_a_range(text: str, expected: Limits | None) -> None:
    assert limits(text, ".") == expected


@pytest.mark.parametrize(
    ("value", "reference", "expected"),
    [
        ("5.1", "3.5 - 5.1", False),
        ("5.2", "3.5 - 5.1", True),
        ("5.0", "< 5.0", True),
        ("40", "up to 40", False),
        ("60", "> 60", True),
        ("> 60", "> 60", False),
        ("< 0.5", "< 5.0", False),
        ("< 5", "3 - 9", None),
        ("< 3", "3 - 9", True),
        ("> 100", "3 - 9", True),
        ("> 5", "3 - 9", None),
        ("Positive", "Negative", True),
        ("Non-reactive", "Negative", False),
        ("Trace", "Negative", None),
        ("5.2", "see comment", None),
        ("pending", "3 - 9", None),
    ],
)
def test_outside(value: str, reference: str, expected: bool | None) -> None:
    assert is_outside(value, reference, ".") is expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [(["13.5", "140"], "."), (["13,5", "140"], ","), (["12,500", "140"], ""), (["13,5", "13.5"], ""), ([], "")],
)
def test_what_stands_before_decimals(texts: list[str], expected: Point) -> None:
    assert point_of(texts) == expected
