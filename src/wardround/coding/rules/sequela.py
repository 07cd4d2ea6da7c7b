"""Sequela: what an illness or injury has left, and then what left it (Guidelines I.B.10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from wardround.coding.draft import Draft, Mention, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import Assertion, AssertionStatus

__all__ = ["Sequela"]

_PAST = r"(?:old|remote|previous|prior|past|former|childhood|healed|distant)"
# What ties a residual condition to its cause: "late effect of" by itself, "due to" only with a word for the past.
_LEFT_BY = re.compile(
    r"\b(?:late effects?|sequelae?|residuals?) (?:of|from)\b"
    rf"|\b(?:due to|secondary to|2/2|from|caused by|resulting from|as a result of)(?=\s+(?:\w+\s+){{0,2}}{_PAST}\b)",
    re.IGNORECASE,
)
_WORDS_BETWEEN = 4
_PAUSE = re.compile(r"[.;:]")
_PAIN, _PAIN_OF_INJURY = "G89.29", "G89.21"
_OF_BRAIN, _BRAIN = "G09", ("G00", "G01", "G03", "G04", "G06", "G08")


class Sequela(Rule):
    """A sequela is a condition that remains after the acute phase of an illness or injury, however long after. Two
    codes say it: first the condition that remains, then the sequela code, which for an injury is the injury's own code
    with the 7th character S. The acute illness is not coded with its own sequela. What a stroke has left is one
    combination code (I69), by the rule stroke.

    In a note "due to an old fracture", "late effect of polio" and the like turn the cause into its sequela, behind the
    condition that they have left; chronic pain that an injury has left is G89.21. An old injury that has left nothing
    is history (Z87.81-). In a list an acute infection of the brain beside its own sequela is for review; of other
    illnesses the rule excludes1 says so, and of a sequela in the first place the rules code-first and
    unacceptable-principal.

    It cannot know from a list whether the acute illness has come back.
    """

    name = "sequela"
    section = "I.B.10"
    title = "the condition that remains is coded first, then the sequela of what has left it"
    severity = "review"
    prefixes = (_OF_BRAIN,)

    def apply(self, draft: Draft) -> None:
        for cause in list(draft.alive("A", "B", "E", "G", "S", "T")):
            code = _sequela_of(cause.code)
            if code is None or not draft.codes.billable(code):
                continue
            for mention in cause.mentions:
                residual = _left(draft, mention, cause)
                if residual is not None:
                    self._settle(draft, cause, code, residual)
                    break

    def _settle(self, draft: Draft, cause: Proposal, code: str, residual: Proposal) -> None:
        cause.mentions = [replace(m, assertion=Assertion(AssertionStatus.PRESENT, None)) for m in cause.mentions]
        if code != cause.code:
            message = f"{cause.code} is past: {residual.code} is what it has left"
            cause = draft.recode(cause, code, self.name, self.section, message)
        if residual.code == _PAIN and code[0] in "ST":
            residual = draft.recode(residual, _PAIN_OF_INJURY, self.name, "I.C.6.b", "pain that an injury has left")
        draft.move_before(residual, cause)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for acute in listed.starting(*_BRAIN) if _OF_BRAIN in listed.valid else ():
            pair = sorted((_OF_BRAIN, acute), key=listed.valid.index)
            yield self.finding("review", pair, f"{_OF_BRAIN} says that {acute} is past: not both of one illness")


def _sequela_of(code: str) -> str | None:
    """The sequela code of what may leave something: an injury in any phase, or a disease of the table."""
    if code[0] in "ST":
        return code[:-1] + "S" if len(code) == 8 else None
    row = data.row_of("sequela", code)
    return None if row is None else row["code"]


def _left(draft: Draft, mention: Mention, cause: Proposal) -> Proposal | None:
    """What a mention of the cause has left: a condition before it in its sentence, tied to it as to something past."""
    text = draft.stream.note.text
    sentence = draft.stream.note.sentences[mention.found.sentence]
    ties = list(_LEFT_BY.finditer(text, sentence.start, mention.span.start))
    if not ties:
        return None
    between = text[ties[-1].end() : mention.span.start]
    if len(between.split()) > _WORDS_BETWEEN or _PAUSE.search(between):
        return None
    return next(
        (
            proposal
            for proposal in draft.alive()
            if proposal is not cause and proposal.code[0] not in "STVWXYZ"
            for own in proposal.mentions
            if sentence.start <= own.span.start and own.span.end <= ties[-1].start()
        ),
        None,
    )
