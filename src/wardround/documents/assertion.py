"""What a note says of a mention: present, negated, possible, hypothetical, historical, or someone else's.

Cues ("denies", "rule out", "history of") stand in ``cues.tsv`` with the side and the reach of each. All of them are found
in one pass over the note's words; each then covers a run of words of its own sentence. The idea that a cue has a
direction and that some phrases end its reach is that of ConText.

**Source:** Harkema, Dowling, Thornblade, Chapman: ConText. J Biomed Inform 42 (2009) 839–851. For the words of
uncertainty: ICD-10-CM Guidelines FY2026 II.H and IV.H.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from wardround.documents.note import Note
from wardround.documents.sections import SectionKind
from wardround.documents.tables import read_table
from wardround.spans import Span
from wardround.words import Phrases

__all__ = ["Assertion", "AssertionStatus", "Assertions", "assertions"]


class AssertionStatus(StrEnum):
    """What a note says of a mention."""

    PRESENT = "present"
    NEGATED = "negated"
    POSSIBLE = "possible"
    HYPOTHETICAL = "hypothetical"
    HISTORICAL = "historical"
    FAMILY = "family"


_S = AssertionStatus
# Of several cues the first in this order decides. Negated comes first: "no family history of stroke" denies it.
_PRECEDENCE = (_S.NEGATED, _S.FAMILY, _S.HYPOTHETICAL, _S.POSSIBLE, _S.HISTORICAL, _S.PRESENT)
_RANK = {status: rank for rank, status in enumerate(_PRECEDENCE)}
_BACKWARD_REACH = 12  # words a cue reaches back when its row says nothing
_KIN = (
    "mother father mom dad sister brother sibling parent grandmother grandfather grandparent aunt uncle cousin nephew "
    "niece son daughter twin grandson granddaughter relative wife husband spouse partner roommate girlfriend boyfriend"
).split()
_SUBJECTS = frozenset("he she they it we i there this patient pt who".split())
_DEGREES = frozenset("mild moderate severe slight some trace positive minimal marked".split())
_VERBS = frozenset("is are was were has have had".split())
_LEADS = frozenset("a an the had has have with and or showed show but is was were are found of by".split())
_SIGN = re.compile(r"\(\s*([-–−+])(?:ve)?\s*\)|(?<![^\s(,;:])([+])(?=[A-Za-z])|(?<![^\s(,;:])(\?{1,3})\s?(?=[A-Za-z])")
_YEAR = re.compile(r"(?:19|20)\d\d")


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


PRESENT = Assertion(_S.PRESENT)


class _Row(NamedTuple):
    status: AssertionStatus | None
    role: str  # the status as written, or "none", "end", "end_negated", "end_historical"
    side: str
    reach: int  # words; 0 for the rest of the clause
    item: bool  # only up to the next comma
    slash: bool  # its words must stand around a slash: "r/o"


class _Cue(NamedTuple):
    first: int  # its words, [first, past)
    past: int
    row: _Row


class _Scope(NamedTuple):
    """Words ``[first, past)`` covered by a cue."""

    first: int
    past: int
    forward: bool
    status: AssertionStatus
    cue: Span


@cache
def _cues() -> tuple[Phrases, tuple[_Row, ...]]:
    rows: list[_Row] = []
    phrases: dict[str, int] = {}
    for phrase, role, side, reach, _reason in read_table("cues.tsv"):
        status = AssertionStatus(role) if role in _RANK else None
        number = int(reach) if reach.isdigit() else 0
        rows.append(_Row(status, role, side, number, reach == "item", "/" in phrase))
        spellings = [phrase.replace("{kin}", kin) for kin in _KIN] if "{kin}" in phrase else [phrase]
        for spelling in spellings:
            phrases.setdefault(spelling, len(rows) - 1)
    return Phrases(phrases), tuple(rows)


class Assertions:
    """The assertions of one note, compiled once; see :func:`assertions`."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._scopes = _Compiler(note).scopes
        self._sentence_starts = [sentence.start for sentence in note.sentences]

    def at(self, span: Span) -> Assertion:
        """What the note says of the mention at ``span``.

        A cue that lies inside the mention itself says nothing of it: "history of falls" as a mention is present.

        Raises:
            ValueError: the span is empty or outside the note.
        """
        note = self._note
        if not 0 <= span.start < span.end <= len(note.text):
            raise ValueError(f"span [{span.start}, {span.end}) is not inside a note of {len(note.text)} characters")
        words = note.words
        first = bisect_right(words.ends, span.start)
        last = bisect_left(words.starts, span.end) - 1
        sentence = bisect_right(self._sentence_starts, span.start) - 1
        found: list[tuple[AssertionStatus, Span]] = []
        for scope in self._scopes.get(sentence, ()):
            anchor = first if scope.forward else last
            if scope.first <= anchor < scope.past and not scope.cue.overlaps(span):
                found.append((scope.status, scope.cue))
        section = note.section_of(span.start)
        if section.kind is SectionKind.FAMILY_HISTORY and section.heading and not section.heading.overlaps(span):
            found.append((_S.FAMILY, section.heading))
        if not found:
            return PRESENT
        found.sort(key=lambda item: (_RANK[item[0]], item[1]))
        unique = tuple(dict.fromkeys(found))
        return Assertion(unique[0][0], unique[0][1], unique[1:])


