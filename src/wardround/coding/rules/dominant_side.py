"""Whether the paralyzed side is the dominant one (Guidelines I.C.6.a)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from wardround.coding.draft import Draft, Mention
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["DominantSide"]

_PARALYSES = ("G81", "G83.1", "G83.2", "G83.3", "I69")
# The last character: 1 right and dominant, 2 left and dominant, 3 right and not, 4 left and not, 0 or 9 unspecified.
_SIDED = re.compile(r"(?:G81\.\d|G83\.[123]|I69\.\d[3456])([0-49])")
_DIGITS = {("right", True): "1", ("left", True): "2", ("right", False): "3", ("left", False): "4"}
_TOGETHER = frozenset({("1", "4"), ("2", "3"), ("1", "2")})  # one dominant side each; the last: ambidextrous

_SIDE = re.compile(r"\b(right|left)\b(?!\W(?:handed|hand dominan))", re.IGNORECASE)
_DOMINANT = re.compile(r"\b(non-?\s?)?dominant\b(?! hand)", re.IGNORECASE)
_RIGHT_HANDED = ("right handed", "right hand dominant", "right hand dominance", "rhd")
_LEFT_HANDED = ("left handed", "left hand dominant", "left hand dominance", "lhd")
_REACH = 3  # words between a side and the paralysis


class DominantSide(Rule):
    """A paralysis of one side is that of the dominant or of the other side, and the record says which, or a default.

    Where the record says the side but not whether it is dominant, a right side is dominant, a left side is not, and
    either is in an ambidextrous patient. In a note wardround reads the side beside the paralysis and the handedness
    from the whole note, and chooses the code of hemiplegia (G81), monoplegia (G83.1 to G83.3) and their sequelae of
    stroke (I69) by them. In a list codes that contradict each other about the dominant side ask for review; the
    patient's handedness a list does not tell.
    """

    name = "dominant-side"
    section = "I.C.6.a"
    title = "of a paralyzed side it is coded whether it is the dominant one"
    severity = "review"
    prefixes = _PARALYSES

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive(*_PARALYSES)):
            sided = _SIDED.fullmatch(proposal.code)
            side = sided and _side(draft, proposal.mentions[0])
            if not sided or not side:
                continue
            digit = _DIGITS[side, _is_dominant(draft, proposal.mentions[0], side)]
            if digit != sided[1]:
                message = f"the {side} side, {_reason(draft, side)}"
                draft.recode(proposal, proposal.code[:-1] + digit, self.name, self.section, message)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        sided = {code: found[1] for code in listed.starting(*_PARALYSES) if (found := _SIDED.fullmatch(code))}
        for one, other in combinations(sided, 2):
            digits = tuple(sorted((sided[one], sided[other])))
            if not {"0", "9"} & set(digits) and digits[0] != digits[1] and digits not in _TOGETHER:
                yield self.finding("review", (one, other), f"{one} and {other} differ in which side is dominant")


def _side(draft: Draft, mention: Mention) -> str | None:
    """The side said in the mention or nearest to it; None if its sentence says none, or both with neither beside it."""
    text = draft.stream.note.text
    start, end = draft.stream.note.sentences[mention.found.sentence]
    before = " ".join(text[start : mention.span.start].split()[-_REACH:])
    after = " ".join(text[mention.span.end : end].split()[:_REACH])
    for near in (mention.span.quote(text), before, after, text[start:end]):
        sides = {found[1].lower() for found in _SIDE.finditer(near)}
        if len(sides) == 1:
            return sides.pop()
    return None


def _is_dominant(draft: Draft, mention: Mention, side: str) -> bool:
    said = _DOMINANT.search(draft.stream.note.sentences[mention.found.sentence].quote(draft.stream.note.text))
    if said:
        return not said[1]
    if draft.said("ambidextrous", "ambidexterity"):
        return True
    if draft.said(*_LEFT_HANDED):
        return side == "left"
    return side == "right"


def _reason(draft: Draft, side: str) -> str:
    if draft.said("ambidextrous", "ambidexterity", *_LEFT_HANDED, *_RIGHT_HANDED):
        return "and the note says which hand leads"
    return "dominant unless said otherwise" if side == "right" else "not dominant unless said otherwise"
