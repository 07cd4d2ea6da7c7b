"""What a note says of a mention: present, negated, possible, hypothetical, historical, or someone else's.

Cues ("denies", "rule out", "history of") stand in ``cues.tsv``, each with its side and its reach. All of them are found
in one pass over the note's words; each then covers a run of words of its own sentence. That a cue has a direction and
that some phrases end its reach is the idea of ConText.

**Source:** Harkema, Dowling, Thornblade, Chapman: ConText. J Biomed Inform 42 (2009) 839–851. The words of uncertainty:
ICD-10-CM Guidelines FY2026 II.H and IV.H.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wardround.documents.cues import AssertionStatus, CueRow, alike, cue_phrases
from wardround.documents.sections import SectionKind
from wardround.documents.tables import word_set
from wardround.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wardround.documents.note import Note
    from wardround.documents.sections import Section

__all__ = ["Assertion", "AssertionStatus", "Assertions", "assertions"]

_S = AssertionStatus
# Of several cues the first in this order decides. Negated comes first: "no family history of stroke" denies it.
_PRECEDENCE = (_S.NEGATED, _S.FAMILY, _S.HYPOTHETICAL, _S.POSSIBLE, _S.HISTORICAL, _S.PRESENT)
_RANK = {status: rank for rank, status in enumerate(_PRECEDENCE)}
# Words that a cue reaches at most; they also bound the time that one sentence of a million words takes.
_FORWARD_REACH = 60
_BACKWARD_REACH = 12

# A heading with one of these words says it of all that stands below it.
_HEADING_WORDS = {
    "differential": _S.POSSIBLE,
    "ddx": _S.POSSIBLE,
    "provisional": _S.POSSIBLE,
    "presumptive": _S.POSSIBLE,
    "tentative": _S.POSSIBLE,
    "working": _S.POSSIBLE,
    "negative": _S.NEGATED,
    "resolved": _S.HISTORICAL,
}
_PERSONS = word_set("he she they")
_SUBJECTS = word_set("he she they it we i there this patient pt who")
_DEGREES = word_set("mild moderate severe slight some trace positive minimal marked")
_VERBS = word_set("is are was were has have had")
# Before "negative" and "resolved" these say that its target follows: "a negative stress test".
_LEADS = word_set("a an the had has have with and or showed show but is was were are found of by")
# After "likely" or "resolved" these say that its target came before: "gout likely and treated".
_FOLLOWERS = word_set("and or but by in on at to with after without since")
# "Diagnosed with diabetes ten years ago", "last seizure in 2019": a time that does not make the mention past.
_ONSETS = word_set("diagnosed diagnosis since began started onset last")
# "(-)", "(+ve)"; "+", "-" or "?" beside a word. Begins with a class of characters, which is what makes it fast.
_SIGN = re.compile(r"[(+?-](?:(?<=\()\s*(?P<bracket>[-–−+])(?:ve)?\s*\)|(?<=\?)\?{0,2}|(?<=[+-])(?=[A-Za-z]))")
_SIGNED_LIST = re.compile(r"[,;]\s*[-+][A-Za-z]")
_ANSWERS = word_set("no yes none deny denied never negative positive unknown")
_IN_YEAR = re.compile(r"(?:19|20)(?<=[Ii]n\s..)\d\d(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SIGN_REACH = 8  # words


@dataclass(frozen=True)
class Assertion:
    """What is said of a mention.

    Attributes:
        status: what decides.
        cue: the words that say so; None for a mention without a cue, which is present.
        others: every other cue that reaches the mention, as (status, cue), strongest first.
    """

    status: AssertionStatus
    cue: Span | None = None
    others: tuple[tuple[AssertionStatus, Span], ...] = ()


_PRESENT = Assertion(_S.PRESENT)


class _Cue(NamedTuple):
    first: int  # its words, [first, past)
    past: int
    row: CueRow


class _Scope(NamedTuple):
    """The words ``[first, past)`` that a cue covers."""

    first: int
    past: int
    forward: bool
    status: AssertionStatus
    cue: Span


class Assertions:
    """The assertions of one note, compiled once; see :func:`assertions`."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._scopes = sorted(_Compiler(note).scopes())
        self._firsts = [scope.first for scope in self._scopes]
        self._headings = [_said_by_heading(note.text, section) for section in note.sections]

    def at(self, span: Span) -> Assertion:
        """What the note says of the mention at ``span``.

        A cue that lies inside the mention itself says nothing of it: "history of falls" as a mention is present.
        Of cues with the same status the nearest is given as the cue.

        Raises:
            ValueError: the span is empty or outside the note.
        """
        note = self._note
        start, end = span
        if not 0 <= start < end <= len(note.text):
            raise ValueError(f"span [{start}, {end}) is not inside a note of {len(note.text)} characters")
        first = bisect_right(note.words.ends, start)
        last = max(first, bisect_left(note.words.starts, end) - 1)
        found: list[tuple[int, int, AssertionStatus, Span]] = []
        low = bisect_left(self._firsts, first - _FORWARD_REACH)
        for begins, past, forward, status, cue in self._scopes[low : bisect_right(self._firsts, last)]:
            if begins <= (first if forward else last) < past and (cue.end <= start or end <= cue.start):
                found.append((_RANK[status], max(start - cue.end, cue.start - end), status, cue))
        said = self._headings[note.section_number(start)]
        if said is not None and said[1].end <= start:
            found.append((_RANK[said[0]], start, *said))
        if not found:
            return _PRESENT
        found.sort()
        unique = tuple(dict.fromkeys((status, cue) for _, _, status, cue in found))
        return Assertion(unique[0][0], unique[0][1], unique[1:])

    def statuses(self, firsts: Sequence[int], lasts: Sequence[int]) -> list[AssertionStatus]:
        """The status that `at` gives each of many short mentions, in a fraction of the time.

        Args:
            firsts: the number of the first word of each mention among the note's words; they do not descend.
            lasts: and that of its last word; they do not descend either.
        """
        starts, ends = self._note.words.starts, self._note.words.ends
        present = _RANK[_S.PRESENT]
        ranks = [present] * len(firsts)
        for begins, past, forward, status, cue in self._scopes:
            rank = _RANK[status]
            if rank < present:
                anchors = firsts if forward else lasts
                low = bisect_left(anchors, begins)
                for number in range(low, bisect_left(anchors, past, low)):
                    if rank < ranks[number] and (cue.end <= starts[firsts[number]] or ends[lasts[number]] <= cue.start):
                        ranks[number] = rank
        if any(self._headings):
            for number, first in enumerate(firsts):
                said = self._headings[self._note.section_number(starts[first])]
                if said is not None and said[1].end <= starts[first]:
                    ranks[number] = min(ranks[number], _RANK[said[0]])
        return list(map(_PRECEDENCE.__getitem__, ranks))