def assertions(note: Note) -> Assertions:
    """Compile what ``note`` says of any of its mentions.

    >>> note = Note("No fever, but likely pneumonia.")
    >>> said = assertions(note)
    >>> [str(said.at(Span(note.text.index(w), note.text.index(w) + len(w))).status) for w in ("fever", "pneumonia")]
    ['negated', 'possible']
    """
    return Assertions(note)


class _Compiler:
    """Finds the cues of a note and the words that each covers; ``scopes`` holds them by number of sentence."""

    def __init__(self, note: Note) -> None:
        self.text, self.words = note.text, note.words
        self.scopes: dict[int, list[_Scope]] = {}
        self.starts, self.ends = note.words.starts, note.words.ends
        sentences = note.sentences
        by_sentence: dict[int, list[_Cue]] = {}
        starts = [sentence.start for sentence in sentences]
        for cue in self._find():
            number = bisect_right(starts, self.starts[cue.first]) - 1
            by_sentence.setdefault(number, []).append(cue)
        for number, cues in by_sentence.items():
            sentence = sentences[number]
            low = bisect_left(self.starts, sentence.start)
            high = bisect_left(self.starts, sentence.end)
            inside = [cue for cue in cues if cue.past <= high]
            self.scopes[number] = list(self._sentence(low, high, inside))
        for number, scope in self._signs(starts, sentences):
            self.scopes.setdefault(number, []).append(scope)

    # Cues.

    def _find(self) -> Iterator[_Cue]:
        phrases, rows = _cues()
        text, starts, ends, folded = self.text, self.starts, self.ends, self.words.folded
        for first, past, value in phrases.longest(folded):
            row = rows[value]
            if row.role == "none":
                continue
            if row.slash and "/" not in text[ends[first] : starts[past - 1]]:
                continue
            if past - first == 1 and folded[first] == "no" and self._is_number_sign(first):
                continue
            if row.side == "label" and not self._is_label(past - 1):
                continue
            yield _Cue(first, past, row)

    def _is_number_sign(self, word: int) -> bool:
        """ "No. 3" is a number, not a negation."""
        after = self.ends[word]
        return self.text[after : after + 1] == "." and self.text[after + 1 : after + 3].strip()[:1].isdigit()

    def _is_label(self, word: int) -> bool:
        """Whether a colon, a dash or a possessive follows: "Mother: gout", "her mother's gout"."""
        after = self.text[self.ends[word] : self.ends[word] + 3]
        if self.text[self.starts[word] : self.ends[word]].endswith(("'s", "’s")):
            return True
        return after[:1] in (":", "(") or after.strip()[:1] in ("-", "–", "—", ":", "(") or after[:1] in ("'", "’")

    def _signs(self, starts: Sequence[int], sentences: Sequence[Span]) -> Iterator[tuple[int, _Scope]]:
        """Signs that are no words: ``(-) fever``, ``+cough``, ``?pneumonia``."""
        if "?" not in self.text and "+" not in self.text and "(-" not in self.text and "(–" not in self.text:
            return
        for found in _SIGN.finditer(self.text):
            sign = found.group(1) or found.group(2) or found.group(3)
            status = _S.POSSIBLE if sign[0] == "?" else _S.PRESENT if sign == "+" else _S.NEGATED
            number = bisect_right(starts, found.start()) - 1
            if number < 0:
                continue
            low, high = sentences[number]
            after = bisect_left(self.starts, found.end())
            cue = Span(found.start(), found.end()) if sign[0] != "?" else Span(found.start(), found.start(3) + len(sign))
            past = after
            while past < len(self.starts) and self.starts[past] < high and past - after < 8:
                gap = self.text[self.ends[past - 1] : self.starts[past]] if past > after else ""
                if any(c in gap for c in ",;()+?/") and not (sign[0] == "?" and "/" in gap):
                    break
                past += 1
            forward = past > after and (after == 0 or found.start(1) < 0 or not self._sign_ends(found.end(), high))
            if forward:
                yield number, _Scope(after, past, True, status, cue)
            elif after > 0 and self.starts[after - 1] >= low:
                yield number, _Scope(max(0, after - 4), after, False, status, cue)

    def _sign_ends(self, at: int, high: int) -> bool:
        """Whether a sign in brackets closes its item: "fever (-), cough (+)"."""
        rest = self.text[at:high].lstrip()
        return not rest or rest[0] in ",;.)"

    # Scopes.

    def _sentence(self, low: int, high: int, cues: Sequence[_Cue]) -> Iterator[_Scope]:
        at = {cue.first: cue for cue in cues}
        behind = {cue.past: cue for cue in cues}
        for cue in cues:
            row = cue.row
            if row.status is None:
                continue
            span = Span(self.starts[cue.first], self.ends[cue.past - 1])
            if row.side != "after":
                runs = list(self._forward(cue, high, at))
                side = row.side
                if side == "either":
                    side = "before" if self._looks_forward(cue, low, high, at) else "after"
                elif not runs and row.status is _S.NEGATED and cue.first > low and self._answers(cue):
                    side = "after"
                if side != "after":
                    for first, past in runs:
                        yield _Scope(first, past, True, row.status, span)
                    continue
            first = self._backward(cue, low, behind)
            if first < cue.first:
                yield _Scope(first, cue.first, False, row.status, span)
        yield from self._years(low, high, at)

    def _gap(self, word: int) -> str:
        """The text between a word and the one before it."""
        return self.text[self.ends[word - 1] : self.starts[word]]

    def _answers(self, cue: _Cue) -> bool:
        """Whether a cue answers what stands before it: "Fever: no", "Rash? None", "Cough - denies"."""
        gap = self._gap(cue.first)
        return any(c in gap for c in ":?=–—") or " - " in gap

    def _looks_forward(self, cue: _Cue, low: int, high: int, at: dict[int, _Cue]) -> bool:
        """Whether a cue that may stand on either side stands before its target."""
        folded = self.words.folded
        follows = cue.past < high and not any(c in self._gap(cue.past) for c in ",;:)") and " - " not in self._gap(cue.past)
        following = at.get(cue.past)
        if follows and following is not None and following.row.role in ("end", "end_negated"):
            follows = False
        precedes = cue.first > low and not any(c in self._gap(cue.first) for c in ";(")
        if not precedes or not follows:
            return follows or not precedes
        if cue.row.status is _S.NEGATED:  # "a negative stress test", "stress test negative in clinic"
            return folded[cue.first - 1] in _LEADS or any(c in self._gap(cue.first) for c in ",:")
        return True

    def _forward(self, cue: _Cue, high: int, at: dict[int, _Cue]) -> Iterator[tuple[int, int]]:
        """The runs of words that a cue covers to its right."""
        folded, row = self.words.folded, cue.row
        limit = min(high, cue.past + row.reach) if row.reach else high
        negated, historical = row.status is _S.NEGATED, row.status is _S.HISTORICAL
        start, word, depth, open_run = cue.past, cue.past, 0, True
        if row.side == "label":
            limit = min(high, cue.past + 4) if "'" in self._tail(cue) or "’" in self._tail(cue) else high
        while word < limit:
            if word > cue.past or row.status is _S.POSSIBLE:
                gap = self._gap(word)
                if gap != " ":
                    depth += gap.count("(") + gap.count("[") - gap.count(")") - gap.count("]")
                    if depth < 0 or (word > cue.past and (";" in gap or " - " in gap or "–" in gap or "—" in gap)):
                        break
                    if "," in gap:
                        if row.item or (row.reach and historical) or self._new_clause(word, high, negated, at, row):
                            break
                        if not open_run:
                            start, open_run = word, True
                following = at.get(word)
                if following is not None:
                    role = following.row.role
                    if role in ("end", "present") and (word > cue.past + 1 or role == "end"):
                        break
                    if role == "end_historical" and historical:
                        break
                    if role == "end_negated" and negated and open_run and word > cue.past:
                        if start < word:
                            yield start, word
                        open_run = False
                    elif role == "negated" and following.row.side != "before" and row.status is _S.NEGATED:
                        pass
                    elif "," in gap and following.row.status not in (None, row.status):
                        break
                if word > cue.past + 2 and folded[word] in ("he", "she", "they") and negated and folded[word - 1] != "that":
                    break
                if word + 1 < high and ":" in self._gap(word + 1) and self.text[self.starts[word]].isupper() and word > cue.past:
                    break
            word += 1
        if open_run and start < word:
            yield start, word

    def _tail(self, cue: _Cue) -> str:
        return self.text[self.starts[cue.past - 1] : self.ends[cue.past - 1] + 1]

    def _new_clause(self, word: int, high: int, negated: bool, at: dict[int, _Cue], row: _Row) -> bool:
        """Whether a new clause starts at ``word``, which follows a comma."""
        folded = self.words.folded
        if folded[word] in ("and", "or", "but", "then") and word + 1 < high:
            word += 1
        if folded[word] in _SUBJECTS:
            return True
        if negated and row.role == "negated" and folded[word] in _DEGREES:
            return True
        for ahead in range(word + 1, min(word + 4, high)):
            if "," in self._gap(ahead):
                return False
            if folded[ahead] in _VERBS:
                return True
        return False

    def _backward(self, cue: _Cue, low: int, behind: dict[int, _Cue]) -> int:
        """The first of the words that a cue covers to its left."""
        folded = self.words.folded
        lowest = max(low, cue.first - (cue.row.reach or _BACKWARD_REACH))
        word = cue.first
        depth = 0
        while word > lowest:
            if word < len(self.starts) and word > low:
                gap = self._gap(word)
                depth += gap.count(")") - gap.count("(")
                if ";" in gap or (":" in gap and word < cue.first):
                    break
                if "," in gap and word < cue.first and self._verb_between(word, cue.first):
                    break
            ended = behind.get(word)
            if ended is not None and ended.past <= cue.first and ended.row.role in ("end", "present", "negated"):
                break
            if word < cue.first and folded[word] in ("but", "and") and folded[word - 1 if word else 0] in _VERBS:
                break
            word -= 1
        return word

    def _verb_between(self, first: int, past: int) -> bool:
        return any(word in _VERBS or word in _SUBJECTS for word in self.words.folded[first:past])

    def _years(self, low: int, high: int, at: dict[int, _Cue]) -> Iterator[_Scope]:
        """Nothing here yet."""
        return iter(())
