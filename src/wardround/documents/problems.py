"""The problems that a clinician lists: the headings of an assessment, an impression, a diagnosis, a plan by problem.

A list can be numbered, bulleted, marked with ``#`` or stand in bare lines with the details below. Which of these are
the problems and which their details is decided once per section, from the marks and from whether a line reads as
a name or as a sentence (``problem_words.tsv``). An assessment without a list gives its sentences.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from wardround.documents.lines import Line, read_lines
from wardround.documents.sections import Section, SectionKind, heading_kind
from wardround.documents.tables import read_table
from wardround.spans import Span
from wardround.words import Words, cut

__all__ = ["Problem", "find_problems"]

_SOURCES = frozenset(
    {SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_AND_PLAN, SectionKind.DIAGNOSIS, SectionKind.PLAN}
)
_NAMING = frozenset({SectionKind.ASSESSMENT, SectionKind.DIAGNOSIS, SectionKind.ASSESSMENT_AND_PLAN})
_LONGEST_NAME = 18  # words
_SUMMARY = re.compile(
    r"\b\d{1,3}[\s-]*(?:years?|yrs?|y|months?|mos?|weeks?|days?)[\s./-]*(?:olds?|o)\b|\b\d{1,3}[\s-]?(?:yo|y/o|yof|yom|[MF])\b", re.IGNORECASE
)
_CODE = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?|[VE]?\d{3}\.\d{1,2}")
_DASH = re.compile(r"\s+(?:[-–—]+|->|=>|→)\s*|\s*[–—]\s+|(?<=[a-z)])-\s+")
_DOSE = re.compile(r"\d\s*(?:mg|mcg|ml|g|units?|tabs?|puffs?|iu|meq)\b", re.IGNORECASE)
_TRAILING = " \t\r\n.:;,-–—=*_|#"
_LEADING = " \t*_#-–—=.:|"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem of a patient as the clinician lists it.

    Attributes:
        heading: its name, without list mark and closing punctuation: "Congestive heart failure".
        body: the text about it, up to the next problem; empty (``start == end``) if there is none.
        kind: the kind of section that it stands in.
        listed: True for an item of a list, False for a sentence of an assessment in prose.
    """

    heading: Span
    body: Span
    kind: SectionKind
    listed: bool


class _Roles(NamedTuple):
    verbs: frozenset[str]
    orders: frozenset[str]
    tests: frozenset[str]
    statuses: frozenset[str]
    labels: frozenset[str]


class _Unit(NamedTuple):
    """A line of a section, or an item of a list that runs inside a line."""

    begin: int  # its first character, list mark included
    start: int  # its first character after the list mark
    end: int
    style: str  # "number", "hash", "bullet" or "bare"
    mark: str
    indent: int  # characters before the mark
    after_blank: bool
    name: Span | None  # its name, if it could be a problem
    rest: int  # where the text after the name starts
    is_order: bool
    is_label: bool  # begins with a label such as "Plan:"
    is_sentence: bool
    clean: bool  # nothing but the name on the line


@cache
def _roles() -> _Roles:
    roles: dict[str, set[str]] = {}
    for phrase, role in read_table("problem_words.tsv"):
        roles.setdefault(role, set()).add(" ".join(cut(phrase).folded))
    names = ("verb", "order", "test", "status", "label")
    return _Roles(*(frozenset(roles[name]) for name in names))


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
    begins = [line.begin for line in lines]
    sentence_starts = [sentence.start for sentence in sentences]
    for section in sections:
        if section.kind not in _SOURCES or section.body.start == section.body.end:
            continue
        inside = sentences[bisect_left(sentence_starts, section.body.start) : bisect_left(sentence_starts, section.body.end)]
        here = lines[max(0, bisect_right(begins, section.body.start) - 1) : bisect_left(begins, section.body.end)]
        problems.extend(_Reading(text, words, section, here, inside).problems())
    return tuple(problems)


