"""The problems that a clinician lists: the headings of an assessment, an impression, a diagnosis, a plan by problem.

A list can be numbered, bulleted, marked with ``#`` or stand in bare lines with the details below. Which of these are
the problems and which their details is decided once per section, from the marks and from whether a line reads as
a name or as a sentence (``problem_words.tsv``). An assessment without a list gives its sentences.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from wardround.documents.headings import SectionKind, look_up
from wardround.documents.lines import BULLETS, read_mark
from wardround.documents.tables import read_table, word_set
from wardround.spans import Span
from wardround.words import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wardround.documents.lines import Line
    from wardround.documents.sections import Section
    from wardround.words import Words

__all__ = ["Problem", "find_problems"]

_NAMING = frozenset({SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_AND_PLAN, SectionKind.DIAGNOSIS})
_SOURCES = _NAMING | {SectionKind.PLAN}
# Headings that can as well name a problem: "Tobacco use: counseled", "Allergies: cetirizine".
_NAMEABLE = frozenset({SectionKind.PAST_MEDICAL_HISTORY, SectionKind.SOCIAL_HISTORY, SectionKind.ALLERGIES})
_LONGEST_NAME = 18  # words
_LONGEST_SENTENCE = 60  # words of a sentence that is a problem
_LONGEST_LABEL = 6  # words
_LONGEST_SEARCH = 400  # characters in which a name ends
# "62-year-old", "56 yo", "45 y/o", "70M": the patient is introduced.
_SUMMARY = re.compile(
    r"\b\d{1,3}[\s-]*(?:years?|yrs?|y|months?|mos?|weeks?|days?)[\s./-]*(?:olds?|o)\b"
    r"|\b\d{1,3}[\s-]?(?:yo[fm]?|[MF])\b",
    re.IGNORECASE,
)
_SUBJECTS = word_set("i we he she they patient pt")
_CODE = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?|[VE]?\d{3}\.\d{1,2}")
_DASH = re.compile(r"\s+(?:[-–—]+|->|=>|→)\s*|\s*[–—]\s+|(?<=[a-z)])-\s+")
_DASH_SIGN = re.compile(r"[-–—→=]")  # one of which is in any of them: a quick look before a long one
_DOSE = re.compile(r"\d\s*(?:mg|mcg|ml|g|units?|tabs?|puffs?|iu|meq)\b", re.IGNORECASE)
_BEHIND = " \t\r\n.:;,-–—=*_|#"  # not of a name, after it
_BEFORE = " \t*_#-–—=.:|"  # or before it


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem of a patient as the clinician lists it.

    Attributes:
        heading: its name, without list mark and closing punctuation: "Congestive heart failure".
        body: the text about it, up to the next problem; empty (``start == end``) if there is none.
        kind: the kind of section in which it stands.
        listed: True for an item of a list, False for a sentence of an assessment in prose.
    """

    heading: Span
    body: Span
    kind: SectionKind
    listed: bool


class _Roles(NamedTuple):
    """``problem_words.tsv`` by role, as folded phrases."""

    verb: frozenset[str]
    order: frozenset[str]
    test: frozenset[str]
    status: frozenset[str]
    label: frozenset[str]
    name: frozenset[str]


class _Unit(NamedTuple):
    """A line of a section, or an item of a list that runs inside a line."""

    begin: int  # its first character, list mark included
    end: int
    style: str  # "number", "hash", "bullet" or "bare"
    indent: int  # characters before the mark
    name: Span | None  # its name, if it could be a problem
    rest: int  # where the text after the name starts
    is_detail: bool  # begins with an order, a test, or a label such as "Plan:"
    is_sentence: bool


@cache
def _roles() -> _Roles:
    phrases: dict[str, set[str]] = {}
    for phrase, role in read_table("problem_words.tsv"):
        phrases.setdefault(role, set()).add(" ".join(cut(phrase).folded))
    return _Roles(**{role: frozenset(found) for role, found in phrases.items()})


