"""A "code also" note: two codes may be needed, in either order (Guidelines I.A.17)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.manifestation import is_disease
from wardround.coding.rules.notes import Instruction, instructions
from wardround.icd10 import NotesInForce

__all__ = ["CodeAlso"]

_THERE = re.compile(r"(?:the )?(?:type of|underlying|condition requiring)\b", re.IGNORECASE)


class CodeAlso(Rule):
    """A "code also" note says that one code may not be enough; which of the two comes first, the visit decides.

    So no list is wrong for want of the second code, and wardround only advises, and only where the first code itself
    says that there is something else to code: the type of a stroke, an underlying disease, the condition that the care
    was for. A note that holds "if applicable" or for "any associated" condition is passed over. What the note of a
    visit does not state is not added.
    """

    name = "code-also"
    section = "I.A.17"
    title = "what a code-also note says is there is coded too"
    severity = "info"

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for brief in listed.briefs:
            for instruction in _certain(brief.notes) if brief.notes.code_also else ():
                if instruction.by_example:
                    there = any(is_disease(other) for other in listed.briefs if other.code != brief.code)
                else:
                    there = bool(instruction.named(listed, brief.code))
                if not there:
                    message = f"{brief.code}: code also {instruction.text()} (note at {instruction.source})"
                    yield self.finding("info", [brief.code], message)


@lru_cache(maxsize=16384)
def _certain(notes: NotesInForce) -> tuple[Instruction, ...]:
    """The instructions to code what the code itself says is there."""
    return tuple(
        found
        for found in instructions(notes, "code_also")
        if not found.conditional and _THERE.match(found.lines[0].text)
    )
