"""The sections of a note: which part is history, which is the assessment.

Headings are recognised by their words (``headings.tsv``) and by their form: alone on a line, before a colon or a dash,
in capitals, marked up, underlined. The first text, and a note without headings, is one section of kind ``other``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from wardround.documents.lines import Line
from wardround.documents.tables import read_table
from wardround.spans import Span
from wardround.words import Words, cut

__all__ = ["Section", "SectionKind", "find_sections", "heading_kind"]


class SectionKind(StrEnum):
    """What a section of a note holds."""

    CHIEF_COMPLAINT = "chief_complaint"
    HISTORY_PRESENT_ILLNESS = "history_present_illness"
    PAST_MEDICAL_HISTORY = "past_medical_history"
    PAST_SURGICAL_HISTORY = "past_surgical_history"
    MEDICATIONS = "medications"
    ALLERGIES = "allergies"
    FAMILY_HISTORY = "family_history"
    SOCIAL_HISTORY = "social_history"
    REVIEW_OF_SYSTEMS = "review_of_systems"
    VITALS = "vitals"
    PHYSICAL_EXAM = "physical_exam"
    RESULTS = "results"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    ASSESSMENT_AND_PLAN = "assessment_and_plan"
    INSTRUCTIONS = "instructions"
    PROCEDURE = "procedure"
    HOSPITAL_COURSE = "hospital_course"
    DIAGNOSIS = "diagnosis"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of a note.

    Attributes:
        kind: what it holds.
        heading: the words of its heading, None for text without one.
        body: what follows the heading, up to the next section; empty (``start == end``) if nothing does.
        span: heading and body with the white space around them. The spans of all sections tile the note.
    """

    kind: SectionKind
    heading: Span | None
    body: Span
    span: Span


class _Entry(NamedTuple):
    kind: SectionKind
    form: str  # "free", "marked" or "colon", as headings.tsv explains


class _Head(NamedTuple):
    start: int  # where the section begins
    heading: Span
    body: int  # where its body begins
    kind: SectionKind
    alone: bool  # the heading has its line for itself
    capitals: bool
    mark: str  # the list mark before it


class _Headings(NamedTuple):
    general: dict[str, _Entry]
    in_history: dict[str, SectionKind]
    after_vitals: dict[str, SectionKind]
    first_words: frozenset[str]
    longest: int  # words of the longest phrase


_K = SectionKind
_MOST_WORDS = 12  # a longer line is no heading
# Words around a heading that say when or whose: "Physical exam today", "Pertinent labs", "Discharge medications list".
_FILLERS = frozenset(
    "and or the of on for with a his her their my our today current recent pertinent relevant updated update brief "
    "additional initial interval reviewed review summary section note detailed details continued cont only full "
    "other general as per chart provider physician md patient pt new by from at in this visit admission "
    "discharge clinic ed er reconciled obtained performed available list date limited focused time "
    "jan feb mar apr may jun jul aug sep oct nov dec am pm s".split()
)
_ASSESSING = frozenset({_K.ASSESSMENT, _K.DIAGNOSIS, _K.ASSESSMENT_AND_PLAN})
_PROBLEM_KINDS = _ASSESSING | {_K.PLAN}
_HISTORY_KINDS = frozenset(
    {_K.PAST_MEDICAL_HISTORY, _K.PAST_SURGICAL_HISTORY, _K.FAMILY_HISTORY, _K.SOCIAL_HISTORY, _K.MEDICATIONS, _K.ALLERGIES}
)
_EXAMINING = frozenset({_K.PHYSICAL_EXAM, _K.REVIEW_OF_SYSTEMS})
_INVESTIGATING = frozenset({_K.RESULTS, _K.PROCEDURE})
# A label with text behind it, not in capitals, that belongs to the section it stands in: section → kinds swallowed.
_NESTED: dict[SectionKind, frozenset[SectionKind]] = {
    _K.ASSESSMENT_AND_PLAN: frozenset(_K) - {_K.INSTRUCTIONS},
    _K.ASSESSMENT: frozenset(_K) - {_K.PLAN, _K.ASSESSMENT_AND_PLAN, _K.INSTRUCTIONS, _K.DIAGNOSIS, _K.OTHER},
    _K.DIAGNOSIS: frozenset({_K.RESULTS, _K.ALLERGIES, _K.MEDICATIONS, _K.PROCEDURE}),
    _K.PLAN: frozenset(_K) - {_K.ASSESSMENT, _K.ASSESSMENT_AND_PLAN, _K.INSTRUCTIONS, _K.DIAGNOSIS, _K.OTHER},
    _K.PHYSICAL_EXAM: frozenset({_K.VITALS, _K.PHYSICAL_EXAM, _K.ALLERGIES}),
    _K.REVIEW_OF_SYSTEMS: frozenset({_K.REVIEW_OF_SYSTEMS, _K.PHYSICAL_EXAM}),
    _K.RESULTS: frozenset({_K.RESULTS, _K.ASSESSMENT, _K.PROCEDURE}),
    _K.PROCEDURE: frozenset({_K.RESULTS, _K.PROCEDURE, _K.MEDICATIONS, _K.OTHER}),
    _K.INSTRUCTIONS: frozenset({_K.INSTRUCTIONS, _K.MEDICATIONS, _K.RESULTS, _K.PROCEDURE}),
    _K.HOSPITAL_COURSE: frozenset({_K.RESULTS, _K.PROCEDURE, _K.PLAN, _K.OTHER, _K.MEDICATIONS}),
    _K.SOCIAL_HISTORY: frozenset({_K.SOCIAL_HISTORY}),
    _K.FAMILY_HISTORY: frozenset({_K.OTHER}),
}
_LETTERS = {"S": _K.HISTORY_PRESENT_ILLNESS, "O": _K.PHYSICAL_EXAM, "A": _K.ASSESSMENT, "P": _K.PLAN}


