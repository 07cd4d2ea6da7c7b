"""What the words of a row can be: a result, its unit, its mark, the range it is held against.

Each function looks at the words from one place on, and says how many of them belong to it; none is 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wardround.documents.laboratory.vocabulary import is_unit, known

if TYPE_CHECKING:
    from wardround.documents.laboratory.rows import Token

__all__ = ["LIMIT", "NUMBER", "flag_at", "is_number", "is_range", "range_at", "split", "unit_at", "value_at"]

NUMBER = r"[-+−]?\d+(?:[.,]\d+)*"
LIMIT = (
    r"(?:<=?|>=?|≤|≥|=<|=>|up\s?to|upto|less\s+than|lower\s+than|below|under|more\s+than|greater\s+than|higher\s+than|"
    r"above|over|at\s+least|at\s+most)"
)
_RANGE = re.compile(
    rf"[(\[]?\s*(?:{NUMBER}\s*(?:-|–|—|−|~|to|\.\.)\s*{NUMBER}|{LIMIT}\s*{NUMBER})\s*(?P<unit>[^()\[\]]*?)\s*[)\]]?[,;.]?",
    re.IGNORECASE,
)
_LONGEST = 80  # characters of a cell; a longer text is none, and is not searched
_NUMBER = re.compile(NUMBER)
_LIMITED = re.compile(rf"(?:<=?|>=?|≤|≥)\s*{NUMBER}")
_TITRE = re.compile(r"[<>≤≥]?\s*1\s?[:/]\s?\d{1,5}")
_COUNT = re.compile(r"\d{1,3}\s?[-–]\s?\d{1,3}")
_GLUED = re.compile(
    rf"(?P<before>[↑↓▲▼*]+|[HL](?=\d))?(?P<value>(?:<=?|>=?|≤|≥)?{NUMBER})(?P<after>[^\d.,:\-–/\s(][^\s]*|\(.+\))?"
)
_MARKS = re.compile(r"[↑↓▲▼*!#]+|\[?\(?(?:HH|LL|H|L|A)[*!]?\)?\]?")


def split(token: Token) -> list[Token]:
    """A word with more than one cell in it, in its parts: ``13.5g/dL``, ``5.6H``, ``↑5.6``, ``(H)``."""
    text = token.text
    glued = _GLUED.fullmatch(text) if len(text) <= _LONGEST else None
    if glued is None:
        return [token]
    parts = []
    if glued["before"]:
        parts.append(token.part(*glued.span("before")))
    parts.append(token.part(*glued.span("value")))
    after = glued["after"]
    if after:
        at = glued.start("after")
        if _MARKS.fullmatch(after) or is_unit(after):
            parts.append(token.part(at, len(text)))
        else:
            marked = next((n for n in (2, 1) if _MARKS.fullmatch(after[-n:]) and is_unit(after[:-n])), 0)
            if not marked:
                return [token]
            parts += [token.part(at, len(text) - marked), token.part(len(text) - marked, len(text))]
    return parts


def is_number(text: str) -> bool:
    """Whether this is a figure, perhaps with a sign for less or more before it."""
    return len(text) <= _LONGEST and bool(_NUMBER.fullmatch(text) or _LIMITED.fullmatch(text))


def value_at(tokens: Sequence[Token], at: int) -> int:
    """A result: a figure, a titre, a count, or words that are one."""
    for count in (4, 3, 2, 1):
        words = [token.text for token in tokens[at : at + count]]
        if len(words) < count:
            continue
        text = " ".join(words)
        if len(text) > _LONGEST:
            continue
        if _LIMITED.fullmatch(text) or _TITRE.fullmatch(text) or _COUNT.fullmatch(text):
            return count
        if count == 1 and _NUMBER.fullmatch(text):
            return 1
        if known("value", text) is not None and not text.startswith(("(", "[")):
            return count
    return 0


def unit_at(tokens: Sequence[Token], at: int) -> int:
    """A unit."""
    for count in (5, 4, 3, 2, 1):
        words = [token.text for token in tokens[at : at + count]]
        if len(words) == count and is_unit(" ".join(words)):
            return count
    return 0


def flag_at(tokens: Sequence[Token], at: int) -> int:
    """A mark for a result that is not as usual."""
    for count in (2, 1):
        words = [token.text for token in tokens[at : at + count]]
        if len(words) == count and known("flag", " ".join(words)) is not None:
            return count
    return 0


def is_range(text: str) -> bool:
    """Whether this is written like two limits, or like one, with a unit behind them or not."""
    found = _RANGE.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    return found is not None and (not found["unit"] or is_unit(found["unit"]))


def range_at(tokens: Sequence[Token], at: int) -> int:
    """A range, with its unit where it has one."""
    for count in range(min(9, len(tokens) - at), 0, -1):
        if is_range(" ".join(token.text for token in tokens[at : at + count])):
            return count
    return 0
