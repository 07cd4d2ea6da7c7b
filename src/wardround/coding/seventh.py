"""The seventh character: which encounter for an injury this is (Guidelines I.A.5 and I.C.19.a).

A: active treatment, the default while nothing says otherwise; D: routine care while it heals; S: a late effect. A
fracture is closed unless said to be open (I.C.19.c).
"""

from __future__ import annotations

from collections.abc import Set

from wardround.icd10 import CodeSet

__all__ = ["seventh_character"]

_HEALING = frozenset("healing healed aftercare routine postoperative removal subsequent union".split())
_LATE = frozenset("sequela sequelae late".split())


def seventh_character(codes: CodeSet, code: str, around: Set[str]) -> str | None:
    """``code`` with the seventh character its category asks for; unchanged if it asks for none.

    Args:
        codes: the release.
        code: a code, complete but for its seventh character.
        around: canonical words near the mention.

    Returns:
        The billable code; ``None`` when it cannot be completed, so that nothing invalid leaves the coder.
    """
    if codes.billable(code):
        return code
    allowed = codes.code(code).seventh_characters
    for character in (*_wanted(around), "A", "0", *allowed):
        if character in allowed:
            return codes.with_seventh(code, character)
    return None


def _wanted(around: Set[str]) -> tuple[str, ...]:
    if around & _LATE:
        return ("S",)
    if around & _HEALING:
        return ("D",)
    return ("B",) if "open" in around else ()
