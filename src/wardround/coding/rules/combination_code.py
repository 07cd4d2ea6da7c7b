"""One code that says both instead of two codes (Guidelines I.B.9)."""

from __future__ import annotations

from wardround.coding.rules.pairs import PairRule

__all__ = ["CombinationCode"]


class CombinationCode(PairRule):
    """A combination code names two diagnoses, or a diagnosis with what comes along, or with its organism. Where there
    is one it is reported alone: stones of kidney and ureter are N20.2, nausea and vomiting are R11.2, a cataract of two
    forms in one eye is H25.81-.

    In a note the combination replaces the first code and turns the second down, with both quotes as its evidence. In a
    list two codes of such a pair are for review, with the combination's code. What is presumed to be linked, without
    being one thing, is found by the rule presumed-link.

    It knows the pairs of its table, not all that the classification has.
    """

    name = "combination-code"
    section = "I.B.9"
    title = "one code that says both instead of two"
    severity = "reject"
    table = "combinations"