def find_problems(
    text: str, words: Words, lines: Sequence[Line], sections: Iterable[Section], sentences: Sequence[Span]
) -> tuple[Problem, ...]:
    """The problems of ``text``, in its order.

    Args:
        text: the note.
        words: its words.
        lines: its lines.
        sections: its sections.
        sentences: its sentences.
    """
    problems: list[Problem] = []
    for section in sections:
        start, end = section.body
        if section.kind in _SOURCES and start < end:
            low = bisect_right(lines, start, key=lambda line: line.begin) - 1
            high = bisect_left(lines, end, key=lambda line: line.begin)
            first = bisect_left(sentences, start, key=lambda sentence: sentence.start)
            past = bisect_left(sentences, end, key=lambda sentence: sentence.start)
            problems.extend(_Reading(text, words, section, lines[max(0, low) : high], sentences[first:past]).problems())
    return tuple(problems)


class _Reading:
    """One section read for its problems."""

    def __init__(
        self, text: str, words: Words, section: Section, lines: Sequence[Line], sentences: Sequence[Span]
    ) -> None:
        self._text, self._section, self._sentences = text, section, sentences
        self._folded, self._starts, *_ = words
        self._sentence_ends = [sentence.end for sentence in sentences]
        self._units = [unit for line in lines for unit in self._units_of(line)]

    def problems(self) -> list[Problem]:
        """The listed problems, or the sentences of prose."""
        style = self._style()
        if style:
            return self._listed(style)
        return [] if self._section.kind is SectionKind.PLAN else self._prose()

    # The units of the section.

    def _units_of(self, line: Line) -> Iterator[_Unit]:
        start, end = max(line.start, self._section.body.start), min(line.end, self._section.body.end)
        if start >= end:
            return
        if start > line.start:  # the line of the section's heading
            mark, content = read_mark(self._text, start, end)
        else:
            mark, content = line.mark, line.content
        pieces = [(mark, start, content)]
        for at in range(bisect_right(self._sentence_ends, content), len(self._sentences)):
            sentence = self._sentences[at]
            if sentence.start >= end:
                break
            if sentence.start > content:
                mark, content = read_mark(self._text, sentence.start, min(sentence.end, end))
                if mark and mark != "o":
                    pieces.append((mark, sentence.start, content))
        for number, (mark, begin, content) in enumerate(pieces):
            stop = pieces[number + 1][1] if number + 1 < len(pieces) else end
            unit = self._unit(begin, content, stop, mark, line.start - line.begin)
            if unit is not None:
                yield unit

    def _unit(self, begin: int, start: int, end: int, mark: str, indent: int) -> _Unit | None:
        starts, roles = self._starts, _roles()
        first, past = bisect_left(starts, start), bisect_left(starts, end)
        if first == past:
            return None
        label, after = self._label(first, past, end)
        if label == "name":  # "Diagnosis: gout"
            start, first = after, bisect_left(starts, after)
            if first == past:
                return None
        while start < starts[first] and self._text[start] in _BEFORE:
            start += 1
        at = bisect_right(self._sentence_ends, start)
        stop = min(self._sentence_ends[at], end) if at < len(self._sentences) else end
        folded = self._folded[first : bisect_left(starts, stop, first)]
        name, rest, is_sentence = self._name(start, stop, first)
        if all(word in roles.status for word in folded):
            name = None
        is_order = _begins_with(folded, roles.order) or _begins_with(folded, roles.test)
        is_detail = label == "detail" or (is_order and not _begins_with(folded, roles.name))
        return _Unit(begin, end, _style_of(mark), indent, name, rest, is_detail, is_sentence)

    def _label(self, first: int, past: int, end: int) -> tuple[str, int]:
        """What a label before a colon says: the text after it is the "name" of a problem, or a "detail" of one."""
        colon = self._text.find(":", self._starts[first], end)
        if colon < 0:
            return "", 0
        size = bisect_left(self._starts, colon, first, past) - first
        if not 0 < size <= _LONGEST_LABEL:
            return "", 0
        folded = self._folded[first : first + size]
        if folded[0] == "problem" and all(map(str.isdigit, folded[1:])):
            return "name", colon + 1
        heading, key = look_up(folded), " ".join(folded)
        if heading and heading.kind in _NAMING and self._text[colon + 1 : end].strip():
            above = self._text[self._section.body.start : self._starts[first]].strip(_BEFORE + "\r\n" + BULLETS)
            by_problem = key == "assessment" and self._section.kind is SectionKind.ASSESSMENT_AND_PLAN and above
            return ("detail" if by_problem else "name"), colon + 1
        if key in _roles().label or (heading and heading.kind not in _NAMEABLE):
            return "detail", colon + 1
        return "", 0

    def _name(self, start: int, stop: int, first: int) -> tuple[Span | None, int, bool]:
        """The name in the first sentence of a unit, where the text after it starts, and whether it is a sentence."""
        text = self._text
        end, rest = stop, stop
        colon = text.find(":", start, min(stop, start + _LONGEST_SEARCH))
        if colon >= 0 and (colon + 1 >= stop or text[colon + 1].isspace()):
            end, rest = colon, colon + 1
        limit = min(end, start + _LONGEST_SEARCH)
        for dash in _DASH.finditer(text, start, limit) if _DASH_SIGN.search(text, start, limit) else ():
            left = text[start : dash.start()].strip(" ()[]")
            if left and not _CODE.fullmatch(left) and self._is_about(dash.end(), end):
                end, rest = dash.start(), dash.end()
                break
        folded = self._folded[first : bisect_left(self._starts, end, first)]
        is_sentence = not _roles().verb.isdisjoint(folded)
        name = text[start:end].rstrip(_BEHIND)
        if not name or len(folded) > (_LONGEST_SENTENCE if is_sentence else _LONGEST_NAME):
            return None, rest, True
        if not any(len(word) > 1 and not word[0].isdigit() for word in folded):
            return None, rest, is_sentence
        return Span(start, start + len(name)), rest, is_sentence

    def _is_about(self, start: int, end: int) -> bool:
        """Whether the text after a dash is about a problem rather than part of its name."""
        first, past = bisect_left(self._starts, start), bisect_left(self._starts, end)
        folded = self._folded[first : min(past, first + _LONGEST_SENTENCE)]
        roles = _roles()
        return (
            not folded
            or not roles.verb.isdisjoint(folded)
            or any(_begins_with(folded, phrases) for phrases in (roles.order, roles.test, roles.status))
            or bool(_DOSE.search(self._text, start, min(end, start + _LONGEST_SEARCH)))
        )

    # What the items of the list look like.

    def _style(self) -> str:
        """The style of the units that are problems; "" if the section is prose."""
        is_plan = self._section.kind is SectionKind.PLAN
        for style in ("hash", "number"):
            marked = [unit for unit in self._units if unit.style == style]
            good = [unit for unit in marked if self._is_item(unit, strict=is_plan)]
            most = good and (len(good) * 2 >= len(marked) or (good[0] is marked[0] and not is_plan))
            if most and (not is_plan or self._detailed(good)):
                return style
        bare = [unit for unit in self._units if unit.style == "bare" and self._is_item(unit, strict=True)]
        bullets = self._bullets()
        if bare and (not bullets or self._heads_details(bare)) and (not is_plan or self._detailed(bare)):
            return "bare"
        return "bullet" if bullets and (not is_plan or self._detailed(bullets)) else ""

    def _bullets(self) -> list[_Unit]:
        """The outermost bullets that could be problems; none if most could not."""
        bullets = [unit for unit in self._units if unit.style == "bullet"]
        least = min((unit.indent for unit in bullets), default=0)
        top = [unit for unit in bullets if unit.indent <= least + 1]
        good = [unit for unit in top if self._is_item(unit, strict=True)]
        return good if len(good) * 2 >= len(top) else []

    def _heads_details(self, items: Sequence[_Unit]) -> bool:
        """Whether one of the bare lines ``items`` has text below it that is no list of names."""
        begins = {unit.begin for unit in items}
        return any(
            above.begin in begins and (below.is_detail or below.is_sentence or below.style == "bare")
            for above, below in pairwise(self._units)
        )

    def _detailed(self, items: Sequence[_Unit]) -> bool:
        """Whether most of the items have text of their own, as the problems of a plan must."""
        begins = {unit.begin for unit in items}
        count = sum(not self._is_bare_name(unit) for unit in items)
        for above, below in pairwise(self._units):
            count += above.begin in begins and below.begin not in begins and self._is_bare_name(above)
        return count * 2 >= len(items)

    def _is_bare_name(self, unit: _Unit) -> bool:
        return unit.name is not None and not self._text[unit.name.end : unit.end].strip(_BEHIND)

    def _is_item(self, unit: _Unit, *, strict: bool) -> bool:
        """Whether a unit could be a problem; if ``strict``, only by a name and not by a sentence."""
        if unit.name is None or unit.is_detail or (strict and unit.is_sentence):
            return False
        start, end = unit.name
        if _SUMMARY.search(self._text, start, end) or (strict and _DOSE.search(self._text, start, end)):
            return False
        return not self._is_wrapped(unit)

    def _is_wrapped(self, unit: _Unit) -> bool:
        """Whether a unit starts in the middle of a sentence."""
        at = bisect_right(self._sentence_ends, unit.begin)
        return at < len(self._sentences) and self._sentences[at].start < unit.begin

    # The problems.

    def _listed(self, style: str) -> list[Problem]:
        same = [unit for unit in self._units if unit.style == style]
        strict = style in ("bare", "bullet") or self._section.kind is SectionKind.PLAN
        if style == "bare":
            items = [unit for unit in same if self._is_item(unit, strict=True)]
        else:  # an item that is no problem ends the one before it all the same
            least = min(unit.indent for unit in same)
            items = [unit for unit in same if unit.indent <= least + 1]
        ends = [*(unit.begin for unit in items[1:]), self._section.body.end]
        return [
            problem
            for unit, end in zip(items, ends, strict=True)
            if self._is_item(unit, strict=strict)
            for problem in self._problems_of(unit, end)
        ]

    def _problems_of(self, unit: _Unit, end: int) -> Iterator[Problem]:
        """A unit's problem; several where a bare line holds nothing but names ("Pneumonia. Sepsis.")."""
        assert unit.name is not None
        names = [unit.name, *(self._further_names(unit) if unit.style == "bare" else ())]
        rests = [unit.rest if len(names) == 1 else unit.name.end, *(name.end for name in names[1:])]
        stops = [*(name.start for name in names[1:]), end]
        for name, rest, stop in zip(names, rests, stops, strict=True):
            yield Problem(heading=name, body=self._trim(rest, stop), kind=self._section.kind, listed=True)

    def _further_names(self, unit: _Unit) -> list[Span]:
        """The names in the other sentences of a unit; none unless all of them are names."""
        names: list[Span] = []
        for at in range(bisect_right(self._sentence_ends, unit.rest), len(self._sentences)):
            start, stop = self._sentences[at]
            if start >= unit.end:
                break
            if start < unit.rest:
                continue
            other = self._unit(start, start, min(stop, unit.end), "", 0)
            if other is None or other.name is None or not self._is_item(other, strict=True):
                return []
            names.append(other.name)
        return names

    def _trim(self, start: int, end: int) -> Span:
        """``[start, end)`` without the white space around it and the punctuation before it."""
        while start < end and (self._text[start].isspace() or self._text[start] in ".:;"):
            start += 1
        while start < end and self._text[end - 1].isspace():
            end -= 1
        return Span(start, end)

    def _prose(self) -> list[Problem]:
        """The sentences that could state a problem; the introduction of the patient only if there is nothing else."""
        plain = [sentence for sentence in self._sentences if not _SUMMARY.search(self._text, *sentence)]
        sentences: Sequence[Span] = plain or self._sentences
        problems = []
        for start, end in sentences:
            first, past = bisect_left(self._starts, start), bisect_left(self._starts, end)
            if _roles().status.issuperset(self._folded[first:past]):
                continue  # "Deferred."
            if self._section.kind is not SectionKind.ASSESSMENT_AND_PLAN or not self._is_plan(first, len(sentences)):
                name = Span(start, start + len(self._text[start:end].rstrip(_BEHIND)))
                problems.append(Problem(heading=name, body=Span(end, end), kind=self._section.kind, listed=False))
        return problems

    def _is_plan(self, first: int, count: int) -> bool:
        """Whether the sentence at word ``first``, one of ``count``, says what will be done."""
        folded = self._folded[first : first + 4]
        if folded and folded[0] in _SUBJECTS:
            folded = folded[1:]
        return count > 1 and _begins_with(folded, _roles().order)


def _begins_with(folded: Sequence[str], phrases: frozenset[str]) -> bool:
    return any(" ".join(folded[:size]) in phrases for size in range(1, min(3, len(folded)) + 1))


def _style_of(mark: str) -> str:
    if not mark:
        return "bare"
    if mark[0] == "#":
        return "hash"
    return "number" if any(map(str.isdigit, mark)) else "bullet"
