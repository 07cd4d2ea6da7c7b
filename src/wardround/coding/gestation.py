"""How far a pregnancy is, as the note says it: completed weeks, or the dates they follow from.

Trimesters are counted from the first day of the last menstrual period: the first is less than 14 weeks 0 days, the
second less than 28 weeks 0 days.

**Source:** ICD-10-CM, note at chapter 15; Guidelines FY2026 I.C.15.a.3, I.C.21.c.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from wardround.coding.draft import Draft
from wardround.coding.elapsed import dates
from wardround.documents import AssertionStatus, SectionKind
from wardround.spans import Span

__all__ = ["Gestation", "gestation", "trimester"]

_TERM = 280  # days
_LONGEST = 44  # weeks; more is no pregnancy
_WEEKS = r"(?P<weeks>\d{1,2})"
_UNIT = r"[\s-]*(?:weeks?|wks?|w)\b"
_SURE = (
    re.compile(rf"\b{_WEEKS}\s*(?:w|wks?|weeks?)[\s,]*(?:and\s+)?(?P<days>[0-6])\s*(?:d|days?)\b", re.IGNORECASE),
    re.compile(rf"\b{_WEEKS}\s*(?:\+|and)?\s*(?P<days>[0-6])/7\b", re.IGNORECASE),
    re.compile(rf"\b{_WEEKS}\+(?P<days>[0-6])(?:/40|\s*(?:weeks?|wks?|w|gestation|GA)\b)", re.IGNORECASE),
    re.compile(
        rf"\b{_WEEKS}{_UNIT}[\s-]*(?:of\s+)?(?:gestation|gestational|pregnan\w*|gravid|GA|EGA|IUP)\b", re.IGNORECASE
    ),
    re.compile(rf"\b{_WEEKS}\s*wga\b", re.IGNORECASE),
    re.compile(
        r"\b(?:gestational age|gestation|EGA|GA|IUP|intrauterine pregnancy|pregnan(?:t|cy)|gravid)\b[^\d.;\n]{0,20}"
        rf"{_WEEKS}{_UNIT}",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:G\d+\s*P\d+\S*|y/?o|year[- ]old)\b[^\d.;\n]{{0,25}}\bat {_WEEKS}{_UNIT}", re.IGNORECASE),
    re.compile(rf"\bG\d+\s*P\d+\S*,?\s{_WEEKS}{_UNIT}", re.IGNORECASE),
)
_BESIDE = re.compile(
    rf"(?:\bat\s+|(?<=[,(])\s*|(?<=,\s)){_WEEKS}{_UNIT}(?!\s*(?:x\b|of (?!gest)|from|later))", re.IGNORECASE
)
_BEFORE = re.compile(
    r"\b(?:prior|previous|last pregnancy|until|next|repeat|re-?check|follow[- ]?up|return|scheduled|plan\w*|due"
    r"|induc\w+)\b[^.;\n]{0,25}$",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s*(?:ago|old|of age|post|after|from now|follow)", re.IGNORECASE)
_DUE = re.compile(r"\b(?:EDD|EDC|due date|estimated date of (?:delivery|confinement))\b", re.IGNORECASE)
_LAST_PERIOD = re.compile(r"\b(?:LMP|last menstrual period)\b", re.IGNORECASE)
_DATE_REACH = 30  # characters from the label to its date

_PAST = frozenset({SectionKind.PAST_MEDICAL_HISTORY, SectionKind.PAST_SURGICAL_HISTORY, SectionKind.FAMILY_HISTORY})
_ASSESSED = frozenset({SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_AND_PLAN, SectionKind.DIAGNOSIS})
_TOLD = frozenset(
    {SectionKind.CHIEF_COMPLAINT, SectionKind.HISTORY_PRESENT_ILLNESS, SectionKind.HOSPITAL_COURSE, SectionKind.OTHER}
)


class Gestation(NamedTuple):
    """The age of a pregnancy: completed ``weeks`` and the ``days`` beyond, and the words that say it."""

    weeks: int
    days: int
    span: Span

    @property
    def trimester(self) -> int:
        """1, 2 or 3."""
        return trimester(self.weeks)

    @property
    def code(self) -> str:
        """The code of category Z3A."""
        if self.weeks < 8:
            return "Z3A.01"
        return f"Z3A.{self.weeks:02d}" if self.weeks <= 42 else "Z3A.49"


def trimester(weeks: int) -> int:
    """The trimester, 1 to 3, of a pregnancy of so many completed weeks."""
    return 1 if weeks < 14 else 2 if weeks < 28 else 3


def gestation(draft: Draft, near: Iterable[Span]) -> Gestation | None:
    """How far the pregnancy of this encounter is; None where the note does not say, or contradicts itself.

    Args:
        draft: of the note.
        near: sentences that speak of the pregnancy, in which "at 30 weeks" can mean nothing else.
    """
    stated = [(rank, found) for found in _stated(draft, near) if (rank := _rank(draft, found.span)) is not None]
    if not stated:
        return _by_dates(draft)
    first = min(rank for rank, _ in stated)
    best = [found for rank, found in stated if rank == first]
    return best[0] if len({found.weeks for found in best}) == 1 else None


def _stated(draft: Draft, near: Iterable[Span]) -> Iterator[Gestation]:
    text = draft.stream.note.text
    for pattern in _SURE:
        for found in pattern.finditer(text):
            yield from _meant(draft, found)
    for span in near:
        for found in _BESIDE.finditer(text, *span):
            yield from _meant(draft, found)


def _meant(draft: Draft, found: re.Match[str]) -> Iterator[Gestation]:
    """The find, unless it speaks of another time or another pregnancy."""
    text, span = found.string, Span(found.start("weeks"), found.end())
    weeks = int(found["weeks"])
    sentence = draft.stream.note.sentence_of(span.start)
    if not 3 <= weeks <= _LONGEST or _BEHIND.match(text, span.end):
        return
    if _BEFORE.search(text[sentence.start : span.start]):
        return
    if draft.assertions.at(span).status is AssertionStatus.PRESENT:
        yield Gestation(weeks, int(found.groupdict().get("days") or 0), Span(*found.span()))


def _rank(draft: Draft, span: Span) -> int | None:
    """By where the weeks are said: those of the assessment count most, those of a past history not at all."""
    kind = draft.stream.note.section_of(span.start).kind
    if kind in _PAST:
        return None
    return 0 if kind in _ASSESSED else 1 if kind in _TOLD else 2


def _by_dates(draft: Draft) -> Gestation | None:
    today = draft.encounter.date
    if today is None:
        return None
    text = draft.stream.note.text
    for label, due in ((_LAST_PERIOD, False), (_DUE, True)):
        for found in label.finditer(text):
            end = min(len(text), found.end() + _DATE_REACH)
            for span, first, last in dates(text, found.end(), end):
                days = _TERM - (first - today).days if due else (today - first).days
                if first == last and 0 < days <= 7 * _LONGEST:
                    return Gestation(days // 7, days % 7, Span(found.start(), span.end))
    return None
