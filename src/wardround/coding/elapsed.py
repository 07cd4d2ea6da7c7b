"""How long ago something was, as the words beside it say: "two weeks ago", "in 2019", "on 3/5/2026".

The words bound the time and seldom fix it: "two weeks ago" is taken as fourteen days, "in 2019" as anything from the
first to the last day of that year. Dates are read in American order, month before day.
"""

from __future__ import annotations

import datetime
import re
from calendar import monthrange
from collections.abc import Iterator
from typing import NamedTuple

from wardround.spans import Span

__all__ = ["Elapsed", "dates", "elapsed", "nearest"]

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_DAYS = {"d": (1, 1), "w": (7, 7), "m": (28, 31), "y": (365, 366)}  # by the first letter of the unit
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"

_AGO = re.compile(
    r"\b(?P<number>\d{1,3}|an?|one|two|three|four|five|six|seven|eight)(?:\s*-\s*|\s+)"
    r"(?P<unit>day|d|week|wk|month|mo|year|yr)s?\.?\s+(?:ago|prior|earlier|back)\b",
    re.IGNORECASE,
)
_RECENT = re.compile(r"\b(?:today|yesterday|this (?:morning|week)|last (?P<last>night|week|year))\b", re.IGNORECASE)
_DATES = (
    re.compile(r"(?<![\d./-])(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])"),
    re.compile(r"(?<![\d./-])(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<year>(?:19|20)?\d\d)(?![\d/])"),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
    re.compile(rf"\b(?P<day>\d\d?)\s+{_MONTH}\s+(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH},?\s+(?:of\s+)?(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
    re.compile(r"\b(?:in|since|from)\s+(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
)


class Elapsed(NamedTuple):
    """A time that has passed: at ``span`` the text says that it was at least ``least`` and at most ``most`` days."""

    span: Span
    least: int
    most: int


def elapsed(text: str, start: int, end: int, today: datetime.date | None) -> Iterator[Elapsed]:
    """What ``text[start:end]`` says of how long ago something was.

    Args:
        text: of the note.
        start, end: where to look.
        today: the day of the encounter; dates mean nothing without it, "last year" is then taken as over a month ago.
    """
    for found in _AGO.finditer(text, start, end):
        number = found["number"].lower()
        count = int(number) if number.isdigit() else _NUMBERS[number]
        least, most = _DAYS[found["unit"][0].lower()]
        yield Elapsed(Span(*found.span()), count * least, count * most)
    for found in _RECENT.finditer(text, start, end):
        last = (found["last"] or "").lower()
        span = Span(*found.span())
        if last == "year":
            yield Elapsed(span, 31 if today is None else (today - datetime.date(today.year - 1, 12, 31)).days, 730)
        else:
            yield Elapsed(span, 0, 13 if last == "week" else 7)
    if today is not None:
        for span, first, last_day in dates(text, start, end):
            if first <= today:
                yield Elapsed(span, max(0, (today - last_day).days), (today - first).days)


def nearest(text: str, mention: Span, around: Span, today: datetime.date | None) -> Elapsed | None:
    """Of the times that ``around`` says, the one that stands nearest to ``mention``; None if it says none."""

    def distance(time: Elapsed) -> int:
        return max(time.span.start - mention.end, mention.start - time.span.end)

    return min(elapsed(text, *around, today), key=distance, default=None)


def dates(text: str, start: int, end: int) -> Iterator[tuple[Span, datetime.date, datetime.date]]:
    """The dates in ``text[start:end]``, each as the first and the last day that it may mean; the most exact first."""
    taken: list[Span] = []
    for pattern in _DATES:
        for found in pattern.finditer(text, start, end):
            span = Span(*found.span())
            days = _days(found)
            if days is not None and not any(span.overlaps(other) for other in taken):
                taken.append(span)
                yield span, *days


def _days(found: re.Match[str]) -> tuple[datetime.date, datetime.date] | None:
    parts = found.groupdict()
    year = int(parts["year"])
    year += 2000 if year < 100 else 0
    named = parts.get("month") or "0"
    month = int(named) if named.isdigit() else _MONTHS.index(named[:3].lower()) + 1
    day = int(parts.get("day") or 0)
    try:
        if not month:
            return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        if not day:
            return datetime.date(year, month, 1), datetime.date(year, month, monthrange(year, month)[1])
        return datetime.date(year, month, day), datetime.date(year, month, day)
    except ValueError:
        return None