@cache
def _headings() -> _Headings:
    general: dict[str, _Entry] = {}
    special: dict[str, dict[str, SectionKind]] = {"history": {}, "exam": {}}
    for phrase, kind, form in read_table("headings.tsv"):
        key = " ".join(cut(phrase).folded)
        if form in special:
            special[form][key] = SectionKind(kind)
        else:
            general.setdefault(key, _Entry(SectionKind(kind), form))
    keys = [*general, *special["history"], *special["exam"]]
    first_words = frozenset(key.split(" ", 1)[0] for key in keys) | _FILLERS
    longest = max(len(key.split(" ")) for key in keys)
    return _Headings(general, special["history"], special["exam"], first_words, longest)


def heading_kind(words: Sequence[str]) -> SectionKind | None:
    """The kind of section that these folded words open when they stand as a heading; None if they are no heading.

    >>> heading_kind(["past", "medical", "history"])
    <SectionKind.PAST_MEDICAL_HISTORY: 'past_medical_history'>
    """
    entry = _look_up(words)
    return entry.kind if entry else None


def _look_up(words: Sequence[str]) -> _Entry | None:
    table = _headings()
    if not words or len(words) > _MOST_WORDS:
        return None
    found = table.general.get(" ".join(words))
    if found:
        return found
    if words[0] not in table.first_words and not words[0][0].isdigit():
        return None
    # Several known headings and fillers in a row: "Labs and imaging today", "PMH/PSH", "Vitals 3/4".
    entries: list[_Entry] = []
    at, count = 0, len(words)
    while at < count:
        for size in range(min(table.longest, count - at), 0, -1):
            found = table.general.get(" ".join(words[at : at + size]))
            if found and (size > 1 or len(words[at]) > 2):
                entries.append(found)
                at += size
                break
        else:
            if words[at] not in _FILLERS and not words[at][0].isdigit():
                return None
            at += 1
    if not entries:
        return None
    kinds = {entry.kind for entry in entries}
    form = "marked" if any(entry.form != "free" for entry in entries) or len(entries) < count else "free"
    if kinds & _ASSESSING and kinds & {_K.PLAN, _K.ASSESSMENT_AND_PLAN}:
        return _Entry(_K.ASSESSMENT_AND_PLAN, form)
    return _Entry(entries[0].kind, form)


def find_sections(text: str, words: Words, lines: Sequence[Line]) -> tuple[Section, ...]:
    """The sections of ``text`` in order; their spans tile it.

    Args:
        text: the note.
        words: its words.
        lines: its lines.
    """
    heads = _Scan(text, words, lines).heads
    if not heads:
        return (Section(kind=_K.OTHER, heading=None, body=Span(0, len(text)), span=Span(0, len(text))),)
    sections: list[Section] = []
    if text[: heads[0].start].strip():
        before = Span(0, heads[0].start)
        sections.append(Section(kind=_K.OTHER, heading=None, body=before, span=before))
    for i, head in enumerate(heads):
        start = head.start if sections else 0
        end = heads[i + 1].start if i + 1 < len(heads) else len(text)
        sections.append(
            Section(kind=head.kind, heading=head.heading, body=Span(min(head.body, end), end), span=Span(start, end))
        )
    return tuple(sections)


