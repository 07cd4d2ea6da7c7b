"""Codes that exclude each other (Guidelines I.A.12.a): kept, but a person must decide whether they are unrelated."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["Excludes1"]


class Excludes1(Rule):
    """Marks both codes of a pair for review when a note at one of them, or above it, excludes the other."""

    name = "excludes1"
    section = "I.A.12.a"
    title = "codes that exclude each other are not reported together, unless unrelated"
    severity = "review"

    def check(self, listed: CodeList) -> Iterator[Finding]:
        different = list(dict.fromkeys(listed.valid))
        for code in different:
            for other in different:
                if other == code:
                    continue
                note = next((n for n in listed.codes.code(code).excludes1 if n.covers(other)), None)
                if note is not None:
                    message = f"{code} excludes {other} (note at {note.source}); both only if unrelated"
                    yield self.finding("review", sorted((code, other), key=different.index), message)
