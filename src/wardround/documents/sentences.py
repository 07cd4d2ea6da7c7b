"""The sentences of a note, as spans.

A list item and a heading are sentences of their own; a line that was only wrapped is not. Every word of the note is in
exactly one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wardround.documents.lines import Line
from wardround.spans import Span

__all__ = ["find_sentences"]

# What may end a sentence inside a line; also a period glued to the next sentence ("today.He"), and a bullet.
_STOP = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|(?<=[a-z]{2})[.!?](?=[A-Z][a-z])|\s(?=[•‣▪●■·➢➤]\s?\S)")
_NUMBER = re.compile(r"(?:(?<=[\s:;])|^)\(?(\d{1,2})[.)](?=\s+\S|[A-Z][a-z])")

# Never the end of a sentence: a name or number follows.
_TITLES = frozenset(
    "dr drs mr mrs ms mx prof st sr rev hon gen lt col sgt capt vs e.g i.e eg cf approx ca no nos fig figs eq ref vol "
    "dept incl resp esp viz al".split()
)
# The end of a sentence only if a capital follows.
_ABBREVIATIONS = frozenset(
    "pt pts hx dx tx rx sx fx h/o s/p r/o w/o w c/o o/e a.m p.m am pm b.i.d t.i.d q.i.d q.d q.h q.h.s q.a.m q.p.m p.o "
    "p.r.n prn i.v i.m s.c s.q o.d o.s o.u h.s a.c p.c n.p.o t.i.w q.o.d stat bid tid qid po iv im mg mcg ml kg gm cm mm "
    "in ft lb lbs oz tab tabs cap caps gtt gtts inj susp sol dept hosp univ ave blvd jr ph.d m.d d.o r.n p.a n.p d.d.s "
    "u.s inc ltd co wk wks yr yrs y.o mo mos hr hrs min mins sec secs temp wt ht est max neg pos abd ext neuro resp "
    "bilat lat med post ant inf sup prox dist cont avg etc ed i.u dist gest lac occ prev approx wbc adm disch amb hgb "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun m n l r b p s".split()
)
_LETTERED = frozenset("hepatitis vitamin type grade class stage group factor influenza protein part plan hep flu level".split())
_ANSWER = re.compile(r"\s*(?:no|yes|none|denies|denied|never|negative|positive|unknown)\b", re.IGNORECASE)
_LINKING = frozenset(
    "a an the of with and or to in on for by from at as his her their its was is were are has had have who which that "
    "no not dr mr mrs ms".split()
)


def find_sentences(text: str, lines: Sequence[Line], breaks: Iterable[int] = ()) -> tuple[Span, ...]:
    """The sentences of ``text``: ordered, disjoint, without white space around them.

    Args:
        text: the note.
        lines: its lines.
        breaks: places where a sentence ends whatever stands there: the starts and bodies of sections.
    """
    cuts = {0, len(text), *breaks}
    width = max((line.end - line.begin for line in lines), default=0)
    previous: Line | None = None
    for line in lines:
        if line.start == line.end:
            previous = None
            cuts.add(line.begin)
            continue
        if previous is None or line.mark or not _continues(text, previous, line, width):
            cuts.add(line.begin)
        cuts.update(_ends(text, line))
        previous = line
    spans: list[Span] = []
    ordered = sorted(cuts)
    for start, end in zip(ordered, ordered[1:], strict=False):
        piece = text[start:end]
        stripped = piece.strip()
        if stripped and (stripped.isalnum() or any(c.isalnum() for c in stripped)):
            begin = start + len(piece) - len(piece.lstrip())
            spans.append(Span(begin, begin + len(stripped)))
    return tuple(spans)


def _continues(text: str, above: Line, line: Line, width: int) -> bool:
    """Whether ``line`` goes on with the sentence of the line above, which was only wrapped."""
    last = text[above.end - 1]
    if last in ".!?:;…" and not _is_abbreviation(text, above.content, above.end - 1):
        return False
    first = text[line.start]
    if first.islower() or last == "," or (first.isdigit() and last == "-"):
        return True
    word = text[max(above.start, above.end - 12) : above.end].rpartition(" ")[2].lower()
    if word in _LINKING and above.end - above.start > 40:
        return True
    if not 60 <= width <= 110 or above.end - above.begin < 50 or not (first.isalnum() or first in "(\"'“"):
        return False
    space = text.find(" ", line.start, line.end)
    next_word = (line.end if space < 0 else space) - line.start
    return above.end - above.begin + 1 + next_word > width


def _ends(text: str, line: Line) -> list[int]:
    """The places inside a line at which a sentence ends."""
    cuts: list[int] = []
    if ". " in text[line.content : line.end] or ") " in text[line.content : line.end]:
        expected = 2 if line.mark[:1] == "1" or line.mark[1:2] == "1" else 1
        for found in _NUMBER.finditer(text, line.content, line.end):
            before = text[line.start : found.start()].rstrip()
            number = int(found.group(1))
            if number == expected and (number > 1 or not before or before[-1] in ":;.-–—"):
                cuts.append(found.start())
                expected += 1
        if expected == 2 and line.mark[:1] != "1" and line.mark[1:2] != "1":
            cuts.clear()  # a lone "1." is no list
    numbered = {cut for cut in cuts}
    for found in _STOP.finditer(text, line.content, line.end):
        end = found.end()
        at = found.start()
        sign = text[at]
        if sign.isspace() or sign == "!":
            cuts.append(end)
            continue
        if sign == "?":
            if not _ANSWER.match(text, end):
                cuts.append(end)
            continue
        after = end
        while after < line.end and text[after].isspace():
            after += 1
        following = text[after] if after < line.end else ""
        if sign == "…" or found.group().startswith(".."):
            if not following.islower():
                cuts.append(end)
            continue
        if _is_abbreviation(text, line.content, at) and not _ends_anyway(text, line.content, at, following):
            continue
        if numbered and any(start < at <= start + 4 for start in range(at - 3, at) if start in numbered):
            continue  # the period of an inline "2."
        cuts.append(end)
    return cuts


def _token(text: str, start: int, at: int) -> str:
    """The run without white space that ends before ``at``."""
    begin = at
    lowest = max(start, at - 12)
    while begin > lowest and not text[begin - 1].isspace() and text[begin - 1] not in "([{,;:\"“":
        begin -= 1
    return text[begin:at]


def _is_abbreviation(text: str, start: int, at: int) -> bool:
    """Whether the period at ``at`` belongs to the word before it."""
    if text[at] != ".":
        return False
    token = _token(text, start, at)
    lower = token.lower()
    if lower in _TITLES or lower in _ABBREVIATIONS:
        return True
    return len(token) == 1 and token.isalpha()


def _ends_anyway(text: str, start: int, at: int, following: str) -> bool:
    """Whether an abbreviation's period also ends the sentence."""
    token = _token(text, start, at)
    lower = token.lower()
    if not following or following in "•‣▪●■·":
        return True
    if lower in ("no", "nos"):
        return not following.isdigit()
    if lower in _TITLES:
        return False
    if len(token) == 1 and token.isupper():
        before = _token(text, start, at - 1) if at - 2 >= start and not text[at - 2].isspace() else ""
        before = before or _token(text, start, max(start, at - 2))
        return before.rstrip(".").lower() in _LETTERED or not before[:1].isupper()
    return following.isupper() or following in "([\"“"
