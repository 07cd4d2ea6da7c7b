"""A code of ICD-10-CM with all the Tabular List says of it, and the chapters and blocks in which the codes stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.icd10.notes import TabularNote

__all__ = ["Block", "Chapter", "Code", "Entry", "Level"]

Level = Literal["category", "subcategory", "code"]

# Three characters, then up to four after a dot. The second is a digit, or A in the newest categories ("QA0").
_FORM = re.compile(r"[A-Z](?:[0-9][0-9A-Z]|A[0-9])(?:\.?[0-9A-Z]{1,4})?")
_PRINTED = re.compile(r"[A-Z](?:[0-9][0-9A-Z]|A[0-9])(?:\.[0-9A-Z]{1,4})?")


def printed(text: str) -> str | None:
    """A code in the form in which it is printed: upper case, with its dot; None if ``text`` has no such form.

    Case, the dot and white space around the code are free. Nothing else is corrected.

    >>> printed(" t360x1a "), printed("M17.0"), printed("E11..9")
    ('T36.0X1A', 'M17.0', None)
    """
    if _PRINTED.fullmatch(text):  # as nearly every code is written
        return text
    compact = text.strip().upper()
    if not compact.isascii() or _FORM.fullmatch(compact) is None:
        return None
    return dotted(compact.replace(".", ""))


def dotted(compact: str) -> str:
    """A code with its dot, from one without."""
    return f"{compact[:3]}.{compact[3:]}" if len(compact) > 3 else compact


class Entry(NamedTuple):
    """One printed entry of the Tabular List; 7th characters are not printed one by one and have no entry."""

    code: str
    title: str
    parent: str | None
    is_leaf: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """A chapter; ``first`` and ``last`` are categories (``"S00"``, ``"T88"``)."""

    name: str
    title: str
    first: str
    last: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A block of categories, ``name`` as printed (``"T36-T50"``, or ``"B20"`` for a single category).

    Attributes:
        chapter: name of its chapter.
        parent: name of the block that encloses it, if any.
    """

    name: str
    title: str
    first: str
    last: str
    chapter: str
    parent: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """One category, subcategory or code of one release; only a `CodeSet` makes them.

    Attributes:
        code: as printed, with its dot.
        title: the full description, the 7th character's meaning included.
        billable: whether it is valid for reporting: the last level of subdivision, with its 7th character where one
            is required.
        level: ``"code"`` if billable, else ``"category"`` (three characters) or ``"subcategory"``.
        parent: the entry above it; None for a category.
        ancestors: all entries above it, nearest first.
        children: the entries printed right below it. Codes made by a 7th character are not printed; they follow from
            ``seventh_characters``.
        block: the innermost block it stands in.
        inclusion_terms: conditions for which this entry is used; not inherited.
        includes, excludes1, excludes2, code_first, use_additional, code_also, remarks: the notes in force on it, its
            own first, then those of its ancestors, blocks and chapter.
        seventh_characters: the 7th characters that may be added to it or to the codes below it, with their meanings;
            empty for a code that takes none or already has its own.

    Raises:
        ValueError: ``code`` has not the form of a code, or ``level`` and ``billable`` contradict each other.

    Source: ICD-10-CM Guidelines I.A.2 (levels), I.A.4 and I.A.5 (placeholder and 7th character).
    """

    code: str
    title: str
    billable: bool
    level: Level
    parent: str | None
    ancestors: tuple[str, ...]
    children: tuple[str, ...]
    chapter: Chapter
    block: Block
    inclusion_terms: tuple[str, ...] = ()
    includes: tuple[TabularNote, ...] = ()
    excludes1: tuple[TabularNote, ...] = ()
    excludes2: tuple[TabularNote, ...] = ()
    code_first: tuple[TabularNote, ...] = ()
    use_additional: tuple[TabularNote, ...] = ()
    code_also: tuple[TabularNote, ...] = ()
    remarks: tuple[TabularNote, ...] = ()
    seventh_characters: Mapping[str, str]

    def __post_init__(self) -> None:
        if printed(self.code) != self.code or not self.title:
            raise ValueError(f"{self.code!r} is not a code as printed, or has no title")
        if (self.level == "code") != self.billable or (self.billable and (self.children or self.seventh_characters)):
            raise ValueError(f"{self.code} cannot be both billable and subdivided")
        object.__setattr__(self, "seventh_characters", MappingProxyType(dict(self.seventh_characters)))

    def __hash__(self) -> int:
        return hash((self.code, self.title))

    def __reduce__(self) -> tuple[Any, ...]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return _restore, ({**values, "seventh_characters": dict(self.seventh_characters)},)


def _restore(values: dict[str, Any]) -> Code:
    return Code(**values)
