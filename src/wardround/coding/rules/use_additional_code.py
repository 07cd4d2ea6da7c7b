"""What a "use additional code" note asks for is coded, and stands behind the code (Guidelines I.A.13, I.B.7)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from wardround.coding.draft import Draft
from wardround.coding.result import Finding, Severity
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.notes import Instruction, instructions
from wardround.icd10 import NotesInForce

__all__ = ["UseAdditionalCode"]

# The order of reasons for the visit and states of health is left to the visit; hypertension has a rule of its own.
_LEFT_OUT = ("I11", "I12", "I13", "Z")
_CIRCUMSTANCES = frozenset("VWXY")  # external causes are reported where that is asked for (I.C.20)


class UseAdditionalCode(Rule):
    """Some codes ask for a second one that says more: the stage of the kidney disease, the kind of heart failure.

    In the codes of a note wardround puts the second code behind the one that asks for it. In any list it asks for a
    look where the second one stands first of all, and otherwise only advises: that the two stand the wrong way round,
    or that the second one is missing. It says so only where a note of one line stands at the code or above it within
    its category, names the codes, and asks without "if applicable", "if known" or "any"; the organism of an infection,
    tobacco, drugs and external causes are not asked for. A code is never added that the note of the visit does not
    support.
    """

    name = "use-additional-code"
    section = "I.B.7"
    title = "what a use-additional-code note asks for is coded, and stands behind the code"
    severity = "review"

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive()):
            brief = draft.codes.brief(proposal.code)
            if brief is None or brief.code.startswith(_LEFT_OUT):
                continue
            for instruction in _certain(brief.notes):
                for other in list(draft.alive()):
                    if other is not proposal and instruction.line(other.code):
                        draft.move_before(proposal, other)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for place, brief in enumerate(listed.briefs):
            told = _certain(brief.notes)
            if not told or brief.code.startswith(_LEFT_OUT):
                continue
            code, before = brief.code, listed.valid[:place]
            for instruction in told:
                note = f"use additional {instruction.text()}, note at {instruction.source}"
                named = instruction.named(listed, code)
                if not named and not instruction.conditional:
                    yield self.finding("info", [code], f"{code} asks for another code ({note})")
                elif named and all(other in before for other in named) and not _says_so_itself(listed, named[0], code):
                    severity: Severity = "review" if named[0] == before[0] else "info"
                    message = f"{named[0]} must stand behind {code} ({note})"
                    yield self.finding(severity, [named[0], code], message)


@lru_cache(maxsize=16384)
def _certain(notes: NotesInForce) -> tuple[Instruction, ...]:
    """Those of one line that names its codes, within the category, not of external causes."""
    return tuple(
        found
        for found in instructions(notes, "use_additional")
        if len(found.lines) == 1 and not found.by_example and not found.source.startswith(("block", "chapter"))
        if not {category[0] for category in found.categories} <= _CIRCUMSTANCES
    )


def _says_so_itself(listed: CodeList, additional: str, code: str) -> bool:
    """Whether the additional code has a "code first" note on ``code``, which is another rule's."""
    notes = listed.briefs[listed.valid.index(additional)].notes
    return any(found.line(code) for found in instructions(notes, "code_first"))
