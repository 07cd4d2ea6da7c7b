"""What a "code first" note names stands before the code (Guidelines I.A.13, I.B.7)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.manifestation import is_disease, is_manifestation
from wardround.coding.rules.notes import Instruction, instructions
from wardround.icd10 import NotesInForce

__all__ = ["CodeFirst"]

# The one holds for adverse effects only, and not for poisoning (I.C.19.e.5); the other names fewer codes of pregnancy
# than chapter 15, which wants the weeks beside all of them, and is the rule pregnancy.
_OTHER_RULES = ("block T36-T50", "Z3A")


class CodeFirst(Rule):
    """Many codes carry a note that another code is given first: the cause, the disease, the complicated pregnancy.

    In the codes of a note wardround moves the code that such a note names before the one that carries it. In any list
    it asks for a look where the two stand the wrong way round, and where the note demands a code and none of those it
    names is there. A note that holds "if applicable", "if known", "any" or in one circumstance of several demands
    nothing; one that names examples only ("such as") is met by any disease. Manifestations have a rule of their own.
    """

    name = "code-first"
    section = "I.A.13"
    title = "what a code-first note names is coded, and stands before the code"
    severity = "review"

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive()):
            brief = draft.codes.brief(proposal.code)
            if brief is None or is_manifestation(brief.title):
                continue
            for instruction in _in_force(brief.notes):
                named = [other for other in draft.alive() if other is not proposal and instruction.line(other.code)]
                if named:
                    draft.move_before(named[0], proposal)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for place, brief in enumerate(listed.briefs):
            told = brief.notes.code_first and _in_force(brief.notes)
            if not told or is_manifestation(brief.title):
                continue
            code = brief.code
            for instruction in told:
                named = instruction.named(listed, code)
                if named:
                    if named[0] not in listed.valid[:place]:
                        message = f"{named[0]} must stand before {code} ({_note(instruction, *named[:1])})"
                        yield self.finding("review", [code, named[0]], message)
                elif not instruction.conditional:
                    message = self._missing(listed, place, instruction)
                    if message:
                        yield self.finding("review", [code], f"{code} {message} ({_note(instruction)})")

    @staticmethod
    def _missing(listed: CodeList, place: int, instruction: Instruction) -> str:
        """What to say where none of the codes is there that an instruction names and demands."""
        code = listed.valid[place]
        if not instruction.by_example or not any(is_disease(each) for each in listed.briefs if each.code != code):
            return "needs another code before it"
        return "cannot be first" if place == 0 else ""


@lru_cache(maxsize=16384)
def _in_force(notes: NotesInForce) -> tuple[Instruction, ...]:
    return tuple(found for found in instructions(notes, "code_first") if found.source not in _OTHER_RULES)


def _note(instruction: Instruction, *named: str) -> str:
    return f"code first {instruction.text(*named)}, note at {instruction.source}"
