"""The cues of assertion as ``cues.tsv`` lists them, compiled once per process."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple

from wardround.documents.tables import read_table, word_set
from wardround.words import Phrases, cut

__all__ = ["AssertionStatus", "CueRow", "alike", "cue_phrases"]


class AssertionStatus(StrEnum):
    """What a note says of a mention."""

    PRESENT = "present"
    NEGATED = "negated"
    POSSIBLE = "possible"
    HYPOTHETICAL = "hypothetical"
    HISTORICAL = "historical"
    FAMILY = "family"


class CueRow(NamedTuple):
    """One row of the table; see its head for what the columns mean."""

    role: str  # a status, "none", "end", "end_negated" or "end_historical"
    status: AssertionStatus | None
    side: str  # "before", "after", "both", "either", "label" or "-"
    reach: int  # words, 0 for the rest of the clause
    item: bool  # reaches only to the next comma
    slash: bool  # written with a slash: "r/o"
    checked: bool  # whether the characters around it must be looked at


# Relatives and others who are not the patient, and the forms of "be": one word each as far as cues go.
_KIN = word_set(
    "mother father mom dad sister brother sibling parent grandmother grandfather grandparent aunt uncle cousin nephew "
    "niece son daughter twin grandson granddaughter relative wife husband spouse partner roommate girlfriend boyfriend"
)
_ALIKE = dict.fromkeys(_KIN, "kin") | dict.fromkeys(word_set("is are was were been being"), "be")
_BE = ("", "is ", "has been ", "have been ")


def alike(folded: list[str]) -> list[str]:
    """Folded words with those that are one to a cue made one.

    >>> alike(["mother", "was", "ill"])
    ['kin', 'be', 'ill']
    """
    return list(map(_ALIKE.get, folded, folded))


@cache
def cue_phrases() -> tuple[Phrases, tuple[CueRow, ...]]:
    """All cues as phrases over :func:`alike` words, each numbered with its row.

    Of two rows with the same phrase the first counts, and one written out before one with ``{be}``.
    """
    statuses = {str(status): status for status in AssertionStatus}
    rows: list[CueRow] = []
    numbers: dict[str, int] = {}
    for phrase, role, side, reach, _reason in sorted(read_table("cues.tsv"), key=lambda row: "{be}" in row[0]):
        slash = "/" in phrase
        checked = slash or side == "label" or phrase == "no"
        words = int(reach) if reach.isdigit() else 0
        rows.append(CueRow(role, statuses.get(role), side, words, reach == "item", slash, checked))
        for be in _BE if "{be}" in phrase else ("",):
            folded = cut(phrase.replace("{be} ", be)).folded
            numbers.setdefault(" ".join(alike(folded)), len(rows) - 1)
    return Phrases(numbers), tuple(rows)