def assertions(note: Note) -> Assertions:
    """Compile what ``note`` says of any of its mentions.

    >>> from wardround.documents import read
    >>> note = read("No fever, but likely pneumonia.")
    >>> said = assertions(note)
    >>> [str(said.at(Span(note.text.index(w), note.text.index(w) + len(w))).status) for w in ("fever", "pneumonia")]
    ['negated', 'possible']
    """
    return Assertions(note)


def _said_by_heading(text: str, section: Section) -> tuple[AssertionStatus, Span] | None:
    """What a section's heading says of all that stands in the section, and the heading."""
    if section.heading is None:
        return None
    if section.kind is SectionKind.FAMILY_HISTORY:
        return _S.FAMILY, section.heading
    heading = section.heading.quote(text).lower()
    return next(((status, section.heading) for word, status in _HEADING_WORDS.items() if word in heading), None)


class _Compiler:
    """Finds the cues of a note and the words that each of them covers."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._text = note.text
        self._folded, self._starts, self._ends, self._gaps = note.words
        self._at: dict[int, _Cue] = {}  # cues by their first word
        self._behind: dict[int, _Cue] = {}  # and by the word after their last one

    def scopes(self) -> Iterator[_Scope]:
        """What every cue covers."""
        cues = self._cues()
        self._at = {cue.first: cue for cue in cues}
        self._behind = {cue.past: cue for cue in cues}
        sentences = self._note.sentences
        number, low, high = -1, 0, 0
        for cue in cues:
            if cue.row.status is None:
                continue
            while cue.first >= high:
                number += 1
                high = bisect_left(self._starts, sentences[number].end, high)
                low = bisect_left(self._starts, sentences[number].start, low)
            if cue.past <= high:
                yield from self._reach(cue, low, high)
                if cue.past == high and cue.row.side == "before" and self._text[sentences[number].end - 1] == ":":
                    yield from self._list_below(cue, number)
        yield from self._signs()
        yield from self._years()

    # Cues.

    def _cues(self) -> list[_Cue]:
        """The longest cues, leftmost first; phrases that only look like cues have masked them."""
        phrases, rows = cue_phrases()
        found = [
            (first, -past, row)
            for first, past, value in phrases.find(alike(self._folded))
            if not (row := rows[value]).checked or self._is_meant(first, past, row)
        ]
        found.sort()
        cues: list[_Cue] = []
        free = 0
        for first, negative_past, row in found:
            if first >= free:
                free = -negative_past
                if row.role != "none":
                    cues.append(_Cue(first, free, row))
        return cues

    def _is_meant(self, first: int, past: int, row: CueRow) -> bool:
        """Whether the characters around the words of a cue allow it."""
        if row.slash:
            return "/" in self._text[self._ends[first] : self._starts[past - 1]]
        if row.side == "label":
            return self._is_label(past - 1)
        after = self._text[self._ends[first] : self._ends[first] + 3]
        return not (after[:1] == "." and after[1:].strip()[:1].isdigit())  # "No. 3" is a number

    def _is_label(self, word: int) -> bool:
        """Whether a colon, a dash, a bracket or a possessive follows: "Mother: gout", "her mother's gout"."""
        end = self._ends[word]
        if self._possessive(word):
            return True
        after = self._text[end : end + 3]
        return after.lstrip()[:1] in (":", "(") or (after[:1].isspace() and after.strip()[:1] in ("-", "–", "—"))

    def _possessive(self, word: int) -> bool:
        end = self._ends[word]
        return self._text[end - 2 : end] in ("'s", "’s") or self._text[end : end + 1] in ("'", "’")

    # What a cue covers.

    def _reach(self, cue: _Cue, low: int, high: int) -> Iterator[_Scope]:
        status, side = cue.row.status, cue.row.side
        assert status is not None
        span = Span(self._starts[cue.first], self._ends[cue.past - 1])
        if side == "either":
            side = "before" if self._looks_forward(cue, low, high) else "after"
        if side in ("before", "both", "label"):
            runs = list(self._forward(cue, high))
            for first, past in runs:
                yield _Scope(first, past, True, status, span)
            if not runs and status is _S.NEGATED and cue.first > low and self._answers(cue):
                side = "after"
        if side in ("after", "both"):
            first = self._backward(cue, low)
            ago = self._folded[cue.past - 1] == "ago"
            if first < cue.first and not (ago and self._is_onset(first, cue.first, low)):
                yield _Scope(first, cue.first, False, status, span)

    def _answers(self, cue: _Cue) -> bool:
        """Whether a cue answers what stands before it: "Fever: no", "Rash? None", "Cough - denies"."""
        gap, end = self._gaps[cue.first], self._ends[cue.past - 1]
        closed = "(" in gap and self._text[end : end + 1] == ")"  # "Fever (none)"
        return closed or any(sign in gap for sign in (":", "?", "=", "–", "—", " - "))

    def _looks_forward(self, cue: _Cue, low: int, high: int) -> bool:
        """Whether a cue that may stand on either side stands before its target."""
        gap = self._gaps[cue.first] if cue.first > low else ""
        follows = cue.past < high and ("," in gap or self._folded[cue.past] not in _FOLLOWERS)
        if follows:
            after = self._gaps[cue.past]
            following = self._at.get(cue.past)
            follows = not (any(sign in after for sign in ",;:)–—") or " - " in after) and (
                following is None or not following.row.role.startswith("end")
            )
        precedes = cue.first > low and ";" not in gap
        if not (precedes and follows):
            return follows or not precedes
        if cue.row.status is not _S.POSSIBLE:  # "a negative stress test", but "stress test negative in clinic"
            return self._folded[cue.first - 1] in _LEADS or "," in gap or ":" in gap
        return True

    def _forward(self, cue: _Cue, high: int) -> Iterator[tuple[int, int]]:
        """The runs of words that a cue covers to its right."""
        row, start = cue.row, cue.past
        gaps, folded = self._gaps, self._folded
        if start >= high or (gaps[start] != " " and any(sign in gaps[start] for sign in ",;)")):
            return
        reach = row.reach or (4 if row.side == "label" and self._possessive(start - 1) else _FORWARD_REACH)
        limit = min(high, start + reach)
        negated = row.role == "negated"
        depth, is_open = gaps[start].count("("), True
        for word in range(start + 1, limit):
            gap = gaps[word]
            if len(gap) > 1 or gap == ",":
                depth += gap.count("(") - gap.count(")")
                if depth < 0 or any(sign in gap for sign in (";", "–", "—", " - ", "+")):
                    limit = word
                    break
                if "," in gap:
                    if row.item or row.reach or self._new_clause(word, high, row):
                        limit = word
                        break
                    if not is_open:
                        start, is_open = word, True
            following = self._at.get(word)
            if following is not None:
                if self._ends_here(cue, following, gap):
                    limit = word
                    break
                if negated and is_open and following.row.role == "end_negated":
                    yield start, word
                    is_open = False
            if negated and word > cue.past + 2 and folded[word] in _PERSONS and folded[word - 1] != "that":
                limit = word
                break
            if word + 1 < limit and ":" in gaps[word + 1] and self._text[self._starts[word]].isupper():
                limit = word  # a label within the line: "Lungs: no rales Heart: regular"
                break
        if is_open and start < limit:
            yield start, limit

    def _ends_here(self, cue: _Cue, following: _Cue, gap: str) -> bool:
        """Whether a cue's reach ends where another cue starts."""
        row, role = cue.row, following.row.role
        if role == "end":
            return self._folded[following.first] not in _SUBJECTS or self._folded[following.first - 1] != "that"
        if role == "present":
            return following.first > cue.past + 1
        if role == "end_historical":
            return row.role == "historical"
        if role == row.role and following.row[2:5] == row[2:5]:
            return True  # the same again: it covers the rest
        if "," in gap and not role.startswith("end") and following.row.side not in ("after", "label"):
            return role != row.role
        return False

    def _new_clause(self, word: int, high: int, row: CueRow) -> bool:
        """Whether a clause of its own starts at ``word``, which follows a comma."""
        folded = self._folded
        if folded[word] in ("and", "or", "but", "then", "the") and word + 1 < high:
            word += 1
        if folded[word] in _SUBJECTS or folded[word] in _VERBS or folded[word] == "with":
            return True
        if row.role == "negated" and folded[word] in _DEGREES:
            return True
        for ahead in range(word + 1, min(word + 4, high)):
            if "," in self._gaps[ahead]:
                return False
            if folded[ahead] in _VERBS or folded[ahead] == "present":
                return True
        return False

    def _is_onset(self, first: int, past: int, low: int) -> bool:
        """Whether a time after the words ``[first, past)`` is when something began that may last."""
        return not _ONSETS.isdisjoint(self._folded[max(low, first - 3) : past])

    def _backward(self, cue: _Cue, low: int) -> int:
        """The first of the words that a cue covers to its left."""
        lowest = max(low, cue.first - (cue.row.reach or _BACKWARD_REACH))
        word, clausal = cue.first, False
        while word > lowest:
            gap = self._gaps[word]
            if gap != " ":
                if ";" in gap or (word < cue.first and (":" in gap or ("," in gap and clausal) or " - " in gap)):
                    break
                if "," in gap and cue.row.side == "both":
                    break
            if cue.row.role == "hypothetical" and self._folded[word - 1] in _FOLLOWERS:
                break  # "stroke prevention in atrial fibrillation"
            ended = self._behind.get(word)
            if ended is not None and ended.row.role in ("end", "present", "negated"):
                break
            word -= 1
            clausal = clausal or self._folded[word] in _VERBS or self._folded[word] in _SUBJECTS
        return word

    # What is no phrase.

    def _list_below(self, cue: _Cue, number: int) -> Iterator[_Scope]:
        """The items under a cue that ends its line with a colon: "Denies:" and a list."""
        assert cue.row.status is not None
        span = Span(self._starts[cue.first], self._ends[cue.past - 1])
        sentences, lines = self._note.sentences, self._note.lines
        line = bisect_right(lines, sentences[number].start, key=lambda line: line.begin)
        for line_number in range(line, len(lines)):
            below = lines[line_number]
            if not below.mark:
                break
            first = bisect_left(self._starts, below.content)
            past = bisect_left(self._starts, below.end, first)
            for start in range(first, past, _FORWARD_REACH):
                yield _Scope(start, min(past, start + _FORWARD_REACH), True, cue.row.status, span)

    def _signs(self) -> Iterator[_Scope]:
        """``(-) fever``, ``cough (+)``, ``+rash, -fever``, ``?pneumonia``, ``melanoma?``."""
        text, sentences = self._text, self._note.sentences
        for found in _SIGN.finditer(text):
            sign = found["bracket"] or found[0]
            status = _S.POSSIBLE if sign[0] == "?" else _S.PRESENT if sign == "+" else _S.NEGATED
            number = bisect_right(sentences, found.start(), key=lambda sentence: sentence.start) - 1
            if number < 0:
                continue
            low, high = sentences[number]
            cue = Span(*found.span())
            after = bisect_left(self._starts, found.end())
            behind = text[found.start() - 1] if found.start() > low else " "
            rest = text[found.end() : min(high, found.end() + 4)].lstrip()
            if found["bracket"]:
                forward = bool(rest) and rest[0] not in ",;."
            else:
                forward = text[found.end()].isalpha() or text[found.end()].isspace() if found.end() < high else False
                if sign[0] == "?" and behind.isalnum():
                    if after < len(self._starts) and self._starts[after] < high and self._folded[after] in _ANSWERS:
                        continue
                    forward = False
                elif not behind.isspace() and behind not in "(,;:":
                    continue
                if sign == "-" and not forward:
                    continue
                if sign == "-" and found.start() == low and not _SIGNED_LIST.search(text, low, min(high, low + 80)):
                    continue  # a bullet
            first, past = self._sign_reach(after, low, high, forward=forward)
            if first < past:
                yield _Scope(first, past, forward, status, cue)

    def _sign_reach(self, word: int, low: int, high: int, *, forward: bool) -> tuple[int, int]:
        """The words of the item that starts at ``word`` or ends before it, in the sentence ``[low, high)``."""
        if forward:
            past = word
            while past < len(self._starts) and self._starts[past] < high and past - word < _SIGN_REACH:
                if past > word and any(sign in self._gaps[past] for sign in ",;()+?"):
                    break
                past += 1
            return word, past
        first = word
        while first > 0 and self._starts[first - 1] >= low and word - first < _SIGN_REACH // 2:
            if first < word and any(sign in self._gaps[first] for sign in ",;()+:"):
                break
            first -= 1
        return first, word

    def _years(self) -> Iterator[_Scope]:
        """ "Stroke in 1998": the past, unless the year is that of the note or of the onset."""
        mentioned: Counter[str] | None = None
        sentences = self._note.sentences
        for found in _IN_YEAR.finditer(self._text):
            cue = Span(found.start() - len("in "), found.end())
            word = bisect_left(self._starts, cue.start)
            if word == len(self._starts) or self._starts[word] != cue.start or self._folded[word] != "in":
                continue
            mentioned = mentioned or Counter(_YEAR.findall(self._text))
            if mentioned[found[0]] > 1 and found[0] == max(mentioned):
                continue
            number = bisect_right(sentences, cue.start, key=lambda sentence: sentence.start) - 1
            low = bisect_left(self._starts, sentences[number].start)
            first = self._backward(_Cue(word, word + 2, _YEAR_ROW), low)
            if first < word and not self._is_onset(first, word, low):
                yield _Scope(first, word, False, _S.HISTORICAL, cue)


_YEAR_ROW = CueRow("historical", _S.HISTORICAL, "after", 0, False, False, False)
