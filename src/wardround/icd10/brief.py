"""Codes in brief: what a rule has to know of each code of a list, thousands of lists a second.

A whole category is read at once, which costs little more than reading one of its codes; the notes that hold for many
codes are one object for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wardround.icd10.code import printed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.icd10.code import Block
    from wardround.icd10.notes import TabularNote
    from wardround.icd10.table import Row, Table

__all__ = ["Brief", "Briefs", "NotesInForce"]

_LONGEST = 24  # characters; anything longer is no code


@dataclass(frozen=True, slots=True, eq=False)
class NotesInForce:
    """The notes on which codes go together, in force on some codes: own notes first, then those of all above.

    One object serves all codes on which the same notes are in force; two objects are never equal.
    """

    excludes1: tuple[TabularNote, ...] = ()
    excludes2: tuple[TabularNote, ...] = ()
    code_first: tuple[TabularNote, ...] = ()
    use_additional: tuple[TabularNote, ...] = ()
    code_also: tuple[TabularNote, ...] = ()

    def below(self, own: Mapping[str, tuple[TabularNote, ...]]) -> NotesInForce:
        """What is in force where the notes ``own`` stand below these."""
        return NotesInForce(*(own.get(kind, ()) + getattr(self, kind) for kind in NOTES_ON_OTHERS))


NOTES_ON_OTHERS = NotesInForce.__slots__


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
    """The codes of one release in brief, category by category as they are asked for. Shared between threads."""

    def __init__(self, table: Table, blocks: Mapping[str, Block]) -> None:
        self._table = table
        self._blocks = blocks
        self._above: dict[str, NotesInForce] = {}
        self._categories: dict[str, tuple[dict[str, Row], dict[str, NotesInForce]]] = {}
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
        rows, notes = self._category(code[:3])
        found = self._table.resolve(code, rows.get)
        if found is None:
            return None
        row, character = found
        sevenths = self._table.sevenths(row)
        return Brief(
            code,
            f"{row.title}, {sevenths[character]}" if character else row.title,
            row.code,
            character,
            row.is_leaf and (bool(character) or not sevenths),
            notes[row.code],
        )

    def _category(self, name: str) -> tuple[dict[str, Row], dict[str, NotesInForce]]:
        """The entries of a category by code, and the notes in force on each."""
        read = self._categories.get(name)
        if read is None:
            rows = {row.number: row for row in self._table.starting(name)}
            own = self._table.notes_starting(name)
            notes: dict[str, NotesInForce] = {}
            for row in rows.values():
                above = self._over(row.block) if row.parent is None else notes[rows[row.parent].code]
                notes[row.code] = above.below(own[row.code]) if row.code in own else above
            read = self._categories[name] = ({row.code: row for row in rows.values()}, notes)
        return read

    def _over(self, block: str) -> NotesInForce:
        """What is in force on the categories of a block: notes of the block, those around it, and the chapter."""
        known = self._above.get(block)
        if known is None:
            here = self._blocks[block]
            around = (
                self._over(here.parent)
                if here.parent
                else NotesInForce().below(self._table.notes(f"chapter {here.chapter}"))
            )
            known = self._above[block] = around.below(self._table.notes(f"block {block}"))
        return known