class _Scan:
    """One pass over the lines; ``heads`` are the headings found so far, whose last one is the section we are in."""

    def __init__(self, text: str, words: Words, lines: Sequence[Line]) -> None:
        self.text, self.words, self.lines = text, words, lines
        self.heads: list[_Head] = []
        self._letters = self._soap_letters()
        for number, line in enumerate(lines):
            if line.start < line.end:
                self._read(number, line)

    def _soap_letters(self) -> frozenset[str]:
        """The letters S, O, A, P that label lines; empty unless there are two of them and no B (airway, breathing)."""
        found = set()
        for line in self.lines:
            if line.end - line.content > 1 and self.text[line.content + 1] in ":)./" and self.text[line.content].isupper():
                found.add(self.text[line.content])
            elif line.end - line.start == 1:
                found.add(self.text[line.start])
        return frozenset(found & _LETTERS.keys()) if len(found & _LETTERS.keys()) > 1 and "B" not in found else frozenset()

    def _read(self, number: int, line: Line) -> None:
        starts = self.words.starts
        first = bisect_left(starts, line.content)
        if self._letters and self._read_letter(line, first):
            return
        if first == len(starts) or starts[first] >= line.end:
            return
        past = bisect_left(starts, line.end, first, min(len(starts), first + _MOST_WORDS + 2))
        if past - first <= _MOST_WORDS and self._read_alone(number, line, first, past):
            return
        at = self.text.find(":", line.content, line.end)
        if at < 0:
            self._read_dash(line, first, past)
            return
        leading = True
        while at >= 0:
            self._read_label(line, first, at, leading)
            leading = False
            at = self.text.find(":", at + 1, line.end)

    # One method per form of heading. Each adds a head and returns True, or leaves things as they are.

    def _read_letter(self, line: Line, first: int) -> bool:
        """``S:``, ``A.``, or the letter alone on its line."""
        text, at = self.text, line.start
        letter = text[at]
        if letter not in self._letters:
            return False
        rest = text[at + 1 : line.end].lstrip()
        alone = not rest.lstrip(":). -")
        if not alone and not rest.startswith((":", ")", ". ", "/ ")):
            return False
        if letter == "P" and rest.lstrip(": ")[:1].isdigit() and not rest.lstrip(": ")[1:2] in (".", ")"):
            return False  # a pulse
        body = at + 1 + (len(text[at + 1 : line.end]) - len(text[at + 1 : line.end].lstrip(" :)./-\t")))
        self.heads.append(_Head(line.begin, Span(at, at + 1), body, _LETTERS[letter], alone, True, ""))
        return True

    def _read_alone(self, number: int, line: Line, first: int, past: int) -> bool:
        """A heading with the line for itself."""
        text, words = self.text, self.words
        folded = words.folded[first:past]
        tail = text[words.ends[past - 1] : line.end]
        colon = ":" in tail
        entry = self._entry(folded, colon=colon)
        if entry is None or (text[line.content : words.starts[first]].strip(" \t*_#=<>[(|-–—~§") and not line.mark):
            return False
        if tail.strip(" \t:=-–—_*#>])|~.") or "?" in tail:
            return False
        label = text[words.starts[first] : words.ends[past - 1]]
        capitals = label.isupper()
        marked = colon or self._marked_up(number, line)
        if "." in tail and not (capitals or colon):
            return False
        if entry.form == "marked" and not (capitals or marked):
            return False
        if entry.form == "colon" and not (colon or (capitals and len(label) > 1)):
            return False
        head = self._head(line, first, past, line.after, entry.kind, alone=True)
        if not self._admits(head, marked=marked):
            return False
        if ":" in label.rstrip(":") and heading_kind(cut(label.partition(":")[0]).folded):
            return False  # "Plan: follow up" is a heading and its text
        self.heads.append(head)
        return True

    def _read_label(self, line: Line, first: int, colon: int, leading: bool) -> bool:
        """A heading before a colon: at the start of the line, or after a sentence that ended in the line."""
        text, words = self.text, self.words
        past = bisect_left(words.starts, colon)
        if colon + 1 < line.end and text[colon - 1 : colon].isdigit() and text[colon + 1].isdigit():
            return False  # a time of day
        if past <= first:
            return False
        if leading and past - first <= _MOST_WORDS:
            entry = self._entry(words.folded[first:past], colon=True)
            gap = text[words.ends[past - 1] : colon]
            if entry is not None and not gap.strip(" \t*_()]>=") and self._clean_start(line, first):
                head = self._head(line, first, past, self._body(colon, line), entry.kind, alone=colon + 1 >= line.end)
                if self._admits(head, marked=False):
                    self.heads.append(head)
                    return True
                return False
        table = _headings().general
        for size in range(min(_headings().longest, past - first), 0, -1):
            start = words.starts[past - size]
            entry = table.get(" ".join(words.folded[past - size : past]))
            if entry is None or not text[start].isupper() or text[words.ends[past - 1] : colon].strip():
                continue
            before = text[line.start : start].rstrip()
            capitals = text[start : words.ends[past - 1]].isupper()
            ended = not before or before[-1] in ".!?;:|"
            strong = entry.form == "free" and entry.kind is not _K.OTHER
            if (strong and (ended or (capitals and size > 1) or entry.kind in _PROBLEM_KINDS)) or (
                capitals and ended and len(words.folded[past - size]) > 1 and entry.form != "marked"
            ):
                head = self._head(line, past - size, past, self._body(colon, line), entry.kind, alone=False)
                head = head._replace(start=start if before else line.begin)
                if self._admits(head, marked=False):
                    self.heads.append(head)
                    return True
            return False
        return False

    def _read_dash(self, line: Line, first: int, past: int) -> bool:
        """``Assessment - text``, ``PLAN<tab>text``, ``ASSESSMENT Text``."""
        text, words = self.text, self.words
        if not text[words.starts[first]].isupper() or line.mark:
            return False
        table = _headings()
        for size in range(min(table.longest, past - first), 0, -1):
            entry = table.general.get(" ".join(words.folded[first : first + size]))
            if entry is None:
                continue
            last = first + size
            if last >= past:
                return False
            capitals = text[words.starts[first] : words.ends[last - 1]].isupper()
            gap = text[words.ends[last - 1] : words.starts[last]]
            following = text[words.starts[last] : words.ends[last]]
            dash = gap.strip() in ("-", "–", "—", "--", "=", ">", "->") and gap[:1].isspace()
            wide = "\t" in gap or "   " in gap
            plain = not gap.strip() and not following.isupper() and following[:1].isupper()
            long = len(words.folded[first]) > 2 or size > 1
            if entry.form != "free" and not (capitals and dash and long and entry.form == "marked"):
                return False
            if dash or (capitals and long and (wide or (plain and entry.kind is not _K.OTHER))):
                head = self._head(line, first, last, words.starts[last], entry.kind, alone=False)
                if self._admits(head, marked=False):
                    self.heads.append(head)
                    return True
            return False
        return False

    def _entry(self, folded: Sequence[str], *, colon: bool) -> _Entry | None:
        table = _headings()
        if self.heads:
            here = self.heads[-1].kind
            key = " ".join(folded)
            if here in _HISTORY_KINDS and key in table.in_history:
                return _Entry(table.in_history[key], "free")
            if colon and here is _K.VITALS and key in table.after_vitals:
                return _Entry(table.after_vitals[key], "free")
        return _look_up(folded)

    def _head(self, line: Line, first: int, past: int, body: int, kind: SectionKind, *, alone: bool) -> _Head:
        heading = Span(self.words.starts[first], self.words.ends[past - 1])
        return _Head(line.begin, heading, body, kind, alone, heading.quote(self.text).isupper(), line.mark)

    def _body(self, colon: int, line: Line) -> int:
        """Where text starts after a colon and the odd sign behind it ("Symptoms:= cough", "**Plan:** rest")."""
        at = colon + 1
        while at < line.end and (self.text[at] in ":=*_" or self.text[at].isspace()):
            at += 1
        return at if at < line.end else line.after

    def _clean_start(self, line: Line, first: int) -> bool:
        return not self.text[line.content : self.words.starts[first]].strip(" \t*_#=<>[(|-–—~")

    def _marked_up(self, number: int, line: Line) -> bool:
        text = self.text
        if line.mark.startswith("#") or text[line.start] in "=_[<|" or text.startswith(("**", "==", "--"), line.start):
            return True
        below = self.lines[number + 1] if number + 1 < len(self.lines) else None
        return below is not None and below.end - below.start > 2 and not text[below.start : below.end].strip("=-_~*")

    def _admits(self, head: _Head, *, marked: bool) -> bool:
        """Whether the section we are in ends at this heading, rather than keeping it as a label of its own."""
        if not self.heads:
            return True
        here = self.heads[-1]
        bulleted = bool(head.mark) and not head.mark.startswith("#")
        if bulleted and not here.mark and here.kind in _PROBLEM_KINDS | _EXAMINING | {_K.INSTRUCTIONS, _K.VITALS}:
            return False
        if head.kind is _K.OTHER and bulleted:
            return False
        if head.capitals and (head.alone or here.capitals or not here.alone):
            nested = here.kind is _K.ASSESSMENT_AND_PLAN and not head.alone and head.kind in (_K.PLAN, _K.ASSESSMENT)
            return not nested
        if head.alone:
            if here.kind is _K.CHIEF_COMPLAINT and not marked and not self.text[here.body : head.start].strip():
                return False  # the complaint itself: "Allergies"
            if marked or here.capitals is head.capitals:
                return not (head.kind is _K.VITALS and here.kind is _K.PHYSICAL_EXAM and here.capitals)
            return head.kind not in _NESTED.get(here.kind, frozenset())
        return head.kind not in _NESTED.get(here.kind, frozenset())
