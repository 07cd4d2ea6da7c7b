"""What a title of the Index says: the term itself, its other forms, and the modifiers that never matter.

A title is printed as "Calculus, calculi, calculous" (one term in three forms), "kidney (impacted) (multiple)" (what
stands in parentheses may be said or not), "Addison's disease or syndrome" (either), "toe(s)", "due to" (only ties what
stands below it to what stands above).

Source: ICD-10-CM Guidelines I.A.7 (punctuation), I.A.14 ("and"), I.A.15 ("with").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from wardround.words import cut

__all__ = [
    "BRACKETS",
    "CONNECTIVES",
    "LIGHT",
    "Group",
    "Segment",
    "Title",
    "connective",
    "variants",
    "without_modifiers",
]

Group: TypeAlias = frozenset[str]
"""Folded words any one of which will do: "disease or syndrome"."""

Segment: TypeAlias = tuple[Group, ...]
"""What stands between two commas; every group of it has to be met."""

LIGHT = frozenset(
    "a an and any as at be been by due for from had has have having her his in into is its my nec nos of off on only "
    "or our patient pt so that the their there these this those to was were when which who whole with your".split()
)
"""Words that tie others together; they count a little when they agree, and nothing when they do not."""

CONNECTIVES = (
    "associated with",
    "complicated by",
    "complicating",
    "due to",
    "following",
    "with",
    "without",
    "in",
    "and",
)
"""How a title begins that ties its condition to the one above."""

BRACKETS = re.compile(r"\[([^\[\]]+)\]")
"""Another name of the term, which may be said in its place."""

_GENERIC = frozenset("bone disease disorder end joint region syndrome".split())  # "Crohn's" says it all
_ASSUMED = frozenset({"traumatic"})  # of several main terms for a fracture this is the one meant (I.C.19)
_TIES = LIGHT | frozenset(
    "after against associated between caused causing complicated complicating during following involving out over "
    "resulting through under until while".split()
)
_ANY = frozenset({"specified", "site"})  # "to specified site": only the little word before it tells
# Headings that only sort what is below them. Without "family" a history is the patient's own.
_OTHER_FORM = 0.4  # what a word in another form than printed lacks of a whole one
_MOST_UNSAID = 2  # "Poison ivy, oak, sumac or other plant dermatitis": only one of a list is ever said
_SORTS = ({"site", "classification"}, {"personal"})
_JOINING = re.compile(r"\s+(?:and/or|or|and)\s+|/")
_LISTED = re.compile(r"^(\S+(?: \S+)+), ((?:\w+, )*\w+ or \w+)$")  # "Argyll Robertson phenomenon, pupil or syndrome"
_PREFIX = re.compile(r"\b(anti|co|non|over|post|pre|re|self|sub)-(?=[a-z])", re.IGNORECASE)  # written with or without
_PLAIN = re.compile(r"(?!.*\b(?:and|or|from|to|site|personal)\b)[\w' .]+")
_NONE: frozenset[str] = frozenset()
_TRAILING = re.compile(r"(?: (?:NEC|NOS|by|for|of|to))+$")
_ENDING = re.compile(r"(?:s|es|e|ies|ing|ism|ry|y)$")  # "toe(s)": a part of the word in parentheses


def without_modifiers(printed: str) -> tuple[str, tuple[str, ...]]:
    """The title outside all parentheses, and what stands in each pair of them.

    >>> without_modifiers("femur, femoral (upper end) NEC")
    ('femur, femoral NEC', ('upper end',))
    >>> without_modifiers("bone(s) (joint(s))")
    ('bone', ('joint(s)',))
    """
    if "(" not in printed and ")" not in printed:
        return printed, ()
    outside: list[str] = []
    modifiers: list[str] = []
    depth, start = 0, -1
    for place, sign in enumerate(f"{printed})" if printed.count("(") > printed.count(")") else printed):
        if sign == "(":
            depth += 1
            if depth == 1:
                start = place
        elif sign == ")":
            depth = max(depth - 1, 0)
            if not depth and start >= 0:
                inner = printed[start + 1 : place].strip()
                glued = start > 0 and not printed[start - 1].isspace()
                if glued and inner == "o":  # "Cancer(o)phobia"
                    outside.append("o")
                elif not (glued and _ENDING.match(inner)):
                    outside.append(" ")
                    modifiers.append(inner)
                start = -1
        elif not depth:
            outside.append(sign)
    text = re.sub(r"\s+(?=[,;])", "", " ".join("".join(outside).split()))
    return text.strip(" ,;"), tuple(modifier for modifier in modifiers if modifier)


def connective(text: str) -> str | None:
    """How a subterm is tied to the term above: "with", "due to", "in" …; None where nothing ties them."""
    lower = text.lower()
    for words in CONNECTIVES:
        if lower.startswith(words) and not lower[len(words) : len(words) + 1].isalnum():
            return words
    return None


def variants(text: str) -> tuple[str, ...]:
    """The forms of the term: "Abdomen, abdominal" gives both, "Fibroplasia, retrolental" only the first.

    >>> variants("uterus, uteri, uterine NEC")
    ('uterus', 'uteri', 'uterine NEC')
    """
    first, *others = [part for part in re.split(r"\s*[,;]\s*", text) if part] or [""]
    return (first, *(other for other in others if _alike(first, other)))


def _alike(first: str, other: str) -> bool:
    """Whether two words are forms of one: they begin alike, and no other word of weight follows."""
    one, two = first.lower(), _TRAILING.sub("", other).lower()
    if " " in two or " " in one:
        return False
    shorter, longer = sorted((len(one), len(two)))
    same = next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), shorter)
    if longer <= 5 or (longer == 6 and shorter <= 4):  # "nose, nasal", "tooth, teeth"
        return same >= 1
    return same >= max(3, shorter // 2)


@dataclass(frozen=True, slots=True)
class Title:
    """A title as words to be matched.

    Attributes:
        segments: its parts between commas, each a way to say it.
        forms: how many of them, from the first on, are forms of one term.
        weak: folded words of its non-essential modifiers; of one that only ties, its little words.
        ties: whether it has no words of its own and only ties what is below to what is above.
        words: all words of all segments.
    """

    segments: tuple[Segment, ...]
    forms: int
    weak: frozenset[str]
    ties: bool
    words: frozenset[str]

    @staticmethod
    def of(printed: str, *, lead: bool = False) -> Title:
        """Read a title; ``lead`` says that it is a main term, which is never without words of its own."""
        return _title(printed, lead)

    def match(self, bits: Mapping[str, int], said: Collection[str], *, lead: bool = False) -> tuple[int, float] | None:
        """How the words of ``bits`` say this title.

        Args:
            bits: word → its bits.
            said: the words as they were said; the others in ``bits`` are forms of them.
            lead: that one of the forms has to be said, not just any segment; of a long one its first two words.

        Returns:
            The bits of the words used, and how many groups of the title go unsaid, those said in another form counting
            a little; None if it is not said.
        """
        used = 0
        unsaid = 0.0
        said_form = False
        for place, segment in enumerate(self.segments):
            mask = 0
            left = 0.0
            hit = False
            for number, group in enumerate(segment):
                found = 0
                for word in group:
                    found |= bits.get(word, 0)
                if found:
                    mask |= found
                    left += 0.0 if any(word in said for word in group) else _OTHER_FORM
                    hit = hit or not group <= _GENERIC or len(segment) == 1
                elif (group <= _GENERIC and len(segment) > 1) or (lead and number > 1):
                    left += 1
                else:
                    mask = 0
                    break
            if mask and hit:
                used |= mask
                unsaid += left
                said_form = said_form or place < self.forms
            elif place >= self.forms and not (lead and all(group <= _ASSUMED for group in segment)):
                unsaid += len(segment) * (1 + lead)  # "Fracture, pathological": a main term of another kind
        if not used or (lead and not said_form):
            return None
        return used, min(unsaid, _MOST_UNSAID) if said_form else unsaid + 1


@lru_cache(8192)
def _group(word: str) -> Group:
    return frozenset({word})


def _segment(text: str) -> Segment:
    groups: list[Group] = []
    joined = False
    for place, part in enumerate(_JOINING.split(text)):
        words = [word for word in cut(part).folded if word not in LIGHT]
        joined = place > 0 and bool(groups) and bool(words)
        if joined:
            groups[-1] |= {words[0]}
            words = words[1:]
        groups.extend(map(_group, words))
    return tuple(groups)


@lru_cache(8192)  # most titles stand in many places
def _title(printed: str, lead: bool) -> Title:
    if _PLAIN.fullmatch(printed) and not lead:  # as most are
        said = cut(printed).folded
        groups = tuple(_group(word) for word in said if word not in LIGHT)
        if groups and not _TIES.issuperset(said) and not _ANY.issuperset(said):
            return Title((groups,), 1, _NONE, False, frozenset().union(*groups))
    text, modifiers = without_modifiers(printed)
    brackets = BRACKETS.findall(text)
    if brackets:  # "prostate specific antigen [PSA]": said either way
        text = " ".join(BRACKETS.sub(" ", text).split())
    listed = _LISTED.match(text)
    if listed:
        text = f"{listed[1]} or {listed[2].replace(', ', ' or ')}"
    forms = variants(text)
    others = [part for part in re.split(r"\s*[,;]\s*", text) if part and part not in forms]
    forms = (*forms, *(closed for form in forms if (closed := _PREFIX.sub(r"\1", form)) != form), *brackets)
    segments = [segment for part in (*forms, *others) if (segment := _segment(part))]
    words = frozenset(cut(text).folded)
    ties = not lead and bool(words) and (words <= _TIES or words in _SORTS)
    weak = words if ties else frozenset(word for part in modifiers for word in cut(part).folded) - LIGHT
    if ties:
        segments = []
    elif not segments or (words - LIGHT <= _ANY and words & {"from", "to"}):
        segments = [tuple(map(_group, sorted(words - _ANY)))]
    count = min(len(forms), len(segments))
    own = frozenset(word for segment in segments for group in segment for word in group)
    return Title(tuple(segments), count, weak, ties, own)