class _Reading:
    """One section read for its problems."""

    def __init__(
        self, text: str, words: Words, section: Section, lines: Sequence[Line], sentences: Sequence[Span]
    ) -> None:
        self.text, self.words, self.section, self.sentences = text, words, section, sentences
        self._sentence_ends = [sentence.end for sentence in sentences]
        self.units = [unit for line in lines for unit in self._line(line)]
        for at, unit in enumerate(self.units):
            gap = text[self.units[at - 1].end : unit.begin] if at else ""
            self.units[at] = unit._replace(after_blank=at == 0 or len(gap.splitlines()) > 2)

    def problems(self) -> list[Problem]:
        """The listed problems, or the sentences of prose."""
        style = self._style()
        if style:
            return self._listed(style)
        return [] if self.section.kind is SectionKind.PLAN else self._prose()

    # The units of the section.

    def _line(self, line: Line) -> list[_Unit]:
        start, end = max(line.start, self.section.body.start), min(line.end, self.section.body.end)
        if start >= end:
            return []
        text = self.text
        mark, content = (line.mark, line.content) if start <= line.start else ("", start)
        if start > line.start:  # the line of the section's heading
            first = read_lines(text[start:end])[0]
            mark, content = first.mark, start + first.content
        pieces = [(mark, start, content)]
        low = bisect_right(self._sentence_ends, content)
        for sentence in self.sentences[low:]:
            if sentence.start >= end:
                break
            if sentence.start > content:
                inner = read_lines(text[sentence.start : min(sentence.end, end)])[0]
                if inner.mark and inner.mark[0] not in "o":
                    pieces.append((inner.mark, sentence.start, sentence.start + inner.content))
        ends = [*(begin for _, begin, _ in pieces[1:]), end]
        units = (
            self._unit(begin, at, stop, piece_mark, line.start - line.begin)
            for (piece_mark, begin, at), stop in zip(pieces, ends, strict=True)
        )
        return [unit for unit in units if unit is not None]

    def _unit(self, begin: int, start: int, end: int, mark: str, indent: int) -> _Unit | None:
        words, text = self.words, self.text
        first, past = bisect_left(words.starts, start), bisect_left(words.starts, end)
        if first == past:
            return None
        style = "bare" if not mark else "hash" if mark[0] == "#" else "number" if any(c.isdigit() for c in mark) else "bullet"
        label, at = self._label(first, past, end)
        if label == "naming":  # "Diagnosis: gout": the name comes after the label
            first = bisect_left(words.starts, at)
            if first == past:
                return None
            start = words.starts[first]
        start = max(start, self._opening(start, words.starts[first]))
        stop = self._first_stop(start, end)
        folded = words.folded[first : bisect_left(words.starts, stop)]
        roles = _roles()
        is_order = folded[0] in roles.orders or self._begins_with(folded, roles.tests) or self._begins_with(folded, roles.orders)
        is_label = label == "detail"
        name, rest, is_sentence = self._name(start, stop, end, folded)
        if all(word in roles.statuses for word in folded) or not any(word[0].isalpha() and len(word) > 1 for word in folded):
            name = None
        clean = name is not None and not text[name.end : end].strip(_TRAILING)
        return _Unit(begin, start, end, style, mark, indent, False, name, rest, is_order, is_label, is_sentence, clean)

    def _opening(self, start: int, first: int) -> int:
        """Where the text of a unit starts: before a bracket or question mark that belongs to it, after decoration."""
        at = start
        while at < first and self.text[at] in _LEADING:
            at += 1
        return at

    def _label(self, first: int, past: int, end: int) -> tuple[str, int]:
        """What stands before a colon: "detail", "naming" (the name follows), or ""; and where the text after it starts."""
        words, text = self.words, self.text
        colon = text.find(":", words.starts[first], end)
        if colon < 0:
            return "", 0
        size = bisect_left(words.starts, colon, first, past) - first
        if not 0 < size <= 6:
            return "", 0
        folded = words.folded[first : first + size]
        if heading_kind(folded) in _NAMING and text[colon + 1 : end].strip():
            key = " ".join(folded)
            if self.section.kind is SectionKind.ASSESSMENT_AND_PLAN and key == "assessment" and self.units_seen(first):
                return "detail", colon + 1
            return "naming", colon + 1
        roles = _roles()
        key = " ".join(folded)
        if key in roles.labels or heading_kind(folded) is not None:
            return "detail", colon + 1
        if folded[0] == "problem" and all(word.isdigit() for word in folded[1:]):
            return "naming", colon + 1
        return "", 0

    def units_seen(self, first: int) -> bool:
        """Whether text of the section came before word ``first``: a later "Assessment:" belongs to a problem."""
        return bool(self.text[self.section.body.start : self.words.starts[first]].strip(_LEADING))

    def _first_stop(self, start: int, end: int) -> int:
        """The end of the first sentence of a unit."""
        at = bisect_right(self._sentence_ends, start)
        return min(self._sentence_ends[at], end) if at < len(self._sentence_ends) else end

    @staticmethod
    def _begins_with(folded: Sequence[str], phrases: frozenset[str]) -> bool:
        return any(" ".join(folded[:size]) in phrases for size in range(1, min(3, len(folded)) + 1))

    def _name(self, start: int, stop: int, end: int, folded: Sequence[str]) -> tuple[Span | None, int, bool]:
        """The name in the first sentence of a unit, where the text after it starts, and whether it is a sentence."""
        text, roles = self.text, _roles()
        cut_at, rest = stop, stop
        colon = text.find(":", start, stop)
        if colon >= 0 and (text[colon + 1 : colon + 2].isspace() or colon + 1 >= stop) and colon - start < 120:
            cut_at, rest = colon, colon + 1
        for dash in _DASH.finditer(text, start, cut_at):
            if _CODE.fullmatch(text[start : dash.start()].strip(" ()[]")):
                continue
            after = cut(text[dash.end() : cut_at]).folded
            if not after or self._is_text(after, text[dash.end() : cut_at]):
                cut_at, rest = dash.start(), dash.end()
                break
        name_words = cut(text[start:cut_at]).folded
        is_sentence = any(word in roles.verbs for word in name_words)
        name = text[start:cut_at].rstrip(_TRAILING)
        if not name_words or not name.strip() or len(name_words) > (_LONGEST_NAME if not is_sentence else 60):
            return None, rest, True
        return Span(start, start + len(name)), rest, is_sentence

    def _is_text(self, folded: Sequence[str], quote: str) -> bool:
        roles = _roles()
        return (
            any(word in roles.verbs for word in folded)
            or self._begins_with(folded, roles.orders)
            or self._begins_with(folded, roles.tests)
            or self._begins_with(folded, roles.statuses)
            or bool(_DOSE.search(quote))
        )

    # What the items of the list look like.

    def _style(self) -> str:
        """The style of the units that are problems; "" if the section is prose."""
        plan = self.section.kind is SectionKind.PLAN
        for style in ("hash", "number"):
            items = [unit for unit in self.units if unit.style == style]
            good = [unit for unit in items if self._is_item(unit, strict=plan)]
            if items and len(good) * 2 >= len(items) and good and (not plan or self._detailed(good)):
                return style
        bare = [unit for unit in self.units if unit.style == "bare" and self._is_item(unit, strict=True)]
        if bare and (not plan or self._detailed(bare)) and (self._heads_details(bare) or not self._good_bullets()):
            return "bare"
        if self._good_bullets() and (not plan or self._detailed(self._good_bullets())):
            return "bullet"
        return ""

    def _good_bullets(self) -> list[_Unit]:
        bullets = [unit for unit in self.units if unit.style == "bullet"]
        least = min((unit.indent for unit in bullets), default=0)
        top = [unit for unit in bullets if unit.indent <= least + 1]
        good = [unit for unit in top if self._is_item(unit, strict=True)]
        return good if len(good) * 2 >= len(top) else []

    def _heads_details(self, items: Sequence[_Unit]) -> bool:
        """Whether bare lines have bullets or text below them that is not itself a list of names."""
        at = {id(unit): i for i, unit in enumerate(self.units)}
        for unit in items:
            below = self.units[at[id(unit)] + 1 : at[id(unit)] + 2]
            if below and (below[0].is_label or below[0].is_order or below[0].is_sentence or below[0].style == "bare"):
                return True
        return not any(unit.style == "bullet" for unit in self.units)

    def _detailed(self, items: Sequence[_Unit]) -> bool:
        """Whether the items have text of their own, as the problems of a plan must."""
        chosen = {unit.start for unit in items}
        count = sum(not unit.clean for unit in items)
        for above, below in pairwise(self.units):
            count += above.start in chosen and above.clean and below.start not in chosen
        return count * 2 >= len(items)

    def _is_item(self, unit: _Unit, *, strict: bool) -> bool:
        if unit.name is None or unit.is_label or unit.is_order:
            return False
        quote = self.text[unit.name.start : unit.name.end]
        if _SUMMARY.search(quote):
            return False
        if strict and (unit.is_sentence or _DOSE.search(quote)):
            return False
        return not (unit.style == "bare" and quote[:1].islower() and self._wrapped(unit))

    def _wrapped(self, unit: _Unit) -> bool:
        """Whether a unit starts in the middle of a sentence."""
        at = bisect_right(self._sentence_ends, unit.start)
        return at < len(self.sentences) and self.sentences[at].start < unit.start

    # The problems.

    def _listed(self, style: str) -> list[Problem]:
        same = [unit for unit in self.units if unit.style == style]
        least = min(unit.indent for unit in same)
        chosen: list[_Unit] = []
        strict = style in ("bare", "bullet") or self.section.kind is SectionKind.PLAN
        for unit in same:
            if style != "bare" and unit.indent > least + 1 and "\n" in self.text[self.section.body.start : unit.start]:
                continue
            if style == "bare" and self._wrapped(unit):
                continue
            if self._is_item(unit, strict=strict):
                chosen.append(unit)
        problems: list[Problem] = []
        for i, unit in enumerate(chosen):
            end = chosen[i + 1].begin if i + 1 < len(chosen) else self.section.body.end
            problems.extend(self._problems_of(unit, end))
        return problems

    def _problems_of(self, unit: _Unit, end: int) -> list[Problem]:
        """A unit's problem; several where a bare line holds nothing but names ("Pneumonia. Sepsis.")."""
        assert unit.name is not None
        names = [unit.name]
        if unit.style == "bare" and unit.rest < unit.end and not self.text[unit.name.end : unit.rest].strip(" ."):
            low = bisect_right(self._sentence_ends, unit.rest)
            others: list[Span] = []
            for sentence in self.sentences[low:]:
                if sentence.start >= unit.end:
                    break
                other = self._unit(sentence.start, sentence.start, min(sentence.end, unit.end), "", 0)
                if other is None or not self._is_item(other, strict=True) or other.name is None:
                    others.clear()
                    break
                others.append(other.name)
            names += others
        problems = []
        for i, name in enumerate(names):
            start = unit.rest if i == 0 and len(names) == 1 else name.end
            stop = names[i + 1].start if i + 1 < len(names) else end
            problems.append(Problem(heading=name, body=self._trim(start, stop), kind=self.section.kind, listed=True))
        return problems

    def _trim(self, start: int, end: int) -> Span:
        piece = self.text[start:end]
        body = piece.strip()
        begin = start + len(piece) - len(piece.lstrip()) if body else start
        begin += len(body) - len(body.lstrip(".:;")) if body else 0
        body = self.text[begin : begin + len(body)].strip() if body else ""
        at = self.text.find(body, begin) if body else start
        return Span(at, at + len(body))

    def _prose(self) -> list[Problem]:
        inside = [s for s in self.sentences if s.start >= self.section.body.start]
        plain = [s for s in inside if not _SUMMARY.search(self.text[s.start : s.end])] or inside
        mixed = self.section.kind is SectionKind.ASSESSMENT_AND_PLAN
        problems = []
        for sentence in plain:
            first = bisect_left(self.words.starts, sentence.start)
            folded = self.words.folded[first : first + 3]
            if mixed and len(plain) > 1 and self._begins_with(folded, _roles().orders - {"this", "he", "she", "patient", "pt"}):
                continue
            quote = self.text[sentence.start : sentence.end].rstrip(_TRAILING)
            heading = Span(sentence.start, sentence.start + len(quote))
            problems.append(
                Problem(heading=heading, body=Span(sentence.end, sentence.end), kind=self.section.kind, listed=False)
            )
        return problems
