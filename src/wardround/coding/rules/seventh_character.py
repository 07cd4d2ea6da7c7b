"""The 7th character is there, in the seventh place, and one injury has one (Guidelines I.A.4, I.A.5, I.C.19.a)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.icd10 import Brief, CodeSet

__all__ = ["SeventhCharacter", "lacks_character"]

_INITIAL = "A"  # active treatment
_ENCOUNTER = re.compile(r"\b(?:initial encounter|subsequent encounter|sequela)\b")
_LONGEST = 24  # characters; anything longer is no code
_SHOWN = 4  # of the codes that are meant


class SeventhCharacter(Rule):
    """Some codes are complete only with a 7th character, filled up with X to six characters before it.

    In any list wardround rejects a code without its 7th character, with one that it does not take, or with the X left
    out, and names what is meant. The same injury with two characters, such as active treatment (A) and healing (D), is
    for a person: one encounter has one of them, unless there are two such injuries. Gestations and eyes, of which there
    may be several, are left alone. The codes that wardround gives for a note are complete, and active treatment, which
    is taken where nothing else is said, gives way to what the note says of the same injury elsewhere.
    """

    name = "seventh-character"
    section = "I.A.5"
    title = "the 7th character is there, in its place, and one for one injury"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        proposals = {proposal.code: proposal for proposal in draft.alive()}
        briefs = [brief for code in proposals if (brief := draft.codes.brief(code)) is not None]
        for injury in _contradictory(briefs):
            initial = [brief.code for brief in injury if brief.seventh == _INITIAL]
            said = [brief.code for brief in injury if brief.seventh != _INITIAL]
            if initial and len(said) == 1:
                message = f"the note says elsewhere that it is {said[0]}"
                draft.recode(proposals[initial[0]], said[0], self.name, "I.C.19.a", message)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if len(listed.briefs) < len(listed.given):
            for given in listed.given:
                lacking = lacks_character(listed.codes, given)
                if lacking:
                    code, section, message = lacking
                    yield self.finding("reject", [code], message, section=section)
        if len({brief.entry for brief in listed.briefs}) < len(listed.briefs):
            for injury in _contradictory(listed.briefs):
                codes = [brief.code for brief in injury]
                message = f"{' and '.join(codes)} are one injury with two 7th characters; both only if there are two"
                yield self.finding("review", codes, message, section="I.C.19.a")


@lru_cache(maxsize=4096)
def lacks_character(codes: CodeSet, given: str) -> tuple[str, str, str] | None:
    """What is wrong with ``given`` if it is a code but for its 7th character: the code, the section, and a message."""
    brief = codes.brief(given)
    if (brief is not None and brief.billable) or len(given) > _LONGEST:
        return None
    code = given.strip().upper()
    entry = next((found for n in range(len(code), 2, -1) if (found := codes.brief(code[:n]))), None)
    sevenths = codes.code(entry.code).seventh_characters if entry is not None else None
    if entry is None or not sevenths or codes.children(entry.code):
        return None
    meant = [codes.with_seventh(entry.code, character) for character in sevenths]
    like = [full for full in meant if brief is None and full[-1] == code[-1]] or meant
    names = ", ".join(like[:_SHOWN]) + (", …" if len(like) > _SHOWN else "")
    if brief is not None:
        return brief.code, "I.A.5", f"{brief.code} needs a 7th character: {names}"
    if like is not meant:
        return code, "I.A.4", f"{code}: the 7th character stands in the seventh place: {names}"
    return code, "I.A.5", f"{code} does not exist; {entry.code} takes one of the 7th characters {', '.join(sevenths)}"


def _contradictory(briefs: Iterable[Brief]) -> list[list[Brief]]:
    """The codes of each injury that has several, which say different things of the encounter."""
    injuries: defaultdict[str, dict[Brief, None]] = defaultdict(dict)
    for brief in briefs:
        if brief.seventh and _ENCOUNTER.search(brief.title):
            injuries[brief.entry][brief] = None
    return [list(injury) for injury in injuries.values() if len(injury) > 1]
