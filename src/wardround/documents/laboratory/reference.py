"""Figures and the ranges they are held against, read only where they can be read in one way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from wardround.documents.laboratory.cells import LIMIT, NUMBER
from wardround.documents.laboratory.vocabulary import is_unit, known

__all__ = ["Comparator", "Figure", "Limits", "Point", "figure", "is_outside", "limits", "point_of"]

Comparator = Literal["<", "<=", ">", ">="]
Point = Literal[".", ",", ""]
"""What the report writes before decimals: empty where that cannot be told."""

_LONGEST = 160  # characters of a cell that is looked at
_FIGURE = re.compile(rf"(?P<sign><=?|>=?|≤|≥)?\s*(?P<number>{NUMBER})")
_BETWEEN = re.compile(rf"(?P<low>{NUMBER})\s*(?:-|–|—|−|~|to|\.\.)\s*(?P<high>{NUMBER})(?P<unit>.*)", re.IGNORECASE)
_ONE = re.compile(rf"(?P<words>{LIMIT})\s*(?P<number>{NUMBER})(?P<unit>.*)", re.IGNORECASE)
_SIGNS: dict[str, Comparator] = {"<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">="}
_UPPER = {
    **dict.fromkeys(("<", "less than", "lower than", "below", "under"), True),
    **dict.fromkeys(("<=", "=<", "≤", "up to", "upto", "at most"), False),
}  # whether the limit itself is beyond
_LOWER = {
    **dict.fromkeys((">", "more than", "greater than", "higher than", "above", "over"), True),
    **dict.fromkeys((">=", "=>", "≥", "at least"), False),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A result that is a number, exact or beyond a limit of what can be measured."""

    number: float
    comparator: Comparator | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """A printed range; None where it has no end. ``strict`` ends are themselves outside."""

    low: float | None = None
    high: float | None = None
    strict: bool = False


def point_of(texts: Iterable[str]) -> Point:
    """What stands before decimals, by all the figures of a report."""
    points = commas = 0
    for text in texts:
        if len(text) > _LONGEST:
            continue
        for number in re.findall(r"(?<![\d.,])\d+(?:[.,]\d+)*", text):
            points += bool(re.fullmatch(r"\d+\.(?:\d{1,2}|\d{4,})|0\.\d+|\d+(?:,\d{3})+\.\d+", number))
            commas += bool(re.fullmatch(r"\d+,(?:\d{1,2}|\d{4,})|0,\d+|\d+(?:\.\d{3})+,\d+", number))
    return "" if bool(points) == bool(commas) else "." if points else ","


def _number(text: str, point: Point) -> float | None:
    """The number; None where a comma or a point could mean either thing."""
    bare = text.replace("−", "-")
    sign = -1.0 if bare.startswith("-") else 1.0
    bare = bare.lstrip("+-")
    if bare.isdigit():
        return sign * float(bare)
    if re.fullmatch(r"\d{1,3}(?:,\d{2,3})*,\d{3}\.\d+|\d{1,2}(?:,\d{2})+,\d{3}|\d{1,3}(?:,\d{3}){2,}", bare):
        return None if point == "," else sign * float(bare.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}", bare):
        return None if point == "." else sign * float(bare.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d+\.\d+", bare):
        return None if point == "," else sign * float(bare)
    if re.fullmatch(r"\d+,\d+", bare):
        if re.fullmatch(r"[1-9]\d{0,2},\d{3}", bare):
            return None if point == "" else sign * float(bare.replace(",", "" if point == "." else "."))
        return None if point == "." else sign * float(bare.replace(",", "."))
    return None


def figure(text: str, point: Point) -> Figure | None:
    """The number that a result is, if it is one and can be read in one way only.

    >>> figure("13.5", "."), figure("< 0,5", ","), figure("12,500", "")
    (Figure(number=13.5, comparator=None), Figure(number=0.5, comparator='<'), None)
    """
    found = _FIGURE.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    number = _number(found["number"], point)
    return None if number is None else Figure(number, _SIGNS[found["sign"]] if found["sign"] else None)


def limits(text: str, point: Point) -> Limits | None:
    """A printed range; None where it is none, or has lines for different people.

    >>> limits("(3.5 - 5.1)", "."), limits("up to 40", ""), limits("M: 13-17 F: 12-15", "")
    (Limits(low=3.5, high=5.1, strict=False), Limits(low=None, high=40.0, strict=False), None)
    """
    bare = text.strip().strip("()[] ;,") if len(text) <= _LONGEST else ""
    if found := _BETWEEN.fullmatch(bare):
        low, high = _number(found["low"], point), _number(found["high"], point)
        if low is None or high is None or low > high or not _is_unit_or_none(found["unit"]):
            return None
        return Limits(low, high)
    if found := _ONE.fullmatch(bare):
        number, words = _number(found["number"], point), " ".join(found["words"].lower().split())
        if number is None or not _is_unit_or_none(found["unit"]):
            return None
        if words in _UPPER:
            return Limits(high=number, strict=_UPPER[words])
        return Limits(low=number, strict=_LOWER[words])
    return None


def _is_unit_or_none(text: str) -> bool:
    return not text.strip() or is_unit(text)


def is_outside(value: str, reference: str, point: Point) -> bool | None:
    """Whether a result is outside its printed range; None where that cannot be told.

    >>> is_outside("5.6", "3.5 - 5.1", "."), is_outside("Positive", "Negative", ""), is_outside("<5", "3-9", "")
    (True, True, None)
    """
    said, expected = known("value", value), known("value", reference)
    if expected in ("negative", "positive"):
        return said != expected if said in ("negative", "positive") else None
    read, ends = figure(value, point), limits(reference, point)
    if read is None or ends is None:
        return None
    return _is_beyond(read, ends)


def _is_beyond(read: Figure, ends: Limits) -> bool | None:
    """Whether a figure, or whatever lies beyond one, is outside; an end that is strict is itself outside."""
    number, sign = read.number, read.comparator or ""
    low, high = ends.low, ends.high
    under = low is not None and (number < low or (number == low and (ends.strict or sign == "<")))
    over = high is not None and (number > high or (number == high and (ends.strict or sign == ">")))
    if not sign:
        return under or over
    strictly = ends.strict and "=" in sign
    if sign.startswith("<"):
        inside = low is None and high is not None and (number < high or (number == high and not strictly))
        beyond = under
    else:
        inside = high is None and low is not None and (number > low or (number == low and not strictly))
        beyond = over
    return True if beyond else False if inside else None
