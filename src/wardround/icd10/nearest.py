"""What to say of a code that does not exist: why, and which real codes were perhaps meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.icd10.code import dotted, printed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.icd10.table import Row, Table

__all__ = ["nearest", "reason"]

# Letters and digits that are taken for each other, by place: a code starts with a letter, mostly digits follow.
_FIRST = str.maketrans("01", "OI")
_REST = str.maketrans("OIL", "011")
_LONGEST = 9  # characters; what is longer is not a mistyped code


def nearest(table: Table, text: str, limit: int = 5) -> tuple[str, ...]:
    """Up to ``limit`` billable codes that look most like ``text``, best first.

    In this order: ``text`` with a slip undone (the dot misplaced, the letter O for a zero, a key struck twice); then
    the codes that share its longest start, at least two characters, the closest in printed order first.
    """
    compact = "".join(character for character in text.upper() if character.isascii() and character.isalnum())
    if not 2 <= len(compact) <= _LONGEST:
        return ()
    corrected = compact[0].translate(_FIRST) + compact[1:].translate(_REST)
    found: dict[str, None] = {}
    for candidate in _candidates(table, list(dict.fromkeys((compact, corrected)))):
        found[candidate] = None
        if len(found) == limit:
            break
    return tuple(found)


def reason(table: Table, code: str) -> str:
    """Why ``code`` (as printed) does not exist: the last part of it that does, and what is wrong after it."""
    for length in range(len(code), 2, -1):
        found = table.resolve(code[:length])
        if found is None:
            continue
        row, character = found
        if character:
            return f"{code[:length]} has no such child"
        taken = ", ".join(table.sevenths(row))
        if not row.is_leaf or not taken:
            return f"{row.code} has no such child"
        if code[:-1] == table.extended(row, ""):
            return f"{row.code} takes one of the 7th characters {taken}"
        return f"{row.code} must be filled with X to six characters, then one of {taken}"
    return f"there is no category {code[:3]}"


def _candidates(table: Table, readings: list[str]) -> Iterator[str]:
    for reading in readings:
        yield from _meant(table, reading, reading)
    for reading in readings:
        for place in range(len(reading) - 1, 0, -1):
            if reading[place] == reading[place - 1]:  # a key struck twice
                yield from _meant(table, reading[:place] + reading[place + 1 :], reading, only_leaf=True)
    for reading in readings:
        for row in _around(table, dotted(reading)):
            yield from _forms(table, row, reading)


def _meant(table: Table, compact: str, reading: str, *, only_leaf: bool = False) -> Iterator[str]:
    """The billable codes at or below ``compact``, if there is such an entry."""
    form = printed(compact)
    found = table.resolve(form) if form else None
    if found is not None:
        row, character = found
        if character:
            yield table.extended(row, character)
        elif row.is_leaf or not only_leaf:
            for below in table.rows(row.number, row.past):
                if below.is_leaf:
                    yield from _forms(table, below, reading)


def _forms(table: Table, leaf: Row, reading: str) -> Iterator[str]:
    """The billable codes a leaf stands for: all of them if the leaf was named, else the one with the same ending."""
    sevenths = table.sevenths(leaf)
    if not sevenths:
        yield leaf.code
    elif reading.startswith(leaf.code.replace(".", "")):
        for character in sevenths:
            yield table.extended(leaf, character)
    else:
        same = reading[6:7]
        yield table.extended(leaf, same if same in sevenths else next(iter(sevenths)))


def _around(table: Table, code: str) -> Iterator[Row]:
    """Leaves around the place of ``code``: those that share its longest start first; of these, the closest first."""
    for length in range(len(code), 1, -1):
        leaves = table.leaves_starting(code[:length])
        place = sum(row.code < code for row in leaves)  # it would stand before leaves[place]
        for _, row in sorted(enumerate(leaves), key=lambda item: abs(item[0] - place + 0.5)):
            yield row
