"""The sentences of a note, as spans.

A list item and a heading are sentences of their own; a line that was only wrapped is not. Every word of the note is in
exactly one sentence.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from wardround.documents.lines import BULLETS
from wardround.documents.tables import word_set
from wardround.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wardround.documents.lines import Line

__all__ = ["find_sentences"]

# What is searched for begins with a class of characters, not with a repetition: the search leaps from one to the next.
_STOP = re.compile(r"[.!?…][.!?…]*[\"'”’)\]]*")
_INNER_BULLET = re.compile(rf"[{BULLETS}](?<=\s.)(?=\s?\S)")
_SEPARATOR = re.compile(r'[ \t(,;:"\[]')
_NUMBERED = re.compile(r"[.)](?<=\d.)(?=\s+\S|[A-Z][a-z])")  # the sign behind the number of an item

# Never the end of a sentence: a name or a number follows.
_TITLES = word_set(
    "dr drs mr mrs ms mx prof st rev hon gen lt col sgt capt vs e.g i.e eg cf approx ca no nos fig figs eq ref vol "
    "incl esp viz"
)
# The end of a sentence only if a capital follows.
_ABBREVIATIONS = word_set(
    "pt pts hx dx tx rx sx fx h/o s/p r/o w/o w c/o o/e a.m p.m am pm b.i.d t.i.d q.i.d q.d q.h q.h.s q.a.m q.p.m p.o "
    "p.r.n prn i.v i.m s.c s.q o.d o.s o.u h.s a.c p.c n.p.o t.i.w q.o.d stat bid tid qid po iv im mg mcg ml kg gm cm "
    "mm in ft lb lbs oz tab tabs cap caps gtt gtts inj susp sol dept hosp univ ave blvd sr jr ph.d m.d d.o r.n p.a n.p "
    "d.d.s u.s inc ltd co wk wks yr yrs y.o mo mos hr hrs min mins sec secs temp wt ht est max neg pos abd ext neuro "
    "resp bilat lat med post ant inf sup prox dist cont avg etc ed i.u gest lac occ prev wbc adm disch amb hgb al "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun"
)
# Before a single letter that is a name of its own: "hepatitis C. She" ends a sentence, "John F. Smith" does not.
_LETTERED = word_set("hepatitis vitamin type grade class stage group factor influenza protein part plan hep flu level")
_ANSWER = re.compile(r"\s*(?:no|yes|none|denies|denied|never|negative|positive|unknown)\b", re.IGNORECASE)
# A long line that ends in one of these was wrapped.
_LINKING = word_set(
    "a an the of with and or to in on for by from at as his her their its was is were are has had have who which that "
    "no not dr mr mrs ms"
)
_SHORTEST_WRAPPED = 40  # characters of a line that was wrapped; a shorter one has its end on purpose
_WRAP_WIDTHS = range(60, 111)  # characters of the longest line of a note that somebody wrapped


def find_sentences(text: str, lines: Sequence[Line], breaks: Iterable[int] = ()) -> tuple[Span, ...]:
    """The sentences of ``text``: ordered, disjoint, without white space around them.

    Args:
        text: the note.
        lines: its lines.
        breaks: places where a sentence ends whatever stands there: the starts and bodies of sections.
    """
    cuts = {0, len(text), *breaks}
    width = max(line.end - line.begin for line in lines) if lines else 0
    bulleted = not text.isascii() and _INNER_BULLET.search(text) is not None
    previous: Line | None = None
    for line in lines:
        if line.start == line.end:
            previous = None
            cuts.add(line.begin)
            continue
        if previous is None or line.mark or not _continues(text, previous, line, width):
            cuts.add(line.begin)
        cuts.update(_ends(text, line))
        if bulleted:
            cuts.update(found.start() for found in _INNER_BULLET.finditer(text, line.content + 1, line.end))
        previous = line
    spans: list[Span] = []
    for start, end in pairwise(sorted(cuts)):
        piece = text[start:end]
        stripped = piece.strip()
        if stripped and (stripped[0].isalnum() or any(map(str.isalnum, stripped))):
            begin = start + piece.index(stripped[0]) if piece[0] != stripped[0] else start
            spans.append(Span(begin, begin + len(stripped)))
    return tuple(spans)


def _continues(text: str, above: Line, line: Line, width: int) -> bool:
    """Whether ``line`` goes on with the sentence of the line above, which was only wrapped."""
    last = text[above.end - 1]
    if last in ".!?:;…" and not (last == "." and _is_abbreviation(_token(text, above.content, above.end - 1))):
        return False
    first = text[line.start]
    if last == "," or (first.isdigit() and last == "-"):
        return True
    length = above.end - above.begin
    if length < _SHORTEST_WRAPPED:
        return False
    if first.islower() or text[above.end - 12 : above.end].rpartition(" ")[2].lower() in _LINKING:
        return True
    if width not in _WRAP_WIDTHS or not (first.isalnum() or first in "(\"'“"):
        return False
    space = text.find(" ", line.start, line.end)
    return length + 1 + (line.end if space < 0 else space) - line.start > width


def _ends(text: str, line: Line) -> list[int]:
    """The places inside a line at which a sentence ends."""
    cuts = _numbers(text, line)
    numbered = {text.find(sign, cut, cut + 4) for cut in cuts for sign in ".)"} if cuts else ()
    for found in _STOP.finditer(text, line.content, line.end):
        at, end = found.span()
        sign = text[at]
        following = text[end : end + 1]
        if end == line.end:
            cuts.append(end)
        elif not following.isspace():  # "today.He" without a space
            if sign != "…" and end == at + 1 and text[max(0, at - 2) : at].islower() and text[end : end + 2].istitle():
                cuts.append(end)
        elif sign == "!":
            cuts.append(end)
        elif sign == "?":
            alone = at == line.content or text[at - 1].isspace()  # "? pneumonia"
            if not alone and not _ANSWER.match(text, end):
                cuts.append(end)
        else:
            while following.isspace():
                end += 1
                following = text[end]
            if sign == "…" or text.startswith("..", at):
                if not following.islower():
                    cuts.append(end)
            elif at not in numbered and not _abbreviates(text, line.content, at, following):
                cuts.append(end)
    return cuts


def _numbers(text: str, line: Line) -> list[int]:
    """Where the items of a numbered list inside a line start: "Impression: 1. Gout 2. Asthma"."""
    cuts: list[int] = []
    expected = 2 if line.mark.strip("(#")[:-1] == "1" else 1
    for found in _NUMBERED.finditer(text, line.content + 1, line.end):
        sign = found.start()
        number = sign - (2 if sign - 2 >= line.content and text[sign - 2].isdecimal() else 1)
        start = number - (text[number - 1] == "(")
        if int(text[number:sign]) == expected and (text[start - 1].isspace() or text[start - 1] in ":;"):
            before = text[max(line.start, start - 4) : start].rstrip()
            if expected > 1 or before[-1:] in ":;.-–—":
                cuts.append(start)
                expected += 1
    return cuts if len(cuts) > 1 or expected == 3 else []  # a lone "1." is no list


def _token(text: str, start: int, at: int) -> str:
    """The run without white space that ends before ``at``."""
    return _SEPARATOR.split(text[max(start, at - 12) : at])[-1]


def _is_abbreviation(token: str) -> bool:
    lower = token.lower()
    return lower in _TITLES or lower in _ABBREVIATIONS or (len(token) == 1 and token.isalpha())


def _abbreviates(text: str, start: int, at: int, following: str) -> bool:
    """Whether the period at ``at`` belongs to the word before it and ends no sentence."""
    token = _token(text, start, at)
    if not _is_abbreviation(token):
        return False
    lower = token.lower()
    if lower in ("no", "nos"):  # "No. 3"
        return following.isdigit()
    if lower in _TITLES:
        return True
    if len(token) == 1 and token.isupper():
        if following.islower():  # "E. coli"
            return True
        before = _token(text, start, len(text[start : at - 1].rstrip()) + start).rstrip(".")
        return before.lower() not in _LETTERED and before[:1].isupper()
    return not (following.isupper() or following in '(["“' or following in BULLETS)
