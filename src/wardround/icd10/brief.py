"""Codes in brief: what a rule has to know of each code of a list, thousands of lists a second.

The notes that hold for many codes are one object for all of them, so that what is made of them is made once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wardround.icd10.code import printed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.icd10.code import Block
    from wardround.icd10.notes import TabularNote
    from wardround.icd10.table import Table

__all__ = ["Brief", "Briefs", "NotesInForce"]

_KINDS = ("excludes1", "excludes2", "code_first", "use_additional", "code_also")
_LONGEST = 24  # characters; anything longer is no code


@dataclass(frozen=True, slots=True, eq=False)
class NotesInForce:
    """The notes on which codes go together, in force on some codes: those of the nearest entry first.

    One object serves all codes on which the same notes are in force; two objects are never equal.

    Attributes:
        above: what is in force without the notes of the nearest entry (or block); None where there are no others.
    """

    excludes1: tuple[TabularNote, ...] = ()
    excludes2: tuple[TabularNote, ...] = ()
    code_first: tuple[TabularNote, ...] = ()
    use_additional: tuple[TabularNote, ...] = ()
    code_also: tuple[TabularNote, ...] = ()
    above: NotesInForce | None = None

    def below(self, own: Mapping[str, tuple[TabularNote, ...]]) -> NotesInForce:
        """What is in force where the notes ``own`` stand below these."""
        return NotesInForce(**{kind: own.get(kind, ()) + getattr(self, kind) for kind in _KINDS}, above=self)


class Brief(NamedTuple):
    """A code with what a rule needs of it.

    Attributes:
        code: as printed, with its dot.
        title: the full description, the 7th character's meaning included.
        entry: the printed entry it comes from: the code without placeholders and 7th character.
        seventh: its 7th character where the entry takes one; else "".
        billable: whether it is valid for reporting as it stands.
        notes: in force on it.
    """

    code: str
    title: str
    entry: str
    seventh: str
    billable: bool
    notes: NotesInForce


class Briefs:
    """The codes of one release in brief. Shared between threads."""

    def __init__(self, table: Table, blocks: Mapping[str, Block]) -> None:
        self._table = table
        self._blocks = blocks
        self._above: dict[str, NotesInForce] = {}
        self._notes: dict[str, Mapping[str, NotesInForce]] = {}
        self._known: dict[str, Brief] = {}  # codes as printed only, so it is bounded by the release

    def get(self, code: str) -> Brief | None:
        """The code in brief; None if the release has no such code."""
        known = self._known.get(code)
        if known is not None:
            return known
        form = printed(code) if len(code) <= _LONGEST else None
        if form is None:
            return None
        known = self._known.get(form) or self._make(form)
        if known is not None:
            self._known[form] = known
        return known

    def _make(self, code: str) -> Brief | None:
        found = self._table.resolve(code)
        if found is None:
            return None
        row, character = found
        title = f"{row.title}, {self._table.sevenths(row)[character]}" if character else row.title
        billable = row.is_leaf and (bool(character) or row.sevenths is None)
        return Brief(code, title, row.code, character, billable, self._in_category(code[:3])[row.code])

    def _in_category(self, name: str) -> Mapping[str, NotesInForce]:
        """The notes in force on each entry of a category."""
        known = self._notes.get(name)
        if known is None:
            in_force: dict[int, NotesInForce] = {}
            for row in self._table.category(name).values():
                above = self._over(row.block) if row.parent is None else in_force[row.parent]
                own = self._table.notes(row.code)
                in_force[row.number] = above if own.keys().isdisjoint(_KINDS) else above.below(own)
            known = {row.code: in_force[row.number] for row in self._table.category(name).values()}
            self._notes[name] = known
        return known

    def _over(self, block: str) -> NotesInForce:
        """What is in force on the categories of a block: notes of the block, those around it, and the chapter."""
        known = self._above.get(block)
        if known is None:
            here = self._blocks[block]
            chapter = NotesInForce().below(self._table.notes(f"chapter {here.chapter}"))
            around = self._over(here.parent) if here.parent else chapter
            known = self._above[block] = around.below(self._table.notes(f"block {block}"))
        return known
