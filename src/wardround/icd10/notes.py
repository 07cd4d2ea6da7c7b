"""The notes of the Tabular List (Excludes1, code first, …) and the codes their text points to.

A note names codes in a few forms, mostly in parentheses: ``(Z79.4)``, ``(J44.-)``, ``(E08-E13)``, ``(E08-E13 with
.51-.52)``, ``(T36-T50 with fifth or sixth character 5)``. Each becomes a `CodePattern`. Where the text has codes in
parentheses only these count: in "tuberculosis, any type in A15 (J65)" the note is about J65.

Source: ICD-10-CM Guidelines I.A.7 (punctuation), I.A.12 (Excludes), I.A.13 and I.A.17 (sequencing notes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NOTE_KINDS", "CodePattern", "TabularNote", "patterns"]

NOTE_KINDS = {
    "includes": "includes",
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code_first",
    "useAdditionalCode": "use_additional",
    "codeAlso": "code_also",
    "notes": "remarks",
}
"""Element of the XML → field of `Code` that holds its lines."""

_CODE = r"(?<![A-Z0-9.])[A-Z](?:[0-9][0-9A-Z]|A[0-9])(?:\.[0-9A-Z]{1,4})?(?![0-9A-Z])"
# One code or a range of two. Between the two stands "-" or "to", with the dashes and dots of incomplete codes around.
_ITEM = re.compile(rf"({_CODE})(?:(?:[.\s]*-[-.\s]*|[-.\s]*\bto\s+)({_CODE}))?")
_GROUP = re.compile(r"\(([^()]*)(?:\)|$)")
_NOT_A_CODE = re.compile(r"\bvitamin B12\b", re.IGNORECASE)
_WITH = re.compile(r",?\s*\bwith\s+(.*)$", re.DOTALL)
_PLACE = re.compile(
    r"(?P<place>(?:fifth|5th) (?:or|to) six(?:th)?|fifth|5th|sixth|6th|seventh|7th|final)[ -]characters?\s+"
    r"(?P<values>.*)$"
)
_VALUE = re.compile(r"[-.]?([0-9A-Z]+)(?:-\.?([0-9A-Z]+))?-?(?![a-z])")
_POSITIONS = {"fifth": 5, "5th": 5, "sixth": 6, "6th": 6, "seventh": 7, "7th": 7}
# Conditions told in words rather than characters.
_WORDED = {
    "open fracture 7th character": ".{6}[BCEFHJMNQR]",
    "fifth or sixth character to indicate intent": "",
    "ketoacidosis": "...1",
}


class CodePattern(NamedTuple):
    """The codes from ``first`` to ``last``, everything below them included, that also meet ``only``.

    Attributes:
        first: a code or the start of one, with its dot: ``"T36"``, ``"J44"``, ``"E11.62"``.
        last: equal to ``first`` where the note names one code and not a range.
        only: a regular expression that must match at the start of the code written without its dot; empty when the
            note sets no such condition. "fifth or sixth character 5" is ``.{5}[5]|.{4}[5](?:X|$)``.
    """

    first: str
    last: str
    only: str = ""

    def covers(self, code: str) -> bool:
        """Whether ``code`` (as printed: upper case, with its dot) is one of these codes.

        A code that is shorter than the pattern (``T88`` for ``T80-T88.6``) is only partly meant, so it is not covered.
        """
        first, last = self.first, self.last
        if code[: len(first)] < first or code[: len(last)] > last or (len(code) < len(last) and last.startswith(code)):
            return False
        return not self.only or re.match(self.only, code.replace(".", "")) is not None


@dataclass(frozen=True, slots=True)
class TabularNote:
    """One line of a note.

    Attributes:
        text: the line as printed, white space normalised.
        source: where the note stands: ``"T36.0X1"``, ``"block T36-T50"`` or ``"chapter 19"``.
        codes: the codes its text points to; empty for a line like "any associated:".
    """

    text: str
    source: str
    codes: tuple[CodePattern, ...] = ()

    def covers(self, code: str) -> bool:
        """Whether the note points to ``code`` (as printed: upper case, with its dot)."""
        return any(pattern.covers(code) for pattern in self.codes)


@lru_cache(maxsize=8192)
def patterns(text: str) -> tuple[CodePattern, ...]:
    """The codes that the text of a note points to, in reading order.

    >>> patterns("adverse effect, if applicable, to identify drug (T36-T50 with fifth or sixth character 5)")
    (CodePattern(first='T36', last='T50', only='.{5}[5]|.{4}[5](?:X|$)'),)
    >>> [p.first for p in patterns("jaw pain R68.84")]
    ['R68.84']
    """
    found = [pattern for group in _GROUP.findall(text) for pattern in _group(group)]
    if not found:
        found = list(_group(_NOT_A_CODE.sub("", re.sub(r"\([^()]*\)", " ", text))))
    return tuple(dict.fromkeys(found))


def _group(text: str) -> Iterator[CodePattern]:
    items = list(_ITEM.finditer(text))
    if not items:
        return
    only: str | None = ""
    condition = _WITH.match(re.sub(r"^[\s.,-]*", " ", text[items[-1].end() :]))
    if condition is not None:
        only = _condition(condition[1])
    if only is None:
        return
    for item in items:
        yield CodePattern(item[1], item[2] or item[1], only)


def _condition(text: str) -> str | None:
    """The regular expression for what follows "with"; None where it names a subset that cannot be told."""
    for words, expression in _WORDED.items():
        if text.startswith(words):
            return expression
    match = _PLACE.match(text)
    if match is None:
        if _ITEM.match(text) or text.startswith("any condition"):
            return ""  # "I11.- with any condition in I12.-": another code, not a condition on this one
        values = _values(text)
        return f"...(?:{'|'.join(values)})" if values and text.startswith(".") else None
    place, values = match["place"], _values(match["values"])
    if not values:
        return None
    if place == "final" and match["values"].startswith("."):
        return f"...(?:{'|'.join(values)})"
    if any(len(value) > 1 for value in values):
        return f".{{4}}(?:{'|'.join(values)})"
    characters = f"[{''.join(values)}]"
    if place in _POSITIONS:
        return f".{{{_POSITIONS[place] - 1}}}{characters}"
    # The intent is the sixth character, or the fifth of a code that has no sixth but, perhaps, the placeholder X.
    return f".{{5}}{characters}|.{{4}}{characters}(?:X|$)"


def _values(text: str) -> list[str]:
    """The characters listed: ``"1-4 or 6"`` is ``["1", "2", "3", "4", "6"]``, ``".51-.52"`` is ``["51", "52"]``."""
    values: list[str] = []
    for first, last in _VALUE.findall(text):
        if last and first.isdigit() and last.isdigit():
            values.extend(str(number).zfill(len(first)) for number in range(int(first), int(last) + 1))
        else:
            values.append(first)
    return values
