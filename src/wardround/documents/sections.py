"""The sections of a note: which part is history, which is the assessment.

Headings are recognised by their words (``headings.tsv``) and by their form: alone on a line, before a colon or a dash,
in capitals, marked up, underlined. The first text, and a note without headings, is one section of kind ``other``.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from wardround.documents.headings import MOST_WORDS, Heading, SectionKind, headings, look_up
from wardround.documents.tables import word_set
from wardround.spans import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.documents.lines import Line
    from wardround.words import Words

__all__ = ["Section", "SectionKind", "find_sections"]


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


class _Head(NamedTuple):
    start: int  # where the section begins
    heading: Span
    body: int  # where its body begins
    kind: SectionKind
    alone: bool  # the heading has its line for itself
    capitals: bool
    mark: str  # the list mark before it


_K = SectionKind
_PROBLEM_KINDS = frozenset({_K.ASSESSMENT, _K.DIAGNOSIS, _K.ASSESSMENT_AND_PLAN, _K.PLAN})
_ITEMISED = _PROBLEM_KINDS | {_K.PHYSICAL_EXAM, _K.REVIEW_OF_SYSTEMS, _K.INSTRUCTIONS, _K.VITALS}
_HISTORY_KINDS = frozenset(
    {
        _K.PAST_MEDICAL_HISTORY,
        _K.PAST_SURGICAL_HISTORY,
        _K.FAMILY_HISTORY,
        _K.SOCIAL_HISTORY,
        _K.MEDICATIONS,
        _K.ALLERGIES,
    }
)
_ALL = frozenset(SectionKind)
# A label in another form than the headings around it belongs to the section in which it stands: section → labels kept.
_NESTED: dict[SectionKind, frozenset[SectionKind]] = {
    _K.ASSESSMENT_AND_PLAN: _ALL - {_K.INSTRUCTIONS},
    _K.ASSESSMENT: _ALL - {_K.PLAN, _K.ASSESSMENT_AND_PLAN, _K.INSTRUCTIONS, _K.DIAGNOSIS, _K.OTHER},
    _K.DIAGNOSIS: frozenset({_K.RESULTS, _K.ALLERGIES, _K.MEDICATIONS, _K.PROCEDURE}),
    _K.PLAN: _ALL - {_K.ASSESSMENT, _K.ASSESSMENT_AND_PLAN, _K.INSTRUCTIONS, _K.DIAGNOSIS, _K.OTHER},
    _K.PHYSICAL_EXAM: frozenset({_K.VITALS, _K.PHYSICAL_EXAM, _K.ALLERGIES}),
    _K.REVIEW_OF_SYSTEMS: frozenset({_K.REVIEW_OF_SYSTEMS, _K.PHYSICAL_EXAM}),
    _K.RESULTS: frozenset({_K.RESULTS, _K.ASSESSMENT, _K.PROCEDURE}),
    _K.PROCEDURE: frozenset({_K.RESULTS, _K.PROCEDURE, _K.MEDICATIONS, _K.OTHER}),
    _K.INSTRUCTIONS: frozenset({_K.INSTRUCTIONS, _K.MEDICATIONS, _K.RESULTS, _K.PROCEDURE}),
    _K.HOSPITAL_COURSE: frozenset({_K.RESULTS, _K.PROCEDURE, _K.PLAN, _K.OTHER, _K.MEDICATIONS}),
    _K.SOCIAL_HISTORY: frozenset({_K.SOCIAL_HISTORY}),
    _K.FAMILY_HISTORY: frozenset({_K.OTHER}),
}
_NONE: frozenset[SectionKind] = frozenset()
_HISTORY = word_set("history hx pmh pmhx psh fh fhx shx medication med allergy")
_LETTERS = {"S": _K.HISTORY_PRESENT_ILLNESS, "O": _K.PHYSICAL_EXAM, "A": _K.ASSESSMENT, "P": _K.PLAN}
_BEFORE = " \t*_#=<>[(|-–—~§"  # decoration before a heading
_BEHIND = " \t:=-–—_*#>])|~."  # and behind one alone on its line
_DASHES = frozenset(("-", "–", "—", "--", "=", ">", "->"))


def find_sections(text: str, words: Words, lines: Sequence[Line]) -> tuple[Section, ...]:
    """The sections of ``text`` in order; their spans tile it.

    Args:
        text: the note.
        words: its words.
        lines: its lines.
    """
    heads = _Scan(text, words, lines).heads
    first = heads[0].start if heads else len(text)
    sections: list[Section] = []
    if not heads or text[:first].strip():
        before = Span(0, first)
        sections.append(Section(kind=_K.OTHER, heading=None, body=before, span=before))
    starts = [head.start for head in heads]
    if heads and not sections:
        starts[0] = 0
    for head, (start, end) in zip(heads, pairwise([*starts, len(text)]), strict=True):
        body = Span(min(head.body, end), end)
        sections.append(Section(kind=head.kind, heading=head.heading, body=body, span=Span(start, end)))
    return tuple(sections)


class _Scan:
    """One pass over the lines; the last of ``heads`` is the section in which the scan is."""

    def __init__(self, text: str, words: Words, lines: Sequence[Line]) -> None:
        self.heads: list[_Head] = []
        self._text, self._lines = text, lines
        self._folded, self._starts, self._ends, _ = words
        self._letters = self._soap_letters()
        for number, line in enumerate(lines):
            if line.start < line.end:
                self._read(number, line)

    def _soap_letters(self) -> frozenset[str]:
        """The letters of SOAP that label lines; none unless there are two, or if there is a B (airway, breathing)."""
        found = set()
        for line in self._lines:
            letter = self._text[line.content]
            if letter in "SOAPB" and (line.end - line.content == 1 or self._text[line.content + 1] in ":)./"):
                found.add(letter)
        letters = frozenset(found & _LETTERS.keys())
        return letters if len(letters) > 1 and "B" not in found else frozenset()

    def _read(self, number: int, line: Line) -> None:
        """Find the headings of one line."""
        if self._text[line.start] in self._letters and self._read_letter(line):
            return
        starts = self._starts
        first = bisect_left(starts, line.content)
        if first == len(starts) or starts[first] >= line.end:
            return
        colon = self._text.find(":", line.content, line.end)
        if self._folded[first] in headings().first_words or self._folded[first][0].isdigit():
            past = bisect_left(starts, line.end, first, min(len(starts), first + MOST_WORDS + 1))
            if past - first <= MOST_WORDS and self._read_alone(number, line, first, past):
                return
            if colon < 0:
                self._read_dash(line, first, past)
            elif self._read_label(line, first, colon):
                colon = self._text.find(":", colon + 1, line.end)
        while colon >= 0:
            self._read_inner(line, first, colon)
            colon = self._text.find(":", colon + 1, line.end)

    # One method per form of heading. Each adds a head and returns True, or leaves things as they are.

    def _read_letter(self, line: Line) -> bool:
        """``S:``, ``A.``, or the letter alone on its line."""
        text, at = self._text, line.start
        rest = text[at + 1 : line.end]
        content = rest.lstrip(" :)./-\t")
        if content and not rest.lstrip().startswith((":", ")", ". ", "/ ")):
            return False
        if text[at] == "P" and content[:1].isdigit() and content[1:2] not in (".", ")"):
            return False  # a pulse
        body = line.end - len(content) if content else line.after
        self.heads.append(_Head(line.begin, Span(at, at + 1), body, _LETTERS[text[at]], not content, True, ""))
        return True

    def _read_alone(self, number: int, line: Line, first: int, past: int) -> bool:
        """A heading with the line for itself."""
        text = self._text
        tail = text[self._ends[past - 1] : line.end]
        colon = ":" in tail
        label = text[self._starts[first] : self._ends[past - 1]]
        if tail.strip(_BEHIND) or ":" in label or not self._clean_before(line, first):
            return False
        heading = self._heading(first, past, colon=colon)
        if heading is None:
            return False
        capitals = label.isupper()
        marked = colon or self._marked_up(number, line)
        if "." in tail and not (capitals or colon):
            return False
        if heading.form == "marked" and not (capitals or marked):
            return False
        if heading.form == "colon" and not colon:
            below_blank = number == 0 or self._lines[number - 1].start == self._lines[number - 1].end
            if len(label) < 2 or self._here in _PROBLEM_KINDS or not (capitals or (below_blank and label[0].isupper())):
                return False
        return self._add(line, first, past, line.after, heading, alone=True, marked=marked)

    def _read_label(self, line: Line, first: int, colon: int) -> bool:
        """A heading before the first colon of a line."""
        past = bisect_left(self._starts, colon)
        if not 0 < past - first <= MOST_WORDS or not self._clean_before(line, first):
            return False
        if self._text[self._ends[past - 1] : colon].strip(" \t*_()]>="):
            return False
        heading = self._heading(first, past, colon=True)
        if heading is None:
            return False
        body = self._body(colon, line)
        return self._add(line, first, past, body, heading, alone=body >= line.end)

    def _read_inner(self, line: Line, first: int, colon: int) -> bool:
        """A heading inside a line of dictation: "... for two days. Assessment: appendicitis. Plan: surgery"."""
        text, table = self._text, headings()
        past = bisect_left(self._starts, colon)
        if past <= first or self._folded[past - 1] not in table.last_words:
            return False
        if text[self._ends[past - 1] : colon].strip():
            return False
        for size in range(min(table.longest, past - first), 0, -1):
            start = self._starts[past - size]
            heading = table.general.get(" ".join(self._folded[past - size : past]))
            if heading is None or not text[start].isupper():
                continue
            if self.heads and start < self.heads[-1].heading.end:
                return False  # part of a heading that has been read
            before = text[max(line.content, start - 8) : start].rstrip()
            if not before:
                return False  # the start of the line has been read
            capitals = text[start : self._ends[past - 1]].isupper()
            ended = before[-1] in ".!?;:|"
            if heading.form == "free" and heading.kind is not _K.OTHER:
                accepted = ended or (capitals and size > 1) or heading.kind in _PROBLEM_KINDS
            else:
                accepted = capitals and ended and heading.form == "colon" and len(self._folded[past - size]) > 1
            if accepted:
                return self._add(line, past - size, past, self._body(colon, line), heading, begin=start)
            return False
        return False

    def _read_dash(self, line: Line, first: int, past: int) -> bool:
        """``Assessment - text``, ``PLAN<tab>text``, ``ASSESSMENT Text``."""
        text = self._text
        if not text[self._starts[first]].isupper() or line.mark:
            return False
        table = headings()
        for size in range(min(table.longest, past - first - 1), 0, -1):
            heading = table.general.get(" ".join(self._folded[first : first + size]))
            if heading is None:
                continue
            last = first + size
            capitals = text[self._starts[first] : self._ends[last - 1]].isupper()
            long = len(self._folded[first]) > 2 or size > 1
            gap = text[self._ends[last - 1] : self._starts[last]]
            dash = gap.strip() in _DASHES and gap[0].isspace()
            if heading.form != "free" and not (capitals and dash and long and heading.form == "marked"):
                return False
            following = text[self._starts[last] : self._ends[last]]
            wide = "\t" in gap or "   " in gap
            plain = not gap.strip() and following[0].isupper() and not following.isupper()
            if dash or (capitals and long and (wide or (plain and heading.kind is not _K.OTHER))):
                return self._add(line, first, last, self._starts[last], heading)
            return False
        return False

    # What the forms share.

    @property
    def _here(self) -> SectionKind | None:
        return self.heads[-1].kind if self.heads else None

    def _heading(self, first: int, past: int, *, colon: bool) -> Heading | None:
        """The heading that words ``[first, past)`` are where the scan is."""
        folded, here, table = self._folded[first:past], self._here, headings()
        key = " ".join(folded)
        if here in _HISTORY_KINDS and key in table.in_history:
            return Heading(table.in_history[key], "free")
        if colon and here is _K.VITALS and key in table.after_vitals:
            return Heading(table.after_vitals[key], "free")
        heading = look_up(folded)
        if heading and here in _PROBLEM_KINDS and heading.kind in _HISTORY_KINDS and _HISTORY.isdisjoint(folded):
            return None  # "TOBACCO USE" is a problem there
        return heading

    def _add(
        self,
        line: Line,
        first: int,
        past: int,
        body: int,
        heading: Heading,
        *,
        alone: bool = False,
        marked: bool = False,
        begin: int | None = None,
    ) -> bool:
        """Start a section with the heading ``[first, past)``, unless the section around it keeps it as a label."""
        start, end = self._starts[first], self._ends[past - 1]
        capitals = self._text[start:end].isupper()
        if self._text[end : end + 1] == ")" and "(" in self._text[start:end]:
            end += 1
        begin = line.begin if begin is None else begin
        head = _Head(begin, Span(start, end), body, heading.kind, alone, capitals, line.mark)
        if self.heads and not self._ends_section(self.heads[-1], head, marked=marked):
            return False
        self.heads.append(head)
        return True

    def _ends_section(self, here: _Head, head: _Head, *, marked: bool) -> bool:
        """Whether section ``here`` ends at ``head``, rather than keeping it as a label of its own."""
        bulleted = bool(head.mark) and not head.mark.startswith("#")
        if bulleted and (head.kind is _K.OTHER or (not here.mark and here.kind in _ITEMISED)):
            return False
        nested = head.kind in _NESTED.get(here.kind, _NONE)
        if head.capitals and (head.alone or here.capitals or not here.alone):
            return here.kind is not _K.ASSESSMENT_AND_PLAN or head.alone or head.kind not in (_K.PLAN, _K.ASSESSMENT)
        if not head.alone:  # in the form of the heading above it
            return not nested or (not here.alone and here.kind is not _K.ASSESSMENT_AND_PLAN)
        if here.kind is _K.CHIEF_COMPLAINT and not marked and not self._text[here.body : head.start].strip():
            return False  # the complaint itself: "Allergies"
        if marked or here.capitals is head.capitals:
            return head.kind is not _K.VITALS or here.kind is not _K.PHYSICAL_EXAM or not here.capitals
        return not nested

    def _body(self, colon: int, line: Line) -> int:
        """Where text starts after a colon and the odd sign behind it ("Symptoms:= cough", "**Plan:** rest")."""
        at = colon + 1
        while at < line.end and (self._text[at] in ":=*_" or self._text[at].isspace()):
            at += 1
        return at if at < line.end else line.after

    def _clean_before(self, line: Line, first: int) -> bool:
        """Whether nothing but decoration stands before the first word of a line."""
        return not self._text[line.content : self._starts[first]].strip(_BEFORE)

    def _marked_up(self, number: int, line: Line) -> bool:
        """Whether a line is a heading in Markdown, in brackets, or underlined."""
        text = self._text
        if line.mark.startswith("#") or text[line.start] in "=_[<|" or text.startswith(("**", "--"), line.start):
            return True
        below = self._lines[number + 1] if number + 1 < len(self._lines) else None
        return below is not None and below.end - below.start > 2 and not text[below.start : below.end].strip("=-_~*")
