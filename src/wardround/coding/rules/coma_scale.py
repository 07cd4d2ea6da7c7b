"""The Glasgow coma scale beside a brain injury: three scores or their sum (Guidelines I.C.18.e)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["ComaScale"]

_INJURIES = ("S06",)
_SKULL = ("S02", "S06")
_EYES, _VERBAL, _MOTOR, _SUM = "R40.21", "R40.22", "R40.23", "R40.24"
_SINGLE = (_EYES, _VERBAL, _MOTOR)
_NAME = r"\b(?:GCS|Glasgow coma (?:scale|score))\b"
_TOTAL = re.compile(rf"{_NAME}(?: score)?(?:[\s:=,]|of|is|was)*(?P<sum>\d{{1,2}})(?![\d/.]*\d)", re.IGNORECASE)
_PARTS = re.compile(r"\bE\s?(?P<eyes>[1-4])[\s,/]*V\s?(?P<verbal>[1-5])[\s,/]*M\s?(?P<motor>[1-6])\b", re.IGNORECASE)
_NORMAL = 15
_RANGES = ((13, "1"), (9, "2"), (3, "3"))  # the lowest sum of each code, and its character
# When the score was taken: the 7th character, and the words for it.
_TIMES = {
    "1": ("ems", "scene", "field", "ambulance", "paramedic"),
    "2": ("arrival", "ed", "er", "emergency"),
    "3": ("admission",),
}
_TIME_UNKNOWN = "0"
_SEDATED = ("sedated", "sedation", "medically induced", "intubated", "paralyzed")


class ComaScale(Rule):
    """The coma scale may be coded beside a traumatic brain injury and behind it: one code each for eyes, speech and
    movement, all with the same 7th character for the time, or one for the sum where only that is written. A score of a
    sedated patient is not coded. The scores may come from other clinicians, the injury from the provider (I.B.14).

    In a note with a coded brain injury wardround adds the first score below 15, as its three parts where they are
    written and else as the sum, with the time if it is said. In a list it asks for review of parts and sum of one time
    together and of parts that are not complete, and remarks on a score without an injury of the skull or brain.
    """

    name = "coma-scale"
    section = "I.C.18.e"
    title = "the coma scale is three scores or their sum, beside a brain injury"
    severity = "review"
    prefixes = ("R40.2",)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        injury = draft.first(*_INJURIES)
        if injury is None or draft.first(*_SINGLE, _SUM) is not None or draft.said("gcs", "glasgow coma") is None:
            return
        text = draft.stream.note.text
        found = _TOTAL.search(text) or _PARTS.search(text)
        if found is None:
            return
        sentence = draft.stream.note.sentence_of(found.start())
        span = Span(*found.span())
        if draft.assertions.at(span).status is not AssertionStatus.PRESENT:
            return
        if draft.said(*_SEDATED, within=[sentence]):
            injury.remark(self.name, self.section, "the coma scale of a sedated patient is not coded")
            return
        parts = _PARTS.search(text, *sentence)
        for entry in _of_parts(parts) if parts else _of_sum(int(found["sum"])):
            code = entry + _time(draft, sentence)
            if draft.codes.billable(code):
                draft.add(code, [Span(*parts.span()) if parts else span], self.name, self.section, "the first score")

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        scores = listed.starting(*_SINGLE, _SUM)
        by_time: defaultdict[str, list[str]] = defaultdict(list)
        for code in dict.fromkeys(scores):
            by_time[code[-1]].append(code)
        for codes in by_time.values():
            parts = [code for code in codes if code.startswith(_SINGLE)]
            if parts and len(parts) < len(codes):
                yield self.finding(
                    "review", codes, f"{' and '.join(codes)}: the parts of the scale or its sum, not both"
                )
            elif parts and {code[:6] for code in parts} != set(_SINGLE):
                message = f"{' and '.join(parts)}: one code each for eyes, speech and movement at one time"
                yield self.finding("review", parts, message)
        if scores and not listed.starting(*_SKULL):
            message = f"{scores[0]}: the coma scale goes with a traumatic brain injury"
            yield self.finding("info", scores[:1], message)


def _of_sum(total: int) -> list[str]:
    """The code for a sum; none for a normal one, or a number that is no sum."""
    if not 3 <= total < _NORMAL:
        return []
    return [_SUM + next(character for lowest, character in _RANGES if total >= lowest)]


def _of_parts(parts: re.Match[str]) -> list[str]:
    """The codes for eyes, speech and movement; none if all are normal."""
    if int(parts["eyes"]) + int(parts["verbal"]) + int(parts["motor"]) == _NORMAL:
        return []
    return [_EYES + parts["eyes"], _VERBAL + parts["verbal"], _MOTOR + parts["motor"]]


def _time(draft: Draft, sentence: Span) -> str:
    words = frozenset(draft.words_in(sentence))
    return next((time for time, said in _TIMES.items() if not words.isdisjoint(said)), _TIME_UNKNOWN)
