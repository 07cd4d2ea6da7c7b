"""The seventh character: which encounter for an injury this is (Guidelines I.A.5 and I.C.19.a).

A: active treatment, the default while nothing says otherwise; D: routine care while it heals; S: a late effect. A
fracture is closed unless said to be open (I.C.19.c).
"""

from __future__ import annotations

from wardround.coding.draft import Basis, Mention
from wardround.coding.find import Stream
from wardround.icd10 import CodeSet

__all__ = ["seventh_character"]

_HEALING = frozenset("healing healed aftercare routine postoperative removal subsequent union".split())
_LATE = frozenset("sequela sequelae late".split())


def seventh_character(codes: CodeSet, code: str, stream: Stream, mention: Mention) -> str | None:
    """``code`` with the seventh character its category asks for; unchanged if it asks for none.

    Returns ``None`` when the code cannot be completed from the note, so that nothing invalid leaves the coder.
    """
    if codes.billable(code):
        return code
    allowed = codes.code(code).seventh_characters
    if not allowed:
        return None
    for character in (*_wanted(stream, mention, allowed), "A", "0", *allowed):
        if character in allowed:
            full = codes.with_seventh(code, character)
            if codes.billable(full):
                return full
    return None


def _wanted(stream: Stream, mention: Mention, allowed: object) -> tuple[str, ...]:
    words = {stream.words[p] for p in stream.sentence_ranges[mention.found.sentence]}
    if mention.basis is Basis.PROBLEM and mention.problem is not None:
        words |= {stream.words[p] for p in stream.within(mention.problem.heading)}
    if words & _LATE:
        return ("S",)
    if words & _HEALING:
        return ("D",)
    if "open" in words:
        return ("B",)
    return ()
