"""What the notes of the Tabular List say of other codes, prepared so that a list is held against them quickly.

The notes in force on a code are the same object for many codes (`wardround.icd10.NotesInForce`); what is made of them
here is made once for each.

Source: ICD-10-CM Guidelines I.A.12 (Excludes), I.A.13 (code first, use additional code), I.A.17 (code also), I.B.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from string import ascii_uppercase, digits
from typing import Literal

from wardround.coding.rules.listed import CodeList
from wardround.icd10 import NotesInForce, TabularNote

__all__ = ["Excluded", "Instruction", "Kind", "excluded", "instructions"]

Kind = Literal["code_first", "use_additional", "code_also"]

_CONDITIONAL = re.compile(
    r"\b(?:if|any|where|when|whether|present|identified)\b"  # "if applicable", "any associated …"
    r"|\b(?<!the )associated\b|\b(?:complicating|following|due to)\b"  # one circumstance of several
    r"|\b(?:infectious|bacterial|causative) agent|\borganism|\bstatus\b",  # often not known (I.B.7: "if known")
    re.IGNORECASE,
)
_EXAMPLES = re.compile(r"\b(?:such as|including)\b", re.IGNORECASE)
_BEGINS = re.compile(r"(?:external )?(?:cause )?codes?\b|,|\(?if applicable", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Excluded:
    """The codes that the Excludes1 notes in force on a code point to.

    Attributes:
        notes: those that name codes.
        categories: of the codes they name.
    """

    notes: tuple[TabularNote, ...]
    categories: frozenset[str]

    def note(self, code: str) -> TabularNote | None:
        """The nearest note that excludes ``code``."""
        if code[:3] not in self.categories:
            return None
        return next((note for note in self.notes if note.covers(code)), None)


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """Lines of a note that together tell to add one code.

    Attributes:
        source: where it stands: ``D63.1``, ``block I60-I69`` or ``chapter 10``.
        lines: of the note.
        categories: of the codes it names.
        conditional: holds only if applicable, if known, if associated, or of one circumstance among several.
        by_example: names examples, or no code at all: other codes may do as well.
    """

    source: str
    lines: tuple[TabularNote, ...]
    categories: frozenset[str]
    conditional: bool
    by_example: bool

    def line(self, code: str) -> TabularNote | None:
        """The line that names ``code``."""
        if code[:3] not in self.categories:
            return None
        return next((line for line in self.lines if line.covers(code)), None)

    def named(self, listed: CodeList, code: str) -> list[str]:
        """The codes of a list that it names, apart from ``code``, in sequence."""
        if self.categories.isdisjoint(listed.categories):
            return []
        return [other for other in listed.valid if other != code and self.line(other)]

    def text(self, code: str = "") -> str:
        """The line that names ``code``, else the first, as it reads behind "code first" and the like."""
        line = self.line(code) or self.lines[0]
        return _EXAMPLES.split(line.text)[0].strip(" ,.:")


@lru_cache(maxsize=16384)
def excluded(notes: NotesInForce, kind: Literal["excludes1", "excludes2"] = "excludes1") -> Excluded:
    """What the Excludes1 notes exclude; or what the Excludes2 notes at a code or its headings set apart.

    An Excludes2 note at a block or a chapter sets whole chapters apart and says nothing of two conditions.
    """
    above = excluded(notes.above, kind) if notes.above else Excluded((), frozenset())
    own = [note for note in _own(notes, kind) if note.codes]
    if kind == "excludes2":
        own = [note for note in own if not note.source.startswith(("block", "chapter"))]
    return Excluded((*own, *above.notes), above.categories | _categories(own)) if own else above


@lru_cache(maxsize=16384)
def instructions(notes: NotesInForce, kind: Kind) -> tuple[Instruction, ...]:
    """The instructions of one kind, the nearest first."""
    above = instructions(notes.above, kind) if notes.above else ()
    own = _own(notes, kind)
    return (*map(_instruction, _parted(own, kind)), *above) if own else above


def _own(notes: NotesInForce, kind: Literal["excludes1", "excludes2"] | Kind) -> Sequence[TabularNote]:
    """The notes of the nearest entry, or block, alone."""
    found: tuple[TabularNote, ...] = getattr(notes, kind)
    return found[: len(found) - len(getattr(notes.above, kind))] if notes.above else found


def _parted(lines: Sequence[TabularNote], kind: Kind) -> Iterator[list[TabularNote]]:
    """The instructions among the lines that stand in one place.

    "Code first" names alternatives. "Use additional code" begins anew with each "code …"; without a line that ends in
    a colon before it, so does "code also" with each line.
    """
    if kind == "code_first":
        yield list(lines)
        return
    part: list[TabularNote] = []
    for line in lines:
        lone = kind == "code_also" and not (part and part[0].text.endswith(":"))
        if part and (lone or line.text.endswith(":") or (kind == "use_additional" and _BEGINS.match(line.text))):
            yield part
            part = []
        part.append(line)
    yield part


def _instruction(lines: Sequence[TabularNote]) -> Instruction:
    named = [line for line in lines if line.codes]
    telling = lines if lines[0].codes else lines[:1]  # under a heading stand the codes
    return Instruction(
        source=lines[0].source,
        lines=tuple(lines),
        categories=_categories(named),
        conditional=any(_CONDITIONAL.search(line.text) for line in telling)
        or (len(lines) > 1 and len(named) == len(lines)),  # circumstances one by one, of which none may be there
        by_example=not named or any(_EXAMPLES.search(line.text) for line in lines),
    )


def _categories(notes: Iterable[TabularNote]) -> frozenset[str]:
    patterns = {(pattern.first[:3], pattern.last[:3]) for note in notes for pattern in note.codes}
    return frozenset[str]().union(*(_between(first, last) for first, last in patterns))


@cache
def _between(first: str, last: str) -> frozenset[str]:
    """All categories there could be from ``first`` to ``last``."""
    if first == last:
        return frozenset((first,))
    letters = ascii_uppercase[ascii_uppercase.index(first[0]) : ascii_uppercase.index(last[0]) + 1]
    made = ("".join(parts) for parts in product(letters, digits + "A", digits + ascii_uppercase))
    return frozenset(category for category in made if first <= category <= last)
